"""What the move wrote, asked for by the threads of several partitions at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible_collections.replatform.aws.plugins.module_utils._objects.ledger import Ledger, Row

PARTITIONS, KEYS, TIMES = 4, 400, 50


def test_every_partition_gets_its_own_rows_while_others_ask_and_write(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "objects.sqlite", write=True)
    ledger.written(Row(f"{number:05}", 0, target_etag="e") for number in range(PARTITIONS * KEYS))

    def ask(partition: int) -> set[int]:
        first = partition * KEYS
        wanted = {(f"{number:05}", 0) for number in range(first + 1, first + KEYS)}
        wrong = set()
        for time in range(TIMES):
            wrong |= set() if ledger.rows(f"{first:05}", f"{first + KEYS - 1:05}").keys() == wanted else {time}
            ledger.written([Row(f"{first + 1:05}", 0, size=time, target_etag="e")])
        return wrong

    with ThreadPoolExecutor(PARTITIONS) as threads:
        assert list(threads.map(ask, range(PARTITIONS))) == [set()] * PARTITIONS
    ledger.close()
