# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing documents: bulk bodies at the target's pace, and a look at what became of every single item."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, TooLarge, path
from ansible_collections.replatform.aws.plugins.module_utils._search.pace import Pace
from ansible_collections.replatform.aws.plugins.module_utils._search.read import Hit, compact, fetch, key

try:
    import msgspec
except ImportError:  # the module says what to install
    msgspec = None  # type: ignore[assignment]

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before a bulk request, or the refused part of it, is sent again."""

NDJSON = {"content-type": "application/x-ndjson"}
LOOK = "errors,items.*.status,items.*.error"
"""Of a bulk's answer: enough to know what became of each item, at a tenth of the bytes."""

OVERLOADED = {429, 502, 503, 504}


@dataclass(frozen=True)
class Action:
    """One document to index (with its source) or to delete (without)."""

    hit: Hit
    source: bytes | None
    versioned: bool = True
    append: bool = False

    def lines(self) -> bytes:
        """Its lines of a bulk body.

        `external_gte` keeps the source's version and lets the same document be written twice. A data stream can only
        be appended to.
        """
        meta: dict[str, Any] = {"_id": self.hit.id}
        if self.hit.routing is not None:
            meta["routing"] = self.hit.routing
        if self.source is None:
            return _encode({"delete": meta}) + b"\n"
        if self.append:
            return b"%b\n%b\n" % (_encode({"create": meta}), self.source)
        if self.versioned:
            meta |= {"version": self.hit.version, "version_type": "external_gte"}
        return b"%b\n%b\n" % (_encode({"index": meta}), self.source)


def _encode(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # half of a surrogate pair: JSON has an escape for it, UTF-8 has not
        return json.dumps(value).encode()


@dataclass(frozen=True)
class Refused:
    """A document that the target does not take, and its reason."""

    action: Action
    reason: str


@dataclass
class Bulk:
    """A bulk body in the making."""

    actions: list[Action] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, action: Action, lines: bytes) -> None:
        """Add a document."""
        self.actions.append(action)
        self.lines.append(lines)
        self.size += len(lines)


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

    def add(self, action: Action) -> None:
        """Add a document; send what is full. Blocks while all writers are busy. Raises what a writer raised."""
        lines = action.lines()
        if self._bulk.actions and self._bulk.size + len(lines) > self._pace.body:
            self._submit()
        self._bulk.add(action, lines)

    def finish(self) -> list[Refused]:
        """Send the rest, wait for all. Answers what the target refused."""
        if self._bulk.actions:
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
        for future in self._sent:
            if future.done():
                future.result()
        # Refused documents stay with their future; the others let go of their bulk.
        self._sent = [future for future in self._sent if not future.done() or future.result()]
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
            trouble = "the target is overloaded" if again.actions else ""
        except TooLarge as error:
            pace.too_large(bulk.size)
            return refused + _halves(client, index, bulk, pause, pace, error)
        except TransientError as error:
            again, trouble = bulk, str(error)
        if not again.actions:
            pace.took(bulk.size)
            return refused
        pace.refused()
        if seconds is None or pause(seconds):
            raise TransientError(f"{index}: {len(again.actions)} documents could not be written: {trouble}")
        bulk = again
    return refused


def _halves(
    client: Client, index: str, bulk: Bulk, pause: Callable[[float], bool], pace: Pace, error: TooLarge
) -> list[Refused]:
    if len(bulk.actions) == 1:
        return [Refused(bulk.actions[0], str(error))]
    middle = len(bulk.actions) // 2
    refused = []
    for part in (slice(middle), slice(middle, None)):
        half = Bulk()
        for action, lines in zip(bulk.actions[part], bulk.lines[part], strict=True):
            half.add(action, lines)
        refused += send(client, index, half, pause, pace)
    return refused


def _once(client: Client, index: str, bulk: Bulk) -> tuple[Bulk, list[Refused]]:
    """One request. Answers what has to be sent again, and what the target refused."""
    # The target's default pipeline must not run: the source's documents went through it once.
    answer = client.raw("POST", path(index, "_bulk"), b"".join(bulk.lines), NDJSON, pipeline="_none", filter_path=LOOK)
    items = [next(iter(item.values())) for item in json.loads(answer or b"{}").get("items", [])]
    if len(items) != len(bulk.actions):
        raise TransientError(f"{index}: {len(bulk.actions)} documents sent, but {len(items)} answered for.")
    again = Bulk()
    refused = []
    for action, lines, item in zip(bulk.actions, bulk.lines, items, strict=True):
        status = item["status"]
        if 200 <= status < 300 or (status == 404 and action.source is None and "error" not in item):
            continue
        reason = _reason(item.get("error"))
        if status == 409 and action.source is not None:
            _resolve(client, action, again)
        elif "block_exception" in reason or "security_exception" in reason or "index_not_found" in reason:
            raise CopyError(f"{index}: the target takes no documents: {reason}. Lift that, then run again.")
        elif status in OVERLOADED:
            again.add(action, lines)
        else:
            refused.append(Refused(action, reason))
    return again, refused


def _reason(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    causes = [error]
    while isinstance(causes[-1].get("caused_by"), dict):
        causes.append(causes[-1]["caused_by"])
    return " / ".join(f"{cause.get('type', '')}: {cause.get('reason', '')}" for cause in causes)


def _resolve(client: Client, action: Action, again: Bulk) -> None:
    """A version conflict: the target has a higher version (or, of a data stream, the id). That alone proves nothing.

    A document that was deleted and made anew starts at version 1, so the target may hold an older text under a
    higher version. Both sides are read; if they differ, the document is written again without a version: this run
    is the only writer, so what it read in the source is what has to be there.
    """
    existing = fetch(client, [key(action.hit)]).get(key(action.hit))
    if existing is None or compact(bytes(existing.source)) != action.source:
        forced = Action(action.hit, action.source, versioned=False)
        again.add(forced, forced.lines())
