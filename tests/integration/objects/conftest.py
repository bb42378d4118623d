"""Two real MinIO servers, and the modules run as Ansible runs them: a process with JSON arguments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from lab.servers import Server, minio

ROOT = Path(__file__).resolve().parents[3]


def client_of(server: Server) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.url,
        aws_access_key_id=server.user,
        aws_secret_access_key=server.password,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}),
    )


def start_module(name: str, arguments: dict[str, Any], environment: dict[str, str] | None = None) -> Any:
    """A module's process, with its arguments on the way in."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "plugins" / "modules" / f"{name}.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / ".ansible" / "collections")]),
            "HOME": "/nonexistent",
            "AWS_EC2_METADATA_DISABLED": "true",
            **(environment or {}),
        },
    )
    assert process.stdin
    process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    process.stdin.close()
    process.stdin = None
    return process


def run_module(name: str, arguments: dict[str, Any], environment: dict[str, str] | None = None) -> dict[str, Any]:
    """A module's result, with its exit code as `rc` and all that it printed as `output`."""
    process = start_module(name, arguments, environment)
    out, err = process.communicate(timeout=120)
    output = out.decode() + err.decode()
    try:
        result: dict[str, Any] = json.loads(out)
    except ValueError:
        raise AssertionError(output) from None
    return {**result, "rc": process.returncode, "output": output}


@dataclass(frozen=True)
class Pair:
    """A source bucket and a target bucket, each on its own server, and the move from one to the other."""

    source: Server
    target: Server
    bucket: str
    run_dir: Path
    versions: str = "current"
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def old(self) -> Any:
        return client_of(self.source)

    @property
    def new(self) -> Any:
        return client_of(self.target)

    def arguments(self) -> dict[str, Any]:
        return {
            "source": self.end(self.source),
            "target": self.end(self.target),
            "run_dir": str(self.run_dir),
            "versions": self.versions,
            **self.more,
        }

    def end(self, server: Server) -> dict[str, Any]:
        return {
            "endpoint_url": server.url,
            "bucket": self.bucket,
            "access_key": server.user,
            "secret_key": server.password,
        }

    def copy(self, **more: Any) -> dict[str, Any]:
        return run_module("s3_copy", {**self.arguments(), **more})

    def compare(self, **more: Any) -> dict[str, Any]:
        return run_module("s3_compare", {**self.arguments(), **more})

    def put(self, key: str, body: bytes = b"content", **options: Any) -> None:
        self.old.put_object(Bucket=self.bucket, Key=key, Body=body, **options)

    def moved(self) -> dict[str, Any]:
        """Copy and compare; the comparison's result, which has to be equal."""
        copied = self.copy()
        assert copied["rc"] == 0, copied
        compared = self.compare()
        assert (compared["rc"], compared["verdict"]) == (0, "equal"), compared
        return compared


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    folder = tmp_path_factory.mktemp("objects")
    with (
        minio(folder / "source", settings={"MINIO_DOMAIN": "minio.internal"}) as source,
        minio(folder / "target") as target,
    ):
        yield source, target


@pytest.fixture
def pair(servers: tuple[Server, Server], tmp_path: Path, request: pytest.FixtureRequest) -> Pair:
    """Two new, empty buckets."""
    number = sum(map(ord, request.node.name)) % 1000
    bucket = f"b{number}-{os.urandom(4).hex()}"
    made = Pair(*servers, bucket, tmp_path / "run")
    made.old.create_bucket(Bucket=bucket)
    made.new.create_bucket(Bucket=bucket)
    return made


@pytest.fixture
def versioned(pair: Pair) -> Pair:
    """Two new, empty buckets that keep versions; all of them are moved."""
    for client in (pair.old, pair.new):
        client.put_bucket_versioning(Bucket=pair.bucket, VersioningConfiguration={"Status": "Enabled"})
    return Pair(pair.source, pair.target, pair.bucket, pair.run_dir, versions="all")
