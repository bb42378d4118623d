"""A server of each kind starts, answers, survives a crash with its data, and is gone afterwards."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from boto3 import client

from lab.servers import Server, minio, opensearch, postgresql

pytestmark = pytest.mark.stores


def connect(server: Server, **more: Any) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, dbname="postgres", **more
    )


@pytest.mark.parametrize(("version", "number"), [("15", 15), ("16", 16)])
def test_postgresql_survives_a_crash(tmp_path: Path, version: str, number: int) -> None:
    with postgresql(version, tmp_path / "pg") as server:
        with connect(server) as connection:
            assert connection.info.server_version // 10000 == number
            assert connection.execute("show wal_level").fetchone() == ("logical",)
            connection.execute("create table t as select 42 as answer")
            connection.execute("create extension citext")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            connect(server)
        server.restart()
        with connect(server) as connection:
            assert connection.execute("select answer from t").fetchone() == (42,)
        with pytest.raises(psycopg.OperationalError, match="password"):
            connect(replace(server, password="not it"))
    with pytest.raises(psycopg.OperationalError):
        connect(server)


def test_postgresql_over_tls_is_verified(tmp_path: Path) -> None:
    with (
        postgresql("16", tmp_path / "pg", tls=True) as server,
        connect(server, sslmode="verify-full", sslrootcert=str(server.ca_path)) as connection,
    ):
        assert connection.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()").fetchone() == (True,)


def test_minio_keeps_objects_over_a_restart(tmp_path: Path) -> None:
    with minio(tmp_path / "minio") as server:
        s3 = client(
            "s3",
            endpoint_url=server.url,
            aws_access_key_id=server.user,
            aws_secret_access_key=server.password,
            region_name="us-east-1",
        )
        s3.create_bucket(Bucket="files")
        s3.put_object(Bucket="files", Key="가/나.txt", Body=b"content", Metadata={"a": "b"})
        server.kill()
        server.restart()
        found = s3.get_object(Bucket="files", Key="가/나.txt")
        assert (found["Body"].read(), found["Metadata"]) == (b"content", {"a": "b"})


def ask(server: Server, path: str, body: object = None, password: str | None = None) -> Any:
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(server.url + path, data)  # noqa: S310 - our own loopback server
    request.add_header("Content-Type", "application/json")
    context = None
    if server.ca_path:
        token = b64encode(f"{server.user}:{password or server.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        context = ssl.create_default_context(cafile=str(server.ca_path))
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:  # noqa: S310
        return json.load(answer)


@pytest.mark.parametrize(("version", "security"), [("2.11.1", True), ("2.19.3", False)])
def test_opensearch_answers_and_knows_korean(tmp_path: Path, version: str, security: bool) -> None:
    with opensearch(version, tmp_path / "node", security=security, heap="384m") as server:
        assert ask(server, "/")["version"]["number"] == version
        tokens = ask(server, "/_analyze", {"tokenizer": "nori_tokenizer", "text": "데이터베이스를 옮긴다"})["tokens"]
        assert [token["token"] for token in tokens][:3] == ["데이터", "베이스", "를"]
        if security:
            with pytest.raises(urllib.error.HTTPError) as refused:
                ask(server, "/", password="not it")
            assert refused.value.code == 401
