"""Bad input is one clear message (what, where, what next), shows no secret, and leaves nothing to trip over."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.aws.settings import TAKEN_BUCKET
from tests.faults import Record

from .account import inventory
from .playing import ROOT, Played, lost, play, proofs

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("rehearsed")]

SECRET = "wrong-word-5b0e1c7a"
SETTINGS = yaml.safe_load((ROOT / "inventories/rehearsal/group_vars/all/10-rehearsal.yml").read_text())
NOWHERE = 9  # the discard port: nobody listens there


@dataclass(frozen=True)
class Bad:
    """A command with wrong variables, and what its message must say."""

    words: tuple[str, ...]
    variables: dict[str, Any]
    says: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


def source(store: str, **wrong: Any) -> dict[str, Any]:
    return {f"replatform_source_{store}": SETTINGS[f"replatform_source_{store}"] | wrong}


WRONG_WORDS = (
    source("postgresql", password=SECRET) | source("objects", secret_key=SECRET) | source("search", password=SECRET)
)
UNREACHABLE = (
    source("postgresql", port=NOWHERE)
    | source("objects", endpoint_url=f"http://127.0.0.1:{NOWHERE}")
    | source("search", url=f"https://127.0.0.1:{NOWHERE}")
)
# An administrator may look at any bucket of his account, so that only the owner of this one can be why he may not.
TAKEN = {"replatform_bucket": TAKEN_BUCKET, "replatform_aws_environment": SETTINGS["bootstrap_aws_environment"]}
TAKEN_SAYS = (
    "name belongs to another account's bucket",
    f"bucket {TAKEN_BUCKET}",
    "choose another name .replatform_bucket",
)
COPY = "playbooks/copy.yml"
CASES = {
    "wrong passwords, all at once": Bad(
        ("playbooks/preflight.yml",),
        WRONG_WORDS,
        (
            "3 problems stop the move",
            r"postgresql: Cannot connect to the source postgresql://127\.0\.0\.1:25432/\S+ as postgres: .*"
            r"Check user and password",
            r"objects: .*127\.0\.0\.1:29000.*(secret_key|access key|key)",
            r"search: the source https://127\.0\.0\.1:29200\S* does not accept the user 'admin'.*check source\.user",
        ),
    ),
    "unreachable, all at once": Bad(
        ("playbooks/preflight.yml",),
        UNREACHABLE,
        (
            "3 problems stop the move",
            r"postgresql: Cannot connect to the source postgresql://127\.0\.0\.1:9/.*Check that the server runs",
            r"objects: .*127\.0\.0\.1:9.*[Cc]heck",
            r"search: the source https://127\.0\.0\.1:9\S* cannot be reached.*Check the address",
        ),
    ),
    "wrong password of PostgreSQL": Bad(
        (COPY, "--tags", "copy_postgresql"), WRONG_WORDS, ("source postgresql://127", "Check user and password")
    ),
    "wrong password of MinIO": Bad(
        (COPY, "--tags", "copy_objects"), WRONG_WORDS, (r"source http://127\.0\.0\.1:29000", "key")
    ),
    "wrong password of OpenSearch": Bad(
        (COPY, "--tags", "copy_search"), WRONG_WORDS, (r"source https://127\.0\.0\.1:29200", "check source.user")
    ),
    "a variable of the environment that is not set": Bad(
        (COPY, "--tags", "copy_postgresql"),
        source("postgresql", password="env://NOT_SET_ANYWHERE"),
        ("NOT_SET_ANYWHERE is not set", "postgresql://127", "export NOT_SET_ANYWHERE"),
    ),
    "a variable that the inventory lacks": Bad(
        ("playbooks/provision.yml", "--tags", "s3"),
        {"replatform_account_id": ""},
        ("inventory does not say where", "replatform_account_id", "Set them in inventories/"),
    ),
    "a bucket's name that another account has": Bad(
        ("playbooks/preflight.yml",), TAKEN, ("stops? the move", *TAKEN_SAYS)
    ),
    "another account": Bad(
        ("playbooks/provision.yml", "--tags", "s3"),
        {"replatform_account_id": "210987654321"},
        ("credentials belong to account 123456789012", "is for 210987654321", "Check AWS_PROFILE and -i"),
    ),
}


def wrong(bad: Bad) -> Played:
    """Play it, and hold it against the rules that all messages have to keep."""
    played = play(*bad.words, "-e", json.dumps(bad.variables), environment=bad.environment)
    assert played.status != 0
    failed = [one for one in played.outcomes if one["state"] == "failed"]
    assert len(failed) == 1, "one message"
    message = " ".join(str(failed[0]["msg"]).split())
    for pattern in bad.says:
        assert re.search(pattern, message), message
    assert "Traceback" not in played.output
    assert SECRET not in played.output
    return played


@pytest.mark.fault("bad input: wrong passwords, nobody there, missing variables, the wrong account")
def test_bad_input_is_one_message_and_harms_nothing(record_property: Record) -> None:
    before = inventory()
    failures = {}
    for name, bad in CASES.items():
        try:
            wrong(bad)
        except AssertionError as error:
            failures[name] = str(error)[:1500]
    assert failures == {}
    assert inventory() == before
    copied = play("playbooks/copy.yml")
    assert (copied.status, copied.tasks("changed")) == (0, []), copied.output[-6000:]
    verified = play("playbooks/verify.yml", "-e", '{"verify_upload": {}}')
    assert verified.status == 0, verified.output[-6000:]
    assert {proof["verdict"] for proof in proofs().values()} == {"equal"}
    record_property("lost", lost())


@pytest.mark.thorough
def test_a_taken_bucket_name_leaves_nothing_to_trip_over() -> None:
    """Where preflight was not asked: what was made for the wrong name is put right by the right one."""
    before = inventory()
    wrong(Bad(("playbooks/provision.yml", "--tags", "s3"), TAKEN, TAKEN_SAYS))
    healed = play("playbooks/provision.yml", "--tags", "s3")
    assert healed.status == 0, healed.output[-6000:]
    assert inventory() == before
    again = play("playbooks/provision.yml", "--tags", "s3")
    assert (again.status, again.changed) == (0, 0), again.output[-6000:]


def test_an_unknown_key_of_the_compose_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text("services:\n  web:\n    image: web:1\n    frobnicate: 1\n")
    project = {
        "project_src": str(tmp_path),
        "files": ["compose.yml"],
        "env_files": [],
        "profiles": [],
        "service": "web",
    }
    says = ("frobnicate", re.escape(str(tmp_path)), r"Next: ")
    wrong(Bad(("playbooks/deploy.yml",), {"replatform_compose": project}, says))
