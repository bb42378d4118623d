"""Two secured nodes, an old source and a newer target, emptied between tests; the modules run as Ansible runs them."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from lab.servers import Server, opensearch

ROOT = Path(__file__).resolve().parents[3]
COLLECTIONS = ROOT / ".ansible" / "collections"
KINDS = ("_index_template", "_component_template", "_template", "_ingest/pipeline", "_search/pipeline")


@dataclass(frozen=True)
class Node:
    """A server and a client that may do everything on it."""

    server: Server
    client: OpenSearch = field(repr=False)

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        return self.client.transport.perform_request(method, path, params=params, body=body)

    @staticmethod
    def line(value: Any) -> str:
        """A line of a bulk body."""
        return json.dumps(value, ensure_ascii=False)

    def bulk(self, index: str, documents: dict[str, Any]) -> None:
        lines = [json.dumps(line) for name, body in documents.items() for line in ({"index": {"_id": name}}, body)]
        answer = self.call("POST", f"/{index}/_bulk", "\n".join(lines) + "\n", refresh="true")
        assert not answer["errors"]

    def documents(self, index: str) -> dict[str, Any]:
        self.call("POST", f"/{index}/_refresh")
        hits = self.call("POST", f"/{index}/_search", {"size": 10_000, "version": True})["hits"]["hits"]
        return {hit["_id"]: hit["_source"] for hit in hits}

    def found(self, index: str) -> int:
        """How many documents a search finds; none where there is no index."""
        if not self.client.indices.exists(index=index):
            return 0
        self.call("POST", f"/{index}/_refresh")
        return int(self.call("GET", f"/{index}/_count")["count"])

    def settings(self, index: str) -> dict[str, str]:
        answer = self.call("GET", f"/{index}/_settings", flat_settings="true")
        return {name: value for name, value in answer[index]["settings"].items() if "creation" not in name}

    def wipe(self) -> None:
        self.call("DELETE", "/_data_stream/*")
        for index, state in self.call("GET", "/_all", expand_wildcards="all", flat_settings="true").items():
            if not index.startswith((".opendistro", ".plugins", "security-")):
                if any(name.startswith("index.blocks") for name in state["settings"]):
                    self.call("PUT", f"/{index}/_settings", {"index.blocks.write": None})
                self.call("DELETE", f"/{index}")
        for kind in KINDS:
            self.client.transport.perform_request("DELETE", f"/{kind}/*", params={"ignore": 404})
        self.client.transport.perform_request("DELETE", "/_scripts/greeting", params={"ignore": 404})


@dataclass(frozen=True)
class Pair:
    """A source, a target, and the modules between them."""

    source: Node
    target: Node
    run_dir: Path

    def arguments(self, **options: Any) -> dict[str, Any]:
        ends = {
            name: self._end(name, node.server) | options.pop(name, {})
            for name, node in (("source", self.source), ("target", self.target))
        }
        return {**ends, "run_dir": str(self.run_dir), **options}

    @staticmethod
    def _end(name: str, server: Server) -> dict[str, str]:
        if not server.user:
            return {"url": server.url}
        password = f"env://{name.upper()}_PASSWORD"
        return {"url": server.url, "user": server.user, "password": password, "ca_path": str(server.ca_path)}

    def start(self, module: str, **options: Any) -> subprocess.Popen[str]:
        """Start a module as Ansible does: arguments on standard input, the result on standard output."""
        secrets = {f"{name.upper()}_PASSWORD": getattr(self, name).server.password for name in ("source", "target")}
        process = subprocess.Popen(
            [sys.executable, "-m", f"ansible_collections.replatform.aws.plugins.modules.opensearch_{module}"],
            env={**os.environ, **secrets, "PYTHONPATH": str(COLLECTIONS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": self.arguments(**options)}))
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, module: str, **options: Any) -> dict[str, Any]:
        """The result of a module, with its exit code as `rc` and all it printed as `output`."""
        return self.ended(self.start(module, **options))

    @staticmethod
    def ended(process: subprocess.Popen[str]) -> dict[str, Any]:
        """The result of a module that was started."""
        out, err = process.communicate(timeout=300)
        assert out.strip().startswith("{"), err
        return {**json.loads(out), "rc": process.returncode, "output": out + err}

    def wait_for_more_than(self, number: int, index: str, process: subprocess.Popen[str]) -> None:
        """Wait until the target has more documents than this, while a copy is running."""
        deadline = time.monotonic() + 60
        while self.target.found(index) <= number:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)

    def copied(self, **options: Any) -> dict[str, Any]:
        """The result of a copy that has to succeed."""
        result = self.run("reindex", **options)
        assert result["rc"] == 0, result.get("msg")
        return result

    def vouched(self) -> bool:
        """Whether the marks that the journal keeps of the target are those that it has now, in every record."""
        [journal] = self.run_dir.glob("*/journal.sqlite")
        with contextlib.closing(sqlite3.connect(journal)) as database:
            rows = database.execute("SELECT body, watermark FROM partition").fetchall()
        for body, watermark in rows:
            partition = json.loads(body)
            shards = self.target.call("GET", f"/{partition['index']}/_stats", level="shards")["indices"]
            [shard] = shards[partition["index"]]["shards"][str(partition["shard"])]
            if json.loads(watermark)["target"][0]["newest"] != shard["seq_no"]["max_seq_no"]:
                return False
        return bool(rows)

    def compared(self, **options: Any) -> dict[str, Any]:
        """The result of a comparison that has to find both sides equal."""
        result = self.run("compare", **options)
        assert (result["rc"], result.get("verdict")) == (0, "equal"), result.get("msg")
        return result


def node(server: Server) -> Node:
    secured: dict[str, Any] = {}
    if server.user:
        secured = {"http_auth": (server.user, server.password), "ca_certs": str(server.ca_path)}
    return Node(server, OpenSearch(server.url, timeout=60, max_retries=0, **secured))


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, Node]]:
    base = tmp_path_factory.mktemp("search")
    with (
        opensearch("2.11.1", base / "source", security=True) as source,
        opensearch("2.19.3", base / "target", security=True) as target,
    ):
        yield node(source), node(target)


@pytest.fixture
def pair(nodes: tuple[Node, Node], tmp_path: Path) -> Pair:
    for one in nodes:
        one.wipe()
    return Pair(*nodes, tmp_path / "runs")


@pytest.fixture
def documents(pair: Pair) -> Callable[[int], dict[str, Any]]:
    """Makes the index `documents` (3 shards) in the source with so many documents."""

    def make(number: int) -> dict[str, Any]:
        pair.source.call(
            "PUT",
            "/documents",
            {"settings": {"number_of_shards": 3, "number_of_replicas": 1, "refresh_interval": "7s"}},
        )
        content = {
            f"d{n}": {"n": n, "title": f"문서 {n}", "pages": [{"text": "one"}, {"text": "two"}]} for n in range(number)
        }
        pair.source.bulk("documents", content)
        return content

    return make
