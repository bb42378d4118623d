# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is in a bucket, in the order of its keys: objects, or all versions and delete markers of them."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus
from xml.etree import ElementTree

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._objects.errors import Gone, Refused
from ansible_collections.replatform.aws.plugins.module_utils._objects.wire import Answer, Wire

Accept = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Item:
    """An object, a version of one, or a delete marker, as a listing tells it.

    modified: the server's own text. version: empty where only current objects are listed. told: what else this
    server's listing tells (MinIO: metadata and tags), for the watermark only.
    """

    key: str
    etag: str = ""
    size: int = 0
    modified: str = ""
    version: str = ""
    marker: bool = False
    told: str = ""


def mark(items: Iterable[Item]) -> str:
    """A hash over all that a listing tells: as long as it is the same, nothing was written to this range."""
    digest = hashlib.blake2b(digest_size=16)
    for item in items:
        fields = (item.key, item.etag, str(item.size), item.modified, item.version, str(item.marker), item.told)
        digest.update(repr(fields).encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Lister:
    """Lists one bucket. known_keys: keys to look for one by one, because this server's listings may hide them."""

    wire: Wire
    versions: bool
    accept: Accept
    tells_more: bool = False
    known_keys: tuple[str, ...] = ()

    async def pages(self, after: str = "") -> AsyncIterator[list[Item]]:
        """Everything after a key, in order, page by page. With versions: the oldest of a key first."""
        pages = self._version_pages(after) if self.versions else self._object_pages(after)
        last = after
        hidden = sorted(key for key in self.known_keys if key > after and self.accept(key))
        async for page in pages:
            keys = [item.key for item in page]
            if any(one > other for one, other in itertools.pairwise([last, *keys])):
                raise CopyError(
                    f"{self.wire.end.where} does not list its keys in the order of their bytes (near {last!r}), so "
                    f"that a part of them would be missed. Such a bucket cannot be moved with this module."
                )
            last = keys[-1] if keys else last
            due = list(itertools.takewhile(lambda key: key <= last, hidden))  # noqa: B023 - used up at once
            hidden = hidden[len(due) :]
            yield await self._with_hidden([item for item in page if self.accept(item.key)], due)
        if hidden:
            yield await self._with_hidden([], hidden)

    async def between(self, after: str, end: str) -> list[Item]:
        """All items with after < key <= end. An empty end is open."""
        found: list[Item] = []
        async for page in self.pages(after):
            found += [item for item in page if not end or item.key <= end]
            if page and end and page[-1].key > end:
                break
        return found

    async def _with_hidden(self, page: list[Item], due: list[str]) -> list[Item]:
        listed = {item.key for item in page}
        found = [await self._look(key) for key in due if key not in listed]
        return sorted([*page, *filter(None, found)], key=lambda item: item.key) if any(found) else page

    async def _look(self, key: str) -> Item | None:
        try:
            head = await self.wire.call("HEAD", key)
        except Gone:
            return None
        except Refused as error:
            if error.one_object:
                return None
            raise
        version = head.headers.get("x-amz-version-id", "") if self.versions else ""
        modified = head.headers.get("Last-Modified", "")
        return Item(key, head.etag, int(head.headers["Content-Length"]), modified, version)

    async def _object_pages(self, after: str) -> AsyncIterator[list[Item]]:
        query = {"list-type": "2", "encoding-type": "url"}
        if self.tells_more:
            query["metadata"] = "true"
        if after:
            query["start-after"] = after
        while True:
            root = parse(await self.wire.call("GET", query=query))
            yield [_object(entry) for entry in root.iterfind("{*}Contents")]
            if root.findtext("{*}IsTruncated") != "true":
                return
            query = {**query, "continuation-token": root.findtext("{*}NextContinuationToken") or ""}

    async def _version_pages(self, after: str) -> AsyncIterator[list[Item]]:
        """A page ends with the last version of a key, so that each key can be turned to the oldest first."""
        query = {"versions": "", "encoding-type": "url"} | ({"key-marker": after} if after else {})
        held: list[Item] = []
        while True:
            root = parse(await self.wire.call("GET", query=query))
            held += [_version(entry) for entry in root if entry.tag.endswith(("}Version", "}DeleteMarker"))]
            more = root.findtext("{*}IsTruncated") == "true"
            whole = [item for item in held if not more or item.key != held[-1].key]
            held = held[len(whole) :]
            yield [item for _key, group in itertools.groupby(whole, lambda item: item.key) for item in [*group][::-1]]
            if not more:
                return
            query["key-marker"] = unquote_plus(root.findtext("{*}NextKeyMarker") or "")
            query["version-id-marker"] = root.findtext("{*}NextVersionIdMarker") or ""


def parse(answer: Answer) -> ElementTree.Element:
    """The XML document of an answer."""
    return ElementTree.fromstring(answer.body)  # noqa: S314 - from the store itself; expat refuses entity bombs


def _text(entry: ElementTree.Element, name: str) -> str:
    return entry.findtext(f"{{*}}{name}") or ""


def _told(entry: ElementTree.Element) -> str:
    pairs: list[Any] = [
        (child.tag, child.text)
        for name in ("UserMetadata", "UserTags")
        for found in entry.iterfind(f"{{*}}{name}")
        for child in (found, *found)
        if child.text
    ]
    return repr(sorted(pairs)) if pairs else ""  # MinIO tells them in no fixed order


def _object(entry: ElementTree.Element) -> Item:
    return Item(
        key=unquote_plus(_text(entry, "Key")),
        etag=_text(entry, "ETag").strip('"'),
        size=int(_text(entry, "Size") or 0),
        modified=_text(entry, "LastModified"),
        told=_told(entry),
    )


def _version(entry: ElementTree.Element) -> Item:
    return Item(
        key=unquote_plus(_text(entry, "Key")),
        etag=_text(entry, "ETag").strip('"'),
        size=int(_text(entry, "Size") or 0),
        modified=_text(entry, "LastModified"),
        version=_text(entry, "VersionId"),
        marker=entry.tag.endswith("}DeleteMarker"),
    )
