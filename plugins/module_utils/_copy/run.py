# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One move of one store, as the modules call it: `copy` and `compare`, each with its result for Ansible."""

from __future__ import annotations

import itertools
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy import folder
from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.executor import each
from ansible_collections.replatform.aws.plugins.module_utils._copy.journal import Journal
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import (
    Copied,
    Difference,
    P,
    Record,
    Verdict,
    judge,
)
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import PROGRESS_FILE, Meter, Progress
from ansible_collections.replatform.aws.plugins.module_utils._copy.proof import Finding, Proof
from ansible_collections.replatform.aws.plugins.module_utils._copy.store import Store
from ansible_collections.replatform.aws.plugins.module_utils._copy.tuning import Tuning

DEAD_LETTERS_FILE = "dead-letters.jsonl"

SHOWN = 100
"""Differences in a module's result; all of them are in the file beside the proof."""

STOPPING = 3.0
"""Seconds that a copy whose playbook is gone has to end by itself."""

PER_PARTITION = 10_000
"""Differences named per partition: a wrong target would otherwise fill the disk with its own content."""


@dataclass(frozen=True)
class Choice:
    """What all six modules take: the run folder's parent, what to leave out, and how much to do at once."""

    run_dir: Path
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    jobs: int = 4


@dataclass
class Run:
    """An open run: its folder is locked, its journal is open."""

    id: str
    path: Path
    journal: Journal
    progress: Progress


@contextmanager
def open_run(store: Store[P], choice: Choice) -> Iterator[Run]:
    """Open the run of this store and this choice; connect to both sides; let go of all of it at the end."""
    name = folder.run_id(store.name, store.identity(), choice.include, choice.exclude)
    path = folder.private_folder(choice.run_dir / name)
    lock = folder.Lock(path)
    lock.take()
    ended = threading.Event()
    try:
        progress = Progress(path / PROGRESS_FILE, store.name)
        journal = Journal(path / "journal.sqlite")
        threading.Thread(target=_watch_playbook, args=(progress, ended), daemon=True).start()
        try:
            store.open()
            yield Run(name, path, journal, progress)
        finally:
            store.close()
            journal.close()
    finally:
        ended.set()
        lock.release()


def _watch_playbook(progress: Progress, ended: threading.Event) -> None:
    """Stop the copy when the playbook that started it is gone: nobody is left to read its result.

    What reports progress stops by itself; what is deep in a long call (an index being built) ends with the process,
    as it would by a kill, which every store survives.
    """
    processes = folder.playbook_processes()
    while not ended.wait(1.0):
        if not folder.alive(processes):
            progress.stop()
            if not ended.wait(STOPPING):
                os._exit(1)
            return


def copy(store: Store[P], choice: Choice, *, check: bool = False) -> dict[str, Any]:
    """Copy what is not yet proven to be on the target. Returns the module's result.

    Raises CopyError when anything could not be copied; what could be is kept, and the same command goes on from there.
    """
    began = time.monotonic()
    if check and (foreseen := store.foresee()) is not None:
        return _result("", foreseen, foreseen, {}, began, changed=bool(foreseen)) | _would_copy(foreseen)
    with open_run(store, choice) as run:
        _refuse_foreign(store, run.journal)
        partitions = list(store.plan(run.journal.partitions(store.partition_type)))
        if check:
            stale = _stale(store, run, partitions, choice.jobs)
            return _result(run.id, partitions, stale, {}, began, changed=bool(stale)) | _would_copy(stale)
        run.journal.set_fact("begun", "yes")
        run.journal.plan(partitions)
        letters = DeadLetters(run.path / DEAD_LETTERS_FILE)
        letters.clear()
        tuning = Tuning(run.journal)
        changed = store.prepare(tuning)
        stale = _stale(store, run, partitions, choice.jobs)
        done, failed = _copy_all(store, run, stale, letters, choice.jobs)
        unrestored = _restore(store, tuning)
        if not failed and not unrestored:
            changed = store.finish() or changed
            _renew(store, run.journal, partitions)
        changed = changed or any(copied.changed for copied in done.values())
        result = _result(run.id, partitions, stale, done, began, changed=changed)
        result["partitions"]["failed"] = len(failed)
        result["dead_letters"] = {"count": letters.count, "path": str(letters.path) if letters.count else ""}
        _keep_largest(run.journal, result)
        if failed or letters.count or unrestored:
            raise PartialCopy(_what_failed(failed, letters, unrestored), result)
        return result


def _restore(store: Store[P], tuning: Tuning) -> str:
    """What kept settings from being put back, which must not hide what failed before; empty if nothing did."""
    try:
        store.restore(tuning)
    except CopyError as error:
        return str(error)
    return ""


def _renew(store: Store[P], journal: Journal, partitions: Sequence[P]) -> None:
    records = journal.records()
    for partition in partitions:
        record = records.get(partition.id)
        if record and (watermark := store.renewed(partition, record)) != record.watermark:
            journal.renew(partition, watermark)


def _keep_largest(journal: Journal, result: dict[str, Any]) -> None:
    """Remember the copy of this run that moved the most: what a person wants to know of its speed."""
    before = json.loads(journal.fact("largest_copy", "{}"))
    if result["item_count"] > before.get("item_count", 0):
        journal.set_fact("largest_copy", json.dumps(result))


class PartialCopy(CopyError):
    """Not all was copied. `result` is the module's result all the same."""

    def __init__(self, message: str, result: dict[str, Any]) -> None:
        super().__init__(message)
        self.result = result


def _refuse_foreign(store: Store[P], journal: Journal) -> None:
    occupied = "" if journal.fact("begun") else store.occupied()
    if occupied:
        raise CopyError(
            f"The target is not empty ({occupied}), and nothing in the run folder says that this move put it there. "
            f"Nothing was written. Empty the target, or point run_dir at the folder of the run that filled it: "
            f"{store.identity()[1]}"
        )


def _stale(store: Store[P], run: Run, partitions: Sequence[P], jobs: int) -> list[P]:
    """The partitions that are not proven: never copied, changed on either side since, or last found not to be equal."""
    records = _proofs(run.journal)
    doubted = run.journal.doubted()
    known = [partition for partition in partitions if partition.id in records and partition.id not in doubted]
    run.progress.begin("check", sum(part.items for part in known), sum(part.size for part in known))

    def check(partition: P, meter: Meter) -> bool:
        holds = store.unchanged(partition, records[partition.id])
        meter.add(partition.items, partition.size)
        return holds

    proven = set()
    for partition, holds in each(check, known, run.progress, jobs):
        if isinstance(holds, Exception):
            raise holds
        if holds:
            proven.add(partition.id)
    return [partition for partition in partitions if partition.id not in proven]


def _proofs(journal: Journal) -> dict[str, Record]:
    """The records of what was copied completely."""
    return {name: record for name, record in journal.records().items() if not record.dead}


def _copy_all(
    store: Store[P], run: Run, partitions: Sequence[P], letters: DeadLetters, jobs: int
) -> tuple[dict[str, Copied], dict[str, Exception]]:
    run.progress.begin("copy", sum(part.items for part in partitions), sum(part.size for part in partitions))
    doubted = run.journal.doubted()
    records = {
        name: record for name, record in run.journal.records().items() if doubted.get(name) is not Verdict.DIFFERENT
    }
    # A copy that is killed half way leaves no record: the next one is whole.
    for partition in partitions:
        run.journal.forget(partition)

    def work(partition: P, meter: Meter) -> Copied:
        return store.copy(partition, records.get(partition.id), meter, letters)

    done: dict[str, Copied] = {}
    failed: dict[str, Exception] = {}
    for partition, outcome in each(work, partitions, run.progress, jobs):
        if isinstance(outcome, Exception):
            failed[partition.id] = outcome
        else:
            run.journal.copied(partition, outcome)
            done[partition.id] = outcome
    run.progress.end()
    return done, failed


def _what_failed(failed: dict[str, Exception], letters: DeadLetters, unrestored: str) -> str:
    lines = [f"{name}: {error}" for name, error in sorted(failed.items())[:5]]
    if len(failed) > len(lines):
        lines.append(f"and {len(failed) - len(lines)} more")
    if letters.count:
        lines.append(f"the target refused {letters.count} items; they and the reasons are in {letters.path}")
    if unrestored:
        lines.append(f"settings for speed could not be put back yet: {unrestored}")
    return (
        "Not everything was copied. " + "; ".join(lines) + ". Mend that and run the same command: it goes on from here."
    )


def _would_copy(partitions: Sequence[P]) -> dict[str, Any]:
    """What check mode says besides; the source estimates items and bytes."""
    items, size = sum(part.items for part in partitions), sum(part.size for part in partitions)
    return {"would_copy": {"partitions": len(partitions), "item_count": items, "bytes": size}}


def _result(
    run: str, plan: Sequence[P], stale: Sequence[P], done: dict[str, Copied], began: float, *, changed: bool
) -> dict[str, Any]:
    return {
        "changed": changed,
        "run": run,
        "partitions": {
            "total": len(plan),
            "copied": len(done),
            "skipped": len(plan) - len(stale),
            "failed": 0,
        },
        "item_count": sum(copied.items for copied in done.values()),
        "bytes": sum(copied.bytes for copied in done.values()),
        "seconds": round(time.monotonic() - began, 3),
        "dead_letters": {"count": 0, "path": ""},
    }


def compare(store: Store[P], choice: Choice) -> dict[str, Any]:
    """Compare both sides' content, write the proof, and return the module's result. Changes nothing."""
    began = time.monotonic()
    with open_run(store, choice) as run:
        known = run.journal.partitions(store.partition_type)
        partitions = list(store.plan(known))
        copied = {partition.id for partition in known} or {partition.id for partition in partitions}
        findings = _findings(store, run, partitions, copied, choice.jobs)
        run.journal.doubt(_doubts(findings, run.journal.records()))
        differences = list(store.definitions())
        named = {finding.partition for finding in findings if finding.verdict is Verdict.DIFFERENT}
        for partition in partitions:
            if partition.id in named:
                differences += _named(store, partition)
        proof = Proof(store.name, run.id, store.identity(), findings, differences)
        path = proof.write(run.path)
        document = proof.document()
    return {
        "changed": False,
        "run": run.id,
        "verdict": proof.verdict.value,
        "partitions": {"total": len(findings), "pending": len(document["pending"]), "different": len(named)},
        "item_count": document["items"],
        "bytes": document["bytes"],
        "seconds": round(time.monotonic() - began, 3),
        "differences": [asdict(difference) for difference in differences[:SHOWN]],
        "differences_total": len(differences),
        "proof": str(path),
    }


def _findings(store: Store[P], run: Run, partitions: Sequence[P], copied: set[str], jobs: int) -> list[Finding]:
    run.progress.begin("compare", sum(part.items for part in partitions), sum(part.size for part in partitions))
    records = _proofs(run.journal)
    findings = []
    for partition, sides in each(store.compare, partitions, run.progress, jobs):
        if isinstance(sides, Exception):
            raise sides
        record = records.get(partition.id)
        verdict = judge(sides, record, is_new=partition.id not in copied)
        findings.append(Finding(partition.id, verdict, sides, record))
    run.progress.end()
    return findings


def _doubts(findings: Sequence[Finding], records: Mapping[str, Record]) -> dict[str, Verdict]:
    """What the next copy must not build upon. A target that lacks no more than was refused is what its record says."""
    return {
        finding.partition: finding.verdict
        for finding in findings
        if finding.verdict is not Verdict.EQUAL
        and not ((record := records.get(finding.partition)) and record.dead and finding.sides.target == record.digest)
    }


def _named(store: Store[P], partition: P) -> list[Difference]:
    """The exact differences of a partition; never none, since its digests differ."""
    named = list(itertools.islice(store.differences(partition), PER_PARTITION))
    return named or [
        Difference(
            partition.id,
            partition.id,
            "changed",
            "the target is not what was copied, but both sides are the same by now: copy again",
        )
    ]
