# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What there is to copy: the indices of a side, their shards, and the marks that tell whether a shard has changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Partition
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, Missing, path

WHOLE = -1
"""The shard of a partition that is a whole index."""

# The server's own, and its plugins': made anew by the target for itself, and in a secured cluster not readable.
SYSTEM = re.compile(
    r"\.(opendistro|opensearch|opendistro_security|kibana|tasks|plugins-|ql-|ltrstore|reports-|security|async-search|"
    r"geospatial|replication-|searchguard|management-|watches|triggered_watches|apm-)|security-auditlog-|top_queries-"
)


@dataclass(frozen=True)
class SearchPartition(Partition):
    """A shard of an index on both sides, or (shard WHOLE) an index whose sharding is not the same on both sides."""

    index: str = ""
    shard: int = WHOLE


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
    def sharding(self) -> tuple[int, int, str]:
        """Where these are the same, a document lies in the shard of the same number: the hash is of its routing or id.

        The hash has been the same since Elasticsearch 2 (murmur3 of the UTF-16 text).
        """
        return self.shards, self.routing_shards, str(self.settings.get("index.routing_partition_size", "1"))


def indices(client: Client) -> dict[str, Index]:
    """All indices of a side, hidden, closed and system ones too."""
    every = {"expand_wildcards": "all"}
    states = _state(client, "_all")
    settings = client.call("GET", "/_settings", flat_settings="true", **every)
    mappings = client.call("GET", "/_mapping", **every)
    aliases = client.call("GET", "/_alias", **every)
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
        "/_cluster/state/metadata" + path(index),
        expand_wildcards="all",
        filter_path=",".join(f"metadata.indices.*.{key}" for key in keys),
    )
    states: dict[str, Any] = answer.get("metadata", {}).get("indices", {})
    return states


def chosen(names: Iterable[str], include: Sequence[str], exclude: Sequence[str]) -> set[str]:
    """The names that include lets through (all, if it is empty) and exclude does not hold back."""
    return {
        name
        for name in names
        if (not include or any(fnmatchcase(name, pattern) for pattern in include))
        and not any(fnmatchcase(name, pattern) for pattern in exclude)
    }


def partitions(client: Client, index: Index, other: Index | None) -> list[SearchPartition]:
    """An index's partitions. Without the other side's index: it will be made with the same sharding."""
    primaries = _primaries(client, index.name)
    if other is not None and other.sharding != index.sharding:
        items = sum(_count(client, index.name, shard) for shard in range(index.shards))
        size = sum(shard["store"]["size_in_bytes"] for shard in primaries.values())
        return [SearchPartition(index.name, items, size, index.name)]
    return [
        SearchPartition(
            f"{index.name}/{shard}",
            _count(client, index.name, shard),
            primaries[shard]["store"]["size_in_bytes"] if shard in primaries else 0,
            index.name,
            shard,
        )
        for shard in range(index.shards)
    ]


def _count(client: Client, index: str, shard: int) -> int:
    """Documents in a shard, without nested ones (`docs.count` of the statistics counts those too)."""
    return int(client.call("GET", path(index, "_count"), preference=f"_shards:{shard}")["count"])


def count(client: Client, index: str, shards: Sequence[int]) -> int:
    """Documents in some shards, as of their last refresh."""
    return sum(_count(client, index, shard) for shard in shards)


def _primaries(client: Client, index: str) -> dict[int, Any]:
    stats = client.call("GET", path(index, "_stats", "docs,store"), level="shards", expand_wildcards="all")
    shards = stats["indices"].get(index, {}).get("shards", {})
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


def marks(client: Client, index: str, shards: Sequence[int]) -> list[Mark] | None:
    """The marks of some shards of an index as they are now; None where the index or a primary is not there."""
    try:
        state = _state(client, index).get(index, {})
        uuid = client.call("GET", path(index, "_settings", "index.uuid"), flat_settings="true")
        primaries = _primaries(client, index)
    except Missing:
        return None
    if any(shard not in primaries for shard in shards):
        return None
    return [
        Mark(
            uuid[index]["settings"]["index.uuid"],
            int(state["primary_terms"][str(shard)]),
            int(primaries[shard]["seq_no"]["global_checkpoint"]),
            int(primaries[shard]["seq_no"]["max_seq_no"]),
        )
        for shard in shards
    ]
