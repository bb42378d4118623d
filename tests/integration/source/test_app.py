"""The application: every endpoint against the seeded stores."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import requests

from lab.app.schema import INDEX
from lab.seed.content import Document

from .conftest import ADMIN, JWT_SECRET, App, Seeded

pytestmark = pytest.mark.stores
BODY = "첫 번째 줄: 합성 문서입니다.\nSecond line: zebrafish & co.\n".encode()


def upload(app: App, name: str, body: bytes = BODY) -> requests.Response:
    files = {"file": (name, body, "text/plain; charset=utf-8")}
    return requests.post(f"{app.url}/admin/upload-document", files=files, headers=app.headers(), timeout=60)


def remove(app: App, name: str) -> requests.Response:
    return requests.delete(f"{app.url}/admin/documents/{quote(name)}", headers=app.headers(), timeout=60)


def names(app: App, query: str) -> list[str]:
    answer = requests.post(f"{app.url}/search", json={"query": query, "size": 5}, timeout=60)
    assert answer.status_code == 200, answer.text
    return [hit["name"] for hit in answer.json()["hits"]]


def traces(stores: Seeded, name: str) -> tuple[int, int, int]:
    """How many rows, objects and search documents of a name there are, asked of the stores themselves."""
    sources = stores.sources
    with sources.postgresql.connect() as connection:
        row = connection.execute("SELECT count(*) FROM public.documents WHERE name = %s", (name,)).fetchone()
    listing = sources.objects.client().list_objects_v2(Bucket=sources.objects.bucket, Prefix=f"documents/{name}")
    query = {"query": {"term": {"name": name}}}
    count = sources.search.client().count(index=INDEX, body=query)["count"]
    assert row is not None
    return int(row[0]), len(listing.get("Contents", [])), int(count)


@pytest.mark.parametrize("kind", ["json", "data"])
def test_login_gives_a_bearer_token(app: App, kind: str) -> None:
    given: dict[str, Any] = {kind: {"username": ADMIN[0], "password": ADMIN[1]}}
    answer = requests.post(f"{app.url}/login", timeout=30, **given)
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_in"] == 3600


@pytest.mark.parametrize(("user", "password"), [(ADMIN[0], "wrong"), ("nobody", ADMIN[1]), ("' OR 1=1 --", "x")])
def test_login_refuses(app: App, user: str, password: str) -> None:
    answer = requests.post(f"{app.url}/login", json={"username": user, "password": password}, timeout=30)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Wrong user name or password."


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"username": "admin"}'])
def test_login_refuses_what_is_no_login(app: App, body: bytes) -> None:
    answer = requests.post(f"{app.url}/login", data=body, headers={"Content-Type": "application/json"}, timeout=30)
    assert answer.status_code == 422


def test_admin_endpoints_need_a_token(app: App) -> None:
    files = {"file": ("a.txt", b"a")}
    for headers in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": f"Bearer {app.token()[:-3]}abc"}):
        answer = requests.post(f"{app.url}/admin/upload-document", files=files, headers=headers, timeout=30)
        assert answer.status_code == 401
        answer = requests.delete(f"{app.url}/admin/documents/a.txt", headers=headers, timeout=30)
        assert answer.status_code == 401


def test_health_says_that_all_is_well(app: App) -> None:
    answer = requests.get(f"{app.url}/health", timeout=30)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "stores": {"postgresql": "ok", "objects": "ok", "search": "ok"}}


@pytest.mark.parametrize("number", [1, 2, 7, 51])
def test_download_of_a_seeded_document(app: App, seeded_stores: Seeded, number: int) -> None:
    document = Document(number, 7, has_file=True, bucket=seeded_stores.sources.objects.bucket)
    answer = requests.get(f"{app.url}/documents/download/{quote(document.name)}", timeout=30)
    assert answer.status_code == 200
    assert answer.content == document.body
    assert answer.headers["Content-Type"] == document.content_type
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{quote(document.name, safe='')}"


def test_search_knows_korean_and_english(app: App) -> None:
    # Another form of the word than the text has: only the Korean analyzer finds it.
    for query in ("금요일에", "harbour", "#2000"):
        assert names(app, query)
    assert names(app, "zebrafish") == []


def test_upload_reaches_all_stores_and_removal_leaves_none(app: App, seeded_stores: Seeded) -> None:
    name = "새 문서 +100% (1).txt"
    answer = upload(app, name)
    assert answer.status_code == 201, answer.text
    assert answer.json()["object_key"] == f"documents/{name}"
    assert traces(seeded_stores, name) == (1, 1, 1)
    assert requests.get(f"{app.url}/documents/download/{quote(name)}", timeout=30).content == BODY
    assert names(app, "zebrafish") == names(app, "합성") == [name]
    assert upload(app, name, b"other").status_code == 409
    assert requests.get(f"{app.url}/documents/download/{quote(name)}", timeout=30).content == BODY
    assert remove(app, name).status_code == 200
    assert traces(seeded_stores, name) == (0, 0, 0)
    assert names(app, "zebrafish") == []
    assert remove(app, name).status_code == 404
    assert requests.get(f"{app.url}/documents/download/{quote(name)}", timeout=30).status_code == 404


def test_a_binary_and_an_empty_file(app: App, seeded_stores: Seeded) -> None:
    for name, body in (("all-bytes.bin", bytes(range(256))), ("empty.bin", b"")):
        assert upload(app, name, body).status_code == 201
        assert requests.get(f"{app.url}/documents/download/{name}", timeout=30).content == body
        assert remove(app, name).status_code == 200
        assert traces(seeded_stores, name) == (0, 0, 0)


@pytest.mark.parametrize("name", ["a/b.txt", "..", "x" * 256, "가" * 86, "bell\x07.txt"])
def test_upload_refuses_bad_names(app: App, name: str) -> None:
    assert upload(app, name).status_code == 422


def test_a_failed_upload_leaves_nothing(app: App, seeded_stores: Seeded) -> None:
    """The search store is asked last: when it refuses, row and object have to go again."""
    client = seeded_stores.sources.search.client()
    client.indices.put_settings(index=INDEX, body={"index.blocks.write": True})
    try:
        answer = upload(app, "half.txt")
        assert answer.status_code == 503
        assert "'search'" in answer.json()["detail"]
    finally:
        client.indices.put_settings(index=INDEX, body={"index.blocks.write": None})
    assert traces(seeded_stores, "half.txt") == (0, 0, 0)


def test_a_commit_that_fails_leaves_nothing(app: App, seeded_stores: Seeded) -> None:
    """A deferred trigger refuses at COMMIT, after file and text were stored."""
    with seeded_stores.sources.postgresql.connect() as connection:
        connection.execute(
            """
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'refused at commit'; END $$;
            CREATE CONSTRAINT TRIGGER late AFTER INSERT ON public.documents DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION public.refuse();
            """
        )
        try:
            answer = upload(app, "late.txt")
        finally:
            connection.execute("DROP FUNCTION public.refuse CASCADE")
    assert answer.status_code == 503
    assert "'postgresql'" in answer.json()["detail"]
    assert traces(seeded_stores, "late.txt") == (0, 0, 0)


def test_removal_of_exactly_one_version(app: App, seeded_stores: Seeded) -> None:
    """In a bucket that keeps versions, an upload taken out by its version leaves neither version nor delete marker."""
    source = seeded_stores.sources.objects
    client = source.client()
    client.put_bucket_versioning(Bucket=source.bucket, VersioningConfiguration={"Status": "Enabled"})
    try:
        version = upload(app, "smoke.txt").json()["object_version"]
        assert version
        url = f"{app.url}/admin/documents/smoke.txt"
        answer = requests.delete(url, params={"object_version": version}, headers=app.headers(), timeout=30)
        assert answer.status_code == 200
        found = client.list_object_versions(Bucket=source.bucket, Prefix="documents/smoke.txt")
        assert "Versions" not in found
        assert "DeleteMarkers" not in found
    finally:
        client.put_bucket_versioning(Bucket=source.bucket, VersioningConfiguration={"Status": "Suspended"})


def test_the_log_holds_no_secret(app: App, seeded_stores: Seeded) -> None:
    token = app.token()
    log = app.log.read_text()
    assert "POST /api/login" in log
    secrets = (
        ADMIN[1],
        JWT_SECRET,
        "openai-key-for-tests",
        token.split(".")[2],
        seeded_stores.postgresql.password,
        seeded_stores.minio.password,
        seeded_stores.opensearch.password,
    )
    assert not [secret for secret in secrets if secret in log]
