"""Keys, constraints, indexes, collations, sequences."""

from __future__ import annotations

from .trap import SqlTrap

KEYS = (
    SqlTrap(
        "foreign_key_circle",
        """
        CREATE TABLE traps.departments (id int PRIMARY KEY, name text, head int);
        CREATE TABLE traps.employees (id int PRIMARY KEY, name text,
            department int NOT NULL REFERENCES traps.departments,
            boss int REFERENCES traps.employees DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO traps.departments VALUES (1, '영업', 1), (2, 'Engineering', 3), (3, 'empty', NULL);
        INSERT INTO traps.employees VALUES (1, '김', 1, 2), (2, '이', 1, 1), (3, 'Lee', 2, 3);
        ALTER TABLE traps.departments ADD CONSTRAINT departments_head_fkey FOREIGN KEY (head) REFERENCES traps.employees
            ON DELETE SET NULL;
        """,
        """
        SELECT count(*) = 3 FROM pg_constraint
        WHERE contype = 'f' AND conrelid IN ('traps.departments'::regclass, 'traps.employees'::regclass)
        """,
    ),
    SqlTrap(
        # A check that old rows break: a copy that validates it fails, one that drops it loses it.
        "not_valid_constraint",
        """
        CREATE TABLE traps.legacy (id int PRIMARY KEY, age int, parent int);
        INSERT INTO traps.legacy VALUES (1, -5, 99), (2, 30, 1);
        ALTER TABLE traps.legacy ADD CONSTRAINT age_is_positive CHECK (age > 0) NOT VALID;
        ALTER TABLE traps.legacy ADD CONSTRAINT parent_is_there FOREIGN KEY (parent) REFERENCES traps.legacy NOT VALID;
        """,
        "SELECT count(*) = 2 FROM pg_constraint WHERE conrelid = 'traps.legacy'::regclass AND NOT convalidated",
    ),
    SqlTrap(
        "exclusion_constraint",
        """
        CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
        CREATE TABLE traps.reservations (room int, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&));
        INSERT INTO traps.reservations VALUES
            (1, '[2024-01-01 10:00, 2024-01-01 11:00)'), (1, '[2024-01-01 11:00, 2024-01-01 12:00)'), (2, '(,)');
        """,
        "SELECT contype = 'x' FROM pg_constraint WHERE conrelid = 'traps.reservations'::regclass",
        "btree_gist",
    ),
    SqlTrap(
        "indexes",
        """
        CREATE TABLE traps.indexed (id int, email text, active boolean, tags text[], made timestamptz,
            code text UNIQUE NULLS NOT DISTINCT);
        INSERT INTO traps.indexed SELECT n, 'User' || n || '@example.com', n % 2 = 0, ARRAY['t' || n % 5],
            '2024-01-01 00:00+00',
            CASE WHEN n > 1 THEN 'c' || n END FROM generate_series(1, 200) AS n;
        CREATE UNIQUE INDEX indexed_partial ON traps.indexed (id) WHERE active;
        CREATE INDEX indexed_expression ON traps.indexed (lower(email) text_pattern_ops, (id % 10) DESC NULLS LAST);
        CREATE INDEX indexed_include ON traps.indexed (id) INCLUDE (email) WITH (fillfactor = 80);
        CREATE INDEX indexed_gin ON traps.indexed USING gin (tags);
        CREATE INDEX indexed_brin ON traps.indexed USING brin (made) WITH (pages_per_range = 4);
        CREATE INDEX indexed_hash ON traps.indexed USING hash (email);
        ALTER TABLE traps.indexed CLUSTER ON indexed_include;
        CREATE STATISTICS traps.indexed_stats (dependencies, mcv) ON id, active FROM traps.indexed;
        """,
        """
        SELECT count(*) = 7 AND bool_or(indpred IS NOT NULL) AND bool_or(indexprs IS NOT NULL) AND
            bool_or(indnullsnotdistinct)
            AND bool_or(indisclustered)
        FROM pg_index WHERE indrelid = 'traps.indexed'::regclass
        """,
    ),
    SqlTrap(
        "trigram_index",
        """
        CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
        CREATE TABLE traps.fuzzy (id int PRIMARY KEY, t text);
        INSERT INTO traps.fuzzy SELECT n, '검색어 term ' || n FROM generate_series(1, 100) AS n;
        CREATE INDEX fuzzy_trigram ON traps.fuzzy USING gin (t public.gin_trgm_ops);
        """,
        "SELECT count(*) = 1 FROM pg_indexes WHERE indexname = 'fuzzy_trigram' AND indexdef LIKE '%gin_trgm_ops%'",
        "pg_trgm",
    ),
    SqlTrap(
        "collations",
        """
        CREATE COLLATION traps.korean (provider = icu, locale = 'ko');
        CREATE COLLATION traps.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE traps.sorted (id int PRIMARY KEY, icu text COLLATE traps.korean, bytewise text COLLATE "C",
            loose text COLLATE traps.no_case UNIQUE);
        INSERT INTO traps.sorted VALUES (1, '나', 'B', 'Straße'), (2, '가', 'a', 'été'), (3, 'é', 'é', 'ÉTÉ?');
        CREATE INDEX sorted_icu ON traps.sorted (icu);
        """,
        """
        SELECT count(*) = 2 FROM pg_collation WHERE collnamespace = 'traps'::regnamespace AND collprovider = 'i'
        INTERSECT SELECT count(*) = 1 FROM traps.sorted WHERE loose = 'ÉTÉ'
        """,
    ),
    SqlTrap(
        "sequences",
        """
        CREATE SEQUENCE traps.odd AS smallint INCREMENT 7 MINVALUE -100 START -93;
        SELECT nextval('traps.odd') FROM generate_series(1, 3);
        CREATE SEQUENCE traps.backwards INCREMENT -1 MAXVALUE 10 START 10 CACHE 5; SELECT nextval('traps.backwards');
        CREATE SEQUENCE traps.at_its_end MAXVALUE 3; SELECT nextval('traps.at_its_end') FROM generate_series(1, 3);
        CREATE SEQUENCE traps.untouched START 42;
        CREATE SEQUENCE traps.rewound; SELECT setval('traps.rewound', 5, false);
        CREATE SEQUENCE traps.round CYCLE MAXVALUE 2; SELECT nextval('traps.round') FROM generate_series(1, 3);
        CREATE SEQUENCE traps."Odd Name"; SELECT setval('traps."Odd Name"', 9223372036854775807);
        CREATE TABLE traps.owned (id int PRIMARY KEY, other int);
        CREATE SEQUENCE traps.owned_other OWNED BY traps.owned.other;
        ALTER TABLE traps.owned ALTER COLUMN other SET DEFAULT nextval('traps.owned_other');
        INSERT INTO traps.owned (id) VALUES (1), (2);
        """,
        """
        SELECT last_value = 3 AND is_called FROM traps.at_its_end INTERSECT SELECT last_value = -79 FROM traps.odd
        INTERSECT SELECT last_value = 5 AND NOT is_called FROM traps.rewound INTERSECT SELECT NOT is_called FROM
            traps.untouched
        """,
    ),
)
