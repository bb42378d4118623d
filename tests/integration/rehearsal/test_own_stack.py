"""The same command rehearses somebody else's stack, from the source variables alone (`-e @my-stack.yml`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from opensearchpy import OpenSearch

from lab.servers import minio, opensearch, postgresql

from .playing import empty_account, play, proofs

OWN = Path(__file__).with_name("own_stack")
pytestmark = [pytest.mark.lab, pytest.mark.thorough]


@pytest.fixture(scope="module")
def my_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """The file of variables, and the environment that its references name."""
    folder = tmp_path_factory.mktemp("own")
    with (
        postgresql("15", folder / "db") as db,
        minio(folder / "store") as store,
        opensearch("2.11.1", folder / "find") as find,
    ):
        login = {"host": db.host, "port": db.port, "user": db.user, "password": db.password}
        with psycopg.connect(**login, dbname="postgres", autocommit=True) as session:
            session.execute("CREATE DATABASE orders")
        with psycopg.connect(**login, dbname="orders") as session:
            session.execute("CREATE TABLE orders (id int PRIMARY KEY, what text)")
            session.execute("INSERT INTO orders SELECT n, 'item ' || n FROM generate_series(1, 500) n")
        keys = {"aws_access_key_id": store.user, "aws_secret_access_key": store.password}
        client = boto3.client("s3", endpoint_url=store.url, region_name="us-east-1", **keys)
        client.create_bucket(Bucket="receipts")
        for number in range(20):
            client.put_object(Bucket="receipts", Key=f"{number}.txt", Body=b"paid")
        OpenSearch(find.url).index(index="orders", body={"what": "item"}, id="1", params={"refresh": "true"})
        variables: dict[str, Any] = {
            "replatform_source_postgresql": {
                **login, "password": "env://OWN_POSTGRES_PASSWORD", "dbname": "orders", "sslmode": "prefer",
            },
            "replatform_source_objects": {
                "endpoint_url": store.url, "bucket": "receipts", "region": "us-east-1", "addressing_style": "path",
                "access_key": store.user, "secret_key": "env://OWN_STORE_PASSWORD",
            },
            "replatform_source_search": {"url": find.url, "auth": "none"},
            "replatform_search_indices": ["orders*"],
            "replatform_compose": {
                "project_src": str(OWN), "files": ["compose.yml"], "env_files": [], "profiles": [], "service": "web",
            },
            "copy_objects_known_keys": [],
            "deploy_environment": {},
            "deploy_secrets": {},
            "alb_health_check_path": "/",
            "verify_ready_path": "/",
            "verify_reference_url": "",
            "verify_login": {},
            "verify_upload": {},
            "verify_checks": [{"name": "front", "path": "/", "contains": "orders are open"}],
        }  # fmt: skip
        file = folder / "my-stack.yml"
        file.write_text(json.dumps(variables))
        yield file, {"OWN_POSTGRES_PASSWORD": db.password, "OWN_STORE_PASSWORD": store.password}


def test_another_stack_moves_too(my_stack: tuple[Path, dict[str, str]]) -> None:
    file, environment = my_stack
    empty_account()
    played = play("playbooks/rehearse.yml", "-e", f"@{file}", environment=environment)
    assert played.status == 0, played.output[-6000:]
    assert played.verdict() == "equal"
    found = proofs()
    assert {store: proof["verdict"] for store, proof in found.items()} == dict.fromkeys(found, "equal")
    assert found["postgresql"]["items"] == 500
    assert (found["objects"]["items"], found["search"]["items"]) == (20, 1)
    assert not any(secret in played.output for secret in environment.values())
