# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is not documents: indices, aliases, and what the cluster keeps (templates, pipelines, scripts, policies)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Difference
from ansible_collections.replatform.aws.plugins.module_utils._search import policies
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, Missing, path
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import Index, chosen
from ansible_collections.replatform.aws.plugins.module_utils._search.settings import (
    BLOCKS,
    Definition,
    differing,
    index_differences,
)

Bodies = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """Something that the cluster keeps by name: how to list it, how to put one, and at which paths two differ."""

    name: str
    listing: Callable[[Client], Bodies]
    put: Callable[[Client, str, Any], None]
    differing: Callable[[Any, Any], list[str]] = differing


def _at(place: str, body: Callable[[Any], Any] = lambda content: content) -> Callable[[Client, str, Any], None]:
    def put(client: Client, name: str, content: Any) -> None:
        client.call("PUT", f"/{place}" + path(name), body(content))

    return put


def _scripts(client: Client) -> Bodies:
    # There is no other way to list them.
    state = client.call("GET", "/_cluster/state/metadata", filter_path="metadata.stored_scripts")
    scripts: Bodies = state.get("metadata", {}).get("stored_scripts", {})
    return scripts


def _plain(place: str) -> Callable[[Client], Bodies]:
    def listing(client: Client) -> Bodies:
        try:
            found: Bodies = client.call("GET", place)
        except Missing:  # how some servers say that there is none
            return {}
        return found

    return listing


def _listed(place: str, plural: str, single: str) -> Callable[[Client], Bodies]:
    return lambda client: {entry["name"]: entry[single] for entry in client.call("GET", place)[plural]}


def _search_pipelines(client: Client) -> Bodies:
    return _plain("/_search/pipeline")(client) if client.has_search_pipelines else {}


# In this order: a pipeline may call a script, a template may name a pipeline, a template is composed of components.
KINDS = (
    Kind("script", _scripts, _at("_scripts", lambda content: {"script": content})),
    Kind("pipeline", _plain("/_ingest/pipeline"), _at("_ingest/pipeline")),
    Kind("search-pipeline", _search_pipelines, _at("_search/pipeline")),
    Kind(
        "component-template",
        _listed("/_component_template", "component_templates", "component_template"),
        _at("_component_template"),
    ),
    Kind("index-template", _listed("/_index_template", "index_templates", "index_template"), _at("_index_template")),
    Kind("template", _plain("/_template"), _at("_template")),
)

POLICIES = Kind(policies.NAME, lambda client: policies.policies(client) or {}, policies.put, policies.differing)
"""Made when all indices are whole: a policy acts on what it finds."""


def left_out(kind: Kind, exclude: Sequence[str]) -> bool:
    """Whether `exclude` holds back a whole kind: then neither side is asked for it."""
    return any(fnmatchcase(f"{kind.name}/*", pattern) for pattern in exclude)


def cluster_wide(client: Client, kind: Kind, exclude: Sequence[str]) -> dict[str, Any]:
    """What a side has of a kind. Names with a leading dot are the server's own; `exclude` says `kind/name`."""
    if left_out(kind, exclude):
        return {}
    names = {f"{kind.name}/{name}": body for name, body in kind.listing(client).items() if not name.startswith(".")}
    return {name.partition("/")[2]: names[name] for name in chosen(names, (), exclude)}


def lacking(source: Client, target: Client, exclude: Sequence[str]) -> list[str]:
    """Policies whose plugin the target has not."""
    names = sorted(cluster_wide(source, POLICIES, exclude))
    if not names or policies.policies(target) is not None:
        return []
    return [f"{', '.join(f'{POLICIES.name}/{name}' for name in names)}: the target has no Index State Management"]


def put_cluster_wide(source: Client, target: Client, exclude: Sequence[str], kinds: Sequence[Kind] = KINDS) -> bool:
    """Bring what belongs to no index. What the target has beyond that stays: a managed domain has its own."""
    changed = False
    for kind in kinds:
        wanted, there = _both(source, target, kind, exclude)
        for name in sorted(wanted):
            if name not in there or kind.differing(wanted[name], there[name]):
                _put(target, kind, name, wanted[name])
                changed = True
    return changed


def _both(source: Client, target: Client, kind: Kind, exclude: Sequence[str]) -> tuple[Bodies, Bodies]:
    wanted = cluster_wide(source, kind, exclude)
    return wanted, cluster_wide(target, kind, exclude) if wanted else {}


def _put(target: Client, kind: Kind, name: str, content: Any) -> None:
    try:
        kind.put(target, name, content)
    except CopyError as error:
        raise type(error)(
            f"The {kind.name} {name} could not be made on the target: {error} Mend it, or leave it out with "
            f"exclude: [{kind.name}/{name}]."
        ) from error


def create(target: Client, definition: Definition) -> None:
    """Make an index, tuned for writing."""
    target.call("PUT", target.at(definition.name), definition.at_creation)


def set_settings(target: Client, index: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Set some settings (None takes one away), and answer what they then are."""
    blocks = {name: value for name, value in settings.items() if name.startswith(BLOCKS.rstrip("*"))}
    others = {name: value for name, value in settings.items() if name not in blocks}
    # A block would refuse the other settings: taken away before them, put back after them.
    lifted = {name: None for name in blocks}
    for step in (lifted, others, {name: value for name, value in blocks.items() if value is not None}):
        if step:
            target.call("PUT", target.at(index, "_settings"), step)
    now = target.call("GET", target.at(index, "_settings"), flat_settings="true")[target.actual(index)]["settings"]
    return {name: now.get(name) for name in settings}


def update(target: Client, definition: Definition, there: Index, without: frozenset[str]) -> bool:
    """Bring an index's definition to what is wanted. False where only a new index could be so."""
    found = index_differences(definition, there, without)
    names = [name.removeprefix("settings ") for name in found if name.startswith("settings ")]
    try:
        if names:
            set_settings(target, definition.name, {name: definition.settings.get(name) for name in names})
        if any(name.startswith("mappings ") for name in found):
            put_mapping(target, definition.name, definition.index.mappings)
    except CopyError as error:
        if "(HTTP 400" not in str(error):
            raise
        return False
    return "sharding" not in found


def put_mapping(target: Client, index: str, mapping: Mapping[str, Any]) -> None:
    """Add to an index's mapping."""
    target.call("PUT", target.at(index, "_mapping"), mapping)


def put_aliases(target: Client, wanted: Iterable[Index], there: Mapping[str, Index]) -> bool:
    """Make the aliases of some indices what they are in the source, at one stroke."""
    actions: list[dict[str, Any]] = []
    for index in wanted:
        old = there[index.name].aliases
        for alias in sorted(old.keys() - index.aliases.keys()):
            actions.append({"remove": {"index": target.actual(index.name), "alias": alias}})
        for alias, how in sorted(index.aliases.items()):
            if old.get(alias) != how:
                actions.append({"add": {"index": target.actual(index.name), "alias": alias, **how}})
    if actions:
        target.call("POST", "/_aliases", {"actions": actions})
    return bool(actions)


def differences(
    source: Client, target: Client, wanted: Mapping[str, Definition], there: Mapping[str, Index], exclude: Sequence[str]
) -> Iterator[Difference]:
    """Definitions that are not the same on both sides. What the target has beyond is named for indices only."""
    for name, definition in sorted(wanted.items()):
        if name not in there:
            yield Difference("definitions", f"index {name}", "missing")
            continue
        found = index_differences(definition, there[name])
        found += [f"aliases {alias}" for alias in differing(definition.index.aliases, there[name].aliases)]
        if found:
            yield Difference("definitions", f"index {name}", "changed", ", ".join(found))
    for name in sorted(there.keys() - wanted.keys()):
        yield Difference("definitions", f"index {name}", "extra")
    for kind in (*KINDS, POLICIES):
        ours, theirs = _both(source, target, kind, exclude)
        for name in sorted(ours):
            if name not in theirs:
                yield Difference("definitions", f"{kind.name} {name}", "missing")
            elif paths := kind.differing(ours[name], theirs[name]):
                yield Difference("definitions", f"{kind.name} {name}", "changed", ", ".join(paths))
