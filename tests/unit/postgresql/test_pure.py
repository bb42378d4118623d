"""What needs no server: ranges, digests, names, pg_dump's output."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._postgresql import dump
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import End, make_end
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.digest import Hashing, as_digest
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.plan import (
    Choice,
    Part,
    Table,
    make_parts,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.schema import Item, differences, unlike

BIGINT = st.integers(-(2**63), 2**63 - 1)


class Session:
    """Answers the one query that planning asks: the least and the greatest key."""

    def __init__(self, least: int, greatest: int) -> None:
        self._row = least, greatest

    def execute(self, _query: str) -> Session:
        return self

    def fetchone(self) -> tuple[int, int]:
        return self._row


def table(size: int, range_key: str = "id") -> Table:
    return Table("public.big", "public", "big", 1000, size, ("id",), ("id",), ("id",), range_key, True)


def holds(part: Part, key: int) -> bool:
    return (part.low is None or part.low <= key) and (part.high is None or key < part.high)


@given(BIGINT, BIGINT, st.integers(1, 10_000), BIGINT)
def test_every_key_is_in_exactly_one_range(one: int, other: int, size: int, key: int) -> None:
    least, greatest = sorted((one, other))
    parts = list(make_parts(Session(least, greatest), [table(size)], [], 100))
    assert sum(holds(part, key) for part in parts) == 1
    assert len({part.id for part in parts}) == len(parts) <= 64
    assert all(part.low is None or part.high is None or part.low < part.high for part in parts)


def test_cuts_made_before_are_kept_and_a_lost_key_forgets_them() -> None:
    first = list(make_parts(Session(0, 999), [table(400)], [], 100))
    grown = list(make_parts(Session(0, 99_999), [table(40_000)], first, 100))
    assert [part.id for part in grown] == [part.id for part in first]
    assert [part.id for part in make_parts(Session(0, 999), [table(400, "")], first, 100)] == ["public.big"]


@given(st.lists(st.tuples(BIGINT, BIGINT)))
def test_a_digest_is_the_sum_of_its_rows(hashes: list[tuple[int, int]]) -> None:
    whole = as_digest(len(hashes), sum(high for high, _low in hashes), sum(low for _high, low in hashes))
    total = as_digest(0, 0, 0)
    for high, low in hashes:
        total += as_digest(1, high, low)
    assert whole == total


def test_equal_rows_do_not_cancel_each_other() -> None:
    assert as_digest(2, 2 * 5, 2 * 7) != as_digest(0, 0, 0)
    assert as_digest(2, 2 * 5, 2 * 7).sum != 0


def test_md5_converts_where_the_databases_differ_in_encoding() -> None:
    assert "convert_to(r, 'UTF8')" in Hashing("md5", convert=True).halves("r")[0]
    assert "convert_to" not in Hashing("md5").halves("r")[0]
    assert "hashtextextended" in Hashing("hash").bucket("k", 16)


@pytest.mark.parametrize(
    ("include", "exclude", "name", "let"),
    [
        ((), (), "public.users", True),
        (("public.*",), (), "sales.users", False),
        (("public.*",), ("*.log",), "public.log", False),
        ((), ("public.l?g",), "public.log", False),
        (("매출.*",), (), "매출.주문", True),
    ],
)
def test_patterns_choose(include: tuple[str, ...], exclude: tuple[str, ...], name: str, let: bool) -> None:
    assert Choice(include, exclude).lets(name) is let


DUMP = r"""--
-- PostgreSQL database dump
--

\restrict token

SET client_encoding = 'UTF8';

--
-- TOC entry 217 (class 1259 OID 16412)
-- Dependencies: 5
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    id integer
);


--
-- TOC entry 3400 (class 0 OID 0)
-- Name: COLUMN users.id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.users.id IS 'a -- b
-- c';


-- Completed on 2026-11-24 13:00:00 UTC

--
-- PostgreSQL database dump complete
--

\unrestrict token
"""


def test_a_dump_is_cut_into_its_entries() -> None:
    table_entry, comment = dump.split_entries(DUMP)
    assert (table_entry.catalog, table_entry.oid, table_entry.type) == (1259, 16412, "TABLE")
    assert (table_entry.schema, table_entry.name) == ("public", "users")
    assert table_entry.sql == "CREATE TABLE public.users (\n    id integer\n);"
    assert comment.sql == "COMMENT ON COLUMN public.users.id IS 'a -- b\n-- c';"


def run(command: list[str]) -> tuple[int, str, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def pg_dump(folder: Path, version: str) -> str:
    folder.mkdir()
    path = folder / "pg_dump"
    path.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")
    path.chmod(0o755)
    return str(path)


def test_the_pg_dump_nearest_to_the_target_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {version: pg_dump(tmp_path / version, f"{version}.3") for version in ("14", "16", "18")}
    monkeypatch.setattr(dump, "_PLACES", (f"{tmp_path}/*/pg_dump",))
    monkeypatch.setenv("PATH", f"/bin:{tmp_path}/14")
    assert dump.find_pg_dump(15, 16, run) == paths["16"]
    assert dump.find_pg_dump(17, 17, run) == paths["18"]
    with pytest.raises(CopyError, match=r"apt-get install postgresql-client-19"):
        dump.find_pg_dump(19, 19, run)


def test_an_end_never_shows_its_password() -> None:
    options = {"host": "h", "port": 1, "user": "u", "dbname": "d", "password": "secret-word", "sslmode": "prefer"}
    end = make_end("source", {**options, "sslrootcert": None, "connect_to": "[::1]:15432"})
    assert "secret-word" not in repr(end) + end.name
    assert end.address() == ("::1", 15432)
    with pytest.raises(CopyError, match="host:port"):
        End("source", "h", 1, "u", "d", connect_to="15432").address()


def test_a_missing_table_stands_for_what_belongs_to_it() -> None:
    items = [
        Item("table", "public.t", "table"),
        Item("column", "public.t.id", "integer", parent="public.t"),
        Item("index", "public.t_id", "CREATE INDEX", parent="public.t"),
        Item("extension", "hstore", ""),
    ]
    catalog = {item.key: item for item in items}
    assert {(found.kind, found.item) for found in differences(catalog, {})} == {
        ("missing", "table public.t"),
        ("missing", "extension hstore"),
    }
    assert dict(unlike({}, catalog)).keys() == {item.key for item in items[:3]}, "a target may have more extensions"
