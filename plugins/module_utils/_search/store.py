# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OpenSearch to OpenSearch, as the copy engine drives it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN
from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Copied, Difference, Record, Sides
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._copy.tuning import Tuning
from ansible_collections.replatform.aws.plugins.module_utils._search import definitions, plan, policies, streams
from ansible_collections.replatform.aws.plugins.module_utils._search.compare import compare_part, differences_of
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, End, path
from ansible_collections.replatform.aws.plugins.module_utils._search.copy import (
    Flow,
    Part,
    Route,
    copy_part,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.delta import copy_since
from ansible_collections.replatform.aws.plugins.module_utils._search.pace import MOST, Pace
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import WHOLE, Index, SearchPartition
from ansible_collections.replatform.aws.plugins.module_utils._search.refresher import Refresher
from ansible_collections.replatform.aws.plugins.module_utils._search.settings import (
    Definition,
    define,
    index_differences,
    known,
    misnamed,
    refused,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.standing import Standing

MAX_WINDOW = 10_000
"""The server's default of index.max_result_window, which bounds a page."""


class SearchStore:
    """A source and a target cluster (see the protocol `Store`)."""

    name = "search"
    partition_type = SearchPartition

    def __init__(
        self, source: End, target: End, include: Sequence[str], exclude: Sequence[str], max_body: int, split: int
    ) -> None:
        self._ends = source, target
        self._include, self._exclude = include, exclude
        self._max_body, self._split = max_body, split
        self._clients: list[Client] = []
        self._known: set[str] = set()
        self._lock = threading.Lock()
        self._tuned: set[str] = set()
        self._differing: set[str] = set()
        self._written: dict[str, Mapping[str, Any]] = {}
        self.adjusted: list[dict[str, str]] = []

    def identity(self) -> tuple[str, str]:
        """Both addresses, without users, and what is renamed."""
        source, target = self._ends
        renamed = ", ".join(f"{name} as {new}" for name, new in sorted(target.names.items()))
        return source.identity, target.identity + (f" ({renamed})" if renamed else "")

    def open(self) -> None:
        """Connect, look at all indices, and refuse by name what cannot be moved."""
        self._source, self._target = (self._client(end) for end in self._ends)
        self._pool = ThreadPoolExecutor(MOST + 1, thread_name_prefix="bulk")  # the writers, and one that refreshes
        refresher = Refresher(self._target, self._pool)
        self._route = Route(self._source, self._target, self._pool, Pace(self._max_body), refresher)
        self._standing = Standing(self._source, self._target)
        self._here, self._there = plan.indices(self._source), plan.indices(self._target)
        if not definitions.left_out(definitions.POLICIES, self._exclude):
            self._here = policies.with_policies(self._source, self._here)
        names = self._movable()
        self._wanted: dict[str, Definition] = {}
        problems = self._red(names) + misnamed(self._ends[1].names, names, self._here, self._there)
        problems += definitions.lacking(self._source, self._target, self._exclude)
        unmanaged = known(self._target, policies.UNMANAGED)
        for name in sorted(names):
            definition, refusal = define(self._target, self._here[name], unmanaged)
            self._wanted[name] = definition
            self.adjusted += definition.adjusted
            if why := refused(self._here[name]) or (refusal and f"the target does not take its definition: {refusal}"):
                problems.append(f"index {name}: {why}")
        if problems:
            raise CopyError(
                f"Nothing was started, because the target could not become the same: {'; '.join(problems)}. "
                "Mend that, or leave those out with exclude."
            )

    def _client(self, end: End) -> Client:
        client = Client(end)
        self._clients.append(client)
        client.greet()
        return client

    def foresee(self) -> Sequence[SearchPartition] | None:
        """All partitions of the source, where the target's address is known only after provision."""
        if STAND_IN not in self._ends[1].url:
            return None
        try:
            self._source = self._client(self._ends[0])
            self._here, self._there = plan.indices(self._source), {}
            return self._partitions(self._movable(), ())
        finally:
            self.close()

    def facts(self) -> dict[str, Any]:
        """What the modules' result says besides."""
        return {"adjusted": self.adjusted}

    def _movable(self) -> set[str]:
        """The source's indices that are chosen and can be read; the others are listed as left out.

        A data stream is chosen by its own name, with all its indices.
        """
        names: set[str] = set()
        found = streams.streams(self._source)
        self._streams = {name: found[name] for name in plan.chosen(found, self._include, self._exclude)}
        members = {member for stream in found.values() for member in stream.members}
        names |= {member for stream in self._streams.values() for member in stream.members}
        for name in sorted(plan.chosen(self._here.keys() - members, self._include, self._exclude)):
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

    def _red(self, names: set[str]) -> list[str]:
        problems = []
        for client in self._clients:
            health = client.call("GET", "/_cluster/health", level="indices", expand_wildcards="all")
            problems += [
                f"index {name} is red on the {client.end.label}: a primary shard is missing"
                for name, state in sorted(health["indices"].items())
                if client.called(name) in names and state["status"] == "red"
            ]
        return problems

    def occupied(self) -> str:
        """Indices on the target that are neither the server's own nor hidden, or that have a name to be written."""
        names = [name for name, index in sorted(self._there.items()) if name in self._wanted or _of_a_user(index)]
        return f"{len(names)} indices: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}" if names else ""

    def plan(self, known: Sequence[SearchPartition]) -> Sequence[SearchPartition]:
        """The shards of all indices of the source, large ones in slices, and its data streams."""
        self._known = {partition.index for partition in known}
        return self._partitions(self._wanted, known)

    def _partitions(self, names: Iterable[str], known: Sequence[SearchPartition]) -> list[SearchPartition]:
        members = {member for stream in self._streams.values() for member in stream.members}
        return [
            partition
            for name in sorted({*names} - members)
            for partition in plan.partitions(self._source, self._here[name], self._there.get(name), self._split, known)
        ] + [
            plan.stream_partition(self._source, name, [self._here[member] for member in stream.members])
            for name, stream in sorted(self._streams.items())
        ]

    def _plain(self) -> dict[str, Definition]:
        """The indices that belong to no data stream."""
        members = {member for stream in self._streams.values() for member in stream.members}
        return {name: definition for name, definition in self._wanted.items() if name not in members}

    def prepare(self, tuning: Tuning) -> bool:
        """Indices, pipelines and templates. Indices come first: a template must not add to them."""
        self._tuning = tuning
        self._refuse_foreign()
        changed = self._remove_vanished()
        for name, definition in sorted(self._plain().items()):
            changed = self._prepare_index(name, definition) or changed
        changed = definitions.put_cluster_wide(self._source, self._target, self._exclude) or changed
        self._there = plan.indices(self._target)
        return changed

    def _remove_vanished(self) -> bool:
        """Indices and streams that an earlier run of this journal brought, and that the source no longer has."""
        vanished = self._known - self._here.keys() - self._streams.keys()
        gone = sorted(vanished & self._there.keys())
        gone_streams = sorted(vanished & streams.streams(self._target).keys())
        for name in gone:
            self._target.call("DELETE", self._target.at(name))
        for name in gone_streams:
            self._target.call("DELETE", "/_data_stream" + path(name))
        return bool(gone or gone_streams)

    def _prepare_index(self, name: str, definition: Definition) -> bool:
        there = self._there.get(name)
        if there is not None:
            place = _place(name)
            without = frozenset(definition.restored) if place in self._tuning.outstanding() else frozenset()
            if not index_differences(definition, there, without):
                return False
            if definitions.update(self._target, definition, there, without):
                now = plan.indices(self._target)[name]
                if not index_differences(definition, now, without):
                    return True
            # What an index is made with, and a field of a mapping, can only go with the index.
            self._target.call("DELETE", self._target.at(name))
        self._tuning.change(_place(name), definition.restored, lambda: definitions.create(self._target, definition))
        self._tuned.add(name)
        self._written[name] = definition.index.mappings
        return True

    def _refuse_foreign(self) -> None:
        """What is new in the source since the last run must not be on the target already."""
        there = self._there.keys() | streams.streams(self._target).keys()
        foreign = sorted(((self._plain().keys() | self._streams.keys()) & there) - self._known)
        if foreign:
            raise CopyError(
                f"The target has {', '.join(foreign)} already, and no journal says that this move brought it. "
                "Delete it on the target, or exclude it."
            )

    def _before_write(self, name: str) -> None:
        """Once per index: settings for speed. Each time: fields that the source's mapping has got since."""
        with self._lock:
            definition = self._wanted[name]
            if name not in self._tuned:
                self._tuning.change(_place(name), definition.restored, lambda: self._tune(definition))
                self._tuned.add(name)
        self._new_fields(name)

    def _new_fields(self, name: str) -> None:
        with self._lock:
            mapping = self._source.call("GET", path(name, "_mapping"))[name]["mappings"]
            if mapping != self._written.get(name, self._there[name].mappings):
                definitions.put_mapping(self._target, name, mapping)
            self._written[name] = mapping

    def _tune(self, definition: Definition) -> None:
        definitions.set_settings(self._target, definition.name, definition.tuned)

    def _part(self, partition: SearchPartition) -> Part:
        names = self._streams[partition.index].members if partition.stream else (partition.index,)
        sides = [[side[name] for name in names if name in side] for side in (self._here, self._there)]
        windows = [
            int(index.settings.get("index.max_result_window", MAX_WINDOW)) for indices in sides for index in indices
        ]
        source, target = (
            [place for index in indices for place in index.places if partition.shard in (WHOLE, place[1])]
            for indices in sides
        )
        return Part(partition, source, target, min(windows))

    def unchanged(self, partition: SearchPartition, record: Record) -> bool:
        """By the marks of both sides; a side that they do not vouch for is read."""
        return self._standing.holds(self._part(partition), record)

    def copy(self, partition: SearchPartition, record: Record | None, meter: Meter, dead: DeadLetters) -> Copied:
        """What has changed since the record, where sequence numbers tell; else one scroll per shard into bulks."""
        part = self._part(partition)
        if partition.stream:
            stream = self._streams[partition.index]
            flow = Flow(self._route, part, meter, dead)
            return streams.copy_stream(flow, stream, [self._wanted[name] for name in stream.members], self._tune_member)
        since = record and copy_since(
            self._route,
            part,
            record,
            meter,
            dead,
            lambda: self._new_fields(partition.index),
            lambda: self._standing.untouched(part, record),
        )
        return since or copy_part(self._route, part, meter, dead, lambda: self._before_write(partition.index))

    def renewed(self, partition: SearchPartition, record: Record) -> str:
        """Read to be sure, or moved by another slice of the shard."""
        return self._standing.renewed(self._part(partition), record)

    def _tune_member(self, definition: Definition) -> None:
        """Journal what has to be put right after a stream's copy, before its index is made."""
        with self._lock:
            stream = next(one for one in self._streams.values() if definition.name in one.members)
            self._tuning.change(_stream_place(stream.name), [], lambda: None)
            self._tuning.change(_place(definition.name), definition.restored, lambda: None)

    def restore(self, tuning: Tuning) -> None:
        """The source's own settings on every index that was written to; the templates of streams' copies go."""
        self._there = plan.indices(self._target)
        for name, stream in self._streams.items():
            tuning.restore(_stream_place(name), partial(self._without_template, stream))
        for place in tuning.outstanding():
            name = place.removeprefix(_place(""))
            if name in self._there:
                tuning.restore(place, partial(definitions.set_settings, self._target, name))
            else:  # deleted on the target since: a comparison names it
                tuning.restore(place, lambda before: before)

    def _without_template(self, stream: streams.Stream, before: Any) -> Any:
        streams.remove_template(self._target, stream)
        return before

    def finish(self) -> bool:
        """Aliases: nobody finds an index by its alias before all of it is there. Then policies: they act on it."""
        wanted = [definition.index for definition in self._wanted.values()]
        changed = definitions.put_aliases(self._target, wanted, self._there)
        kinds = (definitions.POLICIES,)
        return definitions.put_cluster_wide(self._source, self._target, self._exclude, kinds) or changed

    def compare(self, partition: SearchPartition, meter: Meter) -> Sides:
        """Every document of both sides."""
        sides = compare_part(self._route, self._part(partition), meter)
        if sides.source != sides.target:
            self._differing.add(partition.index)
        return sides

    def differences(self, partition: SearchPartition) -> Iterable[Difference]:
        """The documents and fields that differ."""
        return differences_of(self._route, self._part(partition))

    def definitions(self) -> Iterable[Difference]:
        """Indices, aliases, templates, pipelines, scripts and policies that differ.

        What the source has got since the copy is no difference of its own: an index that the copy did not know, and
        fields that came with documents that are not on the target yet, are pending with those documents.
        """
        wanted = {}
        for name, definition in self._wanted.items():
            if name not in self._there:
                if name in self._known or not self._known:
                    wanted[name] = definition
            elif name in self._differing:
                wanted[name] = definition.without_new_fields(self._there[name])
            else:
                wanted[name] = definition
        movable = {name: index for name, index in self._there.items() if _of_a_user(index)}
        there = {name: movable[name] for name in plan.chosen(movable, self._include, self._exclude)}
        there |= {name: self._there[name] for name in self._wanted if name in self._there}
        return definitions.differences(self._source, self._target, wanted, there, self._exclude)

    def close(self) -> None:
        """Let go of connections and writers."""
        if hasattr(self, "_pool"):
            self._pool.shutdown(wait=False, cancel_futures=True)
        for client in self._clients:
            client.close()


def _of_a_user(index: Index) -> bool:
    """Not the server's own, nor hidden by its name; a data stream's are."""
    return not index.system and (not index.name.startswith(".") or index.name.startswith(".ds-"))


def _stream_place(name: str) -> str:
    return f"data stream {name}"


def _place(name: str) -> str:
    return f"index {name}"
