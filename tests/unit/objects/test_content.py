"""What stands for an object in a digest: the same for all servers, another for every difference."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from awscrt import checksums
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.replatform.aws.plugins.module_utils._objects import content
from ansible_collections.replatform.aws.plugins.module_utils._objects.bucket import Seen, proven
from ansible_collections.replatform.aws.plugins.module_utils._objects.content import (
    PART,
    Description,
    Reading,
    composite,
    crc_text,
    describe,
    encoded,
)
from ansible_collections.replatform.aws.plugins.module_utils._objects.ledger import Row
from ansible_collections.replatform.aws.plugins.module_utils._objects.listing import Item


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def read(pieces: list[bytes], layout: list[int] | None = None) -> Reading:
    reading = Reading(sum(map(len, pieces)), layout or [])
    for piece in pieces:
        reading.feed(piece)
    return reading


@given(st.lists(st.binary(max_size=40), max_size=6), st.lists(st.integers(1, 50), min_size=2, max_size=5))
def test_a_reading_does_not_depend_on_how_the_bytes_came(pieces: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(pieces)
    reading = read(pieces)
    assert reading.content == f"md5:{md5(whole)}"
    assert reading.crc == crc_text(checksums.crc64nvme(whole))
    assert reading.is_etag(md5(whole)) and not reading.is_etag(md5(whole + b"x"))
    parts = [whole[start : start + cuts[0]] for start in range(0, len(whole), cuts[0])]
    if len(parts) > 1:
        etag = composite([hashlib.md5(part, usedforsecurity=False).digest() for part in parts])
        assert read(pieces, [len(part) for part in parts]).is_etag(etag)
        assert not read(pieces).is_etag(etag), "without the layout nothing can be told"


def test_the_kind_of_hash_follows_from_the_size_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "PART", 4)
    assert read([b"1234"]).content == f"md5:{md5(b'1234')}"
    assert read([b"12345"]).content == f"crc64nvme:{crc_text(checksums.crc64nvme(b'12345'))}"
    assert read([b"12345"], [5]).is_etag(md5(b"12345"))


def test_the_same_text_from_s3_and_from_minio() -> None:
    raw = describe("k", 0, 1, {"X-Amz-Meta-Title": "한글", "Content-Encoding": "aws-chunked, gzip"}, [])
    words = describe("k", 0, 1, {"x-amz-meta-title": encoded("한글"), "Content-Encoding": "gzip"}, [])
    assert raw == words
    assert raw.metadata == (("title", "한글"),)
    assert encoded("ASCII = ?") == "ASCII = ?"
    broken = describe("k", 0, 1, {"x-amz-meta-title": "=?UTF-8?B?!!!?= =?x?"}, [])
    assert broken.metadata[0][1]


BASE = Description("k", 0, 1, (("Expires", "0"),), (("a", "b"),), (("t", "v"),))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"size": 2}, ["size"]),
        ({"metadata": (("a", "c"),)}, ["metadata"]),
        ({"tags": ()}, ["tags"]),
        ({"headers": ()}, ["Expires"]),
        ({"headers": (("Expires", "1"),)}, ["Expires"]),
        ({"headers": (("Cache-Control", "no"), ("Expires", "0"))}, ["Cache-Control"]),
        ({"marker": True}, ["delete marker"]),
    ],
)
def test_each_field_counts_and_is_named(change: dict[str, Any], named: list[str]) -> None:
    other = replace(BASE, **change)
    assert BASE.unlike(other) == named
    assert BASE.canonical("c") != other.canonical("c")


def test_key_number_and_content_count() -> None:
    forms = {BASE.canonical("c"), BASE.canonical("d"), replace(BASE, key="K").canonical("c")}
    forms.add(replace(BASE, number=1).canonical("c"))
    assert len(forms) == 4


ETAG = md5(b"x")
SMALL = Seen(Item("k"), BASE, ETAG)
LARGE = Seen(Item("k"), replace(BASE, size=PART + 1), f"{ETAG}-2")
ROW = Row("k", 0, 1, "md5:copied", "CRC", ETAG, True, "t-etag", True)


@pytest.mark.parametrize(
    ("seen", "row", "found"),
    [
        (SMALL, None, f"md5:{ETAG}"),
        (replace(SMALL, opaque=True), None, ""),
        (replace(SMALL, etag=f"{ETAG}-1"), None, ""),
        (replace(SMALL, etag="anything"), None, ""),
        (SMALL, ROW, "md5:copied"),
        (SMALL, replace(ROW, source_true=False), ""),
        (replace(SMALL, etag="other", crc="CRC"), ROW, "md5:copied"),
        (replace(SMALL, etag="other", crc="another"), ROW, ""),
        (SMALL, replace(ROW, size=2), f"md5:{ETAG}"),
        (LARGE, None, ""),
        (replace(LARGE, crc="X"), None, "crc64nvme:X"),
        (replace(LARGE, etag=ETAG), None, ""),
    ],
)
def test_what_proves_a_content_without_reading_it(seen: Seen, row: Row | None, found: str) -> None:
    assert proven(seen, row, source=True) == found
