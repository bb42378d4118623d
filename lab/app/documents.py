"""A document across the three stores: added to all or to none, and taken out of all."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from .errors import DocumentMissingError, StoreError
from .objects import ObjectStore
from .postgresql import Document, NewDocument, PostgresStore
from .schema import OBJECT_PREFIX
from .search import SearchStore

LOG = logging.getLogger("app.documents")


@dataclass(frozen=True)
class Upload:
    name: str
    content_type: str
    body: bytes
    uploaded_by: str


@dataclass(frozen=True)
class Stored:
    id: int
    name: str
    object_key: str
    object_version: str | None
    size_bytes: int
    sha256: str


class Documents:
    def __init__(self, postgres: PostgresStore, objects: ObjectStore, search: SearchStore) -> None:
        self._postgres = postgres
        self._objects = objects
        self._search = search

    def add(self, upload: Upload) -> Stored:
        """Row, then file, then text, then commit: PostgreSQL is last to agree, so it never knows what is not there.

        Raises DocumentExistsError before anything is written, StoreError after everything was taken out again.
        """
        row = NewDocument(
            name=upload.name,
            title=upload.name.rsplit(".", 1)[0],
            object_key=OBJECT_PREFIX + upload.name,
            content_type=upload.content_type,
            size_bytes=len(upload.body),
            sha256=hashlib.sha256(upload.body).hexdigest(),
            uploaded_by=upload.uploaded_by,
        )
        document_id: int | None = None
        version: str | None = None
        wrote_object = False
        try:
            with self._postgres.transaction() as connection:
                document_id, created_at = self._postgres.insert(connection, row)
                wrote_object = True
                version = self._objects.put(row.object_key, upload.body, row.content_type)
                self._search.put(document_id, _search_document(document_id, created_at, row, upload.body))
        except StoreError:
            if wrote_object and document_id is not None:
                self._undo(document_id, row.object_key, version)
            raise
        return Stored(document_id, row.name, row.object_key, version, row.size_bytes, row.sha256)

    def read(self, name: str) -> tuple[Document, Iterator[bytes]]:
        document = self._postgres.find(name)
        if document is None:
            raise DocumentMissingError(f"There is no document named {name!r}.")
        pieces = self._objects.read(document.object_key) if document.object_key else None
        if pieces is None:
            raise DocumentMissingError(f"The document {name!r} has no file (key {document.object_key!r}).")
        return document, pieces

    def remove(self, name: str, object_version: str | None) -> Document:
        """Text, then file, then row: a failure half way leaves the row, and the call can be made again."""
        document = self._postgres.find(name)
        if document is None:
            raise DocumentMissingError(f"There is no document named {name!r}.")
        with self._postgres.transaction() as connection:
            self._postgres.delete(connection, document.id)
            self._search.delete(document.id)
            if document.object_key:
                self._objects.delete(document.object_key, object_version)
        return document

    def _undo(self, document_id: int, key: str, version: str | None) -> None:
        for what, undo in (
            (f"object {key}", lambda: self._objects.delete(key, version)),
            (f"search document {document_id}", lambda: self._search.delete(document_id)),
        ):
            try:
                undo()
            except StoreError as error:
                LOG.error("A failed upload left %s behind (%s); cleanup will remove it.", what, error)


def _search_document(document_id: int, created_at: str, row: NewDocument, body: bytes) -> dict[str, object]:
    try:
        content = body.decode("utf-8")
    except UnicodeDecodeError:
        content = ""
    return {
        "document_id": document_id,
        "name": row.name,
        "title": row.title,
        "content": content,
        "content_type": row.content_type,
        "created_at": created_at,
    }
