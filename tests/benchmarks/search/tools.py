"""The tools that are measured: each copies the index from the source to the target.

Done means, for every tool: the target is refreshed and flushed, has its normal settings again (read back), and counts
as many documents as the source.
"""

from __future__ import annotations

import http.client
import json
import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch

from ansible_collections.replatform.aws.plugins.module_utils._search.settings import TUNED
from lab.paths import ROOT
from lab.servers import Server
from tests.benchmarks.components import elasticdump
from tests.benchmarks.measure import BenchmarkError, Usage, run
from tests.benchmarks.search.corpus import INDEX, MAPPINGS, SHARDS, bodies

NORMAL = {"index.refresh_interval": "2s", "index.number_of_replicas": "0"}
"""Settings that the source's index has, and that the target's must have in the end."""

WRITERS = 4
COLLECTIONS = {"PYTHONPATH": f"{ROOT / '.ansible' / 'collections'}:{ROOT}"}


@dataclass(frozen=True)
class Bench:
    """A loaded source, an empty target, and how many documents there are."""

    source: Server
    target: Server
    documents: int
    folder: Path

    def client(self, server: Server) -> OpenSearch:
        return OpenSearch(server.url, timeout=600, max_retries=0)

    def load(self) -> None:
        """Fill the source."""
        client = self.client(self.source)
        client.indices.create(
            index=INDEX, body={"settings": {**NORMAL, "index.number_of_shards": SHARDS}, "mappings": MAPPINGS}
        )
        self.post(self.source, bodies(self.documents, versioned=False))
        client.indices.refresh(index=INDEX)
        client.indices.flush(index=INDEX)
        self.hold_against(self.source)

    def empty(self, *, made: bool) -> None:
        """Delete the target's index; if `made`, make it anew, with the settings for speed that ours makes it with."""
        client = self.client(self.target)
        client.indices.delete(index=INDEX, ignore=404)
        if made:
            speed = {name: value for name, value in TUNED.items() if value is not None}
            client.indices.create(
                index=INDEX,
                body={"settings": {**NORMAL, **speed, "index.number_of_shards": SHARDS}, "mappings": MAPPINGS},
            )
        time.sleep(1)  # deleting goes on in the background

    def finish(self, *, restore: bool) -> None:
        """What every run ends with."""
        client = self.client(self.target)
        if restore:
            back = {name: NORMAL.get(name) for name in TUNED}
            client.indices.put_settings(index=INDEX, body=back)
        client.indices.refresh(index=INDEX)
        client.indices.flush(index=INDEX)
        settings = client.indices.get_settings(index=INDEX, flat_settings=True)[INDEX]["settings"]
        if wrong := {name: settings.get(name) for name, value in NORMAL.items() if settings.get(name) != value}:
            raise BenchmarkError(f"the target's settings are not those of the source: {wrong}")
        self.hold_against(self.target)

    def hold_against(self, server: Server) -> None:
        """Count."""
        found = self.client(server).count(index=INDEX)["count"]
        if found != self.documents:
            raise BenchmarkError(f"{server.url} has {found} of {self.documents} documents")

    def timed(self, tool: Callable[[], Usage], *, made: bool = True) -> Usage:
        """One measured run from an empty target. made: the tool wants the index to be there."""
        self.empty(made=made)
        began = time.monotonic()
        used = tool()
        self.finish(restore=made)
        return Usage(time.monotonic() - began, used.cpu, used.peak_mb)

    def prepare(self) -> list[Path]:
        """The bulk bodies that a copy would write, as files: in memory they would count as the measured tools' own."""
        folder = self.folder.with_name("bodies")
        folder.mkdir()
        files = []
        for number, body in enumerate(bodies(self.documents, versioned=True)):
            files.append(folder / f"{number}.ndjson")
            files[-1].write_bytes(body)
        return files

    def post(self, server: Server, given: Iterable[bytes]) -> None:
        """Bulk bodies alone, by four writers: what the server takes at most."""
        waiting: queue.Queue[bytes | None] = queue.Queue(maxsize=WRITERS)
        problems: list[str] = []

        def work() -> None:
            connection = http.client.HTTPConnection(server.host, server.port, timeout=600)
            while (body := waiting.get()) is not None:
                path = f"/{INDEX}/_bulk?filter_path=errors"
                connection.request("POST", path, body, {"Content-Type": "application/x-ndjson"})
                answer = connection.getresponse().read()
                if json.loads(answer)["errors"]:
                    problems.append(answer.decode()[:500])

        threads = [threading.Thread(target=work) for _writer in range(WRITERS)]
        for thread in threads:
            thread.start()
        for body in given:
            waiting.put(body)
        for _thread in threads:
            waiting.put(None)
        for thread in threads:
            thread.join()
        if problems:
            raise BenchmarkError(f"{server.url} refused documents: {problems[0]}")

    def limit(self, prepared: Sequence[Path]) -> Usage:
        """The same writes, with nothing to read or make."""
        began = time.monotonic()
        self.post(self.target, (file.read_bytes() for file in prepared))
        return Usage(time.monotonic() - began)

    def module(self, name: str, url: str) -> tuple[Usage, dict[str, Any]]:
        """One of our modules, run as Ansible runs it."""
        ends = {"source": {"url": url}, "target": {"url": self.target.url}}
        options = {**ends, "run_dir": str(self.folder), "include": [INDEX]}
        command = [sys.executable, "-m", f"ansible_collections.replatform.aws.plugins.modules.opensearch_{name}"]
        used, said = run(command, COLLECTIONS, json.dumps({"ANSIBLE_MODULE_ARGS": options}))
        result: dict[str, Any] = json.loads(said)
        return used, result

    def ours(self, url: str) -> Usage:
        """opensearch_reindex with its journal, from the beginning."""
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.module("reindex", url)[0]

    def reindex(self, url: str, size: int) -> Usage:
        """The target's own `_reindex` from a remote source, so many documents at a time."""
        body = {"source": {"remote": {"host": url}, "index": INDEX, "size": size}, "dest": {"index": INDEX}}
        answer = self.client(self.target).reindex(body=body, params={"timeout": "10m"}, request_timeout=3600)
        if answer["failures"] or answer["total"] != self.documents:
            raise BenchmarkError(f"_reindex: {answer}")
        return Usage(0)

    def scan_and_bulk(self, url: str) -> Usage:
        """opensearch-py."""
        command = [sys.executable, "-m", "tests.benchmarks.search.scan_and_bulk", url, self.target.url, INDEX]
        return run(command, COLLECTIONS)[0]

    def elasticdump(self, url: str) -> Usage:
        """elasticdump, 5,000 documents at a time."""
        command = [str(elasticdump()), f"--input={url}/{INDEX}", f"--output={self.target.url}/{INDEX}"]
        return run([*command, "--type=data", "--limit=5000", "--quiet"], {})[0]
