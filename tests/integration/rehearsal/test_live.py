"""A source that has moved on since its copy was proven is copied again where it changed."""

from __future__ import annotations

import pytest

from tests.faults import Record

from .ends import sources, target_database
from .playing import equal, lost, on, play

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("rehearsed")]


@pytest.mark.fault("postgresql: a row of a proven partition changes in the source")
def test_a_row_changed_in_a_proven_partition_is_copied_again(record_property: Record) -> None:
    change = "UPDATE public.documents SET title = title || %s WHERE id = %s RETURNING title"
    with sources().postgresql.connect() as session, target_database() as target:
        [row] = session.execute("SELECT max(id) FROM public.documents").fetchone() or [0]
        [title] = session.execute(change, (" changed", row)).fetchone() or [""]
        try:
            copied = play("playbooks/copy.yml", *on("postgresql"), "-v")
            assert (copied.status, copied.copied) == (0, [1]), copied.output[-6000:]
            assert target.execute("SELECT title FROM public.documents WHERE id = %s", (row,)).fetchone() == (title,)
            equal("postgresql")
            record_property("lost", lost("postgresql"))
        finally:
            session.execute("UPDATE public.documents SET title = %s WHERE id = %s", (title[: -len(" changed")], row))
            healed = play("playbooks/copy.yml", *on("postgresql"))
    assert healed.status == 0, healed.output[-6000:]
    equal("postgresql")
