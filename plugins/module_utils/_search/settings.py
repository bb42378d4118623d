# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What becomes of an index's settings and mappings on the target. Pure but for the target's own dry run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import Index
from ansible_collections.replatform.aws.plugins.module_utils._search.policies import attaching

OWN = (
    "index.uuid",
    "index.creation_date*",
    "index.provided_name",
    "index.version.*",
    "index.history.uuid",
    "index.number_of_routing_shards",  # compared with the sharding
)
"""What every index has of its own: not part of its definition."""

DROPPED = {
    "index.routing.allocation.*": "it names nodes of the source's cluster; with it, shards could stay unassigned",
    "index.routing.rebalance.*": "it belongs to the operation of the source's cluster",
    "index.resize.*": "it tells how the index was made in the source",
    "index.shrink.*": "it tells how the index was made in the source",
    "index.verified_before_close": "the server sets it by itself",
    "index.blocks.read_only_allow_delete": "the server sets it by itself while a disk is full",
    "index.replication.type": "the target's cluster decides how it replicates",
    "index.remote_store.*": "the target's cluster decides where it stores",
    "index.store.snapshot.*": "it tells of a snapshot in the source's repository",
    "index.*.index_state_management.policy_id": (
        "a copy attaches no policy, which could roll over or delete what is being copied; when all copies are done: "
        "{attaching}"
    ),
    "index.*.index_state_management.auto_manage": "false on the target, so that no policy takes the index up by itself",
}
"""Settings that are left out, with the reason that the result gives."""

BLOCKS = "index.blocks.*"

TUNED = {"index.refresh_interval": "-1", "index.number_of_replicas": "0"}
"""While documents are written: nothing is made searchable, nothing is written twice."""

TUNED_IF_SET = {"index.auto_expand_replicas": "false", "index.final_pipeline": "_none"}
"""A final pipeline would run on every document in spite of `pipeline=_none`."""

# Some versions answer with all of them at once ("1: unknown setting [index.x] please check …;2: …"), others with one.
_UNKNOWN = re.compile(r"unknown setting \[([^\]]+)\]")


@dataclass(frozen=True)
class Definition:
    """An index as it has to be on the target.

    settings: flat, with those that are set only after the copy. adjusted: what was left out, and why. unmanaged: what
    it is made with besides, so that no policy takes it up.
    """

    index: Index
    settings: Mapping[str, Any]
    adjusted: list[dict[str, str]] = field(default_factory=list)
    unmanaged: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The index's name on both sides."""
        return self.index.name

    @property
    def restored(self) -> dict[str, Any]:
        """The source's own values of what is changed during the copy; None where the source has none."""
        names = [*TUNED, *TUNED_IF_SET, *(name for name in self.settings if fnmatchcase(name, BLOCKS))]
        return {name: self.settings.get(name) for name in names}

    @property
    def tuned(self) -> dict[str, Any]:
        """What these are during the copy; None takes a setting away."""
        return {
            name: TUNED.get(name, TUNED_IF_SET.get(name) if value is not None else None)
            for name, value in self.restored.items()
        }

    def without_new_fields(self, there: Index) -> Definition:
        """The same without fields that the target's index does not have."""
        mappings = _known_fields(self.index.mappings, there.mappings)
        return replace(self, index=replace(self.index, mappings=mappings))

    @property
    def at_creation(self) -> dict[str, Any]:
        """The body of the request that makes the index, ready for writing."""
        own = {"index.number_of_routing_shards": self.index.routing_shards}
        settings = {**self.settings, **self.tuned, **self.unmanaged, **own}
        kept = {name: value for name, value in settings.items() if value is not None}
        return {"settings": kept, "mappings": self.index.mappings}


def _known_fields(mapping: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping (or an object's part of it) without the properties that the other does not have."""
    kept = dict(mapping)
    if "properties" in mapping:
        others = known.get("properties", {})
        kept["properties"] = {
            name: _known_fields(field, others[name]) for name, field in mapping["properties"].items() if name in others
        }
        if not kept["properties"] and "properties" not in known:
            del kept["properties"]
    return kept


def split(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Settings that belong to the definition, and the reasons of those that are left out."""
    kept, dropped = {}, {}
    for name, value in settings.items():
        if any(fnmatchcase(name, pattern) for pattern in OWN):
            continue
        reasons = [reason for pattern, reason in DROPPED.items() if fnmatchcase(name, pattern)]
        # DOCUMENT is what an index has that says nothing.
        if reasons and (name, value) != ("index.replication.type", "DOCUMENT"):
            dropped[name] = reasons[0]
        elif not reasons:
            kept[name] = value
    return kept, dropped


def known(target: Client, settings: Mapping[str, str]) -> dict[str, str]:
    """Those of some settings that the target knows."""
    # One at a time: some versions answer with all that they do not know, others with the first.
    return {name: value for name, value in settings.items() if not _dry_run(target, {"settings": {name: value}})}


def define(target: Client, index: Index, unmanaged: Mapping[str, str]) -> tuple[Definition, str]:
    """The definition that the target would take, and why it takes none (empty if it does).

    The target is asked to simulate a template of it: it makes the index in memory, with analyzers and mappings, and
    keeps nothing.
    """
    kept, dropped = split(index.settings)
    refusal = ""
    while True:
        # The simulated index has one shard, which goes with no partitioned routing.
        settings = {name: value for name, value in kept.items() if name != "index.routing_partition_size"}
        refusal = _dry_run(target, {"settings": settings, "mappings": index.mappings})
        unknown = [name for name in _UNKNOWN.findall(refusal) if name in kept]
        if not unknown:
            break
        for name in unknown:
            dropped[name] = "the target does not know it"
            del kept[name]
    adjusted = [
        {
            "index": index.name,
            "setting": name,
            "value": str(index.settings[name]),
            "action": "dropped",
            "reason": reason.format(attaching=attaching(target, index.name, str(index.settings[name]))),
        }
        for name, reason in sorted(dropped.items())
    ]
    return Definition(index, kept, adjusted, unmanaged), refusal


def _dry_run(target: Client, template: dict[str, Any]) -> str:
    body = {"index_patterns": ["replatform-dry-run-*"], "priority": 2**31 - 1, "template": template}
    try:
        target.call("POST", "/_index_template/_simulate", body)
    except CopyError as error:
        if "(HTTP 400" not in str(error):
            raise
        return str(error).partition("_simulate): ")[2]
    return ""


def refused(index: Index) -> str:
    """Why an index cannot be copied whatever the target takes; empty if it can."""
    source = index.mappings.get("_source", {})
    if source.get("enabled") in (False, "false"):
        return "its _source is disabled, so the documents' text is not kept anywhere"
    if source.get("includes") or source.get("excludes"):
        return "its _source is filtered, so parts of the documents are not kept anywhere"
    for name in ("index.blocks.read", "index.blocks.metadata"):
        if str(index.settings.get(name)) == "true":
            return f"{name} keeps it from being read"
    return ""


def misnamed(
    names: Mapping[str, str], chosen: Collection[str], here: Mapping[str, Index], there: Collection[str]
) -> list[str]:
    """What is wrong with the new names of indices. `chosen`: those of the source that are copied."""
    aliases = {alias for name in chosen for alias in here[name].aliases}
    taken = Counter(names.get(name, name) for name in chosen)
    problems = []
    for name, new in sorted(names.items()):
        if name not in chosen and name not in there:
            problems.append(f"rename: {name} is no index that is copied")
        elif name.startswith(".ds-"):
            problems.append(f"rename: {name} belongs to a data stream, which keeps its names")
        elif taken[new] > 1 or new in aliases:
            problems.append(f"rename: {name} cannot become {new}, which another index or an alias is called")
    return problems


def flat(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """A nested definition as (path, value): {"properties.title.type": "text"}; empty objects too."""
    if isinstance(value, dict) and (value or not at):
        for name, inner in value.items():
            yield from flat(inner, f"{at}.{name}" if at else name)
    else:
        yield at, value


def differing(one: Any, other: Any) -> list[str]:
    """The paths at which two nested definitions differ."""
    left, right = dict(flat(one)), dict(flat(other))
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def index_differences(wanted: Definition, there: Index, without: frozenset[str] = frozenset()) -> list[str]:
    """Where an index on the target is not as defined. `without`: settings that are not looked at."""
    actual, _rest = split(there.settings)
    dropped = {entry["setting"] for entry in wanted.adjusted}
    names = sorted(
        name
        for name in wanted.settings.keys() | actual.keys()
        if name not in without and name not in dropped and wanted.settings.get(name) != actual.get(name)
    )
    found = [f"settings {name}" for name in names]
    if wanted.index.sharding != there.sharding:
        found.append("sharding")
    return found + [f"mappings {name}" for name in differing(wanted.index.mappings, there.mappings)]
