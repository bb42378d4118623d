"""Views, functions, triggers, rules, rights, settings: what acts on data or hides it."""

from __future__ import annotations

from .trap import SqlTrap

CODE = (
    SqlTrap(
        "functions",
        """
        CREATE FUNCTION traps.half(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1 / 2;
        CREATE FUNCTION traps.half(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT left($1, length($1) / 2) $$;
        -- Its body names a table without its schema: it works only because of its own search_path.
        CREATE FUNCTION traps.count_events() RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = traps, pg_temp
            AS $body$ BEGIN RETURN (SELECT count(*) FROM events); END $body$;
        CREATE PROCEDURE traps.touch(INOUT n int DEFAULT 1) LANGUAGE plpgsql AS 'BEGIN n := n + 1; END';
        CREATE AGGREGATE traps.product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');
        CREATE FUNCTION traps.slug(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = traps
            AS $$ BEGIN RETURN half(t) || '-' || lower(t); END $$;
        CREATE TABLE traps.slugs (t text, slug text GENERATED ALWAYS AS (traps.slug(t)) STORED,
            CHECK (traps.slug(t) <> ''));
        INSERT INTO traps.slugs (t) VALUES ('Hello'), ('안녕하세요');
        CREATE UNIQUE INDEX slugs_by_slug ON traps.slugs (traps.slug(t));
        """,
        "SELECT traps.count_events() = 305 AND (SELECT slug FROM traps.slugs WHERE t = 'Hello') = 'He-hello' "
        "AND (SELECT traps.product(n) FROM generate_series(1, 5) AS n) = 120",
    ),
    SqlTrap(
        # The triggers came after the rows: a copy that fires them changes every row, or fails.
        "triggers",
        """
        CREATE TABLE traps.triggered (id int PRIMARY KEY, t text, changed int NOT NULL DEFAULT 0);
        CREATE TABLE traps.audit (id int, what text);
        INSERT INTO traps.triggered SELECT n, 'row ' || n FROM generate_series(1, 100) AS n;
        CREATE FUNCTION traps.mark() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN NEW.changed := NEW.changed + 1; NEW.t := upper(NEW.t); RETURN NEW; END $$;
        CREATE FUNCTION traps.log() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO traps.audit VALUES (NEW.id, TG_OP); RETURN NULL; END $$;
        CREATE FUNCTION traps.refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'rows of traps.triggered may not be written any more'; END $$;
        CREATE TRIGGER a_mark BEFORE INSERT OR UPDATE ON traps.triggered FOR EACH ROW EXECUTE FUNCTION traps.mark();
        CREATE TRIGGER b_log AFTER INSERT ON traps.triggered FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION
            traps.log();
        CREATE TRIGGER c_refuse BEFORE INSERT ON traps.triggered FOR EACH STATEMENT EXECUTE FUNCTION traps.refuse();
        CREATE TRIGGER d_off BEFORE DELETE ON traps.triggered FOR EACH ROW EXECUTE FUNCTION traps.refuse();
        ALTER TABLE traps.triggered ENABLE ALWAYS TRIGGER a_mark;
        ALTER TABLE traps.triggered ENABLE REPLICA TRIGGER b_log;
        ALTER TABLE traps.triggered DISABLE TRIGGER d_off;
        """,
        """
        SELECT string_agg(tgenabled::text, '' ORDER BY tgname) = 'AROD' FROM pg_trigger WHERE tgrelid =
            'traps.triggered'::regclass
        INTERSECT SELECT count(*) = 100 AND max(changed) = 0 FROM traps.triggered INTERSECT SELECT count(*) = 0 FROM
            traps.audit
        """,
    ),
    SqlTrap(
        "rule",
        """
        CREATE TABLE traps.ruled (id int PRIMARY KEY, t text); INSERT INTO traps.ruled VALUES (1, 'before the rule');
        CREATE RULE ruled_ignores_inserts AS ON INSERT TO traps.ruled DO INSTEAD NOTHING;
        """,
        "SELECT count(*) = 1 FROM pg_rules WHERE schemaname = 'traps' AND rulename = 'ruled_ignores_inserts'",
    ),
    SqlTrap(
        "views",
        """
        CREATE VIEW traps.recent AS SELECT * FROM traps.events WHERE happened > '2024-01-01' WITH LOCAL CHECK OPTION;
        CREATE VIEW traps.barrier WITH (security_barrier) AS SELECT id,
            name FROM traps.employees WHERE boss IS NOT NULL;
        CREATE RECURSIVE VIEW traps.chain (id, depth) AS
            SELECT id, 1 FROM traps.employees WHERE id = 3 UNION SELECT e.id, depth + 1 FROM traps.employees e, chain c
            WHERE e.boss = c.id AND depth < 3;
        CREATE VIEW "한국 스키마"."뷰 View" AS SELECT "이름" AS "Name" FROM "한국 스키마"."고객 Table";
        """,
        "SELECT count(*) >= 3 FROM pg_views WHERE schemaname = 'traps'",
    ),
    SqlTrap(
        # One reads another, so their order matters; one was never filled.
        "materialized_views",
        """
        CREATE TABLE traps.totals (id int PRIMARY KEY, n int); INSERT INTO traps.totals VALUES (1, 10), (2, 20);
        CREATE MATERIALIZED VIEW traps.summary AS SELECT sum(n) AS total FROM traps.totals;
        CREATE UNIQUE INDEX summary_total ON traps.summary (total);
        CREATE MATERIALIZED VIEW traps.summary_of_summary AS SELECT total * 2 AS twice FROM traps.summary;
        CREATE MATERIALIZED VIEW traps.unfilled AS SELECT 1 AS one WITH NO DATA;
        """,
        """
        SELECT count(*) FILTER (WHERE ispopulated) = 2 AND count(*) = 3 FROM pg_matviews WHERE schemaname = 'traps'
        """,
    ),
    SqlTrap(
        # With FORCE, even the owner who is no superuser sees none of the rows.
        "row_level_security",
        """
        CREATE TABLE traps.tenants (id int PRIMARY KEY, tenant text, t text);
        INSERT INTO traps.tenants SELECT n, 'tenant' || n % 3, 'secret ' || n FROM generate_series(1, 60) AS n;
        ALTER TABLE traps.tenants ENABLE ROW LEVEL SECURITY; ALTER TABLE traps.tenants FORCE ROW LEVEL SECURITY;
        CREATE POLICY own_rows ON traps.tenants USING (tenant = current_setting('app.tenant', true));
        CREATE POLICY no_deletes ON traps.tenants AS RESTRICTIVE FOR DELETE USING (false);
        """,
        "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'traps.tenants'::regclass "
        "INTERSECT SELECT count(*) = 2 FROM pg_policies WHERE tablename = 'tenants'",
    ),
    SqlTrap(
        # Roles belong to the server, not to the database: a dump of the database only names them.
        "role_and_grants",
        """
        DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lab_reporting') THEN
            CREATE ROLE lab_reporting NOLOGIN; END IF; END $$;
        GRANT USAGE ON SCHEMA traps TO lab_reporting; GRANT SELECT ON traps.events, traps.summary TO lab_reporting;
        GRANT SELECT (id, name) ON traps.employees TO lab_reporting; GRANT USAGE ON SEQUENCE traps.odd TO lab_reporting;
        REVOKE EXECUTE ON FUNCTION traps.count_events() FROM PUBLIC;
        ALTER DEFAULT PRIVILEGES IN SCHEMA traps GRANT SELECT ON TABLES TO lab_reporting;
        CREATE TABLE traps.owned_by_role (id int PRIMARY KEY); ALTER TABLE traps.owned_by_role OWNER TO lab_reporting;
        """,
        """
        SELECT has_table_privilege('lab_reporting', 'traps.events', 'SELECT')
            AND has_column_privilege('lab_reporting', 'traps.employees', 'name', 'SELECT')
            AND NOT has_table_privilege('lab_reporting', 'traps.tenants', 'SELECT')
        INTERSECT SELECT tableowner = 'lab_reporting' FROM pg_tables WHERE tablename = 'owned_by_role'
        """,
    ),
    SqlTrap(
        "comments",
        r"""
        COMMENT ON SCHEMA traps IS 'Everything that is easy to lose';
        COMMENT ON TABLE traps.events IS E'It''s a table -- with "quotes" and\na second line';
        COMMENT ON COLUMN traps.events.what IS '무엇이 일어났는가';
        COMMENT ON FUNCTION traps.half(numeric) IS '절반';
        COMMENT ON INDEX traps.summary_total IS 'index'; COMMENT ON TYPE traps.mood IS 'type';
        COMMENT ON CONSTRAINT age_is_positive ON traps.legacy IS 'constraint';
        COMMENT ON TRIGGER a_mark ON traps.triggered IS 'trigger';
        """,
        r"""
        SELECT col_description('traps.events'::regclass, 2) = '무엇이 일어났는가'
            AND obj_description('traps.events'::regclass) LIKE E'It''s%and\na second line'
        """,
    ),
    SqlTrap(
        "old_addresses",
        """
        CREATE TABLE traps.bookmarks (id int PRIMARY KEY, url text, config json, settings jsonb, hosts text[]);
        INSERT INTO traps.bookmarks VALUES
            (1, 'http://minio:9000/database-api-files/documents/a.txt', '{"dsn": "postgresql://app@postgres:5432/app"}',
                '{"search": ["https://opensearch:9200"], "deep": {"er": {"host": "minio"}}}', '{postgres,opensearch}'),
            (2, 'https://example.com/minio-guide', NULL, '{"minio": "a key, no address"}', '{}'),
            (3, 's3://database-api-files/x', '{"path": "http:\\/\\/minio:9000\\/escaped"}', NULL, NULL);
        """,
        "SELECT count(*) = 1 FROM traps.bookmarks WHERE url LIKE 'http://minio:9000/%' AND 'opensearch' = ANY (hosts)",
    ),
    SqlTrap(
        # Every client of this database starts with text forms that lose digits and turn dates round.
        "database_settings",
        """
        DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Seoul''', current_database());
            EXECUTE format('ALTER DATABASE %I SET datestyle = ''SQL, DMY''', current_database());
            EXECUTE format('ALTER DATABASE %I SET intervalstyle = ''sql_standard''', current_database());
            EXECUTE format('ALTER DATABASE %I SET extra_float_digits = 0', current_database());
            EXECUTE format('ALTER DATABASE %I SET bytea_output = ''escape''', current_database());
        END $$;
        """,
        """
        SELECT setconfig @> '{extra_float_digits=0,bytea_output=escape}' FROM pg_db_role_setting
        WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
    ),
)
