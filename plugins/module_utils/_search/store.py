# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OpenSearch to OpenSearch, as the copy engine drives it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Copied, Difference, Record, Sides
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._copy.tuning import Tuning
from ansible_collections.replatform.aws.plugins.module_utils._search import definitions, plan
from ansible_collections.replatform.aws.plugins.module_utils._search.compare import compare_part, differences_of, digest
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, End, path
from ansible_collections.replatform.aws.plugins.module_utils._search.copy import (
    Part,
    Route,
    copy_part,
    marks_of,
    source_holds,
    target_holds,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import WHOLE, Index, SearchPartition, marks
from ansible_collections.replatform.aws.plugins.module_utils._search.settings import (
    Definition,
    define,
    index_differences,
    refused,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.write import WRITERS

MAX_WINDOW = 10_000
"""The server's default of index.max_result_window, which bounds a page."""


class SearchStore:
    """A source and a target cluster (see the protocol `Store`)."""

    name = "search"
    partition_type = SearchPartition

    def __init__(self, source: End, target: End, include: Sequence[str], exclude: Sequence[str], max_body: int) -> None:
        self._ends = source, target
        self._include, self._exclude = include, exclude
        self._max_body = max_body
        self._clients: list[Client] = []
        self._known: set[str] = set()
        self._lock = threading.Lock()
        self._written: dict[str, Mapping[str, Any]] = {}
        self.adjusted: list[dict[str, str]] = []

    def identity(self) -> tuple[str, str]:
        """Both addresses, without users."""
        return self._ends[0].identity, self._ends[1].identity

    def open(self) -> None:
        """Connect, look at all indices, and refuse by name what cannot be moved."""
        for end in self._ends:
            client = Client(end)
            self._clients.append(client)
            client.greet()
        self._source, self._target = self._clients
        self._pool = ThreadPoolExecutor(WRITERS, thread_name_prefix="bulk")
        self._route = Route(self._source, self._target, self._pool, threading.BoundedSemaphore(WRITERS), self._max_body)
        self._here, self._there = plan.indices(self._source), plan.indices(self._target)
        names = self._movable()
        self._wanted: dict[str, Definition] = {}
        problems = self._streams() + self._red(names)
        for name in sorted(names):
            definition, refusal = define(self._target, self._here[name])
            self._wanted[name] = definition
            self.adjusted += definition.adjusted
            if why := refused(self._here[name]) or (refusal and f"the target does not take its definition: {refusal}"):
                problems.append(f"index {name}: {why}")
        if problems:
            raise CopyError(
                f"Nothing was started, because the target could not become the same: {'; '.join(problems)}. "
                "Mend that, or leave those out with exclude."
            )

    def facts(self) -> dict[str, Any]:
        """What the modules' result says besides."""
        return {"adjusted": self.adjusted}

    def _movable(self) -> set[str]:
        """The source's indices that are chosen and can be read; the others are listed as left out."""
        names = set()
        for name in sorted(plan.chosen(self._here, self._include, self._exclude)):
            if self._here[name].system:
                why = "the server's own index: the target has its own"
            elif not self._here[name].closed:
                names.add(name)
                continue
            elif name in self._include:
                raise CopyError(
                    f"index {name} is closed, and include names it. Reading it needs it open, and the source is never "
                    "changed by a copy: open it yourself, or take it out of include."
                )
            else:
                why = "closed: reading it needs it open, and the source is never changed by a copy"
            self.adjusted.append({"index": name, "setting": "", "value": "", "action": "left out", "reason": why})
        return names

    def _streams(self) -> list[str]:
        """Data streams: their documents can only be appended, not written under their own version."""
        streams = self._source.call("GET", "/_data_stream").get("data_streams", [])
        names = plan.chosen((stream["name"] for stream in streams), self._include, self._exclude)
        return [
            f"data stream {name}: data streams are not moved yet; exclude {name} and .ds-{name}-*"
            for name in sorted(names)
        ]

    def _red(self, names: set[str]) -> list[str]:
        problems = []
        for client in self._clients:
            health = client.call("GET", "/_cluster/health", level="indices", expand_wildcards="all")
            problems += [
                f"index {name} is red on the {client.end.label}: a primary shard is missing"
                for name, state in sorted(health["indices"].items())
                if name in names and state["status"] == "red"
            ]
        return problems

    def occupied(self) -> str:
        """Indices on the target that are neither the server's own nor hidden, or that have a name to be written."""
        names = [
            name
            for name, index in sorted(self._there.items())
            if name in self._wanted or not (index.system or name.startswith("."))
        ]
        return f"{len(names)} indices: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}" if names else ""

    def plan(self, known: Sequence[SearchPartition]) -> Sequence[SearchPartition]:
        """The shards of all indices of the source."""
        self._known = {partition.index for partition in known}
        return [
            partition
            for name, definition in sorted(self._wanted.items())
            for partition in plan.partitions(self._source, definition.index, self._there.get(name))
        ]

    def prepare(self, tuning: Tuning) -> bool:
        """Indices, pipelines and templates. Indices come first: a template must not add to them."""
        self._tuning = tuning
        changed = self._remove_vanished()
        for name, definition in sorted(self._wanted.items()):
            changed = self._prepare_index(name, definition) or changed
        changed = definitions.put_cluster_wide(self._source, self._target, self._exclude) or changed
        self._there = plan.indices(self._target)
        return changed

    def _remove_vanished(self) -> bool:
        """Indices that an earlier run of this journal brought, and that the source no longer has."""
        gone = sorted((self._known - self._here.keys()) & self._there.keys())
        for name in gone:
            self._target.call("DELETE", path(name))
        return bool(gone)

    def _prepare_index(self, name: str, definition: Definition) -> bool:
        there = self._there.get(name)
        if there is not None:
            place = _place(name)
            without = frozenset(definition.restored) if place in self._tuning.outstanding() else frozenset()
            if not index_differences(definition, there, without):
                return False
            self._own(name)
            if definitions.update(self._target, definition, there, without):
                now = plan.indices(self._target)[name]
                if not index_differences(definition, now, without):
                    return True
            # What an index is made with, and a field of a mapping, can only go with the index.
            self._target.call("DELETE", path(name))
        self._tuning.change(_place(name), definition.restored, lambda: definitions.create(self._target, definition))
        self._written[name] = definition.index.mappings
        return True

    def _own(self, name: str) -> None:
        if name not in self._known:
            raise CopyError(
                f"index {name} is on the target with another definition, and no journal says that this move made it. "
                "Delete it on the target, or exclude it."
            )

    def _before_write(self, name: str) -> None:
        """Once per index: settings for speed. Each time: fields that the source's mapping has got since."""
        with self._lock:
            definition = self._wanted[name]
            if name not in self._written:
                self._tuning.change(
                    _place(name),
                    definition.restored,
                    lambda: bool(definitions.set_settings(self._target, name, definition.tuned)) and None,
                )
                self._written[name] = self._there[name].mappings
            mapping = self._source.call("GET", path(name, "_mapping"))[name]["mappings"]
            if mapping != self._written[name]:
                definitions.put_mapping(self._target, name, mapping)
                self._written[name] = mapping

    def _part(self, partition: SearchPartition) -> Part:
        def shards(index: Index | None) -> Sequence[int]:
            if index is None:
                return ()
            return range(index.shards) if partition.shard == WHOLE else (partition.shard,)

        here, there = self._here[partition.index], self._there.get(partition.index)
        windows = [
            int(index.settings.get("index.max_result_window", MAX_WINDOW))
            for index in (here, there)
            if index is not None
        ]
        return Part(partition, shards(here), shards(there), min(windows))

    def unchanged(self, partition: SearchPartition, record: Record) -> bool:
        """By the marks of both sides; after a restart of the source, by reading both."""
        part = self._part(partition)
        source, target = marks_of(record.watermark)
        if not target_holds(target, marks(self._target, part.index, part.target_shards)):
            return False
        now = marks(self._source, part.index, part.source_shards)
        if source_holds(source, now, terms=True):
            return True
        return source_holds(source, now, terms=False) and all(
            digest(client, part, shards)[0] == record.digest
            for client, shards in ((self._source, part.source_shards), (self._target, part.target_shards))
        )

    def copy(self, partition: SearchPartition, meter: Meter, dead: DeadLetters) -> Copied:
        """One scroll per shard into bulk requests."""
        return copy_part(self._route, self._part(partition), meter, dead, lambda: self._before_write(partition.index))

    def restore(self, tuning: Tuning) -> None:
        """The source's own settings on every index that was written to."""
        for place in tuning.outstanding():
            name = place.removeprefix(_place(""))
            if name in self._there:
                tuning.restore(place, lambda before, name=name: definitions.set_settings(self._target, name, before))
            else:  # deleted on the target since: a comparison names it
                tuning.restore(place, lambda before: before)

    def finish(self) -> bool:
        """Aliases: nobody finds an index by its alias before all of it is there."""
        wanted = [definition.index for definition in self._wanted.values()]
        return definitions.put_aliases(self._target, wanted, self._there)

    def compare(self, partition: SearchPartition, meter: Meter) -> Sides:
        """Every document of both sides."""
        return compare_part(self._route, self._part(partition), meter)

    def differences(self, partition: SearchPartition) -> Iterable[Difference]:
        """The documents and fields that differ."""
        return differences_of(self._route, self._part(partition))

    def definitions(self) -> Iterable[Difference]:
        """Indices, aliases, templates, pipelines and scripts that differ."""
        movable = {name: index for name, index in self._there.items() if not (index.system or name.startswith("."))}
        there = {name: movable[name] for name in plan.chosen(movable, self._include, self._exclude)}
        there |= {name: self._there[name] for name in self._wanted if name in self._there}
        return definitions.differences(self._source, self._target, self._wanted, there, self._exclude)

    def close(self) -> None:
        """Let go of connections and writers."""
        if hasattr(self, "_pool"):
            self._pool.shutdown(wait=False, cancel_futures=True)
        for client in self._clients:
            client.close()


def _place(name: str) -> str:
    return f"index {name}"
