"""What must not be written to is not: an authoritative target, and a target that no journal explains."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import Record

from .ends import AUTHORITY, client, held
from .playing import RUNS, equal, lost, on, play

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("rehearsed")]


@pytest.fixture
def cut_over() -> Iterator[None]:
    """The parameter as a cutover sets it."""
    parameters = client("ssm")
    parameters.put_parameter(Name=AUTHORITY, Value="target", Type="String", Overwrite=True)
    yield
    parameters.delete_parameter(Name=AUTHORITY)


def journals() -> dict[str, str]:
    """What the run folders hold, as hashes."""
    files = [path for path in RUNS.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.usefixtures("cut_over")
@pytest.mark.parametrize("playbook", ["migrate", "copy"])
@pytest.mark.fault("all: the move is started again when the target is authoritative")
def test_an_authoritative_target_is_refused_before_anything_is_changed(playbook: str, record_property: Record) -> None:
    before, held_before = journals(), held()
    # A difference that provision would bring to the account if it came to that.
    # The shell's region is another than the inventory's: the parameter is found all the same.
    refused = play(f"playbooks/{playbook}.yml", "-e", "cloudwatch_log_retention_days=400", region="us-east-1")
    assert (refused.status, refused.changed) == (2, 0), refused.output[-6000:]
    assert "The target is authoritative" in refused.output
    assert "Nothing was changed" in refused.output
    assert AUTHORITY in refused.output
    assert "PLAY [Provision]" not in refused.output
    assert "PLAY [Find every problem" not in refused.output
    assert journals() == before
    lost_items = held_before - held()
    record_property("lost", lost_items)
    assert lost_items == 0


@pytest.mark.fault("all: the target holds what no journal explains")
def test_a_target_that_no_journal_explains_is_refused(tmp_path: Path, record_property: Record) -> None:
    what = {
        "postgresql": r"\((view|table) [\w.]+, (view|table) [\w.]+, (view|table) [\w.]+ …\)",
        "objects": r"\(it holds the object 'documents/.+'\)",
        "search": r"\(\d+ indices: [\w.-]+, [\w.-]+, [\w.-]+ …\)",
    }
    for store, words in what.items():
        refused = play("playbooks/copy.yml", *on(store), "-e", f"replatform_run_dir={tmp_path}")
        assert (refused.status, refused.changed) == (2, 0), refused.output[-6000:]
        assert re.search(f"The target is not empty {words}", refused.output), refused.output[-3000:]
        assert "Empty the target, or point run_dir at the folder of the run that filled it" in refused.output
        assert "Nothing was written" in refused.output
    equal()
    record_property("lost", lost())
