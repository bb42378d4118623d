"""The running lab: its source is well and reachable with the environment that `python -m lab run` gives."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lab import control, engine, source
from lab.paths import ROOT

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    return control.environment()


def ask(url: str, body: object = None, headers: dict[str, str] | None = None, ca: str | None = None) -> Any:
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} | (headers or {}))  # noqa: S310
    context = ssl.create_default_context(cafile=ca) if ca else None
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:  # noqa: S310
        return json.load(answer)


def test_four_containers_are_healthy() -> None:
    running = engine.known()
    assert running is not None, "the lab does not run: make lab"
    states = source.states(running)
    assert sorted(states) == ["app", "minio", "opensearch", "postgres"]
    assert set(states.values()) == {"running, healthy"}


def test_the_application_knows_its_stores_and_its_administrator(environment: dict[str, str]) -> None:
    url = environment["SOURCE_APP_URL"]
    assert set(ask(f"{url}/api/health")["stores"].values()) == {"ok"}
    login = {"username": environment["APP_ADMIN_USER"], "password": environment["APP_ADMIN_PASSWORD"]}
    assert ask(f"{url}/api/login", login)["access_token"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(f"{url}/api/login", login | {"password": "not it"})
    assert refused.value.code == 401


def test_each_store_takes_the_labs_credentials_and_no_others(environment: dict[str, str]) -> None:
    place = {"host": source.HOST, "port": source.POSTGRES_PORT, "user": "postgres", "dbname": source.DATABASE}
    conninfo = " ".join(f"{name}={value}" for name, value in place.items())
    with psycopg.connect(conninfo, password=environment["POSTGRES_PASSWORD"]) as connection:
        assert connection.execute("show wal_level").fetchone() == ("logical",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(conninfo, password="not it")

    stores = source.stores(environment)
    assert source.BUCKET in {bucket["Name"] for bucket in stores.objects.client().list_buckets()["Buckets"]}

    url, ca = f"https://{source.HOST}:{source.OPENSEARCH_PORT}", str(Path(environment["AWS_CA_BUNDLE"]))
    token = b64encode(f"admin:{environment['OPENSEARCH_INITIAL_ADMIN_PASSWORD']}".encode()).decode()
    assert ask(url, headers={"Authorization": f"Basic {token}"}, ca=ca)["version"]["number"] == "2.11.1"
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(url, headers={"Authorization": "Basic " + b64encode(b"admin:admin").decode()}, ca=ca)
    assert refused.value.code == 401


def test_the_environment_leads_to_the_pretend_aws_and_to_no_other(environment: dict[str, str]) -> None:
    mine = os.environ | {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "somebody's"}
    question = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    command = [sys.executable, "-m", "lab", "run", "--", "python", "-c", question]
    done = subprocess.run(command, cwd=ROOT, env=mine, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "123456789012", done.stderr


def test_everything_listens_on_loopback_only() -> None:
    ports = {source.APP_PORT, source.POSTGRES_PORT, source.MINIO_PORT, source.OPENSEARCH_PORT, 4566}
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            address, port = line.split()[1].split(":")
            if line.split()[3] == "0A" and int(port, 16) in ports:
                found.add(int(port, 16))
                assert address == "0100007F", f"port {int(port, 16)} listens on {address}"
    assert found == ports


def test_a_container_that_was_killed_with_its_monitor_is_removed() -> None:
    """As when all processes of a machine are killed, but not its boot: podman calls it running for ever."""
    running = engine.known()
    assert running is not None, "the lab does not run: make lab"
    if not running.is_podman:
        pytest.skip("Docker watches its containers itself")
    start = ("run", "--detach", "--network", "none", "python:3.11-slim", "sleep", "600")
    container = running.run(*start, what="starting").strip()
    try:
        numbers = running.run("inspect", "--format", "{{.State.ConmonPid}} {{.State.Pid}}", container, what="asking")
        for pid in numbers.split():
            os.kill(int(pid), signal.SIGKILL)
        assert container in running.run("ps", "--quiet", "--no-trunc", what="listing"), "podman has noticed by itself"
        engine.start()
        assert container not in running.run("ps", "--all", "--quiet", "--no-trunc", what="listing")
    finally:
        running.ask("rm", "--force", "--time", "0", container)
    assert set(source.states(running).values()) == {"running, healthy"}
