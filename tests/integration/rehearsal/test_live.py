"""The source stays in use: what it takes during the move is pending, and what changes after it is copied again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import urllib3

from tests.beside import beside
from tests.faults import Record

from .ends import facts, sources, target_database
from .playing import equal, lost, on, play, proofs

UPLOADS_A_SECOND = 5

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("rehearsed")]


class Application:
    """The source's application, for somebody who is logged in."""

    def __init__(self) -> None:
        known = facts()
        self._url = known["SOURCE_APP_URL"]
        self._pool = urllib3.PoolManager(retries=False, timeout=60)
        login = {"username": known["APP_ADMIN_USER"], "password": known["APP_ADMIN_PASSWORD"]}
        token = self._ask("POST", "/api/login", 200, json=login)["access_token"]
        self._pool.headers = {"Authorization": f"Bearer {token}"}

    def _ask(self, method: str, path: str, status: int, **request: Any) -> dict[str, Any]:
        answer = self._pool.request(method, self._url + path, **request)
        assert answer.status == status, answer.data
        said: dict[str, Any] = answer.json()
        return said

    def upload(self, name: str) -> dict[str, Any]:
        file = {"file": (name, f"문서 {name}\n", "text/plain")}
        return self._ask("POST", "/api/admin/upload-document", 201, fields=file)

    def remove(self, uploaded: dict[str, Any]) -> None:
        version = {"object_version": uploaded["object_version"]} if uploaded["object_version"] else {}
        self._ask("DELETE", f"/api/admin/documents/{uploaded['name']}", 200, fields=version)


@contextmanager
def uploading(application: Application) -> Iterator[list[dict[str, Any]]]:
    """Uploads at a steady rate until the end of the block; what was uploaded so far."""
    uploaded: list[dict[str, Any]] = []

    def work(ended: threading.Event) -> None:
        while not ended.wait(1 / UPLOADS_A_SECOND):
            uploaded.append(application.upload(f"live-{len(uploaded):05}.txt"))

    with beside(work):
        yield uploaded


@pytest.mark.thorough
@pytest.mark.fault("all stores: the application takes uploads, five a second, during the whole move")
def test_documents_are_uploaded_during_the_move(record_property: Record) -> None:
    application = Application()
    uploaded: list[dict[str, Any]] = []
    try:
        with uploading(application) as uploaded:
            moved = play("playbooks/migrate.yml")
        assert moved.status == 0, moved.output[-6000:]
        found = proofs()
        assert {store: proof["verdict"] for store, proof in found.items()} == dict.fromkeys(found, "pending")
        assert moved.verdict() == "pending"
        assert "replatform.aws.verify : Leave the test upload for a quiet source []" in moved.tasks("ok")
        copied = play("playbooks/copy.yml")
        assert copied.status == 0, copied.output[-6000:]
        equal()
        record_property("lost", lost())
        with target_database() as target:
            there = target.execute(
                "SELECT count(*) FROM public.documents WHERE name = ANY(%s)", ([one["name"] for one in uploaded],)
            ).fetchone()
        assert there == (len(uploaded),)
    finally:
        for one in uploaded:
            application.remove(one)
        healed = play("playbooks/copy.yml")
    assert healed.status == 0, healed.output[-6000:]
    equal()


@pytest.mark.fault("postgresql: a row of a proven partition changes in the source")
def test_a_row_changed_in_a_proven_partition_is_copied_again(record_property: Record) -> None:
    change = "UPDATE public.documents SET title = title || %s WHERE id = %s RETURNING title"
    with sources().postgresql.connect() as session, target_database() as target:
        [row] = session.execute("SELECT max(id) FROM public.documents").fetchone() or [0]
        [title] = session.execute(change, (" changed", row)).fetchone() or [""]
        try:
            copied = play("playbooks/copy.yml", *on("postgresql"), "-v")
            assert (copied.status, copied.copied) == (0, [1]), copied.output[-6000:]
            assert target.execute("SELECT title FROM public.documents WHERE id = %s", (row,)).fetchone() == (title,)
            equal("postgresql")
            record_property("lost", lost("postgresql"))
        finally:
            session.execute("UPDATE public.documents SET title = %s WHERE id = %s", (title[: -len(" changed")], row))
            healed = play("playbooks/copy.yml", *on("postgresql"))
    assert healed.status == 0, healed.output[-6000:]
    equal("postgresql")
