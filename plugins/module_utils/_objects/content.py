# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an object is, in one form for all servers: its bytes as one hash, its headers, metadata and tags."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from ansible_collections.replatform.aws.plugins.module_utils._objects.libraries import checksums

PART = 8 << 20
"""Bytes. A larger object goes in parts of this size (or larger ones, so that 9,000 are enough)."""

HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "Content-Disposition",
    "Content-Language",
    "Cache-Control",
    "Expires",
)
META = "x-amz-meta-"
_MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Description:
    """All of an object but its bytes. number: 0 is the oldest version of the key that is moved.

    headers, metadata and tags are sorted pairs; metadata names are in lower case, its values decoded.
    """

    key: str
    number: int
    size: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    marker: bool = False

    def canonical(self, content: str) -> bytes:
        """The bytes whose hash stands for this object in a digest."""
        if self.marker:
            return json.dumps([self.key, self.number, "delete marker"]).encode()
        return json.dumps([self.key, self.number, self.size, content, self.headers, self.metadata, self.tags]).encode()

    def unlike(self, other: Description) -> list[str]:
        """The names of the fields that are not the same."""
        if self.marker != other.marker:
            return ["delete marker"]
        names = [name for name in ("size", "metadata", "tags") if getattr(self, name) != getattr(other, name)]
        mine, theirs = dict(self.headers), dict(other.headers)
        return names + [name for name in HEADERS if mine.get(name) != theirs.get(name)]


def describe(
    key: str, number: int, size: int, headers: Mapping[str, str], tags: Sequence[tuple[str, str]]
) -> Description:
    """A description from the headers of a GET or HEAD answer."""
    pairs = [(name, _decoded(value)) for name, value in sorted(carried(headers).items())]
    return Description(
        key,
        number,
        size,
        headers=tuple(pair for pair in pairs if not pair[0].startswith(META)),
        metadata=tuple((name.removeprefix(META), value) for name, value in pairs if name.startswith(META)),
        tags=tuple(sorted(tags)),
    )


def carried(headers: Mapping[str, str]) -> dict[str, str]:
    """Those headers of an answer that belong to the object: metadata names in lower case, values as they came."""
    kept = {name: headers[name] for name in HEADERS if headers.get(name)}
    if "Content-Encoding" in kept:  # how it was sent once, not what it is
        encodings = [part.strip() for part in kept["Content-Encoding"].split(",")]
        kept["Content-Encoding"] = ",".join(part for part in encodings if part != "aws-chunked")
        kept = {name: value for name, value in kept.items() if value}
    return kept | {name.lower(): value for name, value in headers.items() if name.lower().startswith(META)}


def _decoded(value: str) -> str:
    """S3 gives text beyond ASCII as RFC 2047 words, MinIO as the bytes that were sent: the same text."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value


def encoded(value: str) -> str:
    """Text as an RFC 2047 word, which is how S3 takes what is beyond ASCII (bytes sent raw are mangled there)."""
    return value if value.isascii() else f"=?UTF-8?B?{base64.b64encode(value.encode()).decode()}?="


def crc_text(crc: int) -> str:
    """A CRC64NVME as S3 writes it."""
    return base64.b64encode(crc.to_bytes(8, "big")).decode()


def is_plain(etag: str) -> bool:
    """Whether an ETag has the form of an MD5 of the whole (a single part)."""
    return bool(_MD5.fullmatch(etag))


class Reading:
    """Checksums of bytes as they pass, in order. layout: sizes of the parts that the ETag was made of, if known."""

    def __init__(self, size: int, layout: Sequence[int] = ()) -> None:
        self.size = 0
        self._crc = 0
        # Nothing but MD5 can be held against an ETag; it costs ten times the CRC, so only where one is.
        self._whole = hashlib.md5(usedforsecurity=False) if size <= PART else None
        self._left = list(layout)
        self._part = hashlib.md5(usedforsecurity=False)
        self._room = self._left.pop(0) if self._left else 0
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """The next bytes."""
        self.size += len(data)
        self._crc = checksums.crc64nvme(data, self._crc)
        if self._whole:
            self._whole.update(data)
        self._feed_part(memoryview(data))

    def _feed_part(self, data: memoryview) -> None:
        while self._room and data:
            self._part.update(data[: self._room])
            taken = min(self._room, len(data))
            self._room -= taken
            data = data[taken:]
            if not self._room:
                self._parts.append(self._part.digest())
                self._part = hashlib.md5(usedforsecurity=False)
                self._room = self._left.pop(0) if self._left else 0

    @property
    def crc(self) -> str:
        """CRC64NVME of all bytes, as S3 writes it."""
        return crc_text(self._crc)

    @property
    def content(self) -> str:
        """The hash that stands for these bytes. Its kind follows from the size alone: every side can give it."""
        return f"md5:{self._whole.hexdigest()}" if self._whole else f"crc64nvme:{self.crc}"

    def as_etag(self, etag: str) -> str:
        """The ETag that these bytes have in the form of another; empty if that cannot be told."""
        if self._whole and is_plain(etag):
            return self._whole.hexdigest()
        if self._whole and etag.endswith("-1"):
            return composite([self._whole.digest()])
        if len(self._parts) == 1 and is_plain(etag):
            return self._parts[0].hex()
        return composite(self._parts) if self._parts else ""

    def is_etag(self, etag: str) -> bool:
        """Whether the bytes are those that the ETag was made of."""
        return bool(etag) and etag == self.as_etag(etag)


def composite(parts: Sequence[bytes]) -> str:
    """The ETag of an object made of parts with these MD5s."""
    return f"{hashlib.md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}"
