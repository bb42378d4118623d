"""Preflight's look at real stores, and at what lies in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._preflight import addresses, sources
from ansible_collections.replatform.aws.plugins.module_utils._preflight.findings import FACT, PROBLEM, WARNING, Finding
from lab.servers import Server, minio, postgresql

pytestmark = pytest.mark.stores
OLD = ["minio:9000", "//minio/"]


def ends(server: Server, user: str = "", password: str = "") -> dict[str, Any]:
    return {
        "host": server.host,
        "port": server.port,
        "user": user or server.user,
        "password": password or server.password,
        "dbname": "postgres",
        "sslmode": "prefer",
        "sslrootcert": None,
        "connect_to": None,
    }


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with postgresql("15", tmp_path_factory.mktemp("pg"), settings={"wal_level": "replica"}) as server:
        with psycopg.connect(
            host=server.host, port=server.port, user=server.user, password=server.password, dbname="postgres"
        ) as session:
            session.execute('CREATE TABLE links ("50% off" text, config jsonb, size int)')
            session.execute("INSERT INTO links VALUES ('http://minio:9000/a', '{}', 1), ('notminio:9000', NULL, 2)")
            session.execute("""INSERT INTO links VALUES ('minio', '{"url": "http://minio/b"}', 3)""")
            session.execute("CREATE ROLE weak LOGIN PASSWORD 'weak-word'")
        yield server


def levels(found: list[Finding]) -> list[str]:
    return [finding.level for finding in found]


def test_a_readable_database_without_logical_wal(database: Server) -> None:
    found = list(sources.look_at_postgresql(ends(database)))
    assert levels(found) == [FACT, WARNING]
    assert "wal_level of the source is replica" in found[1].text


def test_a_user_who_may_not_read_is_told_what(database: Server) -> None:
    found = list(sources.look_at_postgresql(ends(database, "weak", "weak-word")))
    (problem,) = [finding for finding in found if finding.level == PROBLEM]
    assert "may not read 1 tables" in problem.text
    assert "public.links" in problem.text


def test_a_wrong_password_is_one_clear_message_without_it(database: Server) -> None:
    with pytest.raises(CopyError, match="password authentication failed") as failure:
        list(sources.look_at_postgresql(ends(database, "weak", "wrong-word")))
    assert "wrong-word" not in str(failure.value)


def test_addresses_of_the_old_stack_are_named_by_column(database: Server) -> None:
    (found,) = addresses.look_for(OLD, ends(database), None)
    assert "public.links.50% off (1 rows), public.links.config (1 rows)" in found.text


def test_data_without_old_addresses_is_no_finding(database: Server) -> None:
    assert list(addresses.look_for(["elsewhere:1"], ends(database), None)) == []


def test_a_bucket_that_is_not_there(tmp_path: Path) -> None:
    with minio(tmp_path) as server:
        keys = {"access_key": server.user, "secret_key": server.password}
        end = {"endpoint_url": server.url, "bucket": "files", "addressing_style": "path", "region": "us-east-1", **keys}
        with pytest.raises(CopyError, match="files"):
            list(sources.look_at_objects(end))
        boto3.client(
            "s3",
            endpoint_url=server.url,
            aws_access_key_id=server.user,
            aws_secret_access_key=server.password,
            region_name="us-east-1",
        ).create_bucket(Bucket="files")
        assert levels(list(sources.look_at_objects(end))) == [FACT]
