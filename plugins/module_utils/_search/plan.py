# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What there is to copy: the indices of a side, their shards, and the marks that tell whether a shard has changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Partition
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, Missing
from ansible_collections.replatform.aws.plugins.module_utils._search.read import Cut, Place, written_since

WHOLE = -1
"""The shard of a partition that is a whole index or data stream."""

MOST_SLICES = 256
"""Of a shard: each slice has to look at all of its ids."""

# The server's own, and its plugins': made anew by the target for itself, and in a secured cluster not readable.
SYSTEM = re.compile(
    r"\.(opendistro|opensearch|opendistro_security|kibana|tasks|plugins-|ql-|ltrstore|reports-|security|async-search|"
    r"geospatial|replication-|searchguard|management-|watches|triggered_watches|apm-)|security-auditlog-|top_queries-"
)


@dataclass(frozen=True)
class SearchPartition(Partition):
    """A shard of an index on both sides, or a slice of one; or, with shard WHOLE, an index whose sharding is not the
    same on both sides, or all of a data stream, whose indices can only be filled in their order.
    """

    index: str = ""
    shard: int = WHOLE
    stream: bool = False
    slice: int = 0
    slices: int = 1

    @property
    def cut(self) -> Cut | None:
        """The slice, as a read takes it."""
        return (self.slice, self.slices) if self.slices > 1 else None


@dataclass(frozen=True)
class Index:
    """An index as its side describes it. `settings` is flat: {"index.number_of_shards": "2", …}."""

    name: str
    uuid: str
    closed: bool
    system: bool
    settings: Mapping[str, Any]
    mappings: Mapping[str, Any]
    aliases: Mapping[str, Any]
    routing_shards: int
    terms: Mapping[str, int] = field(default_factory=dict)

    @property
    def shards(self) -> int:
        """How many primary shards it has."""
        return int(self.settings["index.number_of_shards"])

    @property
    def places(self) -> list[Place]:
        """All its primary shards."""
        return [(self.name, shard) for shard in range(self.shards)]

    @property
    def sharding(self) -> tuple[int, int, str]:
        """Where these are the same, a document lies in the shard of the same number: the hash is of its routing or id.

        The hash has been the same since Elasticsearch 2 (murmur3 of the UTF-16 text).
        """
        return self.shards, self.routing_shards, str(self.settings.get("index.routing_partition_size", "1"))


def indices(client: Client) -> dict[str, Index]:
    """All indices of a side, hidden, closed and system ones too."""
    every = {"expand_wildcards": "all"}
    states = _state(client, "_all")
    settings, mappings, aliases = (
        {client.called(name): content for name, content in client.call("GET", place, **how).items()}
        for place, how in (("/_settings", {"flat_settings": "true", **every}), ("/_mapping", every), ("/_alias", every))
    )
    found = {}
    for name, state in states.items():
        if name in settings and name in mappings:  # else it was deleted between the calls
            flat = settings[name]["settings"]
            found[name] = Index(
                name,
                str(flat.get("index.uuid")),
                state["state"] == "close",
                bool(state.get("system")) or bool(SYSTEM.match(name)),
                flat,
                mappings[name]["mappings"],
                aliases.get(name, {}).get("aliases", {}),
                int(state["routing_num_shards"]),
                state["primary_terms"],
            )
    return found


def _state(client: Client, index: str) -> dict[str, Any]:
    keys = ("state", "system", "routing_num_shards", "primary_terms")
    answer = client.call(
        "GET",
        "/_cluster/state/metadata" + client.at(index),
        expand_wildcards="all",
        filter_path=",".join(f"metadata.indices.*.{key}" for key in keys),
    )
    states: dict[str, Any] = answer.get("metadata", {}).get("indices", {})
    return {client.called(name): state for name, state in states.items()}


def chosen(names: Iterable[str], include: Sequence[str], exclude: Sequence[str]) -> set[str]:
    """The names that include lets through (all, if it is empty) and exclude does not hold back."""
    return {
        name
        for name in names
        if (not include or any(fnmatchcase(name, pattern) for pattern in include))
        and not any(fnmatchcase(name, pattern) for pattern in exclude)
    }


def partitions(
    client: Client, index: Index, other: Index | None, split: int, known: Sequence[SearchPartition]
) -> list[SearchPartition]:
    """An index's partitions: its shards, cut into slices of about `split` bytes on the source's disk.

    Without the other side's index: it will be made with the same sharding. known: partitions of an earlier run, whose
    cuts are kept, for a slice is the same part of the documents only among as many.
    """
    primaries = _primaries(client, index.name)
    cuts = {(one.index, one.shard): one.slices for one in known}
    if other is not None and other.sharding != index.sharding:
        whole = SearchPartition(index.name, count(client, index.places), _size(primaries), index.name)
        return _sliced(whole, split, cuts.get((index.name, WHOLE)))
    return [
        part
        for shard in range(index.shards)
        for part in _sliced(
            SearchPartition(
                f"{index.name}/{shard}",
                count(client, [(index.name, shard)]),
                primaries[shard]["store"]["size_in_bytes"] if shard in primaries else 0,
                index.name,
                shard,
            ),
            split,
            cuts.get((index.name, shard)),
        )
    ]


def _sliced(part: SearchPartition, split: int, known: int | None) -> list[SearchPartition]:
    slices = known or min(max(1, -(-part.size // split)), MOST_SLICES)
    if slices == 1:
        return [part]
    items, size = part.items // slices, part.size // slices
    return [
        replace(part, id=f"{part.id}/{number + 1}-of-{slices}", items=items, size=size, slice=number, slices=slices)
        for number in range(slices)
    ]


def stream_partition(client: Client, name: str, members: Sequence[Index]) -> SearchPartition:
    """The one partition of a data stream."""
    places = [place for index in members for place in index.places]
    size = sum(_size(_primaries(client, index.name)) for index in members)
    return SearchPartition(name, count(client, places), size, name, stream=True)


def count(client: Client, places: Sequence[Place], since: Mapping[Place, int] | None = None) -> int:
    """Documents in some shards, as of their last refresh, without nested ones (`docs.count` has those too).

    since: only those written after these sequence numbers.
    """
    found = 0
    for place in places:
        index, shard = place
        body = {"query": written_since(since[place] if since is not None else None)}
        found += int(client.call("POST", client.at(index, "_count"), body, preference=f"_shards:{shard}")["count"])
    return found


def _size(primaries: Mapping[int, Any]) -> int:
    return sum(int(shard["store"]["size_in_bytes"]) for shard in primaries.values())


def _primaries(client: Client, index: str) -> dict[int, Any]:
    stats = client.call("GET", client.at(index, "_stats", "docs,store"), level="shards", expand_wildcards="all")
    shards = stats["indices"].get(client.actual(index), {}).get("shards", {})
    return {int(number): copy for number, copies in shards.items() for copy in copies if copy["routing"]["primary"]}


@dataclass(frozen=True)
class Mark:
    """Where a shard stands: any write to it moves this, and nothing else does but a restart (which moves the term).

    checkpoint: all operations up to it are on every copy of the shard. newest: the last operation there is.
    """

    uuid: str
    term: int
    checkpoint: int
    newest: int


def marks(client: Client, places: Sequence[Place]) -> list[Mark] | None:
    """The marks of some shards as they are now, in this order; None where an index or a primary is not there."""
    found: dict[Place, Mark] = {}
    try:
        for index in {index for index, _shard in places}:
            found |= _marks(client, index)
    except Missing:
        return None
    return [found[place] for place in places] if found.keys() >= set(places) else None


def _marks(client: Client, index: str) -> dict[Place, Mark]:
    terms = _state(client, index).get(index, {}).get("primary_terms", {})
    settings = client.call("GET", client.at(index, "_settings", "index.uuid"), flat_settings="true")
    return {
        (index, shard): Mark(
            settings[client.actual(index)]["settings"]["index.uuid"],
            int(terms[str(shard)]),
            int(primary["seq_no"]["global_checkpoint"]),
            int(primary["seq_no"]["max_seq_no"]),
        )
        for shard, primary in _primaries(client, index).items()
        if "seq_no" in primary and str(shard) in terms
    }
