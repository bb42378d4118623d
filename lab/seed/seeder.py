"""Fills the three stores of a source, at the same time, and notes in PostgreSQL that it came to its end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from opensearchpy.exceptions import OpenSearchException

from lab.app.schema import INDEX

from . import objects, postgresql, search
from .documents import Progress, documents, put_files, put_index, put_rows
from .emptiness import refuse_unless_empty, wipe
from .sources import SIZES, SeedError, Size, Sources

DEFAULT_SEED = 7


def _silent(store: str, count: int) -> None:
    """No progress wanted."""


def seed(
    sources: Sources,
    size: str = "small",
    *,
    number: int = DEFAULT_SEED,
    admin: tuple[str, str],
    wipe_first: bool = False,
    unreadable: bool = False,
    progress: Progress = _silent,
) -> None:
    """Put documents and traps into empty stores; the same size and number give the same content.

    `admin` is the application's administrator (name, password). `unreadable` adds what the server itself does not give
    back (indices without `_source`), which no move can carry. Raises SeedError, before any change where the stores are
    not empty and `wipe_first` is not set.
    """
    chosen = SIZES.get(size)
    if chosen is None:
        raise SeedError(f"There is no size {size!r}; use one of {', '.join(SIZES)}.")
    try:
        if wipe_first:
            wipe(sources)
        refuse_unless_empty(sources)
        _fill(sources, chosen, number, admin, unreadable, progress)
    except psycopg.Error as error:
        raise SeedError(f"PostgreSQL at {sources.postgresql.host}:{sources.postgresql.port} failed: {error}") from error
    except (BotoCoreError, ClientError) as error:
        raise SeedError(f"The object store at {sources.objects.endpoint_url} failed: {error}") from error
    except OpenSearchException as error:
        raise SeedError(f"OpenSearch at {sources.search.url} failed: {error}") from error


def seeded(sources: Sources) -> bool:
    """True when a seed came to its end here and all three stores still hold its documents.

    Raises what the clients raise where a store does not answer.
    """
    with sources.postgresql.connect() as connection:
        if connection.execute("SELECT to_regclass('public.seed_record')").fetchone() == (None,):
            return False
        row = connection.execute(
            "SELECT documents, (SELECT min(object_key) FROM public.documents) FROM public.seed_record"
        ).fetchone()
    if row is None:
        return False
    try:
        sources.objects.client().head_object(Bucket=sources.objects.bucket, Key=row[1])
    except ClientError:
        return False
    client = sources.search.client()
    return bool(client.indices.exists(index=INDEX)) and int(client.count(index=INDEX)["count"]) >= int(row[0])


def _fill(
    sources: Sources, size: Size, number: int, admin: tuple[str, str], unreadable: bool, progress: Progress
) -> None:
    bucket = sources.objects.bucket

    def fill_database() -> None:
        with sources.postgresql.connect() as connection:
            put_rows(connection, documents(size, number, bucket), admin)
            postgresql.set_traps(connection)
        progress("postgresql", size.documents)

    def fill_objects() -> None:
        client = sources.objects.client()
        if bucket not in {one["Name"] for one in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=bucket)
        objects.set_traps(client, bucket, sources.objects.versioned_bucket)
        put_files(client, bucket, documents(size, number, bucket), progress)

    def fill_search() -> None:
        client = sources.search.client()
        put_index(client, search.has_nori(client), documents(size, number, bucket), progress)
        search.set_traps(client, unreadable)

    _all_at_once(fill_database, fill_objects, fill_search)
    with sources.postgresql.connect() as connection:
        connection.execute("CREATE TABLE public.seed_record (size text PRIMARY KEY, seed bigint, documents bigint)")
        connection.execute("INSERT INTO public.seed_record VALUES (%s, %s, %s)", (size.name, number, size.documents))


def _all_at_once(*jobs: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(jobs)) as pool:
        for done in [pool.submit(job) for job in jobs]:
            done.result()
