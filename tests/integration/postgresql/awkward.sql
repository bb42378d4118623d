-- Everything that is known to get lost or changed on the way from one PostgreSQL to another.
CREATE EXTENSION pgcrypto;
CREATE EXTENSION btree_gist;
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE SCHEMA "매출";
COMMENT ON SCHEMA "매출" IS 'sales';

CREATE TYPE public.mood AS ENUM ('sad', 'ok', '행복', 'with '' quote');
CREATE DOMAIN public.percent AS numeric(5, 2) DEFAULT 0 CHECK (VALUE BETWEEN 0 AND 100);
CREATE TYPE public.money_amount AS (amount numeric, currency text);
CREATE TYPE public.floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE COLLATION public.bytewise (locale = 'C');

CREATE FUNCTION public.slug(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT lower(regexp_replace($1, '\s+', '-', 'g')) $$;
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A trigger that changes rows: it must not run while they are copied.
    NEW.note := coalesce(NEW.note, '') || ' touched';
    RETURN NEW;
END $$;
CREATE PROCEDURE public.nothing() LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE AGGREGATE public.product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');

CREATE TABLE public.kinds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    a_bool bool, a_int2 int2, a_int4 int4, a_int8 int8, a_numeric numeric, a_float4 float4, a_float8 float8,
    a_money money, a_text text, a_char char(5), a_varchar varchar(20), a_bytea bytea, a_date date, a_time time,
    a_timetz timetz, a_timestamp timestamp, a_timestamptz timestamptz, a_interval interval, a_uuid uuid, a_json json,
    a_jsonb jsonb, a_xml xml, an_inet inet, a_cidr cidr, a_macaddr macaddr, a_bit bit(3), a_varbit varbit,
    a_tsvector tsvector, a_point point, a_box box, a_polygon polygon, an_int4range int4range,
    a_multirange int4multirange, a_tstzrange tstzrange, ints int[], texts text[][], a_lsn pg_lsn,
    note text
);
INSERT INTO public.kinds (a_bool, a_int2, a_int4, a_int8, a_numeric, a_float4, a_float8, a_money, a_text, a_char,
    a_varchar, a_bytea, a_date, a_time, a_timetz, a_timestamp, a_timestamptz, a_interval, a_uuid, a_json, a_jsonb, a_xml,
    an_inet, a_cidr, a_macaddr, a_bit, a_varbit, a_tsvector, a_point, a_box, a_polygon, an_int4range, a_multirange,
    a_tstzrange, ints, texts, a_lsn) VALUES
(true, -32768, 2147483647, -9223372036854775808, 'NaN', 'NaN', '-Infinity', '-12.34', E'tab\there\nline \\ back', 'ab',
    '한국어 English', '\x00ff00', 'infinity', '24:00', '23:59:59.999999+09', '-infinity', '2026-11-24 13:16:01.123456+09',
    '1 year 2 mons -3 days 04:05:06.789', '00000000-0000-0000-0000-000000000001', '{"b": 1,  "a": [1.0, 1.00]}',
    '{"a": 1.00, "한": "글"}', '<a b="1">x</a>', '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', B'101', B'1', 'fat:1A cat:2',
    '(1.1,2.2)', '((0,0),(1,1))', '((0,0),(1,1),(2,0))', '[1,10)', '{[1,3),[5,7)}', '[2026-01-01 00:00+09,)',
    '{1,NULL,3}', '{{a,"b c"},{NULL,"\""}}', '16/B374D848'),
(false, 0, 0, 0, '1.00', '0.1', '-0', '0', '', '', '', '', '4713-01-01 BC', '00:00', '00:00-15:59', '2026-02-28 23:59:59.999999',
    'infinity', '-1 mon +1 day', gen_random_uuid(), '[]', 'null', '', '192.168.0.1', '::/0', 'ff:ff:ff:ff:ff:ff', B'000', B'',
    '', '(NaN,Infinity)', '((1,1),(0,0))', '((0,0))', 'empty', '{}', '(,)', '{}', '{}', '0/0');
INSERT INTO public.kinds DEFAULT VALUES;

CREATE TABLE public.own_types (
    id int PRIMARY KEY, a_mood public.mood NOT NULL DEFAULT 'ok', moods public.mood[], a_percent public.percent,
    amounts public.money_amount[], a_range public.floatrange, a_class regclass, an_hstore hstore, a_citext citext,
    sorted text COLLATE public.bytewise
);
INSERT INTO public.own_types VALUES
(1, '행복', '{sad,"with '' quote"}', 99.5, ARRAY[(1.50, 'KRW')::public.money_amount], '[1.5,2.5)', 'public.kinds', 'a=>1,b=>NULL',
    'MiXed', 'z'),
(2, 'ok', NULL, DEFAULT, NULL, 'empty', NULL, '', '', '');

CREATE TABLE public."Quoted ""name"" 표" ("select" serial PRIMARY KEY, "한글 열" text, "a.b" int, dropped int);
ALTER TABLE public."Quoted ""name"" 표" DROP COLUMN dropped;
INSERT INTO public."Quoted ""name"" 표" ("한글 열", "a.b") SELECT '값 ' || g, g FROM generate_series(1, 50) g;
COMMENT ON COLUMN public."Quoted ""name"" 표"."한글 열" IS 'it''s a comment';

-- No key, and equal rows.
CREATE TABLE public.events (at timestamptz, what text);
INSERT INTO public.events SELECT '2026-01-01 00:00+09'::timestamptz + g * interval '1 s', 'event ' || g % 3
    FROM generate_series(1, 300) g;
INSERT INTO public.events SELECT '2026-01-01', 'the same' FROM generate_series(1, 5);

CREATE TABLE public.big (id int PRIMARY KEY, body text NOT NULL, unique_body text UNIQUE);
INSERT INTO public.big SELECT g * 3, repeat(md5(g::text), 8), 'u' || g FROM generate_series(-500, 2500) g;

CREATE TABLE public.generated (price numeric, tax numeric GENERATED ALWAYS AS (round(price * 0.1, 2)) STORED,
    name text, slug text GENERATED ALWAYS AS (public.slug(name)) STORED);
INSERT INTO public.generated (price, name) VALUES (10.5, 'A  b C'), (NULL, NULL);

CREATE TABLE public.logs (at date NOT NULL, id bigserial, line text, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE public.logs_2025 PARTITION OF public.logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.logs_2026 PARTITION OF public.logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (id);
CREATE TABLE public.logs_2026_0 PARTITION OF public.logs_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.logs_2026_1 (id bigint NOT NULL, line text, at date NOT NULL);
ALTER TABLE public.logs_2026 ATTACH PARTITION public.logs_2026_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE public.logs_rest PARTITION OF public.logs DEFAULT;
CREATE INDEX logs_line ON public.logs (line);
INSERT INTO public.logs (at, line) SELECT date '2024-12-01' + g * 5, 'line ' || g FROM generate_series(1, 160) g;

CREATE TABLE public.animals (id serial PRIMARY KEY, name text CHECK (name <> ''));
CREATE TABLE public.dogs (bark text) INHERITS (public.animals);
INSERT INTO public.animals (name) VALUES ('generic');
INSERT INTO public.dogs (name, bark) VALUES ('rex', 'woof'), ('바둑이', '멍멍');

CREATE UNLOGGED TABLE public.cache (k text PRIMARY KEY, v text) WITH (fillfactor = 70);
INSERT INTO public.cache VALUES ('k', 'v');
CREATE TABLE public.nothing_in_it (id int);
CREATE TABLE public.no_columns ();
INSERT INTO public.no_columns DEFAULT VALUES;
INSERT INTO public.no_columns DEFAULT VALUES;

CREATE TABLE public.bookings (room int, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&));
INSERT INTO public.bookings VALUES (1, '[2026-01-01, 2026-01-02)'), (2, '[2026-01-01, 2026-01-02)');

CREATE TABLE public.chicken (id int PRIMARY KEY, egg int);
CREATE TABLE public.egg (id int PRIMARY KEY, chicken int REFERENCES public.chicken DEFERRABLE INITIALLY DEFERRED, note text);
ALTER TABLE public.chicken ADD CONSTRAINT from_egg FOREIGN KEY (egg) REFERENCES public.egg DEFERRABLE;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO public.chicken VALUES (1, 1), (2, NULL);
INSERT INTO public.egg VALUES (1, 1, 'first'), (2, 2, NULL);
COMMIT;
CREATE TRIGGER touching BEFORE INSERT OR UPDATE ON public.egg FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE RULE keep AS ON DELETE TO public.chicken WHERE OLD.id = 1 DO INSTEAD NOTHING;
ALTER TABLE public.chicken REPLICA IDENTITY FULL;
ALTER TABLE public.chicken ADD CONSTRAINT later CHECK (id > 0) NOT VALID;

CREATE TABLE "매출"."주문" (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "금액" numeric(12, 2), tenant text DEFAULT 'a');
INSERT INTO "매출"."주문" ("금액", tenant) SELECT g * 1.1, CASE g % 2 WHEN 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 20) g;
ALTER TABLE "매출"."주문" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON "매출"."주문" USING (tenant = current_setting('app.tenant', true));

CREATE INDEX slugs ON public.generated (lower(name)) WHERE price IS NOT NULL;
CREATE STATISTICS public.together ON room, during FROM public.bookings;
CREATE VIEW public.recent AS SELECT at, what FROM public.events WHERE what <> 'event 0' ORDER BY at DESC;
CREATE VIEW public.joined WITH (security_barrier = true) AS
    SELECT c.id, e.note FROM public.chicken c LEFT JOIN public.egg e ON e.chicken = c.id;
CREATE MATERIALIZED VIEW public.a_summary AS SELECT what, count(*) AS n FROM public.events GROUP BY what;
CREATE UNIQUE INDEX a_summary_what ON public.a_summary (what);
-- Sorts before what it reads.
CREATE MATERIALIZED VIEW public."1_total" AS SELECT sum(n) AS total FROM public.a_summary;
CREATE MATERIALIZED VIEW public.unfilled AS SELECT 1 AS one WITH NO DATA;

CREATE SEQUENCE public.tickets START 1000 INCREMENT 7 MAXVALUE 100000 CYCLE;
SELECT nextval('public.tickets'), nextval('public.tickets');
CREATE SEQUENCE public.untouched;

SELECT lo_from_bytea(70001, decode(repeat('00ff', 1000), 'hex')), lo_from_bytea(70002, '');
COMMENT ON TABLE public.events IS '사건';
COMMENT ON INDEX public.slugs IS 'an index';
COMMENT ON EXTENSION hstore IS 'our own words';

-- Not even the owner sees these rows.
CREATE TABLE public.tenants (id int PRIMARY KEY, tenant text);
INSERT INTO public.tenants SELECT g, 'tenant ' || g FROM generate_series(1, 30) g;
ALTER TABLE public.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.tenants USING (tenant = current_setting('app.tenant', true));
