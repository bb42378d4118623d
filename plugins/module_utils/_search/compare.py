# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Comparing a partition: every document of both sides, by raw bytes first, by their meaning only where those differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Difference, Digest, Sides
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._search.canonical import canonical, fields, parse
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client
from ansible_collections.replatform.aws.plugins.module_utils._search.copy import Part, Route, read, refresh
from ansible_collections.replatform.aws.plugins.module_utils._search.read import (
    Hit,
    Key,
    Place,
    document_hash,
    fetch,
    key,
)

BUCKETS = 4096
"""Parts by hash of the id in which differences are looked for."""
AT_ONCE = 64
"""Differing buckets whose documents are held in memory at a time."""
FETCHED = 100
"""Documents read one by one at a time, once their ids are known."""

Form = Callable[[bytes], bytes]


def digest(
    client: Client, part: Part, places: Sequence[Place], meter: Meter | None = None, form: Form | None = None
) -> tuple[Digest, int]:
    """Count, sum of hashes, and bytes of some shards, read now. The meter counts one side only."""
    items = total = size = 0
    for page in read(client, part, places):
        held = 0
        for hit in page:
            total += document_hash(hit, form(bytes(hit.source)) if form else None)
            held += len(hit.source)
        items += len(page)
        size += held
        if meter:
            meter.add(len(page), held)
    return Digest(items, total % (1 << 128)), size


def both(route: Route, part: Part, meter: Meter | None = None, form: Form | None = None) -> tuple[Sides, bool]:
    """Both sides' digests, read at the same time; and whether they are the same."""
    with ThreadPoolExecutor(2) as pool:
        source = pool.submit(digest, route.source, part, part.source, meter, form)
        target = pool.submit(digest, route.target, part, part.target, None, form)
        (one, size), (other, _size) = source.result(), target.result()
    return Sides(one, other, size), one == other


def compare_part(route: Route, part: Part, meter: Meter) -> Sides:
    """Both sides' content. Writes that are not visible yet become so first; nothing else changes."""
    for client, places in _sides(route, part):
        refresh(client, places)
    sides, same = both(route, part, meter)
    if same or sides.source.count != sides.target.count:
        return sides
    # Another tool may have written the same documents in other bytes.
    spelled, same = both(route, part, form=canonical)
    return spelled if same else sides


def differences_of(route: Route, part: Part) -> Iterator[Difference]:
    """The exact documents that differ now, with the fields that do: halved by hash, then read one by one."""
    sums = [_buckets(client, part, places) for client, places in _sides(route, part)]
    differing = [bucket for bucket in range(BUCKETS) if sums[0][bucket] != sums[1][bucket]]
    for buckets in batched(differing, AT_ONCE):
        source, target = (_members(client, part, places, set(buckets)) for client, places in _sides(route, part))
        suspects = [one for one in source.keys() | target.keys() if source.get(one) != target.get(one)]
        for some in batched(sorted(suspects, key=repr), FETCHED):
            yield from _named(route, part, some)


def _sides(route: Route, part: Part) -> list[tuple[Client, Sequence[Place]]]:
    return [(route.source, part.source), (route.target, part.target)]


def _bucket(hit: Hit) -> int:
    return hash(key(hit)) % BUCKETS


def _buckets(client: Client, part: Part, places: Sequence[Place]) -> list[int]:
    sums = [0] * BUCKETS
    for page in read(client, part, places):
        for hit in page:
            sums[_bucket(hit)] += document_hash(hit)
    return sums


def _members(client: Client, part: Part, places: Sequence[Place], buckets: set[int]) -> dict[Key, int]:
    return {
        key(hit): document_hash(hit) for page in read(client, part, places) for hit in page if _bucket(hit) in buckets
    }


def _named(route: Route, part: Part, keys: Sequence[Key]) -> Iterator[Difference]:
    source, target = (fetch(client, keys) if places else {} for client, places in _sides(route, part))
    for one_key in keys:
        one, other = source.get(one_key), target.get(one_key)
        index, name, routing = one_key
        item = f"{index}/{name}" + (f" (routing {routing})" if routing is not None else "")
        if one is None and other is not None:
            yield Difference(part.partition.id, item, "extra")
        elif other is None and one is not None:
            yield Difference(part.partition.id, item, "missing")
        elif one is not None and other is not None and (names := _fields(one, other)):
            yield Difference(part.partition.id, item, "changed", ", ".join(names))


def _fields(one: Hit, other: Hit) -> list[str]:
    left, right = bytes(one.source), bytes(other.source)
    if canonical(left) == canonical(right):
        return []
    return list(fields(parse(left), parse(right))) or ["_source (equal keys more than once)"]
