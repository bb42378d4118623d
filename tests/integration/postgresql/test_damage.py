"""What is not the same is named exactly, fails, and is mended by copying again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults import Record
from tests.integration.postgresql.conftest import Move

pytestmark = pytest.mark.stores


def named(result: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Kind, item and detail of each difference."""
    return {(found["kind"], found["item"], found["detail"]) for found in result["differences"]}


def kinds(result: dict[str, Any]) -> set[tuple[str, str]]:
    """Kind and item of each difference."""
    return {(kind, item) for kind, item, _detail in named(result)}


def copied(move: Move) -> Move:
    result = move.copy()
    assert result["rc"] == 0, result["output"]
    return move


@pytest.mark.fault("PostgreSQL: rows changed, deleted and added on the target, a sequence and large objects too")
def test_each_damage_to_rows_is_named_and_mended(small: Move, record_property: Record) -> None:
    copied(small)
    small.at_target(
        "UPDATE users SET email = 'other', name = 'other' WHERE id = 7",
        "DELETE FROM users WHERE id = 150",
        "INSERT INTO users VALUES (999, 'extra', NULL)",
        "DELETE FROM log WHERE ctid = (SELECT min(ctid) FROM log WHERE line = 'line 3')",
        "INSERT INTO log VALUES ('a line of its own')",
        "SELECT setval('orders_id_seq', 7)",
        "SELECT lo_put(4242, 1, 'X')",
        "SELECT lo_from_bytea(4243, 'new')",
        "ALTER LARGE OBJECT 4243 OWNER TO master",
    )
    damaged = small.compare()
    assert damaged["rc"] != 0
    assert damaged["verdict"] == "different"
    found = named(damaged)
    assert ("changed", "public.users (id) = (7)", "name, email") in found
    assert ("missing", "public.users (id) = (150)", "") in found
    assert ("extra", "public.users (id) = (999)", "") in found
    assert ("changed", "sequence public.orders_id_seq", "100 in the source, 7 here") in found
    assert {("changed", "large object 4242", ""), ("extra", "large object 4243", "")} <= found
    keyless = sorted((kind, detail) for kind, item, detail in found if item.startswith("public.log row "))
    assert [kind for kind, _detail in keyless] == ["extra", "missing"]
    assert all(detail.startswith("no key; 1 times; ctid (") for _kind, detail in keyless)
    assert len(found) == damaged["differences_total"] == 8

    again = small.copy()
    assert (again["rc"], again["partitions"]["copied"]) == (0, 4), again["output"]
    record_property("lost", small.compare()["differences_total"])
    assert small.at_target("SELECT count(*) FROM pg_constraint WHERE contype = 'f'") == [(1,)]


DEFINITIONS = {
    "DROP INDEX public.slugs": ("missing", "index public.slugs"),
    "ALTER TABLE egg DROP CONSTRAINT egg_chicken_fkey": ("missing", "foreign key egg_chicken_fkey on public.egg"),
    "ALTER TABLE egg DISABLE TRIGGER touching": ("changed", "trigger touching on public.egg"),
    'DROP POLICY own ON "매출"."주문"': ("missing", 'policy own on "매출"."주문"'),
    'ALTER TABLE "매출"."주문" DISABLE ROW LEVEL SECURITY': ("changed", 'row security "매출"."주문"'),
    "CREATE OR REPLACE VIEW recent AS SELECT at, what FROM events": ("changed", "view public.recent"),
    "CREATE OR REPLACE PROCEDURE nothing() LANGUAGE plpgsql AS 'BEGIN END'": ("changed", "function public.nothing()"),
    "ALTER TABLE own_types ALTER a_mood SET DEFAULT 'sad'": ("changed", "default public.own_types.a_mood"),
    "ALTER TABLE bookings ALTER room TYPE bigint": ("changed", "column public.bookings.room"),
    "ALTER TABLE cache ADD extra_column int": ("extra", "column public.cache.extra_column"),
    "ALTER TYPE mood ADD VALUE 'new'": ("changed", "type public.mood"),
    "ALTER TABLE animals DROP CONSTRAINT animals_name_check CASCADE": (
        "missing",
        "check animals_name_check on public.animals",
    ),
    "COMMENT ON TABLE events IS 'other'": ("changed", "comment TABLE public.events"),
    "ALTER SEQUENCE tickets INCREMENT 8": ("changed", "sequence public.tickets"),
    "ALTER TABLE chicken REPLICA IDENTITY DEFAULT": ("changed", "replica identity public.chicken"),
    "DROP RULE keep ON chicken": ("missing", "rule keep on public.chicken"),
    "DROP EXTENSION pgcrypto": ("missing", "extension pgcrypto"),
    "DROP STATISTICS together": ("missing", "statistics public.together"),
}


def test_each_damage_to_definitions_is_named_and_mended(move: Move) -> None:
    copied(move)
    move.at_target(*DEFINITIONS, "CREATE TABLE only_here (id int)", "DROP TABLE nothing_in_it")
    damaged = move.compare()
    assert damaged["rc"] != 0
    with_it = {("missing", "comment INDEX public.slugs"), ("missing", "check animals_name_check on public.dogs")}
    tables = {("extra", "table public.only_here"), ("missing", "table public.nothing_in_it")}
    assert kinds(damaged) == set(DEFINITIONS.values()) | tables | with_it

    move.at_target("DROP TABLE only_here")
    again = move.copy()
    assert again["rc"] == 0, again["output"]
    mended = move.compare()
    assert mended["verdict"] == "equal", mended["output"]
    assert not move.copy()["changed"]


def test_a_changed_source_is_pending_and_copies_only_what_changed(small: Move) -> None:
    copied(small)
    small.at_source("UPDATE users SET name = 'renamed' WHERE id = 3")
    pending = small.compare()
    assert (pending["rc"], pending["verdict"], pending["partitions"]["pending"]) == (1, "pending", 1)
    assert small.compare(allow_pending=True)["rc"] == 0

    again = small.copy()
    assert again["changed"]
    assert (again["partitions"]["copied"], again["item_count"]) == (1, 200)
    assert small.compare()["verdict"] == "equal"


def test_a_source_whose_schema_changed_is_followed(move: Move) -> None:
    copied(move)
    move.at_source(
        "ALTER TABLE egg ADD colour text DEFAULT 'white'",
        "ALTER TYPE mood ADD VALUE 'angry' BEFORE 'ok'",
        "CREATE TABLE brand_new (id int PRIMARY KEY REFERENCES chicken)",
        "INSERT INTO brand_new VALUES (1)",
        "CREATE TABLE logs_2028 PARTITION OF logs FOR VALUES FROM ('2028-01-01') TO ('2029-01-01')",
        "INSERT INTO logs VALUES ('2028-05-05', 1, 'later')",
        "INSERT INTO events VALUES ('2027-01-01', 'a new kind')",
        "UPDATE tenants SET tenant = 'other' WHERE id = 7",
        "DROP VIEW joined",
        "CREATE VIEW joined AS SELECT id FROM chicken",
    )
    again = move.copy()
    assert again["rc"] == 0, again["output"]
    compared = move.compare()
    assert compared["verdict"] == "equal", compared["output"]
    assert move.at_target("SELECT n FROM a_summary WHERE what = 'a new kind'") == [(1,)]
    security = "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = 'tenants'"
    assert move.at_target(security) == [(True,)]
    assert move.at_target('SELECT total FROM "1_total"') == [(306,)]
