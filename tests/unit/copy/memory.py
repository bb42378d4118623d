"""The smallest store there can be: two dicts. It lets the engine be tested for what the engine itself promises."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import (
    Copied,
    Difference,
    Digest,
    Partition,
    Record,
    Sides,
)
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._copy.tuning import Tuning

Side = dict[str, dict[str, str]]  # partition -> item -> text


def digest(items: dict[str, str]) -> Digest:
    return Digest.of(*(json.dumps(item).encode() for item in items.items()))


@dataclass
class MemoryStore:
    source: Side
    target: Side
    refused: set[str] = field(default_factory=set)
    before_copy: Callable[[Partition], None] = lambda partition: None
    exists: bool = True
    name: str = "memory"
    partition_type: type[Partition] = Partition
    settings: dict[str, str] = field(default_factory=lambda: {"refresh": "1s"})
    marks: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def identity(self) -> tuple[str, str]:
        return "memory://source", "memory://target"

    def open(self) -> None:
        self.calls.append("open")

    def foresee(self) -> Sequence[Partition] | None:
        return None if self.exists else self.plan([])

    def occupied(self) -> str:
        return f"{len(self.target)} parts" if self.target else ""

    def prepare(self, tuning: Tuning) -> bool:
        tuning.change("refresh", self.settings["refresh"], lambda: self.settings.update(refresh="-1"))
        return False

    def plan(self, known: Sequence[Partition]) -> Sequence[Partition]:
        return [Partition(name, len(items), len(items)) for name, items in self.source.items()]

    def unchanged(self, partition: Partition, record: Record) -> bool:
        return digest(self.source[partition.id]) == digest(self.target.get(partition.id, {})) == record.digest

    def copy(self, partition: Partition, record: Record | None, meter: Meter, dead: DeadLetters) -> Copied:
        self.calls.append(f"copy {partition.id}" + (" anew" if record else ""))
        self.calls += [f"replay {letter['item']}" for letter in dead.before(partition.id)]
        self.before_copy(partition)
        items = self.source[partition.id]
        refused = items.keys() & self.refused
        for item in refused:
            dead.add(partition.id, item, "refused")
        self.target[partition.id] = {item: text for item, text in items.items() if item not in refused}
        meter.add(len(items), len(items))
        return Copied(len(items), len(items), digest(self.target[partition.id]), "mark", dead=len(refused))

    def renewed(self, partition: Partition, record: Record) -> str:
        return self.marks.get(partition.id, record.watermark)

    def restore(self, tuning: Tuning) -> None:
        def back(before: str) -> str:
            self.settings["refresh"] = before
            return self.settings["refresh"]

        tuning.restore("refresh", back)

    def finish(self) -> bool:
        self.calls.append("finish")
        return False

    def compare(self, partition: Partition, meter: Meter) -> Sides:
        return Sides(digest(self.source[partition.id]), digest(self.target.get(partition.id, {})))

    def differences(self, partition: Partition) -> Iterable[Difference]:
        source, target = self.source[partition.id], self.target.get(partition.id, {})
        for item in sorted(source.keys() | target.keys()):
            if source.get(item) != target.get(item):
                kind = "missing" if item not in target else "extra" if item not in source else "changed"
                yield Difference(partition.id, item, kind)

    def definitions(self) -> Iterable[Difference]:
        return []

    def close(self) -> None:
        self.calls.append("close")
