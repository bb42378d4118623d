"""The rehearsal's own seed, with all its traps, arrives whole."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psycopg
import pytest

from lab.seed import PostgresqlSource
from lab.seed import postgresql as traps
from lab.servers import Server
from tests.integration.postgresql.conftest import connect, fresh

pytestmark = pytest.mark.stores


def test_every_trap_of_the_seed_arrives(source: Server, target: Server, tmp_path: Path) -> None:
    move = fresh(source, target, "seeded", tmp_path / "runs")
    with connect(target) as session, contextlib.suppress(psycopg.errors.DuplicateObject):
        session.execute("CREATE ROLE lab_reporting")
    end = PostgresqlSource(
        host=source.host, port=source.port, user=source.user, dbname=move.name, password=source.password
    )
    with end.connect() as connection:
        traps.set_traps(connection)
    copied = move.copy(split_bytes=1_000_000)
    assert copied["rc"] == 0, copied["output"]
    assert "grants to lab_reporting" in {adjusted["item"] for adjusted in copied["adjusted"]}
    compared = move.compare(split_bytes=1_000_000)
    assert compared["verdict"] == "equal", compared["output"]
    again = move.copy(split_bytes=1_000_000)
    assert (again["rc"], again["changed"]) == (0, False), again["output"]
