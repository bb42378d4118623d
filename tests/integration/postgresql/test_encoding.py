"""A source that keeps Korean in its own old encoding: text is converted on the way, and is still proven equal."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.servers import Server
from tests.integration.postgresql.conftest import Move, connect, fresh

pytestmark = pytest.mark.stores


def test_euc_kr_becomes_utf8_and_is_equal(source: Server, target: Server, tmp_path: Path) -> None:
    fresh(source, target, "korean", tmp_path / "runs")
    with connect(source) as session:
        session.execute("DROP DATABASE korean")
        session.execute("CREATE DATABASE korean ENCODING 'EUC_KR' LOCALE 'C' TEMPLATE template0")
    move = Move(source, target, "korean", tmp_path / "runs")
    move.at_source(
        'CREATE TABLE "사람" (id int PRIMARY KEY, "이름" text)',
        """INSERT INTO "사람" VALUES (1, '김철수'), (2, 'Anna')""",
    )
    copied = move.copy()
    assert copied["rc"] == 0, copied["output"]
    assert move.compare()["verdict"] == "equal"
    assert not move.copy()["changed"]
    move.at_target("""UPDATE "사람" SET "이름" = '김철호' WHERE id = 1""")
    [found] = move.compare()["differences"]
    assert (found["kind"], found["item"], found["detail"]) == ("changed", 'public."사람" (id) = (1)', "이름")
