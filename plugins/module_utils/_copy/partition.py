# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The unit of copying and what is known of it. Knows no store."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from typing import TypeVar

_MODULUS = 1 << 128


@dataclass(frozen=True)
class Partition:
    """A part of a store that is copied, retried and compared as one. Stores subclass it.

    Every field must be a JSON value (the journal keeps it), and none may hold a secret.

    id: stable name across runs, such as `public.users` or `documents/0`.
    items: rows, objects or documents expected, for the progress bar.
    size: bytes expected, for the order (largest first) and the progress bar.
    """

    id: str
    items: int = 0
    size: int = 0


P = TypeVar("P", bound=Partition)
"""A store's own kind of partition. ansible-test holds modules to Python 3.9's syntax, so no `def f[P: Partition]`."""


@dataclass(frozen=True)
class Digest:
    """Content as a count and the sum of the items' 128-bit hashes, modulo 2**128.

    The sum does not depend on order, and unlike XOR does not cancel pairs of equal items.
    """

    count: int = 0
    sum: int = 0

    def __add__(self, other: Digest) -> Digest:
        return Digest(self.count + other.count, (self.sum + other.sum) % _MODULUS)

    def __sub__(self, other: Digest) -> Digest:
        return Digest(self.count - other.count, (self.sum - other.sum) % _MODULUS)

    def __str__(self) -> str:
        return f"{self.count}:{self.sum:032x}"

    @classmethod
    def parse(cls, text: str) -> Digest:
        """The reverse of `str()`."""
        count, _colon, total = text.partition(":")
        return cls(int(count), int(total, 16))

    @classmethod
    def of(cls, *items: bytes) -> Digest:
        """The digest of items whose hash is taken here (128 bits of BLAKE2b)."""
        return cls(len(items), sum(item_hash(item) for item in items) % _MODULUS)


def item_hash(item: bytes) -> int:
    """A 128-bit BLAKE2b hash as a number."""
    return int.from_bytes(hashlib.blake2b(item, digest_size=16).digest(), "big")


@dataclass(frozen=True)
class Copied:
    """What `Store.copy` answers: what was read in the source under `watermark` and written to the target.

    watermark: the source's own mark, taken BEFORE the read (a JSON text; each store has its own form).
    digest: of the content read under it, without what was refused.
    dead: items that the target refused; they lie in the dead-letter file.
    changed: whether the target was written to.
    """

    items: int
    bytes: int
    digest: Digest
    watermark: str
    dead: int = 0
    changed: bool = True


@dataclass(frozen=True)
class Record:
    """What the journal keeps of a partition that was copied. The digest is of what the target then held of it.

    dead: items that the target refused. With any, the record proves nothing; it tells what is left to be brought.
    """

    digest: Digest
    watermark: str
    items: int
    bytes: int
    dead: int = 0


@dataclass(frozen=True)
class Sides:
    """What `Store.compare` answers: each side's content as read now."""

    source: Digest
    target: Digest
    bytes: int = 0


class Verdict(enum.StrEnum):
    """What a comparison proves of a partition, and of a whole."""

    EQUAL = "equal"
    PENDING = "pending"
    DIFFERENT = "different"
    NOT_PROVEN = "not proven"


_GRAVITY = [Verdict.EQUAL, Verdict.PENDING, Verdict.NOT_PROVEN, Verdict.DIFFERENT]


def judge(sides: Sides, record: Record | None, *, is_new: bool = False) -> Verdict:
    """Hold the target against the record of its copy, then the source against the same record.

    Without a record only equality proves anything: a source that moved looks like a wrong copy.

    is_new: the last copy did not know this part, for the source did not have it yet.
    """
    if is_new and not sides.target.count and sides.source.count:
        return Verdict.PENDING
    if record is None:
        return Verdict.EQUAL if sides.source == sides.target else Verdict.DIFFERENT
    if sides.target != record.digest:
        # A target that holds what the source holds NOW is right, whatever was there when it was copied.
        return Verdict.EQUAL if sides.source == sides.target else Verdict.DIFFERENT
    return Verdict.EQUAL if sides.source == record.digest else Verdict.PENDING


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict of a whole: that of its worst part; of nothing at all, `not proven`."""
    return max(verdicts, key=_GRAVITY.index, default=Verdict.NOT_PROVEN)


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same on both sides.

    where: the partition, or `definitions`.
    item: the exact row, key, document or definition.
    kind: missing (on the target), extra (on the target), or changed.
    detail: what differs (names of fields, never their values), empty if the whole.
    """

    where: str
    item: str
    kind: str
    detail: str = ""
