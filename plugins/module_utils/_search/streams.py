# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Data streams: only the newest index of a stream takes documents, so its indices are filled in their order.

Each index is made with exactly the definition of the source's, by a template that exists only for that time. A
stream that has changed is made anew: what lies in its older indices could not be appended to any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Copied
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, path
from ansible_collections.replatform.aws.plugins.module_utils._search.copy import Flow, read, refresh, settle, stand
from ansible_collections.replatform.aws.plugins.module_utils._search.settings import Definition

HIGHEST = 2**31 - 1


@dataclass(frozen=True)
class Stream:
    """A data stream. `members`: its indices, the oldest first."""

    name: str
    timestamp: str
    members: tuple[str, ...]


def streams(client: Client) -> dict[str, Stream]:
    """All data streams of a side."""
    if not client.has_data_streams:
        return {}
    found = client.call("GET", "/_data_stream")["data_streams"]
    return {
        one["name"]: Stream(
            one["name"], one["timestamp_field"]["name"], tuple(index["index_name"] for index in one["indices"])
        )
        for one in found
    }


def generation(stream: str, member: str) -> int:
    """The number of an index of a stream. Raises CopyError for one that did not come by rollover."""
    prefix, _dash, number = member.rpartition("-")
    if prefix != f".ds-{stream}" or not number.isdigit():
        raise CopyError(
            f"data stream {stream}: its index {member} did not come by rollover, so it cannot be made on the target. "
            f"Exclude {stream}."
        )
    return int(number)


def copy_stream(
    flow: Flow, stream: Stream, members: Sequence[Definition], tune: Callable[[Definition], None]
) -> Copied:
    """Make the target's stream anew. `tune` journals what an index's settings have to become after the copy."""
    route = flow.route
    places = [place for definition in members for place in definition.index.places]
    start = stand(route.source, places)
    refresh(route.source, places)
    if stream.name in streams(route.target):
        route.target.call("DELETE", "/_data_stream" + path(stream.name))
    made = 0
    for definition in members:

        def advance(definition: Definition = definition, made: int = made) -> None:
            tune(definition)
            _advance(route.target, stream, definition, made)

        documents = read(route.source, flow.part, definition.index.places, versions=True)
        flow.run(stream.name, documents, advance, append=True)
        made = generation(stream.name, definition.name)
    for number in range(1, made + 1):
        if (name := f".ds-{stream.name}-{number:06d}") not in stream.members:
            route.target.call("DELETE", path(name))
    refresh(route.target, places)
    settle(flow, places)
    return flow.copied(start, places)


def _advance(target: Client, stream: Stream, definition: Definition, made: int) -> None:
    """Make the stream's next index, which has this definition; `made`: the last generation there is."""
    target.call("PUT", "/_index_template" + path(template(stream.name)), _template(stream, definition.at_creation))
    for number in range(made, generation(stream.name, definition.name)):
        if number == 0:
            target.call("PUT", "/_data_stream" + path(stream.name))
        else:
            target.call("POST", path(stream.name, "_rollover"))


def template(stream: str) -> str:
    """The name of the template that makes the indices of a stream during its copy."""
    return f"replatform-{stream}"


def _template(stream: Stream, body: Mapping[str, Any], pattern: str = "") -> dict[str, Any]:
    return {
        "index_patterns": [pattern or stream.name],
        "priority": HIGHEST,
        "data_stream": {"timestamp_field": {"name": stream.timestamp}},
        "template": dict(body),
    }


def remove_template(target: Client, stream: Stream) -> None:
    """Take the template of the copy away. Raises CopyError where the stream has no template of its own."""
    name = template(stream.name)
    try:
        # A template that matches a stream cannot be deleted; one that another stands in for can be turned away from it.
        target.call("PUT", "/_index_template" + path(name), _template(stream, {}, f"{name}-is-done"))
        target.call("DELETE", "/_index_template" + path(name))
    except CopyError as error:
        raise CopyError(
            f"data stream {stream.name} is copied, but the template {name} that made it cannot be taken away: {error} "
            "The stream needs an index template of its own on the target: do not exclude it, then run again."
        ) from error
