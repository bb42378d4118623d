"""A round trip between a client and a server of this machine, by toxiproxy."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from lab.servers.daemon import free_port
from tests.benchmarks.components import toxiproxy
from tests.benchmarks.measure import BenchmarkError

HOST = "127.0.0.1"


def _ask(api: int, path: str, body: object = None) -> None:
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(f"http://{HOST}:{api}{path}", data)  # noqa: S310  # our own loopback
    with urllib.request.urlopen(request, timeout=5):  # noqa: S310
        pass


@contextlib.contextmanager
def far(port: int, round_trip_ms: int) -> Iterator[int]:
    """The port under which a server's port can be had with a round trip of so many milliseconds."""
    api, entrance = free_port(), free_port()
    process = subprocess.Popen(
        [toxiproxy(), "-host", HOST, "-port", str(api)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(api)
        _ask(api, "/proxies", {"name": "far", "listen": f"{HOST}:{entrance}", "upstream": f"{HOST}:{port}"})
        for stream in ("upstream", "downstream"):
            toxic = {"type": "latency", "stream": stream, "attributes": {"latency": round_trip_ms // 2}}
            _ask(api, "/proxies/far/toxics", toxic)
        yield entrance
    finally:
        process.terminate()
        process.wait()


def _wait_for(api: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError):
            _ask(api, "/version")
            return
        time.sleep(0.05)
    raise BenchmarkError("toxiproxy does not answer")
