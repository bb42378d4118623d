"""MinIO to the pretend AWS: TLS with the lab's authority, keys from the AWS chain, IAM enforced."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from lab.aws import control
from lab.seed.objects import TRAPS, set_traps
from lab.servers import Server

from .conftest import client_of, run_module

pytestmark = pytest.mark.lab

HIDDEN = [trap.key for trap in TRAPS if not trap.listed]
ACTIONS = [
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:GetBucketVersioning",
    "s3:ListBucketMultipartUploads",
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:PutObject",
    "s3:PutObjectTagging",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
]


def session_of(environment: dict[str, str]) -> Any:
    """A boto3 session of this environment's user; `verify` is passed to each client."""
    return boto3.session.Session(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name="ap-northeast-2"
    )


def client(service: str, environment: dict[str, str]) -> Any:
    return session_of(environment).client(
        service, endpoint_url=environment["AWS_ENDPOINT_URL"], verify=environment["AWS_CA_BUNDLE"]
    )


@pytest.fixture(scope="session")
def administrator() -> dict[str, str]:
    return control.up()


@pytest.fixture
def bucket(administrator: dict[str, str]) -> Iterator[str]:
    s3, name = client("s3", administrator), f"copied-{os.urandom(5).hex()}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    yield name
    for version in s3.list_object_versions(Bucket=name).get("Versions", []):
        s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def copier(administrator: dict[str, str], bucket: str) -> Iterator[dict[str, str]]:
    """The environment of a user who may do what the copy needs in this bucket, and nothing else."""
    iam, name = client("iam", administrator), f"{bucket}-copier"
    iam.create_user(UserName=name)
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    statement = {"Effect": "Allow", "Action": ACTIONS, "Resource": resources}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="copy", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield {
        **{name: administrator[name] for name in ("AWS_ENDPOINT_URL", "AWS_CA_BUNDLE")},
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_DEFAULT_REGION": "ap-northeast-2",
    }
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=name, PolicyName="copy")
    iam.delete_user(UserName=name)


def test_traps_arrive_in_s3(
    servers: tuple[Server, Server], copier: dict[str, str], administrator: dict[str, str], bucket: str, tmp_path: Path
) -> None:
    server = servers[0]
    old, new = client_of(server), client("s3", administrator)
    old.create_bucket(Bucket=bucket)
    set_traps(old, bucket, f"{bucket}-v")
    arguments = {
        "source": {
            "endpoint_url": server.url,
            "bucket": bucket,
            "access_key": server.user,
            "secret_key": server.password,
        },
        "target": {"bucket": bucket},
        "known_keys": HIDDEN,
        "run_dir": str(tmp_path / "run"),
    }
    copied = run_module("s3_copy", arguments, copier)
    assert (copied["rc"], copied["item_count"]) == (0, len(TRAPS)), copied["output"]
    for read in ("auto", "bytes"):
        compared = run_module("s3_compare", {**arguments, "read": read}, copier)
        assert (compared["rc"], compared["verdict"], compared["item_count"]) == (0, "equal", len(TRAPS)), compared
    again = run_module("s3_copy", arguments, copier)
    assert (again["rc"], again["changed"]) == (0, False), again
    large = new.head_object(Bucket=bucket, Key="traps/multipart/20-mib.bin", ChecksumMode="ENABLED")
    assert large["ChecksumType"] == "FULL_OBJECT" and large["ChecksumCRC64NVME"]


def test_what_the_policy_forbids_is_said(
    servers: tuple[Server, Server], copier: dict[str, str], tmp_path: Path
) -> None:
    server = servers[0]
    client_of(server).create_bucket(Bucket=(name := f"b-{os.urandom(4).hex()}"))
    arguments = {
        "source": {
            "endpoint_url": server.url,
            "bucket": name,
            "access_key": server.user,
            "secret_key": server.password,
        },
        "target": {"bucket": "another-bucket"},
        "run_dir": str(tmp_path / "run"),
    }
    failed = run_module("s3_copy", arguments, copier)
    assert failed["rc"] == 1
    assert "The target" in failed["msg"]
