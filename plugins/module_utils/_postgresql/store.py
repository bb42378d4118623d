# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL as a store of the copy engine: one database into another."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN
from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import (
    Copied,
    Difference,
    Record,
    Sides,
)
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._copy.tuning import Tuning
from ansible_collections.replatform.aws.plugins.module_utils._postgresql import (
    largeobjects,
    rights,
    sequences,
    target,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.compare import (
    Looking,
    read_sides,
    row_differences,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import (
    connect,
    make_end,
    speaking_to,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.copy import Job, copy_rows
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.digest import choose_hashing
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.dump import (
    Entry,
    Run,
    find_pg_dump,
    read_entries,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.pairs import Pairs
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.plan import (
    LARGE_OBJECTS,
    SEQUENCES,
    TABLES,
    Choice,
    Part,
    make_parts,
    read_sequences,
    read_tables,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.restore import Restorer
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.schema import (
    differences,
    read_catalog,
    same_words,
)


class PostgresqlStore:
    """A pair of databases. All that is read in the source is read under one snapshot, held by its own session."""

    name = "postgresql"
    partition_type = Part

    def __init__(self, params: Mapping[str, Any], run: Run) -> None:
        self._run = run
        self._source = make_end("source", params["source"])
        self._target = make_end("target", params["target"], params["owner"] or "")
        self._ends = self._source, self._target
        self._choice = Choice(tuple(params["include"]), tuple(params["exclude"]))
        self._jobs = params["jobs"]
        self._split = params["split_bytes"]
        self._copies = "drop_bookkeeping" in params
        self._drop_bookkeeping = params.get("drop_bookkeeping", False)
        self._sessions: list[Any] = []
        self._dumps: dict[str, list[Entry]] = {}
        # One thread at a time speaks through the sessions for sequences and large objects.
        self._lock = threading.Lock()
        self._cleared = False
        self._planned: list[Part] = []
        self._holding: set[str] = set()
        self._outdated: set[str] = set()
        self._adjusted: list[tuple[str, str]] = []

    def identity(self) -> tuple[str, str]:
        return self._source.name, self._target.name

    def open(self) -> None:
        # Two to the source: the one that exports the snapshot stays idle, so that nothing can end its transaction.
        for end in (self._source, self._source, self._target):
            self._sessions.append(connect(end))
        self._keeper, self._reader, self._writer = self._sessions
        with speaking_to(self._source, "asking for permissions"):
            rights.check(self._reader, self._writer, self._ends)
        with speaking_to(self._source, "exporting a snapshot"):
            before = self._place_in_log()
            self._keeper.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            [self._snapshot] = self._keeper.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone()
            self._reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._reader.execute(f"SET TRANSACTION SNAPSHOT '{self._snapshot}'")
            self._watermark = self._mark(before)
        self._read_catalog()
        with speaking_to(self._target, "trying the hash functions"):
            self._forced = target.forced_tables(self._writer)
            self._hashing = choose_hashing((self._reader, self._writer))
        self._pairs = Pairs(self._source, self._target, self._snapshot)

    def _read_catalog(self) -> None:
        with speaking_to(self._source, "reading the catalog"):
            tables = read_tables(self._reader, self._choice)
            self._sequences = read_sequences(self._reader, self._choice)
        self._tables = {(table.schema, table.name): table for table in tables}

    def foresee(self) -> Sequence[Part] | None:
        if self._target.host != STAND_IN:
            return None
        try:
            self._reader = connect(self._source)
            self._sessions.append(self._reader)
            self._read_catalog()
            return self._parts([], 0)
        finally:
            self.close()

    def _place_in_log(self) -> str:
        [lsn] = self._reader.execute(
            "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text"
        ).fetchone()
        return str(lsn)

    def _mark(self, lsn: str) -> str:
        """The watermark: the place in the source's log from before the snapshot, what the snapshot sees, the time."""
        [snapshot] = self._reader.execute("SELECT pg_current_snapshot()::text").fetchone()
        taken = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return json.dumps({"lsn": lsn, "snapshot": snapshot, "time": taken})

    def occupied(self) -> str:
        with speaking_to(self._target, "looking for what is there"):
            return target.occupied(self._writer)

    def prepare(self, tuning: Tuning) -> bool:
        with speaking_to(self._target, "reading the bookkeeping"):
            rights.check_writing(self._reader, self._writer, self._target)
            granted = target.grant_to_owner(self._writer, self._target)
            self._adjusted += rights.not_moved(self._reader)
            accepted = json.loads(target.fact(self._writer, "accepted") or "[]")
        self._restorer = Restorer(
            self._target, self._reader, self._writer, self._entries, self._jobs, accepted, self._adjusted
        )
        changed = self._restorer.before_data()
        with speaking_to(self._target, "reading the bookkeeping"):
            self._empty = target.empty_tables(self._writer, self._tables.values())
        return changed or granted

    def _entries(self, section: str) -> list[Entry]:
        if section not in self._dumps:
            pg_dump = find_pg_dump(self._major(self._reader), self._major(self._writer), self._run)
            self._dumps[section] = read_entries(pg_dump, self._source, self._snapshot, section, self._run)
        return self._dumps[section]

    @staticmethod
    def _major(session: Any) -> int:
        return int(session.info.server_version) // 10000

    def plan(self, known: Sequence[Part]) -> Sequence[Part]:
        with speaking_to(self._target, "planning"):
            there = largeobjects.count(self._writer)
        self._planned = self._parts(known, there)
        return self._planned

    def _parts(self, known: Sequence[Part], there: int) -> list[Part]:
        with speaking_to(self._source, "planning"):
            parts = list(make_parts(self._reader, list(self._tables.values()), known, self._split))
            if self._sequences:
                parts.append(Part(SEQUENCES, len(self._sequences), kind=SEQUENCES))
            # Large objects also where only the target has any: they are then too many.
            objects = max(there, largeobjects.count(self._reader))
        if objects and self._choice.lets(LARGE_OBJECTS):
            parts.append(Part(LARGE_OBJECTS, objects, kind=LARGE_OBJECTS))
        return parts

    def unchanged(self, partition: Part, record: Record) -> bool:
        sides = self._sides(partition, None)
        holds = sides.source == record.digest == sides.target
        (self._holding if holds else self._outdated).add(partition.id)
        return holds

    def renewed(self, partition: Part, record: Record) -> str:
        """Nothing but the partition's own copy moves it."""
        return record.watermark

    def copy(self, partition: Part, record: Record | None, meter: Meter, dead: DeadLetters) -> Copied:
        if partition.kind != TABLES:
            self._ready()
            return self._copy_aside(partition, meter)
        with self._lock, speaking_to(self._target, "reading the bookkeeping"):
            done = target.completed(self._writer, partition.id)
        if done and partition.id not in self._outdated:
            # A run was killed between the target's commit and its own journal.
            sides = self._sides(partition, meter)
            if sides.source == sides.target == done.digest:
                return replace(done, changed=False)
        self._ready()
        table = self._tables[partition.schema, partition.table]
        fresh = not done and (table.schema, table.name) in self._empty
        forced = (table.schema, table.name) in self._forced
        job = Job(partition, table, self._hashing, self._watermark, fresh, forced)
        with self._pairs.one() as pair:
            return copy_rows(pair, self._ends, job, meter)

    def _ready(self) -> None:
        """Before the first row: what would check, refuse or change rows on their way goes; `finish` makes it anew."""
        with self._lock:
            if self._cleared:
                return
            # All that holds was found before the first copy.
            tables = {part.relation for part in self._planned if part.kind == TABLES and part.id not in self._holding}
            with speaking_to(self._target, "making ready for the rows"):
                target.make_bookkeeping(self._writer)
                target.clear_the_way(self._writer, sorted(tables))
            self._cleared = True

    def _copy_aside(self, partition: Part, meter: Meter) -> Copied:
        with self._lock, speaking_to(self._target, f"copying the {partition.id}"):
            if partition.kind == SEQUENCES:
                values = sequences.read_values(self._reader, self._sequences)
                with self._writer.transaction():
                    sequences.write_values(self._writer, values)
                digest, size = sequences.digest_of(values), 0
            else:
                with self._writer.transaction():
                    size = largeobjects.copy_all(self._reader, self._writer, meter)
                digest = largeobjects.digest_of(largeobjects.read_hashes(self._reader, meter))
        meter.add(digest.count, 0)
        return Copied(digest.count, size, digest, self._watermark)

    def restore(self, tuning: Tuning) -> None:
        # Settings for speed are those of our own sessions, and end with them.
        for place in tuning.outstanding():
            raise CopyError(f"{place}: changed by another version of this collection; restore it with that one.")

    def finish(self) -> bool:
        changed = self._restorer.after_data()
        with speaking_to(self._target, "finishing"):
            changed = target.refresh_views(self._reader, self._writer) or changed
            if self._cleared:
                self._writer.execute("ANALYZE")
            if self._drop_bookkeeping:
                changed = target.drop_bookkeeping(self._writer) or changed
            else:
                target.set_fact(self._writer, "accepted", json.dumps(self._restorer.accepted))
        return changed

    def compare(self, partition: Part, meter: Meter) -> Sides:
        sides = self._sides(partition, meter)
        meter.add(partition.items, partition.size)
        return sides

    def _sides(self, partition: Part, meter: Meter | None) -> Sides:
        if partition.kind == TABLES:
            with self._pairs.one() as pair:
                return read_sides(pair, self._look(partition), meter)
        with self._lock, speaking_to(self._source, f"reading the {partition.id}"):
            left, right = self._aside(partition, meter)
            if partition.kind == SEQUENCES:
                return Sides(sequences.digest_of(left), sequences.digest_of(right))
            return Sides(largeobjects.digest_of(left), largeobjects.digest_of(right))

    def _aside(self, partition: Part, meter: Meter | None) -> tuple[dict[Any, Any], dict[Any, Any]]:
        if partition.kind == SEQUENCES:
            left, right = (sequences.read_values(side, self._sequences) for side in (self._reader, self._writer))
            return left, right
        return largeobjects.read_hashes(self._reader, meter), largeobjects.read_hashes(self._writer, meter)

    def _look(self, partition: Part) -> Looking:
        table = self._tables[partition.schema, partition.table]
        forced = (table.schema, table.name) in self._forced
        return Looking(self._ends, partition, table, self._hashing, forced)

    def differences(self, partition: Part) -> Iterable[Difference]:
        if partition.kind == TABLES:
            with self._pairs.one() as pair:
                yield from row_differences(pair, self._look(partition))
            return
        with self._lock, speaking_to(self._source, f"reading the {partition.id}"):
            left, right = self._aside(partition, None)
        yield from (sequences if partition.kind == SEQUENCES else largeobjects).differences(left, right)

    def definitions(self) -> Iterable[Difference]:
        with speaking_to(self._source, "reading the definitions"):
            left = read_catalog(self._reader)
        with speaking_to(self._target, "reading the definitions"):
            right = read_catalog(self._writer)
            return list(differences(same_words(self._writer, left, right), right))

    def facts(self) -> dict[str, Any]:
        """For a copy's result: what is on purpose not as in the source, or was made anew, with the reasons."""
        if not self._copies:
            return {}
        return {"adjusted": [{"item": item, "reason": reason} for item, reason in sorted(set(self._adjusted))]}

    def close(self) -> None:
        with suppress(Exception):
            self._pairs.close()
        for session in self._sessions:
            with suppress(Exception):
                session.close()
