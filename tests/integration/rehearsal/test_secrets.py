"""A secret of the lab, whichever, is in nothing that a rehearsal says or leaves, and in no process's arguments."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import docker
import pytest

from lab import engine
from lab.aws import control as aws

from .ends import client
from .playing import RUNS
from .secrets_of_the_lab import Finder, collect
from .watched import Watched

pytestmark = pytest.mark.lab
# What nobody issued before the run: a token of the application's login, a private key, whatever its text.
SHAPES = re.compile(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|X-Amz-Signature=[0-9a-f]{8}")


@pytest.fixture(scope="module", name="client")
def _client(watched: Watched) -> Any:
    assert watched.played.status == 0, watched.played.output[-6000:]
    assert watched.pid == aws.status()["pid"]
    return client


@pytest.fixture(scope="module", name="finder")
def _finder(watched: Watched, client: Any) -> Finder:
    secrets = collect(watched, client("secretsmanager"))
    different = set(secrets.values())
    # Names of the same secret: MinIO's user and key, and what deploy moved into Secrets Manager.
    assert len(different) >= 18, sorted(secrets)
    assert all(len(value) >= 16 for value in different), "none may be like another word"
    for name in ("POSTGRES_PASSWORD", "JWT_SECRET_KEY", "OPENAI_API_KEY", "APP_ADMIN_PASSWORD"):
        assert name in secrets
    assert any(name.startswith("rds!db-") for name in secrets)
    assert any(name.endswith("opensearch-master password") for name in secrets)
    return Finder(secrets)


@pytest.fixture(scope="module", name="containers")
def _containers(watched: Watched) -> Iterator[list[dict[str, Any]]]:
    """What the engine says of every container of the pretend AWS."""
    assert watched.pid == aws.status()["pid"]
    running = engine.known()
    assert running is not None
    with contextlib.closing(docker.DockerClient(base_url=running.docker_host, timeout=60)) as client:
        yield [each.attrs for each in client.containers.list(all=True, ignore_removed=True)]


def test_the_finder_finds(finder: Finder) -> None:
    """Every secret, as it is, in a URL, or as `Authorization: Basic` sends it."""
    for value in finder.secrets.values():
        basic = [base64.b64encode(user + value.encode() + b"!") for user in (b"", b"a:", b"ad:", b"adm:")]
        for sent in (value.encode(), quote(value, safe="").encode(), json.dumps([value]).encode(), *basic):
            assert value in {finder.secrets[name] for name in finder.names_in(b"<" + sent + b">")}


def test_no_output_has_a_secret(watched: Watched, finder: Finder) -> None:
    output = watched.played.output.encode()
    assert b"module_args" in output and b"ESTABLISH LOCAL CONNECTION" in output, "this is what -vvv says"
    assert finder.names_in(output) == set()
    assert SHAPES.search(output) is None


def test_no_run_folder_has_a_secret(watched: Watched, finder: Finder) -> None:
    kept = [(str(path), path.read_bytes()) for path in RUNS.rglob("*") if path.is_file()]
    assert {path.rsplit(".", 1)[-1] for path, _content in kept} >= {"json", "sqlite"}, [path for path, _content in kept]
    assert finder.places(kept) == {}
    assert [path for path, content in kept if SHAPES.search(content)] == []


def test_no_module_is_given_a_secret(watched: Watched, finder: Finder) -> None:
    """A module gets references: its arguments lie in a file while it runs, and in the system log of some machines."""
    programs = {str(path): content for path, content in watched.payloads().items()}
    assert len(programs) > 50
    assert any(b"env://POSTGRES_PASSWORD" in content for content in programs.values()), "the arguments are in there"
    assert finder.places(programs.items()) == {}


def test_ansible_leaves_nothing_in_its_temporary_folder(watched: Watched) -> None:
    assert watched.temporary == {}


def test_no_process_has_a_secret_in_its_arguments(watched: Watched, finder: Finder) -> None:
    assert any(b"AnsiballZ_" in words for words in watched.arguments), "modules were seen running"
    assert any(b"ansible-playbook" in words for words in watched.arguments)
    found = finder.places(
        (words.replace(b"\0", b" ")[:60].decode("utf-8", "replace"), words) for words in watched.arguments
    )
    assert found == {}


def test_no_task_definition_has_a_secret(client: Any, finder: Finder) -> None:
    ecs = client("ecs")
    arns = ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
    assert arns
    described = [(arn, json.dumps(ecs.describe_task_definition(taskDefinition=arn), default=str)) for arn in arns]
    assert all('"secrets": [{' in text for _arn, text in described), "the application takes them by reference"
    assert finder.places((arn, text.encode()) for arn, text in described) == {}


def test_a_container_has_a_secret_in_its_environment_only(containers: list[dict[str, Any]], finder: Finder) -> None:
    """ECS puts a task's secrets into the environment of its container, and nothing else does what they are for: the
    application and what the image of a database asks for are the containers that may have one, and only there.
    """
    assert len(containers) >= 8
    allowed = []
    for each in containers:
        config = each["Config"]
        assert finder.names_in(json.dumps({**each, "Config": {**config, "Env": []}}).encode()) == set(), each["Name"]
        if finder.names_in(json.dumps(config["Env"]).encode()):
            allowed.append(config["Image"])
    assert any("dkr.ecr" in image or "database-api" in image for image in allowed), allowed
