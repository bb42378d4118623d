# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading a shard whole and exactly: one scroll per shard, sorted by `_doc`, each page checked.

A point in time sorted by `_doc` would lose documents without a word on an index of several shards; a scroll of
one shard does not. Answers are not filtered by `filter_path`: a filtered answer writes `_source` anew, and numbers
could lose digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import item_hash
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client

try:
    import msgspec
    from msgspec import Raw, Struct
    from msgspec import field as named

    MISSING: ImportError | None = None
except ImportError as problem:  # the module says what to install
    MISSING = problem

    class Struct:  # type: ignore[no-redef]
        """Stands in so that this file can be imported without msgspec."""

        def __init_subclass__(cls, **_options: Any) -> None: ...

    Raw = bytes  # type: ignore[misc,assignment]

    def named(**_options: Any) -> Any:  # type: ignore[no-redef]
        """Stands in for msgspec's field."""


KEEP_ALIVE = "10m"
PAGE_BYTES = 4 * 1024 * 1024
"""A page is aimed at this size, going by the documents' average."""
PAGE_ITEMS = (10, 5000)


class Hit(Struct):
    """One document. `source` is the text of `_source` on one line, never decoded; empty where it was not asked for."""

    index: str = named(name="_index")
    id: str = named(name="_id")
    routing: str | None = named(name="_routing", default=None)
    version: int = named(name="_version", default=0)
    source: Raw = named(name="_source", default=Raw(b""))


Place = tuple[str, int]
"""A primary shard: index and number."""

Cut = tuple[int, int]
"""A slice of some shards, by the hash of the ids: its number, from 0, and of how many. The same in every version."""

Key = tuple[str, str, str | None]  # pylint: disable=unsupported-binary-operation  # it reads modules as Python 3.9's
"""Index, id and routing: under different routings, one id may be in an index more than once."""


class _Total(Struct):
    value: int


class _Hits(Struct):
    total: _Total
    hits: list[Hit]


class _Shards(Struct):
    total: int
    successful: int
    failed: int
    failures: list[Any] = []


class _Page(Struct):
    scroll_id: str = named(name="_scroll_id")
    timed_out: bool = named(name="timed_out")
    shards: _Shards = named(name="_shards")
    hits: _Hits = named(name="hits")


def compact(source: bytes) -> bytes:
    """The same JSON on one line: a bulk body is a line a document. A line break in JSON text is only ever space."""
    if b"\n" in source or b"\r" in source:
        return source.replace(b"\n", b"").replace(b"\r", b"")
    return source


def document_hash(hit: Hit, source: bytes | None = None) -> int:
    """The 128-bit hash of a document: index, id, routing (none is not empty) and the bytes of its source.

    source: another spelling of it than the hit's own.
    """
    routing = "-" if hit.routing is None else f"{len(hit.routing)}:{hit.routing}"
    # Lengths first: no two documents give the same bytes, whatever their ids hold.
    head = f"{len(hit.index)}:{hit.index}{len(hit.id)}:{hit.id}{routing}\n"
    try:
        start = head.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        start = head.encode("utf-8", "surrogatepass")
    return item_hash(start + (hit.source if source is None else source))


def page_items(documents: int, size: int, window: int = 10_000) -> int:
    """Documents to ask for at a time. `size` is what the store takes on disk, compressed to about a half."""
    average = max(1, 2 * size // max(1, documents))
    least, most = PAGE_ITEMS
    return min(max(least, PAGE_BYTES // average), most, window)


def written_since(number: int | None) -> dict[str, Any]:
    """A query for the documents whose last write came after a sequence number; without one, for all."""
    return {"match_all": {}} if number is None else {"range": {"_seq_no": {"gt": number}}}


def pages(
    client: Client,
    place: Place,
    size: int,
    *,
    source: bool = True,
    versions: bool = False,
    since: int | None = None,
    cut: Cut | None = None,
) -> Iterator[Sequence[Hit]]:
    """All documents of one shard (or of a slice) as they are at the first page, `size` at a time; those written after
    `since`.

    Raises TransientError when a page is not whole (a failed shard, an expired scroll) or the documents read are
    not as many as the first page promised; CopyError when a document has no `_source`.
    """
    body = {"size": size, "sort": ["_doc"], "_source": source, "version": versions, "query": written_since(since)}
    page = _first(client, place, body, cut)
    expected, found = page.hits.total.value, 0
    try:
        while page.hits.hits:
            if source and not all(hit.source for hit in page.hits.hits):
                raise CopyError(
                    f"{_where(client, place)}: a document has no _source, so it cannot be copied. Exclude this index."
                )
            found += len(page.hits.hits)
            if client.end.names:
                for hit in page.hits.hits:
                    hit.index = place[0]
            yield page.hits.hits
            answer = client.raw("POST", "/_search/scroll", {"scroll": KEEP_ALIVE, "scroll_id": page.scroll_id})
            page = _page(answer, _where(client, place))
    finally:
        _clear(client, page.scroll_id)
    if found != expected:
        raise TransientError(f"{_where(client, place)}: read {found} documents of {expected}. It is read again.")


def promised(client: Client, place: Place, cut: Cut) -> int:
    """How many documents a read of a slice would give: a count knows no slices."""
    page = _first(client, place, {"size": 1, "sort": ["_doc"], "_source": False}, cut)
    _clear(client, page.scroll_id)
    return page.hits.total.value


def _first(client: Client, place: Place, body: dict[str, Any], cut: Cut | None) -> _Page:
    index, shard = place
    params: dict[str, Any] = {"scroll": KEEP_ALIVE, "preference": f"_shards:{shard}"}
    if client.has_search_pipelines:
        params["search_pipeline"] = "_none"
    if cut:
        body = body | {"slice": {"id": cut[0], "max": cut[1]}}
    return _page(client.raw("POST", client.at(index, "_search"), body, **params), _where(client, place))


def _where(client: Client, place: Place) -> str:
    return f"{client.end.label} {place[0]}/{place[1]}"


def _page(answer: bytes, where: str) -> _Page:
    try:
        page = msgspec.json.decode(answer, type=_Page)
    except msgspec.MsgspecError as error:
        raise CopyError(f"{where}: a search's answer could not be understood ({error}).") from error
    _on_one_line(answer, page.hits.hits)
    # `successful` counts skipped shards too; a page without all of its shard would be a silent loss.
    if page.timed_out or page.shards.failed or page.shards.successful < page.shards.total or page.shards.total != 1:
        reasons = "; ".join(str(failure.get("reason")) for failure in page.shards.failures[:3])
        raise TransientError(f"{where}: a page was not whole ({page.shards.failed} shards failed: {reasons}).")
    return page


def _on_one_line(answer: bytes, hits: Sequence[Hit]) -> None:
    # Looked for once per answer: twice per document is a tenth of the client's time.
    if b"\n" in answer or b"\r" in answer:
        for hit in hits:
            hit.source = Raw(compact(bytes(hit.source)))


def _clear(client: Client, scroll_id: str) -> None:
    try:
        client.raw("DELETE", "/_search/scroll", {"scroll_id": [scroll_id]})
    except CopyError:
        return  # it expires by itself


class _Doc(Hit):
    found: bool = False
    error: Any = None


class _Got(Struct):
    docs: list[_Doc]


def key(hit: Hit) -> Key:
    """What tells a document from all others."""
    return hit.index, hit.id, hit.routing


def fetch(client: Client, keys: Sequence[Key]) -> dict[Key, Hit]:
    """The documents as they are now (not as of the last refresh), by the key asked for; the missing are left out."""
    wanted = [
        {"_index": client.actual(index), "_id": name} | ({"routing": routing} if routing is not None else {})
        for index, name, routing in keys
    ]
    answer = client.raw("POST", "/_mget", {"docs": wanted})
    found = msgspec.json.decode(answer, type=_Got).docs
    _on_one_line(answer, found)
    if failed := [doc for doc in found if doc.error]:
        raise TransientError(f"{client.end.label} {key(failed[0])} could not be read: {failed[0].error}")
    for (index, _id, _routing), doc in zip(keys, found, strict=True):
        doc.index = index
    # A real-time read finds an id within the shard that the routing leads to, whatever its own routing is.
    return {wanted: doc for wanted, doc in zip(keys, found, strict=True) if doc.found and doc.routing == wanted[2]}
