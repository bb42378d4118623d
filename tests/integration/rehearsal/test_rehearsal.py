"""The whole move, on the lab: the main job. Every step is the command that a person types."""

from __future__ import annotations

import re

import pytest
import urllib3

from lab.paths import state_dir

from .playing import STORES, Played, play, proofs
from .watched import Watched

pytestmark = pytest.mark.lab


def test_everything_moves_and_is_proven(rehearsal: Played) -> None:
    assert rehearsal.status == 0, rehearsal.output[-6000:]
    assert rehearsal.verdict() == "equal"
    found = proofs()
    assert found.keys() == set(STORES)
    assert {store: proof["verdict"] for store, proof in found.items()} == dict.fromkeys(STORES, "equal")
    assert found["postgresql"]["items"] >= 2000
    assert found["objects"]["items"] >= 2000
    assert found["search"]["items"] >= 2000


def test_the_application_answers_through_the_load_balancer(rehearsal: Played) -> None:
    assert rehearsal.status == 0, rehearsal.output[-3000:]
    (name,) = set(re.findall(r"answers at https://([^\s\"']+)", rehearsal.output))
    ca = str(state_dir() / "ca" / "ca.pem")
    secure = urllib3.HTTPSConnectionPool("127.0.0.1", 443, ca_certs=ca, server_hostname=name, assert_hostname=name)
    answer = secure.request("GET", "/api/health", headers={"Host": name})
    assert answer.status == 200
    assert set(answer.json()["stores"].values()) == {"ok"}
    plain = urllib3.HTTPConnectionPool("127.0.0.1", 80)
    redirect = plain.request("GET", "/api/health", headers={"Host": name}, redirect=False)
    assert redirect.status in (301, 302)
    assert redirect.headers["Location"].startswith(f"https://{name}")


def test_the_end_of_the_run_says_what_was_moved(rehearsal: Played) -> None:
    for store, noun in (("postgresql", "rows"), ("objects", "objects"), ("search", "documents")):
        assert re.search(rf"{store} +equal +[\d,]+ {noun} .*copied [\d,]+ in [\d.]+ s", rehearsal.output)
    assert len(set(re.findall(r"proof +(\S+/proof\.json)", rehearsal.output))) == len(STORES)


@pytest.mark.parametrize("playbook", ["provision", "deploy"])
def test_again_changes_nothing(watched: Watched, playbook: str) -> None:
    assert watched.played.status == 0, watched.played.output[-3000:]
    again = watched.second if playbook == "provision" else play(f"playbooks/{playbook}.yml")
    assert (again.status, again.changed) == (0, 0), again.output[-6000:]


def test_again_copies_nothing_and_is_still_equal(rehearsal: Played) -> None:
    assert rehearsal.status == 0, rehearsal.output[-3000:]
    copied = play("playbooks/copy.yml", "-v")
    assert (copied.status, copied.changed) == (0, 0), copied.output[-6000:]
    assert {int(count) for count in re.findall(r"copied: (\d+)", copied.output)} == {0}
    verified = play("playbooks/verify.yml", "-e", '{"verify_upload": {}}')
    assert (verified.status, verified.changed) == (0, 0), verified.output[-6000:]
    assert {proof["verdict"] for proof in proofs().values()} == {"equal"}
