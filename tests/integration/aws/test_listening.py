"""Whatever the pretend AWS listens on is loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab import engine
from lab.aws import control
from lab.aws.settings import NETWORK
from tests.integration.aws.conftest import Client

pytestmark = pytest.mark.lab
LISTENING = "0A"


def listening(pid: int) -> set[str]:
    """The addresses (hexadecimal, as the kernel has them) at which a process listens over TCP."""
    inodes = {link.name for link in Path(f"/proc/{pid}/fd").iterdir() if "socket" in str(link.readlink())}
    sockets = {str(Path(f"/proc/{pid}/fd/{name}").readlink())[8:-1] for name in inodes}
    lines = [
        line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()
    ]
    return {line[1].split(":")[0] for line in lines if line[3] == LISTENING and line[9] in sockets}


def test_the_emulator_listens_on_loopback_only(lab_aws: Client) -> None:
    lab_aws("sts").get_caller_identity()
    assert listening(control.status()["pid"]) == {"0100007F"}


def test_its_containers_publish_on_loopback_only(lab_aws: Client) -> None:
    lab_aws("sts").get_caller_identity()
    running = engine.known()
    assert running is not None
    for name in running.run("ps", "--format", "{{.Names}}", what="listing containers").split():
        answer = running.ask("inspect", name)
        if answer is None:  # a task of an earlier test has ended since it was listed
            continue
        described = json.loads(answer)[0]
        if NETWORK not in described["NetworkSettings"]["Networks"]:
            continue
        for bindings in (described["HostConfig"].get("PortBindings") or {}).values():
            # None: a port that the image exposes and nobody publishes.
            assert {binding["HostIp"] for binding in bindings or []} <= {"127.0.0.1"}, name
