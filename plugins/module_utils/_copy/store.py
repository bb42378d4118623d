# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the engine asks of a store. PostgreSQL, objects and search each have one class that answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import (
    Copied,
    Difference,
    P,
    Record,
    Sides,
)
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._copy.tuning import Tuning


class Store(Protocol[P]):
    """A pair of a source and a target, and how to copy and compare them.

    `copy`, `unchanged`, `compare` and `differences` are called from several threads at once; the rest from one.
    Whatever goes wrong is raised as a CopyError; TransientError where trying again may help.
    """

    name: str
    """postgresql, objects or search."""

    partition_type: type[P]
    """The dataclass of its partitions: the journal keeps them as JSON and makes them again with it."""

    def identity(self) -> tuple[str, str]:
        """Source and target, as they are named in the proof: host, port, database … and no secret.

        The run's id is derived from it, so it must be the same each time, without asking the servers.
        """

    def open(self) -> None:
        """Connect to both sides; check versions, permissions and what cannot be moved; change nothing."""

    def foresee(self) -> Sequence[P] | None:
        """In check mode, asked before `open`: None if the target exists. Where its address is known only after
        provision: the partitions of the source, read alone; it is closed again after that.
        """

    def occupied(self) -> str:
        """What lies on the target already, in a few words; empty if there is nothing. Changes nothing."""

    def prepare(self, tuning: Tuning) -> bool:
        """Before the data: definitions, settings for speed. Can be run twice. True if the target changed."""

    def plan(self, known: Sequence[P]) -> Sequence[P]:
        """All partitions, on the source or the target. `known` are those of earlier runs: the ids that still
        describe the same part must be kept, so that their records count. Changes nothing.
        """

    def unchanged(self, partition: P, record: Record) -> bool:
        """Whether the source's watermark of the record still holds AND the target still has the content."""

    def copy(self, partition: P, record: Record | None, meter: Meter, dead: DeadLetters) -> Copied:
        """Make the target's part the same as the source's. Running it twice gives the same target.

        record: what an earlier copy left on the target, unless a comparison has found another thing there. A store may
        bring over only what has changed since, and what `dead` has letters of from before.
        """

    def renewed(self, partition: P, record: Record) -> str:
        """After the last write of a run: the watermark under which the record holds from now on.

        It is another one where this run has moved it, or has read the content to be sure.
        """

    def restore(self, tuning: Tuning) -> None:
        """Put back every outstanding setting, whether all partitions were copied or not, and read it back."""

    def finish(self) -> bool:
        """After all data: indexes, aliases, sequences … Can be run twice. True if the target changed."""

    def compare(self, partition: P, meter: Meter) -> Sides:
        """The content of both sides, read now. Changes nothing."""

    def differences(self, partition: P) -> Iterable[Difference]:
        """The exact items that differ between both sides now."""

    def definitions(self) -> Iterable[Difference]:
        """What is not rows, objects or documents (schemas, mappings, …) and differs between both sides now."""

    def close(self) -> None:
        """Let go of connections. Never raises."""
