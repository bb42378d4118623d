"""Tables whose shape, owner of rows or way of storing them is unusual."""

from __future__ import annotations

from .trap import SqlTrap

TABLES = (
    SqlTrap(
        "partitions",
        """
        CREATE TABLE traps.measurements (id bigint NOT NULL, region text NOT NULL, taken date NOT NULL, value numeric,
            PRIMARY KEY (id, region, taken)) PARTITION BY RANGE (taken);
        CREATE TABLE traps.measurements_2023 PARTITION OF traps.measurements FOR VALUES FROM ('2023-01-01') TO
            ('2024-01-01')
            PARTITION BY LIST (region);
        CREATE TABLE traps.measurements_2023_kr PARTITION OF traps.measurements_2023 FOR VALUES IN ('서울', '부산');
        CREATE TABLE traps.measurements_2023_rest PARTITION OF traps.measurements_2023 DEFAULT;
        CREATE TABLE traps.measurements_rest PARTITION OF traps.measurements DEFAULT;
        CREATE TABLE traps.measurements_empty PARTITION OF traps.measurements
            FOR VALUES FROM ('1900-01-01') TO ('1901-01-01');
        -- Attached later: its columns stand in another order, and one is gone.
        CREATE TABLE traps.measurements_2024 (value numeric, gone text, taken date NOT NULL, region text NOT NULL,
            id bigint NOT NULL);
        ALTER TABLE traps.measurements_2024 DROP COLUMN gone;
        ALTER TABLE traps.measurements ATTACH PARTITION traps.measurements_2024
            FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
        INSERT INTO traps.measurements
            SELECT n, (ARRAY['서울', '부산', 'Oslo'])[n % 3 + 1], date '2022-12-01' + n,
                n / 7.0 FROM generate_series(1, 900) AS n;
        CREATE TABLE traps.buckets (id int PRIMARY KEY, label text) PARTITION BY HASH (id);
        CREATE TABLE traps.buckets_0 PARTITION OF traps.buckets FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE traps.buckets_1 PARTITION OF traps.buckets FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO traps.buckets SELECT n, 'row ' || n FROM generate_series(1, 100) AS n;
        """,
        """
        SELECT count(*) = 900 AND count(DISTINCT tableoid) = 4 FROM traps.measurements
        INTERSECT SELECT count(*) = 7 FROM pg_partition_tree('traps.measurements')
        """,
    ),
    SqlTrap(
        # SELECT from the parent shows the children's rows too: without ONLY they are copied twice.
        "inheritance",
        """
        CREATE TABLE traps.vehicles (id int PRIMARY KEY, name text NOT NULL DEFAULT 'unnamed');
        CREATE TABLE traps.cars (doors int, PRIMARY KEY (id)) INHERITS (traps.vehicles);
        CREATE TABLE traps.sports_cars (top_speed int) INHERITS (traps.cars);
        INSERT INTO traps.vehicles VALUES (1, 'bicycle'), (2, DEFAULT);
        INSERT INTO traps.cars VALUES (3, 'family car', 5), (1, 'the parent has an id 1 too', 3);
        INSERT INTO traps.sports_cars VALUES (4, '빠른 차', 2, 320);
        """,
        "SELECT (SELECT count(*) FROM traps.vehicles) = 5 AND (SELECT count(*) FROM ONLY traps.vehicles) = 2",
    ),
    SqlTrap(
        "unlogged",
        """
        CREATE UNLOGGED TABLE traps.sessions (token text PRIMARY KEY, data jsonb);
        INSERT INTO traps.sessions SELECT md5(n::text), jsonb_build_object('n', n) FROM generate_series(1, 40) AS n;
        """,
        "SELECT relpersistence = 'u' FROM pg_class WHERE oid = 'traps.sessions'::regclass",
    ),
    SqlTrap(
        "no_key_duplicate_rows",
        """
        CREATE TABLE traps.events (happened timestamptz, what text, amount numeric);
        INSERT INTO traps.events VALUES
            ('2024-01-01 00:00+00', 'twice', 1.0), ('2024-01-01 00:00+00', 'twice', 1.0),
            ('2024-01-01 00:00+00', 'twice', 1.00), (NULL, NULL, NULL), (NULL, NULL, NULL);
        INSERT INTO traps.events SELECT '2024-01-02 00:00+00', 'same', 0 FROM generate_series(1, 300);
        """,
        """
        SELECT count(*) = 305 AND count(DISTINCT (happened, what, amount::text)) = 4 FROM traps.events
        INTERSECT SELECT NOT EXISTS (SELECT FROM pg_index WHERE indrelid = 'traps.events'::regclass)
        """,
    ),
    SqlTrap("empty", "CREATE TABLE traps.empty (id int PRIMARY KEY, t text);", "SELECT count(*) = 0 FROM traps.empty"),
    SqlTrap(
        "zero_columns",
        """
        CREATE TABLE traps.zero_columns ();
        INSERT INTO traps.zero_columns DEFAULT VALUES; INSERT INTO traps.zero_columns DEFAULT VALUES;
        INSERT INTO traps.zero_columns DEFAULT VALUES;
        """,
        "SELECT count(*) = 3 FROM traps.zero_columns",
    ),
    SqlTrap(
        # Wide rows whose values lie in TOAST; one kind is stored without compression.
        "toast",
        """
        CREATE TABLE traps.wide (id int PRIMARY KEY, long text, raw bytea, doc jsonb);
        ALTER TABLE traps.wide ALTER COLUMN long SET STORAGE EXTERNAL;
        INSERT INTO traps.wide SELECT n,
            (SELECT string_agg(md5(n || '-' || m), '') FROM generate_series(1, 4000 * n) AS m),
            (SELECT decode(string_agg(md5(m || '+' || n), ''), 'hex') FROM generate_series(1, 3000 * n) AS m),
            (SELECT jsonb_object_agg('key' || m, md5(m::text)) FROM generate_series(1, 200) AS m)
            FROM generate_series(1, 6) AS n;
        """,
        "SELECT max(length(long)) = 768000 AND pg_relation_size(max(reltoastrelid)) > 1000000 FROM traps.wide, "
        "pg_class WHERE pg_class.oid = 'traps.wide'::regclass",
    ),
    SqlTrap(
        "many_columns",
        """
        DO $$ BEGIN EXECUTE (SELECT 'CREATE TABLE traps.many_columns (id int PRIMARY KEY, '
            || string_agg('c' || n || ' text', ', ') || ')' FROM generate_series(1, 250) AS n); END $$;
        INSERT INTO traps.many_columns (id, c1, c250) SELECT n, 'first', 'last' FROM generate_series(1, 20) AS n;
        """,
        "SELECT count(*) = 251 FROM pg_attribute WHERE attrelid = 'traps.many_columns'::regclass AND attnum > 0",
    ),
    SqlTrap(
        "null_heavy",
        """
        CREATE TABLE traps.null_heavy (id int PRIMARY KEY, a text, b int, c timestamptz, d bytea, e jsonb, f numeric);
        INSERT INTO traps.null_heavy (id, a) SELECT n, CASE WHEN n % 100 = 0 THEN '' END FROM generate_series(1,
            500) AS n;
        """,
        "SELECT count(*) FILTER (WHERE a IS NULL) = 495 AND count(*) FILTER (WHERE a = '') = 5 FROM traps.null_heavy",
    ),
    SqlTrap(
        "generated_columns",
        """
        CREATE TABLE traps.generated (
            net numeric(12, 2), id int PRIMARY KEY, gross numeric GENERATED ALWAYS AS (net * 1.1) STORED,
                note text DEFAULT 'n/a'
        );
        INSERT INTO traps.generated (id, net) SELECT n, n * 1.5 FROM generate_series(1, 30) AS n;
        """,
        "SELECT attgenerated = 's' FROM pg_attribute "
        "WHERE attrelid = 'traps.generated'::regclass AND attname = 'gross'",
    ),
    SqlTrap(
        "identity_columns",
        """
        CREATE TABLE traps.identity_always (id bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 10), t text);
        INSERT INTO traps.identity_always (t) SELECT 'row ' || n FROM generate_series(1, 5) AS n;
        INSERT INTO traps.identity_always OVERRIDING SYSTEM VALUE VALUES (7, 'overridden');
        CREATE TABLE traps.identity_default (id int GENERATED BY DEFAULT AS IDENTITY (MINVALUE -10 START -10)
            PRIMARY KEY);
        INSERT INTO traps.identity_default DEFAULT VALUES;
        """,
        """
        SELECT array_agg(id ORDER BY id) = '{7,100,110,120,130,140}' FROM traps.identity_always
        INTERSECT SELECT attidentity = 'a' FROM pg_attribute
            WHERE attrelid = 'traps.identity_always'::regclass AND attname = 'id'
        """,
    ),
    SqlTrap(
        "dropped_column",
        """
        CREATE TABLE traps.dropped (first text, id int PRIMARY KEY, last text);
        INSERT INTO traps.dropped VALUES ('a', 1, 'z');
        ALTER TABLE traps.dropped DROP COLUMN first;
        ALTER TABLE traps.dropped ADD COLUMN added text NOT NULL DEFAULT 'filled in without a rewrite';
        INSERT INTO traps.dropped VALUES (2, 'y', 'given');
        """,
        "SELECT bool_or(attisdropped) AND bool_or(atthasmissing) FROM pg_attribute "
        "WHERE attrelid = 'traps.dropped'::regclass",
    ),
    SqlTrap(
        "names_to_quote",
        """
        CREATE SCHEMA "한국 스키마";
        CREATE TABLE "한국 스키마"."고객 Table" ("이름" text, "Select" int PRIMARY KEY, "a""b" text,
            "semi;colon" text, "%s" text, "trailing " text, U&"tab\\0009name" text);
        INSERT INTO "한국 스키마"."고객 Table" VALUES
            ('김민준', 1, 'q', ';', '%', ' ', E'\\t'), ('이서연', 2, NULL, NULL, '', '', '');
        CREATE TABLE traps."order" ("user" text, "UPPER" text, upper text);
        INSERT INTO traps."order" VALUES ('u', 'U', 'l');
        CREATE TABLE traps."Case" (id int PRIMARY KEY); CREATE TABLE traps."case" (id int PRIMARY KEY);
        INSERT INTO traps."Case" VALUES (1); INSERT INTO traps."case" VALUES (2);
        CREATE TABLE traps."a.b" ("c.d" int PRIMARY KEY, "-- comment" text); INSERT INTO traps."a.b" VALUES (1, '/*');
        CREATE TABLE traps."a_name_of_exactly_sixty_three_bytes_which_is_the_longest_allowed" (id int PRIMARY KEY);
        """,
        """
        SELECT count(*) = 2 FROM "한국 스키마"."고객 Table"
        INTERSECT SELECT (SELECT id FROM traps."Case") = 1 AND (SELECT id FROM traps."case") = 2
        INTERSECT SELECT max(length(relname::text)) = 63 FROM pg_class WHERE relnamespace = 'traps'::regnamespace
        """,
    ),
    SqlTrap(
        "replica_identity",
        """
        CREATE TABLE traps.identity_full (a text, b text); ALTER TABLE traps.identity_full REPLICA IDENTITY FULL;
        CREATE TABLE traps.identity_index (a int NOT NULL, b text);
        CREATE UNIQUE INDEX identity_index_a ON traps.identity_index (a);
        ALTER TABLE traps.identity_index REPLICA IDENTITY USING INDEX identity_index_a;
        INSERT INTO traps.identity_full VALUES ('x', NULL), ('x', NULL);
        INSERT INTO traps.identity_index VALUES (1, 'one');
        """,
        "SELECT relreplident = 'f' FROM pg_class WHERE oid = 'traps.identity_full'::regclass "
        "INTERSECT SELECT relreplident = 'i' FROM pg_class WHERE oid = 'traps.identity_index'::regclass",
    ),
    SqlTrap(
        "large_objects",
        """
        SELECT lo_from_bytea(900001, convert_to('대용량 객체: large object', 'UTF8'));
        SELECT lo_from_bytea(900002, decode(string_agg(md5(n::text), ''), 'hex')) FROM generate_series(1, 20000) AS n;
        SELECT lo_from_bytea(900003, '');
        COMMENT ON LARGE OBJECT 900001 IS 'A large object has a comment too';
        CREATE TABLE traps.attachments (id int PRIMARY KEY, content oid);
        INSERT INTO traps.attachments VALUES (1, 900001), (2, 900002), (3, 900003);
        """,
        """
        SELECT count(*) = 3 FROM pg_largeobject_metadata WHERE oid BETWEEN 900001 AND 900003
        INTERSECT SELECT length(lo_get(900002)) = 320000
        """,
    ),
    SqlTrap(
        "storage_options",
        """
        CREATE TABLE traps.options (id int PRIMARY KEY, t text COMPRESSION pglz) WITH (fillfactor = 70,
            autovacuum_enabled = false);
        ALTER TABLE traps.options ALTER COLUMN t SET STATISTICS 500;
        INSERT INTO traps.options VALUES (1, repeat('a', 3000));
        """,
        "SELECT reloptions @> '{fillfactor=70}' FROM pg_class WHERE oid = 'traps.options'::regclass",
    ),
)
