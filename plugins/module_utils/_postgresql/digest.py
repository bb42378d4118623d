# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Content as numbers, computed inside the servers: a 128-bit hash of each row's text, summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Digest
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import quoted

_SEEDS = (0, 7046029254386353131)
_BUCKET_SEED = 3202034522624059733

_PROBE = "replatform \u2713 이사"
_PROBE_HASHES = (4529526724150394690, -4158380841643869724)
"""What PostgreSQL 15 and 16 answer. The function is not promised to be the same in every version: it is asked."""


@dataclass(frozen=True)
class Hashing:
    """How texts are hashed on both servers: `hash` is PostgreSQL's own (fast), `md5` always the same (half as fast).

    convert: the databases' encodings differ, so that the bytes must be made the same before they are hashed.
    """

    method: str
    convert: bool = False

    def halves(self, text: str) -> tuple[str, str]:
        """Two SQL expressions (bigint) that together are the 128-bit hash of a text expression."""
        if self.method == "hash":
            high, low = (f'pg_catalog.hashtextextended({text} COLLATE "C", {seed})' for seed in _SEEDS)
            return high, low
        digest = self._md5(text)
        high, low = (
            f"('x' || pg_catalog.substr({digest}, {start}, 16))::pg_catalog.bit(64)::bigint" for start in (1, 17)
        )
        return high, low

    def bucket(self, text: str, buckets: int) -> str:
        """An SQL expression: which of `buckets` (a power of two) a text expression falls into."""
        if self.method == "hash":
            return f'(pg_catalog.hashtextextended({text} COLLATE "C", {_BUCKET_SEED}) & {buckets - 1})'
        return f"(('x' || pg_catalog.substr({self._md5(text)}, 1, 8))::pg_catalog.bit(32)::bigint & {buckets - 1})"

    def _md5(self, text: str) -> str:
        return f"pg_catalog.md5(pg_catalog.convert_to({text}, 'UTF8'))" if self.convert else f"pg_catalog.md5({text})"


def choose_hashing(sessions: Sequence[Any]) -> Hashing:
    """The fast way if all servers keep text as UTF-8 and give the known values; else md5."""
    encodings = {session.execute("SHOW server_encoding").fetchone()[0] for session in sessions}
    if encodings != {"UTF8"}:
        return Hashing("md5", convert=len(encodings) > 1)
    query = "SELECT hashtextextended(%s, %s), hashtextextended(%s, %s)"
    values = (_PROBE, _SEEDS[0], _PROBE, _SEEDS[1])
    known = all(session.execute(query, values).fetchone() == _PROBE_HASHES for session in sessions)
    return Hashing("hash" if known else "md5")


def row_text(columns: Sequence[str]) -> str:
    """A row as text. Columns by name: their order, and dropped ones, may differ between the sides."""
    return f"ROW({', '.join(quoted(column) for column in columns)})::text"


def digest_query(hashing: Hashing, table: str, columns: Sequence[str], where: str = "true") -> str:
    """A query for (count, sum of high halves, sum of low halves, bytes of text) of the rows of one table only."""
    high, low = hashing.halves("r")
    # OFFSET 0 keeps the row's text from being made once for each use of it.
    return (
        f"SELECT count(*), coalesce(sum({high}), 0), coalesce(sum({low}), 0),"
        f" coalesce(sum(pg_catalog.octet_length(r)), 0)"
        f" FROM (SELECT {row_text(columns)} AS r FROM ONLY {table} WHERE {where} OFFSET 0) AS rows"
    )


def as_digest(count: int, high: Any, low: Any) -> Digest:
    """The engine's digest from a query's sums. A row's hash is high * 2**64 + low, both signed, modulo 2**128."""
    return Digest(int(count), ((int(high) << 64) + int(low)) % (1 << 128))
