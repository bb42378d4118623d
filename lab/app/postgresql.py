"""Users and documents in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from .errors import DocumentExistsError, StoreError
from .schema import TABLES
from .settings import PostgresSettings

STORE = "postgresql"
COLUMNS = "id, name, title, object_key, content_type, size_bytes, sha256"
Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Document:
    id: int
    name: str
    title: str
    object_key: str | None
    content_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class NewDocument:
    name: str
    title: str
    object_key: str
    content_type: str
    size_bytes: int
    sha256: str
    uploaded_by: str


class PostgresStore:
    """Every method raises StoreError when the server cannot be reached or refuses."""

    def __init__(self, settings: PostgresSettings) -> None:
        options: dict[str, object] = {
            "host": settings.host,
            "port": settings.port,
            "user": settings.user,
            "password": settings.password,
            "dbname": settings.dbname,
            "sslmode": settings.sslmode,
            "connect_timeout": 5,
            "application_name": "documents-app",
        }
        if settings.sslrootcert and settings.sslmode.startswith("verify-"):
            options["sslrootcert"] = settings.sslrootcert
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            kwargs={**options, "row_factory": tuple_row},
            min_size=1,
            max_size=8,
            timeout=5,
            check=ConnectionPool.check_connection,
            open=False,
        )

    def open(self) -> None:
        self._pool.open()

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is committed at the end, or rolled back when the block raises."""
        try:
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.Error, PoolTimeout) as error:
            raise StoreError(STORE, error) from error

    def ensure(self) -> None:
        """Make the tables that are missing."""
        with self.transaction() as connection:
            for statement in TABLES:
                connection.execute(statement)

    def check(self) -> None:
        with self.transaction() as connection:
            connection.execute("SELECT 1 FROM public.documents LIMIT 1")

    def password_hash(self, username: str) -> str | None:
        with self.transaction() as connection:
            row = connection.execute(
                "SELECT password_hash FROM public.users WHERE username = %s AND is_admin", (username,)
            ).fetchone()
        return str(row[0]) if row else None

    def insert(self, connection: Connection, document: NewDocument) -> tuple[int, str]:
        """Add the row inside the caller's transaction; return its id and its time (ISO 8601)."""
        try:
            row = connection.execute(
                """
                INSERT INTO public.documents (name, title, object_key, content_type, size_bytes, sha256, uploaded_by)
                VALUES (%(name)s, %(title)s, %(object_key)s, %(content_type)s, %(size_bytes)s, %(sha256)s,
                        %(uploaded_by)s)
                RETURNING id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                """,
                vars(document),
            ).fetchone()
        except psycopg.errors.UniqueViolation as error:
            raise DocumentExistsError(document.name) from error
        if row is None:
            raise StoreError(STORE, "INSERT … RETURNING gave no row; is there a trigger or a rule on public.documents?")
        return int(str(row[0])), str(row[1])

    def find(self, name: str) -> Document | None:
        with self.transaction() as connection, connection.cursor(row_factory=class_row(Document)) as cursor:
            return cursor.execute(f"SELECT {COLUMNS} FROM public.documents WHERE name = %s", (name,)).fetchone()  # noqa: S608

    def delete(self, connection: Connection, document_id: int) -> None:
        connection.execute("DELETE FROM public.documents WHERE id = %s", (document_id,))

    def unknown_keys(self, keys: list[str]) -> list[str]:
        """Those of `keys` that no row refers to."""
        return self._unknown(
            """
            SELECT k FROM unnest(%s::text[]) AS k
            WHERE NOT EXISTS (SELECT FROM public.documents WHERE object_key = k)
            """,
            keys,
        )

    def unknown_ids(self, ids: list[int]) -> list[int]:
        """Those of `ids` that are no row's id."""
        return self._unknown(
            "SELECT k FROM unnest(%s::bigint[]) AS k WHERE NOT EXISTS (SELECT FROM public.documents WHERE id = k)", ids
        )

    def _unknown(self, query: str, values: list[Any]) -> list[Any]:
        with self.transaction() as connection:
            return [row[0] for row in connection.execute(query, (values,)).fetchall()]
