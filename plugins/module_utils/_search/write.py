# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing documents: bulk bodies at the target's pace, and a look at what became of every single item."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, TooLarge
from ansible_collections.replatform.aws.plugins.module_utils._search.pace import Pace
from ansible_collections.replatform.aws.plugins.module_utils._search.read import Hit, fetch, key

try:
    import msgspec
    from msgspec import Raw, Struct
except ImportError:  # the module says what to install
    msgspec = None  # type: ignore[assignment]
    Raw = bytes  # type: ignore[misc,assignment]

    class Struct:  # type: ignore[no-redef]
        """Stands in so that this file can be imported without msgspec."""


PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before a bulk request, or the refused part of it, is sent again."""

NDJSON = {"content-type": "application/x-ndjson"}
LOOK = "errors,items.*.status,items.*.error"
"""Of a bulk's answer: enough to know what became of each item, at a tenth of the bytes."""

OVERLOADED = {429, 502, 503, 504}

MOST_REFUSED = 10_000
"""Documents of a part that may be refused before it is given up: they are kept in memory, and have one cause."""

_GONE = Raw(b"")


def index_lines(hit: Hit) -> bytes:
    """The lines of a bulk body that index a document with the source's version.

    `external_gte` lets the same document be written twice.
    """
    return b'{"index":{%b,"version":%d,"version_type":"external_gte"}}\n%b\n' % (_who(hit), hit.version, hit.source)


def forced_lines(hit: Hit, source: bytes) -> bytes:
    """The lines that index a document whatever version the target has."""
    return b'{"index":{%b}}\n%b\n' % (_who(hit), source)


def create_lines(hit: Hit) -> bytes:
    """The lines that append a document to a data stream, which takes no other kind of write."""
    return b'{"create":{%b}}\n%b\n' % (_who(hit), hit.source)


def delete_lines(hit: Hit) -> bytes:
    """The line that deletes a document."""
    return b'{"delete":{%b}}\n' % _who(hit)


def _who(hit: Hit) -> bytes:
    if hit.routing is None:
        return b'"_id":' + _encode(hit.id)
    return b'"_id":%b,"routing":%b' % (_encode(hit.id), _encode(hit.routing))


def _encode(text: str) -> bytes:
    try:
        return msgspec.json.encode(text)
    except UnicodeEncodeError:  # half of a surrogate pair: JSON has an escape for it, UTF-8 has not
        return json.dumps(text).encode()


@dataclass(frozen=True)
class Refused:
    """A document that the target does not take, and its reason."""

    hit: Hit
    source: bytes
    reason: str


@dataclass
class Bulk:
    """A bulk body in the making: documents, and the lines of each. The lines alone hold the documents' sources."""

    hits: list[Hit] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, hit: Hit, lines: bytes) -> None:
        """Add a document. Its own source is let go of, and with it the answer that it came in."""
        hit.source = _GONE
        self.hits.append(hit)
        self.lines.append(lines)
        self.size += len(lines)


class _Item(Struct):
    status: int
    error: Any = None


class _Answer(Struct):
    errors: bool
    items: Raw


def _source(lines: bytes) -> bytes:
    return lines.split(b"\n", 2)[1]


class Writer:
    """Sends the bulks of one partition through the run's pool of writers, at the run's pace.

    check: called at least every second while this waits; it raises when the copy has to stop.
    """

    def __init__(
        self,
        client: Client,
        index: str,
        pool: ThreadPoolExecutor,
        pace: Pace,
        check: Callable[[], None],
    ) -> None:
        self._check = check
        self._client = client
        self._index = index
        self._pool = pool
        self._pace = pace
        self._bulk = Bulk()
        self._sent: list[Future[list[Refused]]] = []
        self._ended = threading.Event()

    def add(self, hit: Hit, lines: bytes) -> None:
        """Add a document; send what is full. Blocks while all writers are busy. Raises what a writer raised."""
        if self._bulk.hits and self._bulk.size + len(lines) > self._pace.body:
            self._submit()
        self._bulk.add(hit, lines)

    def finish(self) -> list[Refused]:
        """Send the rest, wait for all. Answers what the target refused."""
        if self._bulk.hits:
            self._submit()
        while wait(self._sent, timeout=1.0).not_done:
            self._check()
        return [refused for future in self._sent for refused in future.result()]

    def abandon(self) -> None:
        """Let nothing be sent again, and wait for what is under way: no write may come after the partition's end."""
        self._ended.set()
        for future in self._sent:
            future.exception()

    def _submit(self) -> None:
        bulk, self._bulk = self._bulk, Bulk()
        # Refused documents stay with their future; the others let go of their bulk.
        self._sent = [future for future in self._sent if not future.done() or future.result()]
        refused = [one for future in self._sent if future.done() for one in future.result()]
        if len(refused) > MOST_REFUSED:
            raise CopyError(
                f"{self._index}: the target refuses one document after the other; the first: {refused[0].hit.id}, "
                f"{refused[0].reason}. Mend that, then run again."
            )
        self._pace.enter(self._check)
        try:
            future = self._pool.submit(send, self._client, self._index, bulk, self._ended.wait, self._pace)
        except BaseException:
            self._pace.leave()
            raise
        future.add_done_callback(lambda _done: self._pace.leave())
        self._sent.append(future)


def send(client: Client, index: str, bulk: Bulk, pause: Callable[[float], bool], pace: Pace) -> list[Refused]:
    """Send one bulk until every item of it has an answer. `pause(seconds)` is True when the partition has ended.

    Raises TransientError when the target stays overloaded, CopyError when it takes nothing at all.
    """
    refused: list[Refused] = []
    for seconds in (*PAUSES, None):
        try:
            again, problems = _once(client, index, bulk)
            refused += problems
            trouble = "the target is overloaded" if again.hits else ""
        except TooLarge as error:
            pace.too_large(bulk.size)
            return refused + _halves(client, index, bulk, pause, pace, error)
        except TransientError as error:
            again, trouble = bulk, str(error)
        if not again.hits:
            pace.took(bulk.size)
            return refused
        pace.refused()
        if seconds is None or pause(seconds):
            raise TransientError(f"{index}: {len(again.hits)} documents could not be written: {trouble}")
        bulk = again
    return refused


def _halves(
    client: Client, index: str, bulk: Bulk, pause: Callable[[float], bool], pace: Pace, error: TooLarge
) -> list[Refused]:
    if len(bulk.hits) == 1:
        return [Refused(bulk.hits[0], _source(bulk.lines[0]), str(error))]
    middle = len(bulk.hits) // 2
    refused = []
    for part in (slice(middle), slice(middle, None)):
        half = Bulk()
        for hit, lines in zip(bulk.hits[part], bulk.lines[part], strict=True):
            half.add(hit, lines)
        refused += send(client, index, half, pause, pace)
    return refused


def _once(client: Client, index: str, bulk: Bulk) -> tuple[Bulk, list[Refused]]:
    """One request. Answers what has to be sent again, and what the target refused."""
    # The target's default pipeline must not run: the source's documents went through it once.
    answer = client.raw(
        "POST", client.at(index, "_bulk"), b"".join(bulk.lines), NDJSON, pipeline="_none", filter_path=LOOK
    )
    again, refused, conflicts = Bulk(), [], []
    for hit, lines, action, item in _failed(index, bulk, answer):
        reason = _reason(item.error)
        if item.status == 409 and action != "delete":
            conflicts.append((hit, _source(lines)))
        elif "block_exception" in reason or "security_exception" in reason or "index_not_found" in reason:
            raise CopyError(f"{index}: the target takes no documents: {reason}. Lift that, then run again.")
        elif item.status in OVERLOADED:
            again.add(hit, lines)
        else:
            refused.append(Refused(hit, _source(lines), reason))
    if conflicts:
        _resolve(client, conflicts, again)
    return again, refused


def _failed(index: str, bulk: Bulk, answer: bytes) -> Iterator[tuple[Hit, bytes, str, _Item]]:
    """The items that the target did not take, each with its action and what became of it."""
    try:
        told = msgspec.json.decode(answer, type=_Answer)
        if not told.errors:
            return
        items = msgspec.json.decode(told.items, type=list[dict[str, _Item]])
    except msgspec.MsgspecError as error:
        raise TransientError(f"{index}: a bulk's answer could not be understood ({error}).") from error
    if len(items) != len(bulk.hits):
        raise TransientError(f"{index}: {len(bulk.hits)} documents sent, but {len(items)} answered for.")
    for hit, lines, kind in zip(bulk.hits, bulk.lines, items, strict=True):
        [(action, item)] = kind.items()
        gone_already = action == "delete" and item.status == 404 and item.error is None
        if not 200 <= item.status < 300 and not gone_already:
            yield hit, lines, action, item


def _reason(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    causes = [error]
    while isinstance(causes[-1].get("caused_by"), dict):
        causes.append(causes[-1]["caused_by"])
    return " / ".join(f"{cause.get('type', '')}: {cause.get('reason', '')}" for cause in causes)


def _resolve(client: Client, conflicts: Sequence[tuple[Hit, bytes]], again: Bulk) -> None:
    """Version conflicts: the target has a higher version (or, of a data stream, the id). That alone proves nothing.

    A document that was deleted and made anew starts at version 1, so the target may hold an older text under a
    higher version. Both sides are read; what differs is written again without a version: this run is the only writer,
    so what it read in the source is what has to be there.
    """
    existing = fetch(client, [key(hit) for hit, _source in conflicts])
    for hit, source in conflicts:
        found = existing.get(key(hit))
        if found is None or bytes(found.source) != source:
            again.add(hit, forced_lines(hit, source))
