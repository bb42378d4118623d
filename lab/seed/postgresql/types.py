"""Values that a text form, a client library or a lazy comparison loses."""

from __future__ import annotations

from .trap import SqlTrap

TYPES = (
    SqlTrap(
        "floats",
        """
        CREATE TABLE traps.floats (id int PRIMARY KEY, single real, double double precision);
        INSERT INTO traps.floats VALUES
            (1, 'NaN', 'NaN'), (2, 'Infinity', 'Infinity'), (3, '-Infinity', '-Infinity'), (4, '-0', '-0'),
            (5, 1e-45, 5e-324), (6, 3.4028235e38, 1.7976931348623157e308), (7, 0.1, 0.30000000000000004), (8, NULL,
                NULL);
        """,
        """
        SELECT single = 'NaN' AND double = 'NaN' FROM traps.floats WHERE id = 1
        INTERSECT SELECT double::text = '-0' FROM traps.floats WHERE id = 4
        INTERSECT SELECT double::text = '0.30000000000000004' FROM traps.floats WHERE id = 7
        """,
    ),
    SqlTrap(
        "numerics",
        """
        CREATE TABLE traps.numerics (id int PRIMARY KEY, free numeric, fixed numeric(20, 4));
        INSERT INTO traps.numerics VALUES
            (1, 1.0, 1), (2, 1.00, 1.0001), (3, 'NaN', 'NaN'), (4, 'Infinity', NULL), (5, '-Infinity', NULL),
            (6, 0.000, -0.0001), (7, 10::numeric ^ 1000 + 1, 9999999999999999.9999),
            (8, 9007199254740993, 9007199254740993), (9, ('0.' || repeat('0', 900) || '1')::numeric, NULL);
        """,
        """
        SELECT array_agg(scale(free) ORDER BY id) = '{1,2}' FROM traps.numerics WHERE id IN (1, 2)
        INTERSECT SELECT count(*) = 3 FROM traps.numerics WHERE free IN ('NaN', 'Infinity', '-Infinity')
        """,
    ),
    SqlTrap(
        "moments",
        """
        CREATE TABLE traps.moments (
            id int PRIMARY KEY, plain timestamp, zoned timestamptz, day date, clock time, zoned_clock timetz,
            coarse timestamptz(0)
        );
        INSERT INTO traps.moments VALUES
            (1, 'infinity', 'infinity', 'infinity', '24:00:00', '23:59:59.999999+09', 'infinity'),
            (2, '-infinity', '-infinity', '-infinity', '00:00:00', '00:00:00-15:59', '-infinity'),
            (3, '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56.789012+09', '2024-02-29', '12:34:56.789012',
                '12:34:56.789012+05:45', '2024-02-29 12:34:56+00'),
            (4, '4713-01-01 00:00:00 BC', '4713-01-01 00:00:00+00 BC', '4713-01-01 BC', '00:00:00.000001',
                '00:00:00+00', NULL),
            (5, '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '5874897-12-31', NULL, NULL, NULL),
            (6, '1987-05-10 02:30:00', '1987-05-10 02:30:00 Asia/Seoul', '1987-05-10', NULL, NULL, NULL),
            (7, '1908-03-31 23:59:59', '1908-03-31 23:59:59 Asia/Seoul', '1908-03-31', NULL, NULL, NULL);
        """,
        """
        SELECT plain = 'infinity' AND day = 'infinity' AND clock = '24:00' FROM traps.moments WHERE id = 1
        INTERSECT SELECT extract(microseconds FROM zoned) = 56789012 FROM traps.moments WHERE id = 3
        INTERSECT SELECT extract(year FROM day) = -4713 FROM traps.moments WHERE id = 4
        """,
    ),
    SqlTrap(
        # Equal by =, different in content: '1 month' and '30 days'.
        "intervals",
        """
        CREATE TABLE traps.intervals (id int PRIMARY KEY, length interval);
        INSERT INTO traps.intervals VALUES
            (1, '1 month'), (2, '30 days'), (3, '720 hours'), (4, '-1 year -2 mons +3 days -04:05:06.000007'),
            (5, '178000000 years'), (6, '0'), (7, '1 day -24:00:00');
        """,
        """
        SELECT count(DISTINCT length) = 1 AND count(DISTINCT length::text) = 3 FROM traps.intervals WHERE id IN (1,
            2, 3)
        """,
    ),
    SqlTrap(
        # Texts that COPY's own text format uses for something else.
        "texts",
        r"""
        CREATE TABLE traps.texts (id int PRIMARY KEY, free text, padded char(10), short varchar(5), tiny "char",
            label name);
        INSERT INTO traps.texts VALUES
            (1, '', '', '', '', ''), (2, NULL, NULL, NULL, NULL, NULL), (3, '\N', 'x', '\N', 'x', 'N'),
            (4, E'\\.', 'y ', '\.', '.', 'dot'), (5, E'tab\tnewline\nreturn\rboth\r\nend', E'a\tb', E'a\nb', E'\t',
                'ws'),
            (6, E'back\\slash \\\\ "double" ''single'' , ; |', '\', '\', '\', '\'), (7, 'NULL', 'NULL', 'NULL', 'N',
                'NULL'),
            (8, U&'e\0301 \00E9', '각', U&'\1100\1161', 'z', '한국어'), (9,
                '🚀👩‍👩‍👧‍👦' || chr(1) || chr(127) || chr(8203), '', '', '', ''),
            (10, '  spaces around  ', ' lead', ' a ', ' ', ' '), (11, repeat('가', 5000), '', '', '', '');
        """,
        r"""
        SELECT free = '' FROM traps.texts WHERE id = 1 INTERSECT SELECT free IS NULL FROM traps.texts WHERE id = 2
        INTERSECT SELECT free = '\N' FROM traps.texts WHERE id = 3 INTERSECT SELECT free = '\.' FROM traps.texts
            WHERE id = 4
        INTERSECT SELECT position(E'\r\n' IN free) > 0 FROM traps.texts WHERE id = 5
        """,
    ),
    SqlTrap(
        "bytea",
        """
        CREATE TABLE traps.bytes (id int PRIMARY KEY, content bytea);
        INSERT INTO traps.bytes VALUES (1, ''), (2, NULL), (3, '\\x00'), (4, '\\x5c4e'), (5, '\\xffd8ffe0');
        INSERT INTO traps.bytes SELECT 6, decode(string_agg(lpad(to_hex(n), 2, '0'), '' ORDER BY n), 'hex')
            FROM generate_series(0, 255) AS n;
        """,
        """
        SELECT length(content) = 256 AND get_byte(content, 0) = 0 AND get_byte(content, 255) = 255
        FROM traps.bytes WHERE id = 6
        """,
    ),
    SqlTrap(
        # json keeps white space, order and double keys; jsonb keeps the scale of numbers.
        "json",
        r"""
        CREATE TABLE traps.documents_json (id int PRIMARY KEY, exact json, parsed jsonb);
        INSERT INTO traps.documents_json VALUES
            (1, '{"b" : 1,  "a":1.00, "a":2 }', '{"b": 1.0, "a": 1.00}'), (2, 'null', 'null'), (3, NULL, NULL),
            (4, '"\u0000 is allowed here"', '"\u00e9"'), (5, '[9007199254740993, 1e400, -0]',
                '[9007199254740993, 1e400, -0.0]'),
            (6, '{"한글": "값", "": {"nested": [[], {}, ""]}}', '{"한글": "값", "": {"nested": [[], {}, ""]}}'),
            (7, E'{\n  "pretty": true\n}', '{"url": "http://minio:9000/bucket/key"}');
        """,
        """
        SELECT exact::text = '{"b" : 1,  "a":1.00, "a":2 }' AND parsed::text = '{"a": 1.00, "b": 1.0}'
        FROM traps.documents_json WHERE id = 1
        """,
    ),
    SqlTrap(
        "arrays",
        """
        CREATE TABLE traps.arrays (id int PRIMARY KEY, numbers int[], words text[], grid int[][]);
        INSERT INTO traps.arrays VALUES
            (1, '{}', '{}', '{}'), (2, '{1,NULL,3}', '{"NULL",NULL,"",","," quoted ","back\\\\slash"}',
                '{{1,2},{3,4}}'),
            (3, '[-1:1]={7,8,9}', '[0:0]={"zero based"}', '[2:3][5:6]={{1,2},{3,4}}'), (4, NULL, NULL, NULL);
        """,
        "SELECT array_lower(numbers, 1) = -1 AND array_upper(grid, 2) = 6 FROM traps.arrays WHERE id = 3",
    ),
    SqlTrap(
        "ranges",
        """
        CREATE TYPE traps.float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
        CREATE TABLE traps.ranges (
            id int PRIMARY KEY, whole int4range, exact numrange, period tstzrange, many int4multirange,
                own traps.float_range
        );
        INSERT INTO traps.ranges VALUES
            (1, 'empty', 'empty', 'empty', '{}', 'empty'), (2, '(,)', '(,5.50]', '[2024-01-01 00:00+09,infinity]',
                '{(,)}', '(,)'),
            (3, '[1,10]', '[1.0,1.00]', '(-infinity,2024-01-01 00:00+00)', '{[1,3),[5,9)}', '[-0,0.30000000000000004]');
        """,
        "SELECT isempty(whole) AND many = '{}' AND isempty(own) FROM traps.ranges WHERE id = 1",
    ),
    SqlTrap(
        "own_types",
        """
        CREATE TYPE traps.mood AS ENUM ('sad', 'ok', 'happy', '행복', 'O''Brien, "quoted"', '');
        ALTER TYPE traps.mood ADD VALUE 'furious' BEFORE 'sad';
        CREATE DOMAIN traps.postcode AS text COLLATE "C" DEFAULT '00000' CHECK (VALUE ~ '^[0-9]{5}$');
        CREATE TYPE traps.address AS (street text, number int, code traps.postcode);
        CREATE DOMAIN traps.checked_address AS traps.address CHECK ((VALUE).number > 0);
        CREATE TABLE traps.people (
            id int PRIMARY KEY, feels traps.mood, lives traps.address, others traps.address[],
                checked traps.checked_address,
            moods traps.mood[]
        );
        INSERT INTO traps.people VALUES
            (1, 'happy', '("Main ""St"", 1",5,12345)', '{"(a,1,00001)","(,,)"}', '(b,2,00002)', '{sad,ok}'),
            (2, 'O''Brien, "quoted"', '(,,)', '{}', NULL, '{행복,""}'), (3, '', NULL, NULL, NULL, NULL), (4, 'sad',
                '("",0,00000)', NULL, NULL, NULL);
        """,
        """
        SELECT enum_first(NULL::traps.mood) = 'furious' AND (lives).code = '12345' AND array_length(others, 1) = 2
        FROM traps.people WHERE id = 1
        """,
    ),
    SqlTrap(
        "other_types",
        """
        CREATE TABLE traps.others (
            id int PRIMARY KEY, unique_id uuid, address inet, network cidr, hardware macaddr, bits bit(5),
                varbits bit varying,
            words tsvector, query tsquery, dot point, shape polygon, ring circle, object oid, class regclass,
                place pg_lsn
        );
        INSERT INTO traps.others VALUES
            (1, '00000000-0000-4000-8000-000000000001', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101', B'',
                '''it''''s'':1A 한글:2B', 'a & !b | c:*', '(1,-0)', '((0,0),(0.1,1),(1,0))', '<(0,0),1e-10>',
                    4294967295, 'traps.floats', 'FFFFFFFF/FFFFFFFF'),
            (2, NULL, '::ffff:1.2.3.4', '2001:db8::/32', NULL, NULL, B'1', '', '', '(NaN,Infinity)', NULL, NULL, 0,
                NULL, '0/0');
        """,
        "SELECT class = 'traps.floats'::regclass AND object = 4294967295 FROM traps.others WHERE id = 1",
    ),
    SqlTrap(
        "hstore",
        """
        CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public;
        CREATE TABLE traps.pairs (id int PRIMARY KEY, pairs public.hstore);
        INSERT INTO traps.pairs VALUES (1, 'a=>1, b=>NULL, "k => v"=>"x,y", 한글=>"\\"q\\""'), (2, ''), (3, NULL);
        """,
        "SELECT (pairs->'b') IS NULL AND pairs ? 'k => v' FROM traps.pairs WHERE id = 1",
        "hstore",
    ),
    SqlTrap(
        # Equal without regard to case: a comparison by = finds no difference between two texts.
        "citext",
        """
        CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
        CREATE TABLE traps.logins (login public.citext PRIMARY KEY, note text);
        INSERT INTO traps.logins VALUES ('Alice@Example.COM', 'mixed'), ('bob@example.com', 'lower');
        """,
        "SELECT login::text = 'Alice@Example.COM' FROM traps.logins WHERE login = 'alice@example.com'",
        "citext",
    ),
    SqlTrap(
        "uuid-ossp",
        """
        CREATE EXTENSION IF NOT EXISTS "uuid-ossp" SCHEMA public;
        CREATE TABLE traps.tickets (id uuid PRIMARY KEY DEFAULT public.uuid_generate_v4(), title text);
        INSERT INTO traps.tickets
            SELECT public.uuid_generate_v5(public.uuid_ns_url(), 'http://minio:9000/' || n), 'ticket ' || n
            FROM generate_series(1, 50) AS n;
        """,
        "SELECT count(*) = 50 FROM traps.tickets",
        "uuid-ossp",
    ),
)
