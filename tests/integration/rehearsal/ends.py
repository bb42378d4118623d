"""Both ends of the rehearsed move, for tests that change them behind the playbooks' back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from opensearchpy import OpenSearch

from lab import source
from lab.aws import control as aws
from lab.aws.settings import ACCOUNT
from lab.seed import Sources
from tests.integration.aws.conftest import client_maker

NAME = "database-api-rehearsal"
BUCKET = f"{NAME}-files-{ACCOUNT}"
AUTHORITY = "/replatform/rehearsal/authority"
OWNER = "database_api"


def sources() -> Sources:
    """The source's three stores, as their administrators reach them."""
    return source.stores(facts())


def facts() -> dict[str, str]:
    """Where the source is, and its passwords."""
    return source.read_env(source.facts_file())


def client(service: str) -> Any:
    """A client of the pretend AWS for its administrator."""
    return client_maker(aws.read_environment())(service)


def _secret(name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    return found


@contextmanager
def target_database(role: str = OWNER) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """The target's database in autocommit, as its master user in the application's role, which owns all.

    role: `none` for the master user alone, who sees what its other sessions do.
    """
    [instance] = client("rds").describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
    with psycopg.connect(
        host=instance["Endpoint"]["Address"],
        port=instance["Endpoint"]["Port"],
        user=instance["MasterUsername"],
        password=_secret(instance["MasterUserSecret"]["SecretArn"])["password"],
        dbname=source.DATABASE,
        sslmode="verify-full",
        sslrootcert=str(aws.place().ca_file),
        autocommit=True,
    ) as session:
        session.execute(f"SET ROLE {role}".encode())
        yield session


def target_search() -> OpenSearch:
    """The target's domain, for its master user."""
    domain = client("opensearch").describe_domain(DomainName=NAME)["DomainStatus"]
    endpoint = domain.get("Endpoint") or domain["Endpoints"]["vpc"]
    master = _secret("/replatform/rehearsal/database-api/opensearch-master")
    return OpenSearch(
        f"https://{endpoint}:443",
        http_auth=(master["username"], master["password"]),
        ca_certs=str(aws.place().ca_file),
        timeout=60,
        max_retries=0,
    )


def versions_of(bucket: Any, prefix: str) -> dict[str, int]:
    """How often each object under a prefix of the target's bucket was written."""
    counts: dict[str, int] = {}
    for page in bucket.get_paginator("list_object_versions").paginate(Bucket=BUCKET, Prefix=prefix):
        for version in page.get("Versions", []):
            counts[version["Key"]] = counts.get(version["Key"], 0) + 1
    return counts


def held() -> int:
    """How many documents, as rows, objects and search documents, the target holds."""
    with target_database() as session:
        [rows] = session.execute("SELECT count(*) FROM public.documents").fetchone() or [0]
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    found = target_search().count(index="documents")["count"]
    return int(rows) + sum(page["KeyCount"] for page in pages) + int(found)


def running() -> str:
    """The task definition of the application's service."""
    found = client("ecs").describe_services(cluster="database-api-rehearsal", services=["database-api-rehearsal"])[
        "services"
    ]
    return str(found[0]["taskDefinition"])
