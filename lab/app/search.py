"""The documents' text in OpenSearch."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, OpenSearchException, RequestError
from opensearchpy.helpers import scan

from .errors import StoreError
from .schema import INDEX, index_body
from .settings import SearchSettings

STORE = "search"
PAGE = 1000


@contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except OpenSearchException as error:
        raise StoreError(STORE, error) from error


class SearchStore:
    """Every method raises StoreError when the server cannot be reached or refuses."""

    def __init__(self, settings: SearchSettings) -> None:
        self._client = OpenSearch(
            hosts=[{"host": settings.host, "port": settings.port}],
            http_auth=(settings.user, settings.password) if settings.user else None,
            use_ssl=settings.use_ssl,
            verify_certs=settings.verify_certs,
            ssl_show_warn=False,
            ca_certs=settings.ca if settings.use_ssl and settings.verify_certs else None,
            timeout=5,
            max_retries=1,
        )

    def ensure(self) -> None:
        """Make the index if it is missing, with the Korean analyzer where the server has it."""
        with _reported():
            if self._client.indices.exists(index=INDEX):
                return
            try:
                self._client.indices.create(index=INDEX, body=index_body("nori"))
            except RequestError as error:
                if error.error == "resource_already_exists_exception":
                    return
                self._client.indices.create(index=INDEX, body=index_body("standard"))

    def check(self) -> None:
        with _reported():
            self._client.count(index=INDEX)

    def put(self, document_id: int, document: dict[str, Any]) -> None:
        """Index the document; it is found by the next search."""
        with _reported():
            self._client.index(index=INDEX, id=str(document_id), body=document, params={"refresh": "true"})

    def delete(self, document_id: int | str) -> None:
        with _reported():
            try:
                self._client.delete(index=INDEX, id=str(document_id), params={"refresh": "true"})
            except NotFoundError:
                return

    def find(self, query: str, size: int) -> dict[str, Any]:
        """Return {"total": n, "hits": [{"id", "name", "title", "score", "snippet"}, …]}, best first."""
        fields = ["title^3", "name.text^2", "content"]
        body = {
            "size": size,
            "track_total_hits": True,
            "_source": ["name", "title"],
            "query": {"multi_match": {"query": query, "fields": fields}},
            "highlight": {"fields": {"content": {"number_of_fragments": 1, "fragment_size": 160}}},
        }
        with _reported():
            hits = self._client.search(index=INDEX, body=body)["hits"]
        return {"total": hits["total"]["value"], "hits": [_hit(hit) for hit in hits["hits"]]}

    def pages(self, older_than: datetime.datetime) -> Iterator[list[str]]:
        """The ids of the documents made before a time, in pages."""
        query = {"query": {"range": {"created_at": {"lt": older_than.isoformat()}}}, "_source": False}
        page: list[str] = []
        with _reported():
            for hit in scan(self._client, index=INDEX, query=query, size=PAGE):
                page.append(hit["_id"])
                if len(page) == PAGE:
                    yield page
                    page = []
        yield page


def _hit(hit: dict[str, Any]) -> dict[str, Any]:
    source = hit["_source"]
    return {
        "id": hit["_id"],
        "name": source.get("name"),
        "title": source.get("title"),
        "score": hit["_score"],
        "snippet": (hit.get("highlight", {}).get("content") or [""])[0],
    }
