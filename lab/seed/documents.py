"""Puts the application's documents into the three stores, consistent with each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import Any

from opensearchpy import OpenSearch

from lab.app.passwords import hash_password
from lab.app.schema import INDEX, TABLES, index_body

from .content import Document
from .sources import WORKERS, Connection, SeedError, Size

COLUMNS = "id, name, title, object_key, content_type, size_bytes, sha256, uploaded_by, source_url, metadata, created_at"
BULK = 1000
Progress = Callable[[str, int], None]


def documents(size: Size, seed: int, bucket: str) -> Iterator[Document]:
    """Every document of the size, numbered from 1."""
    for number in range(1, size.documents + 1):
        yield Document(number, seed, number % size.file_every == 0, bucket)


def put_rows(connection: Connection, rows: Iterable[Document], admin: tuple[str, str]) -> None:
    """Tables, the administrator (name and password) and one row per document; the sequence goes on after them."""
    for statement in TABLES:
        connection.execute(statement)
    user, password = admin
    connection.execute(
        """
        INSERT INTO public.users (username, password_hash, is_admin, created_at)
        VALUES (%s, %s, true, '2023-01-01 00:00:00.000001+00')
        """,
        # A fixed salt: the same seed gives the same row.
        (user, hash_password(password, salt=b"lab seed's salt.")),
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY public.documents ({COLUMNS}) FROM STDIN") as copy:
        for one in rows:
            copy.write_row(
                (
                    one.id,
                    one.name,
                    one.title,
                    one.object_key,
                    one.content_type,
                    len(one.body),
                    one.sha256,
                    one.owner,
                    one.source_url,
                    json.dumps(one.metadata),
                    one.created_at,
                )
            )
    connection.execute("SELECT setval('public.documents_id_seq', (SELECT max(id) FROM public.documents))")


def put_files(client: Any, bucket: str, files: Iterable[Document], progress: Progress) -> None:
    """One object per document that has a file."""

    def put(one: Document) -> None:
        client.put_object(
            Bucket=bucket,
            Key=one.object_key,
            Body=one.body,
            ContentType=one.content_type,
            Metadata={"document-id": str(one.id), "sha256": one.sha256},
        )

    with ThreadPoolExecutor(WORKERS) as pool:
        # A batch at a time: a large seed must not stand in the queue whole.
        for batch in batched((one for one in files if one.has_file), 500):
            progress("objects", sum(1 for _put in pool.map(put, batch)))


def put_index(client: OpenSearch, nori: bool, texts: Iterable[Document], progress: Progress) -> None:
    """The application's index, and one search document per document."""
    client.indices.delete(index=INDEX, params={"ignore_unavailable": "true"})
    client.indices.create(index=INDEX, body=index_body("nori" if nori else "standard"))
    client.indices.put_settings(index=INDEX, body={"index": {"refresh_interval": "-1"}})
    for batch in batched(texts, BULK):
        lines = []
        for one in batch:
            lines.append(json.dumps({"index": {"_id": str(one.id)}}))
            lines.append(json.dumps(one.search_document(), ensure_ascii=False))
        bulk(client, INDEX, "\n".join(lines) + "\n")
        progress("search", len(batch))
    client.indices.put_settings(index=INDEX, body={"index": {"refresh_interval": None}})
    client.indices.refresh(index=INDEX)


def bulk(client: OpenSearch, index: str, body: str) -> None:
    """Send NDJSON; a bulk that answers 200 with errors inside is an error here."""
    answer = client.bulk(index=index, body=body, params={"filter_path": "errors,items.*.error"})
    if answer["errors"]:
        raise SeedError(f"OpenSearch refused documents for the index {index}: {str(answer['items'][0])[:500]}")
