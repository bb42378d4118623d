"""`kill -9` of ansible-playbook in the middle of a copy, and the same command given again at once."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, Protocol

import pytest
from opensearchpy import NotFoundError
from opensearchpy.helpers import bulk

from tests.faults import Record

from .ends import BUCKET, client, sources, target_database, target_search, versions_of
from .playing import ROOT, command, equal, lost, on, play

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("rehearsed")]


class Load(Protocol):
    """Something in the source that takes seconds to copy."""

    store: str

    def fill(self) -> None:
        """Make it in the source."""

    def writers(self) -> set[int]:
        """Who writes it to the target right now; the pids where these can be told, else 0 for somebody."""

    def check(self, seen: list[set[int]]) -> None:
        """That all of it is there once, the settings too. `seen`: the writers at each moment of the second run."""

    def clear(self) -> None:
        """Take it out of the source, and out of the target what a copy leaves there."""


class Rows:
    """A table without a key, so that nothing but its transaction keeps a row from coming twice; and one with a key."""

    store = "postgresql"
    rows = 400_000

    def __init__(self) -> None:
        self._open = ExitStack()
        self._target = self._open.enter_context(target_database())
        self._eyes = self._open.enter_context(target_database("none"))
        self._settings = self._changed_settings()

    def _changed_settings(self) -> list[Any]:
        query = "SELECT setdatabase::text, setrole::text, setconfig FROM pg_db_role_setting ORDER BY 1, 2"
        return self._target.execute(query).fetchall()

    def fill(self) -> None:
        with sources().postgresql.connect() as session:
            session.execute("CREATE TABLE public.killed_keyed (id int PRIMARY KEY, line text)")
            session.execute("INSERT INTO public.killed_keyed SELECT n, 'line ' || n FROM generate_series(1, 50000) n")
            session.execute("CREATE TABLE public.killed (key int REFERENCES public.killed_keyed, line text)")
            session.execute(
                "INSERT INTO public.killed SELECT n %% 1000 + 1, repeat('line ' || n %% 1000, 60)"
                " FROM generate_series(1, %s) n",
                (self.rows,),
            )

    def writers(self) -> set[int]:
        query = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s"
        return {pid for (pid,) in self._eyes.execute(query, ('COPY%"killed"(%FROM STDIN%',)).fetchall()}

    def check(self, seen: list[set[int]]) -> None:
        assert max(map(len, seen)) == 1, "two sessions wrote the same table at the same time"
        counts = "SELECT (SELECT count(*) FROM public.killed), (SELECT count(*) FROM public.killed_keyed)"
        assert self._target.execute(counts).fetchall() == [(self.rows, 50_000)]
        assert self._changed_settings() == self._settings

    def clear(self) -> None:
        with sources().postgresql.connect() as session:
            session.execute("DROP TABLE public.killed, public.killed_keyed")
        self._target.execute("DROP TABLE public.killed, public.killed_keyed")
        self._open.close()


class Objects:
    """Small objects, and some that go in parts."""

    store = "objects"

    def __init__(self) -> None:
        self._target = client("s3")

    def fill(self) -> None:
        here = sources().objects
        bucket, sizes = here.client(), [1 << 16] * 300 + [20 << 20] * 3

        def put(one: tuple[int, int]) -> None:
            bucket.put_object(Bucket=here.bucket, Key=f"killed/{one[0]:03}", Body=os.urandom(one[1]))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(put, enumerate(sizes)))

    def writers(self) -> set[int]:
        there = self._target.list_objects_v2(Bucket=BUCKET, Prefix="killed/")["KeyCount"]
        return {0} if 10 <= there < 303 else set()

    def check(self, seen: list[set[int]]) -> None:
        written = versions_of(self._target, "killed/")
        assert len(written) == 303
        again = [key for key, times in written.items() if times > 1]
        assert len(again) < 200, "what was there already is not written again"
        assert max(written.values()) <= 2
        assert "Uploads" not in self._target.list_multipart_uploads(Bucket=BUCKET)

    def clear(self) -> None:
        here = sources().objects
        bucket = here.client()
        for number in range(303):
            bucket.delete_object(Bucket=here.bucket, Key=f"killed/{number:03}")


class Documents:
    """An index with settings that a copy changes for speed."""

    store = "search"
    documents = 20_000

    def __init__(self) -> None:
        self._target = target_search()

    def fill(self) -> None:
        search = sources().search.client()
        settings = {"number_of_shards": 3, "number_of_replicas": 1, "refresh_interval": "7s"}
        search.indices.create(index="killed", body={"settings": settings})
        lines = ({"_index": "killed", "_id": str(n), "n": n, "t": "text " * 100} for n in range(self.documents))
        bulk(search, lines, chunk_size=2000, refresh=True)

    def _settings(self) -> dict[str, Any]:
        found: dict[str, Any] = self._target.indices.get_settings(index="killed")["killed"]["settings"]["index"]
        return {name: found.get(name) for name in ("refresh_interval", "number_of_replicas")}

    def writers(self) -> set[int]:
        try:
            tuned = self._settings() == {"refresh_interval": "-1", "number_of_replicas": "0"}
            self._target.indices.refresh(index="killed")
            return {0} if tuned and self._target.count(index="killed")["count"] else set()
        except NotFoundError:
            return set()

    def check(self, seen: list[set[int]]) -> None:
        assert self._settings() == {"refresh_interval": "7s", "number_of_replicas": "1"}
        assert self._target.count(index="killed")["count"] == self.documents

    def clear(self) -> None:
        sources().search.client().indices.delete(index="killed")


def running(pid: int) -> bool:
    """Whether a process still does anything: one that has ended and waits to be asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "XZ"
    except OSError:
        return False


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def kill_midway(load: Load, log: Path) -> list[int]:
    """Start the copy, kill ansible-playbook and nothing else while it writes; what it has left running."""
    with log.open("w") as output:
        process = subprocess.Popen(command("playbooks/copy.yml", *on(load.store)), cwd=ROOT, stdout=output)
    deadline = time.monotonic() + 180
    while not load.writers():
        assert process.poll() is None, f"ended before it could be killed:\n{log.read_text()}"
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    left = descendants(process.pid)
    process.kill()
    process.wait()
    assert any(running(pid) for pid in left), "nothing was left that could write beside the next run"
    return left


@contextmanager
def watched(load: Load) -> Iterator[list[set[int]]]:
    """Who writes, over and over, while something else runs."""
    seen: list[set[int]] = []
    end = Event()

    def look() -> None:
        while not end.wait(0.05):
            seen.append(load.writers())

    thread = Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        end.set()
        thread.join()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(Rows, marks=pytest.mark.fault("postgresql: kill -9 of ansible-playbook in a table without a key")),
        pytest.param(Objects, marks=pytest.mark.fault("objects: kill -9 of ansible-playbook in the middle")),
        pytest.param(Documents, marks=pytest.mark.fault("search: kill -9 of ansible-playbook in the middle")),
    ],
)
def test_killed_in_the_middle_and_started_again_at_once(
    make: Callable[[], Load], tmp_path: Path, record_property: Record
) -> None:
    load = make()
    load.fill()
    try:
        left = kill_midway(load, tmp_path / "killed.log")
        with watched(load) as seen:
            again = play("playbooks/copy.yml", *on(load.store))
        assert again.status == 0, again.output[-6000:]
        assert not any(running(pid) for pid in left)
        load.check(seen)
        equal(load.store)
        record_property("lost", lost(load.store))
    finally:
        load.clear()
        healed = play("playbooks/copy.yml", *on(load.store))
    assert healed.status == 0, healed.output[-6000:]
    equal(load.store)
