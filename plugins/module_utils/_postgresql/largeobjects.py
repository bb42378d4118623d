# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Large objects, all of them as one partition; they keep their numbers, which rows refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Difference, Digest
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.plan import LARGE_OBJECTS

CHUNK = 4 * 1024 * 1024
"""Bytes read, hashed and written at a time: one may be far larger than memory."""


def count(session: Any) -> int:
    """How many there are."""
    return int(session.execute("SELECT count(*) FROM pg_catalog.pg_largeobject_metadata").fetchone()[0])


def read_hashes(session: Any, meter: Meter | None = None) -> dict[int, tuple[int, str]]:
    """Size and hash of each, computed in the server: the SHA-256 of its chunks, joined."""
    found: dict[int, tuple[int, str]] = {}
    open_ended = [row[0] for row in session.execute("SELECT oid FROM pg_catalog.pg_largeobject_metadata")]
    offset = 0
    while open_ended:
        if meter:
            meter.add(0, 0)
        rows = session.execute(
            "SELECT oid, pg_catalog.octet_length(chunk), pg_catalog.encode(pg_catalog.sha256(chunk), 'hex')"
            " FROM (SELECT oid, pg_catalog.lo_get(oid, %s::bigint, %s::int) AS chunk"
            " FROM unnest(%s::oid[]) AS oids (oid) OFFSET 0) AS chunks",
            (offset, CHUNK, open_ended),
        ).fetchall()
        open_ended = []
        for oid, length, chunk_hash in rows:
            size, hashes = found.get(oid, (0, ""))
            found[oid] = (size + length, f"{hashes}{chunk_hash}")
            if length == CHUNK:
                open_ended.append(oid)
        offset += CHUNK
    return found


def digest_of(hashes: Mapping[int, tuple[int, str]]) -> Digest:
    """The objects as the engine's digest."""
    return Digest.of(*(repr((oid, value)).encode() for oid, value in hashes.items()))


def copy_all(source: Any, target: Any, meter: Meter) -> int:
    """Make the target's objects the source's, in the caller's transaction; returns the bytes written."""
    wanted, there = read_hashes(source, meter), read_hashes(target, meter)
    written = 0
    for oid in there:
        if wanted.get(oid) != there[oid]:
            target.execute("SELECT pg_catalog.lo_unlink(%s::oid)", (oid,))
    for oid, value in wanted.items():
        if there.get(oid) == value:
            continue
        target.execute("SELECT pg_catalog.lo_create(%s::oid)", (oid,))
        for offset in range(0, value[0], CHUNK):
            reading = "SELECT pg_catalog.lo_get(%s::oid, %s::bigint, %s::int)"
            [chunk] = source.execute(reading, (oid, offset, CHUNK), binary=True).fetchone()
            target.execute("SELECT pg_catalog.lo_put(%s::oid, %s::bigint, %s::bytea)", (oid, offset, chunk))
            written += len(chunk)
            meter.add(0, len(chunk))
    return written


def differences(source: Mapping[int, tuple[int, str]], target: Mapping[int, tuple[int, str]]) -> Iterator[Difference]:
    """The objects that differ."""
    for oid in sorted(source.keys() | target.keys()):
        if source.get(oid) != target.get(oid):
            kind = "missing" if oid not in target else "extra" if oid not in source else "changed"
            yield Difference(LARGE_OBJECTS, f"large object {oid}", kind)
