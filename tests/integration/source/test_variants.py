"""The application's other settings: cleanup on and off, S3 with keys and with a task's role, stores it makes itself."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from lab.app.schema import INDEX

from .conftest import Launch, Seeded

pytestmark = pytest.mark.stores
CLEANUP = {"CLEANUP_INTERVAL_SECONDS": "1", "CLEANUP_GRACE_SECONDS": "0"}
ORPHAN_KEY = "documents/nobody knows me.txt"


def contents(stores: Seeded) -> tuple[set[str], set[str]]:
    """The keys of the bucket and the ids of the index."""
    sources = stores.sources
    pages = sources.objects.client().get_paginator("list_objects_v2").paginate(Bucket=sources.objects.bucket)
    keys = {one["Key"] for page in pages for one in page.get("Contents", [])}
    client = sources.search.client()
    client.indices.refresh(index=INDEX)
    hits = client.search(index=INDEX, body={"size": 5000, "_source": False})["hits"]["hits"]
    return keys, {hit["_id"] for hit in hits}


def add_orphans(stores: Seeded) -> None:
    sources = stores.sources
    sources.objects.client().put_object(Bucket=sources.objects.bucket, Key=ORPHAN_KEY, Body=b"orphan")
    client = sources.search.client()
    for one in ("999999", "not-a-number"):
        client.index(index=INDEX, id=one, body={"title": "orphan", "created_at": "2020-01-01T00:00:00Z"})


def test_cleanup_removes_exactly_the_orphans(seeded_stores: Seeded, launch: Launch) -> None:
    keys, ids = contents(seeded_stores)
    add_orphans(seeded_stores)
    app = launch({"CLEANUP_ENABLED": "true", **CLEANUP})
    deadline = time.monotonic() + 30
    while contents(seeded_stores) != (keys, ids) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert contents(seeded_stores) == (keys, ids)
    assert app.stop() in (0, -signal.SIGTERM)
    assert "Cleanup removed 1 objects and 2 search documents" in app.log.read_text()


def test_cleanup_removes_nothing_when_off_or_when_postgresql_is_away(seeded_stores: Seeded, launch: Launch) -> None:
    before = contents(seeded_stores)
    add_orphans(seeded_stores)
    try:
        launch({"CLEANUP_ENABLED": "false", **CLEANUP})
        # Unset means off as well.
        launch(CLEANUP)
        launch({"CLEANUP_ENABLED": "true", **CLEANUP, "POSTGRES_PORT": "1"})
        time.sleep(3)
        keys, ids = contents(seeded_stores)
        assert keys - before[0] == {ORPHAN_KEY}
        assert ids - before[1] == {"999999", "not-a-number"}
    finally:
        sources = seeded_stores.sources
        sources.objects.client().delete_object(Bucket=sources.objects.bucket, Key=ORPHAN_KEY)
        for one in ("999999", "not-a-number"):
            sources.search.client().delete(index=INDEX, id=one)
    assert contents(seeded_stores) == before


def test_cleanup_leaves_an_upload_in_progress_alone(seeded_stores: Seeded, launch: Launch) -> None:
    sources = seeded_stores.sources
    add_orphans(seeded_stores)
    app = launch({"CLEANUP_ENABLED": "true", "CLEANUP_INTERVAL_SECONDS": "1", "CLEANUP_GRACE_SECONDS": "600"})
    deadline = time.monotonic() + 30
    while "Cleanup removed 0 objects and 2" not in app.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert "Cleanup removed 0 objects and 2 search documents" in app.log.read_text()
    sources.objects.client().head_object(Bucket=sources.objects.bucket, Key=ORPHAN_KEY)
    sources.objects.client().delete_object(Bucket=sources.objects.bucket, Key=ORPHAN_KEY)


def s3(stores: Seeded) -> dict[str, str]:
    return {
        "MINIO_ENDPOINT": "",
        "AWS_ENDPOINT_URL_S3": stores.minio.url,
        "AWS_S3_REGION": "us-east-1",
        "AWS_S3_BUCKET_NAME": stores.sources.objects.bucket,
    }


def test_s3_with_access_keys(seeded_stores: Seeded, launch: Launch) -> None:
    keys = {"AWS_S3_ACCESS_KEY_ID": seeded_stores.minio.user, "AWS_S3_SECRET_ACCESS_KEY": seeded_stores.minio.password}
    app = launch(s3(seeded_stores) | keys)
    assert requests.get(f"{app.url}/health", timeout=30).status_code == 200
    wrong = launch(s3(seeded_stores) | keys | {"AWS_S3_SECRET_ACCESS_KEY": "wrong"})
    answer = requests.get(f"{wrong.url}/health", timeout=30)
    assert answer.json()["stores"] == {"postgresql": "ok", "objects": "unavailable", "search": "ok"}


@contextmanager
def task_role(stores: Seeded) -> Iterator[str]:
    """What a task of ECS finds at its credentials address."""
    answer = {
        "AccessKeyId": stores.minio.user,
        "SecretAccessKey": stores.minio.password,
        "Expiration": "2099-01-01T00:00:00Z",
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer | {"Token": ""}).encode())

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/credentials"
    finally:
        server.shutdown()
        server.server_close()


def test_s3_with_the_role_of_the_task(seeded_stores: Seeded, launch: Launch) -> None:
    with task_role(seeded_stores) as url:
        app = launch(s3(seeded_stores) | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url})
        assert requests.get(f"{app.url}/health", timeout=30).status_code == 200


def test_a_certificate_of_a_stranger_is_refused(seeded_stores: Seeded, launch: Launch) -> None:
    stranger = {
        "POSTGRES_SSLROOTCERT": str(seeded_stores.opensearch.ca_path),
        "OPENSEARCH_CA": str(seeded_stores.postgresql.ca_path),
    }
    answer = requests.get(f"{launch(stranger).url}/health", timeout=30)
    assert answer.json()["stores"] == {"postgresql": "unavailable", "objects": "ok", "search": "unavailable"}
    unchecked = launch({**stranger, "POSTGRES_SSLROOTCERT": "", "OPENSEARCH_VERIFY_CERTS": "false"})
    assert requests.get(f"{unchecked.url}/health", timeout=30).status_code == 200


def test_stores_are_made_in_development_and_never_in_production(seeded_stores: Seeded, launch: Launch) -> None:
    database = {"POSTGRES_DB": "fresh"}
    bucket = {"MINIO_BUCKET_NAME": "fresh-bucket"}
    with seeded_stores.sources.postgresql.connect() as connection:
        connection.execute("CREATE DATABASE fresh")
        answer = requests.get(f"{launch(database | bucket).url}/health", timeout=30)
        assert answer.json()["stores"] == {"postgresql": "unavailable", "objects": "unavailable", "search": "ok"}
        made = launch({**database, **bucket, "APP_ENV": "development"})
        assert requests.get(f"{made.url}/health", timeout=30).status_code == 200
        assert made.stop() in (0, -signal.SIGTERM)
        connection.execute("DROP DATABASE fresh WITH (FORCE)")
    seeded_stores.sources.objects.client().delete_bucket(Bucket="fresh-bucket")
