# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The objects store: a source bucket, a target bucket, and the engine's questions answered for them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import fnmatch
import json
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN
from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.folder import run_id
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Copied, Difference, Record, Sides
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._copy.tuning import Tuning
from ansible_collections.replatform.aws.plugins.module_utils._objects.bucket import Bucket, Budget
from ansible_collections.replatform.aws.plugins.module_utils._objects.compare import RangeCompare
from ansible_collections.replatform.aws.plugins.module_utils._objects.connect import End, end_options, make_end
from ansible_collections.replatform.aws.plugins.module_utils._objects.copy import RangeCopy, watermark
from ansible_collections.replatform.aws.plugins.module_utils._objects.ledger import Ledger
from ansible_collections.replatform.aws.plugins.module_utils._objects.listing import Lister, parse
from ansible_collections.replatform.aws.plugins.module_utils._objects.plan import Range, plan
from ansible_collections.replatform.aws.plugins.module_utils._objects.transfer import Transfer
from ansible_collections.replatform.aws.plugins.module_utils._objects.wire import Wire

HEARTBEAT = 0.5
"""Seconds between two looks whether the copy was told to stop."""


def store_options() -> dict[str, Any]:
    """The options of both modules that are not common to all stores (documented in the `objects` fragment)."""
    return {
        "source": {"type": "dict", "required": True, "options": end_options()},
        "target": {"type": "dict", "required": True, "options": end_options()},
        "versions": {"type": "str", "default": "current", "choices": ["current", "all"]},
        "known_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
    }


class ObjectsStore:
    """Answers `_copy.store.Store`. All requests are made in one event loop, in a thread of its own."""

    name = "objects"
    partition_type = Range

    def __init__(self, params: dict[str, Any], warn: Callable[[str], None]) -> None:
        """params: a module's options. warn: told what stays behind."""
        self._ends: tuple[End, End] = (make_end("source", params["source"]), make_end("target", params["target"]))
        if self._ends[0].endpoint == self._ends[1].endpoint and self._ends[0].bucket == self._ends[1].bucket:
            raise CopyError(f"Source and target are the same bucket: {self._ends[0]}")
        self._include, self._exclude = tuple(params["include"]), tuple(params["exclude"])
        self._versions = params["versions"] == "all"
        self._known_keys = tuple(params["known_keys"])
        self._read_all = params.get("read") == "bytes"
        run = run_id(self.name, self.identity(), self._include, self._exclude)
        self._ledger_path = Path(params["run_dir"]) / run / "objects.sqlite"
        self._ledger = Ledger(self._ledger_path, write=False)
        self._warn = warn
        self._foreign: set[str] = set()
        self._facts: dict[str, Any] = {}
        self._differences: dict[str, list[Difference]] = {}

    def identity(self) -> tuple[str, str]:
        """Where the buckets are."""
        return str(self._ends[0]), str(self._ends[1])

    def open(self) -> None:
        """Connect to both buckets, and check that they may be listed and their tags read."""
        source, target = self._connected(self._ends)
        self._buckets = source, target
        versioning = [self._run(self._check(bucket)) for bucket in self._buckets]
        self._versioned = bool(versioning[0])
        if self._versions and versioning[1] != "Enabled":
            raise CopyError(
                f"{self._ends[1].where} keeps no versions, but versions is all. Enable versioning there, "
                f"or move the current versions only (versions: current)."
            )
        self._listers = self._lister(self._buckets[0]), self._lister(self._buckets[1])

    def _connected(self, ends: Sequence[End]) -> list[Bucket]:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="objects", daemon=True)
        self._thread.start()
        budget = Budget()
        buckets = [Bucket(Wire(end), budget) for end in ends]
        for bucket in buckets:
            self._run(bucket.wire.open())
        return buckets

    def foresee(self) -> Sequence[Range] | None:
        """The ranges of the source's keys, where the target's name is known only after provision."""
        if self._ends[1].bucket != STAND_IN:
            return None
        try:
            [source] = self._connected(self._ends[:1])
            self._run(self._check(source))
            ranges: Sequence[Range] = self._run(plan(self._lister(source), []))
            self._run(source.wire.close())
            return ranges
        finally:
            self.close()

    def _lister(self, bucket: Bucket) -> Lister:
        return Lister(
            bucket.wire,
            self._versions,
            self._accept,
            tells_more=bucket.is_minio and not self._versions,
            known_keys=self._known_keys,
        )

    def _accept(self, key: str) -> bool:
        included = not self._include or any(fnmatch.fnmatchcase(key, pattern) for pattern in self._include)
        return included and not any(fnmatch.fnmatchcase(key, pattern) for pattern in self._exclude)

    async def _check(self, bucket: Bucket) -> str:
        """List, read tags, ask for versioning: what is not allowed is told before anything is begun."""
        listed = await bucket.wire.call("GET", query={"list-type": "2", "max-keys": "1", "encoding-type": "url"})
        bucket.server = listed.headers.get("Server", "")
        first = parse(listed).findtext("{*}Contents/{*}Key")
        if first:  # without this permission S3 hides the number of tags, and they would be lost in silence
            await bucket.wire.call("GET", unquote_plus(first), {"tagging": ""})
        answer = await bucket.wire.call("GET", query={"versioning": ""})
        return parse(answer).findtext("{*}Status") or ""

    def occupied(self) -> str:
        """The first object, version or delete marker on the target."""
        for query in ({"list-type": "2", "max-keys": "1"}, {"versions": "", "max-keys": "1"}):
            root = parse(self._run(self._buckets[1].wire.call("GET", query={**query, "encoding-type": "url"})))
            found = next((entry for entry in root if entry.find("{*}Key") is not None), None)
            if found is not None:
                kind = found.tag.rpartition("}")[2]
                name = {"DeleteMarker": "a delete marker of", "Version": "an older version of"}.get(kind, "the object")
                return f"it holds {name} {unquote_plus(found.findtext('{*}Key') or '')!r}"
        return ""

    def prepare(self, tuning: Tuning) -> bool:
        """Take away what a killed run has left half sent; count what this move leaves behind."""
        self._ledger.close()
        self._ledger = Ledger(self._ledger_path, write=True)
        self._transfer = Transfer(*self._buckets)
        self._run(self._transfer.clear(self._ledger.unfinished))
        if self._versioned and not self._versions:
            self._run(self._count_older())
        return False

    async def _count_older(self) -> None:
        lister = Lister(self._buckets[0].wire, True, self._accept)
        older = markers = 0
        async for page in lister.pages():
            newest = {item.key: item for item in page}
            markers += sum(item.marker for item in page)
            older += sum(not item.marker and item is not newest[item.key] for item in page)
        self._facts["left_behind"] = {"versions": older, "delete_markers": markers}
        if older or markers:
            self._warn(
                f"{older} older versions and {markers} delete markers stay behind in {self._ends[0]}: "
                f"only current objects are moved. Set versions: all to move them too."
            )

    def plan(self, known: Sequence[Range]) -> Sequence[Range]:
        """Ranges of the source's keys; the first and the last are open, so that no key of the target lies outside."""
        return self._run(plan(self._listers[0], known))

    def unchanged(self, partition: Range, record: Record) -> bool:
        """Whether both listings are still those that the copy saw and left."""
        found = self._run(self._between(partition))
        return json.loads(record.watermark) == json.loads(watermark(*found))

    async def _between(self, partition: Range) -> tuple[Any, Any]:
        found = await asyncio.gather(*(each.between(partition.after, partition.end) for each in self._listers))
        return found[0], found[1]

    def renewed(self, partition: Range, record: Record) -> str:
        """Nothing but the partition's own copy moves it."""
        return record.watermark

    def copy(self, partition: Range, record: Record | None, meter: Meter, dead: DeadLetters) -> Copied:
        """Copy the keys of a range that differ; remove what this move wrote and the source no longer has."""
        work = RangeCopy(self._buckets, self._listers, self._ledger, self._transfer, partition, meter, dead)
        copied = self._run(work.run(), meter)
        self._foreign.update(work.foreign)
        return copied

    def restore(self, tuning: Tuning) -> None:
        """Nothing was changed for speed."""

    def facts(self) -> dict[str, Any]:
        """What else the module's result says."""
        return self._facts

    def finish(self) -> bool:
        """Tell what was left alone."""
        self._facts["foreign"] = {"count": len(self._foreign), "first": sorted(self._foreign)[:100]}
        if self._foreign:
            first = ", ".join(repr(key) for key in sorted(self._foreign)[:5])
            self._warn(
                f"{len(self._foreign)} objects on {self._ends[1]} are neither in the source nor written by this move, "
                f"among them {first}. They were left alone; the comparison will call them extra."
            )
        if self._transfer.classes_refused:
            refused = ", ".join(sorted(self._transfer.classes_refused))
            self._warn(f"{self._ends[1]} does not take the storage class {refused}: its default is used there.")
        return False

    def compare(self, partition: Range, meter: Meter) -> Sides:
        """Both sides' objects of a range."""
        work = RangeCompare(self._buckets, self._listers, self._ledger, partition, meter, read_all=self._read_all)
        sides = self._run(work.run(), meter)
        self._differences[partition.id] = work.differences
        return sides

    def differences(self, partition: Range) -> Iterable[Difference]:
        """Those that `compare` has found: looking again could cost another download of everything."""
        return self._differences.get(partition.id, [])

    def definitions(self) -> Iterable[Difference]:
        """A bucket's settings are the business of the role that made it."""
        return []

    def close(self) -> None:
        """Let go of connections, the loop and the ledger."""
        with contextlib.suppress(Exception):
            for bucket in self._buckets:
                self._run(bucket.wire.close())
        with contextlib.suppress(Exception):
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
            self._ledger.close()

    def _run(self, work: Coroutine[Any, Any, Any], meter: Meter | None = None) -> Any:
        """Do it in the loop; give up within a second when the copy is told to stop, whatever the network does."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            while True:
                try:
                    return future.result(HEARTBEAT)
                except concurrent.futures.TimeoutError:
                    if future.done():
                        raise
                    if meter:
                        meter.add(0, 0)
        except BaseException:
            future.cancel()
            raise
