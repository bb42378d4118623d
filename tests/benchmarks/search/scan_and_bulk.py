"""The peer that people write themselves: opensearch-py's `scan` into its `streaming_bulk`.

python -m tests.benchmarks.search.scan_and_bulk SOURCE TARGET INDEX
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.helpers import scan, streaming_bulk


def main(source: str, target: str, index: str) -> None:
    def actions() -> Iterator[dict[str, Any]]:
        for hit in scan(OpenSearch(source, timeout=60), index=index, size=5000, scroll="5m"):
            yield {"_index": index, "_id": hit["_id"], "_source": hit["_source"]}

    client = OpenSearch(target, timeout=60)
    for _well, _item in streaming_bulk(client, actions(), chunk_size=5000, max_chunk_bytes=8 * 1024 * 1024):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
