"""The seed: the same twice, every trap really in its store, and no store touched that is not empty."""

from __future__ import annotations

import subprocess
import sys

import pytest
import requests

from lab.app.schema import INDEX
from lab.seed import SeedError, seed, seeded
from lab.seed import objects as object_traps
from lab.seed import postgresql as sql_traps
from lab.seed import search as search_traps
from lab.seed.content import Document

from .conftest import ADMIN, ROOT, Seeded
from .digest import digest

pytestmark = pytest.mark.stores


def test_seeded_says_so(seeded_stores: Seeded) -> None:
    assert seeded(seeded_stores.sources)


@pytest.mark.parametrize("trap", sql_traps.TRAPS, ids=lambda trap: trap.name)
def test_postgresql_trap(seeded_stores: Seeded, trap: sql_traps.SqlTrap) -> None:
    with seeded_stores.sources.postgresql.connect() as connection:
        assert trap in sql_traps.available(connection)
        assert sql_traps.holds(connection, trap)


@pytest.mark.parametrize("trap", object_traps.TRAPS, ids=lambda trap: trap.name)
def test_object_trap(seeded_stores: Seeded, trap: object_traps.ObjectTrap) -> None:
    source = seeded_stores.sources.objects
    assert object_traps.holds(source.client(), source.bucket, trap)


@pytest.mark.parametrize("history", object_traps.HISTORIES, ids=lambda history: history.name)
def test_object_history(seeded_stores: Seeded, history: object_traps.History) -> None:
    source = seeded_stores.sources.objects
    kept = object_traps.kept_writes(source.client(), source.versioned_bucket, history.key)
    assert kept == [*history.before, *history.writes]


def test_an_upload_was_never_finished(seeded_stores: Seeded) -> None:
    source = seeded_stores.sources.objects
    begun = source.client().list_multipart_uploads(Bucket=source.bucket, Prefix=object_traps.UNFINISHED_KEY)["Uploads"]
    assert [one["Key"] for one in begun] == [object_traps.UNFINISHED_KEY]


@pytest.mark.parametrize("trap", [one for one in search_traps.TRAPS if one.readable], ids=lambda trap: trap.name)
def test_search_trap(seeded_stores: Seeded, trap: search_traps.SearchTrap) -> None:
    client = seeded_stores.sources.search.client()
    assert trap in search_traps.available(client)
    assert search_traps.holds(client, trap)


def test_source_keeps_the_line_breaks(seeded_stores: Seeded) -> None:
    source = seeded_stores.sources.search
    url = f"{source.url}/traps-pretty/_source/1"
    answer = requests.get(url, auth=(source.user, source.password), verify=source.ca_path, timeout=30)
    assert answer.text == search_traps.PRETTY


def test_documents_are_the_same_in_all_three_stores(seeded_stores: Seeded) -> None:
    sources = seeded_stores.sources
    with sources.postgresql.connect() as connection:
        rows = connection.execute("SELECT id, name, object_key, sha256, size_bytes FROM public.documents").fetchall()
    client = sources.objects.client()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=sources.objects.bucket, Prefix="documents/")
    sizes = {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", [])}
    assert {row[2]: row[4] for row in rows} == sizes
    assert len(rows) == 2000 == sources.search.client().count(index=INDEX)["count"]
    for number in (1, 7, 50, 2000):
        document = Document(number, 7, has_file=True, bucket=sources.objects.bucket)
        assert (number, document.name, document.object_key, document.sha256, len(document.body)) in rows
        body = client.get_object(Bucket=sources.objects.bucket, Key=document.object_key)["Body"].read()
        assert body == document.body
        assert sources.search.client().get(index=INDEX, id=str(number))["_source"] == document.search_document()


def test_it_refuses_stores_that_are_not_empty(seeded_stores: Seeded) -> None:
    with pytest.raises(
        SeedError, match=r"(?s)PostgreSQL holds.*bucket database-api-files holds.*OpenSearch holds.*--wipe"
    ):
        seed(seeded_stores.sources, "small", admin=ADMIN)
    with pytest.raises(SeedError, match="no size 'huge'"):
        seed(seeded_stores.sources, "huge", admin=ADMIN)


def test_a_second_seed_gives_the_same_content(seeded_stores: Seeded) -> None:
    """Through the command line, which takes no password as an argument."""
    sources = seeded_stores.sources
    command = [sys.executable, "-m", "lab.seed", "--size", "small", "--seed", "7", "--wipe"]
    command += [
        "--postgresql-url",
        f"postgresql://{sources.postgresql.user}@127.0.0.1:{sources.postgresql.port}/postgres",
    ]
    command += ["--s3-url", sources.objects.endpoint_url, "--bucket", sources.objects.bucket]
    command += ["--opensearch-url", sources.search.url, "--ca", str(sources.search.ca_path)]
    env = {
        "POSTGRES_PASSWORD": sources.postgresql.password,
        "MINIO_ACCESS_KEY": sources.objects.access_key,
        "MINIO_SECRET_KEY": sources.objects.secret_key,
        "OPENSEARCH_USER": sources.search.user,
        "OPENSEARCH_INITIAL_ADMIN_PASSWORD": sources.search.password,
        "APP_ADMIN_PASSWORD": ADMIN[1],
    }
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert digest(sources) == seeded_stores.digest


def test_content_depends_on_the_seed() -> None:
    one, same, other = (Document(5, seed, has_file=True, bucket="b") for seed in (7, 7, 8))
    assert one.body == same.body != other.body


def test_losing_a_store_is_noticed(seeded_stores: Seeded) -> None:
    client = seeded_stores.sources.search.client()
    client.delete(index=INDEX, id="1", params={"refresh": "true"})
    try:
        assert not seeded(seeded_stores.sources)
    finally:
        document = Document(1, 7, has_file=True, bucket=seeded_stores.sources.objects.bucket)
        client.index(index=INDEX, id="1", body=document.search_document(), params={"refresh": "true"})
    assert seeded(seeded_stores.sources)
