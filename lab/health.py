"""Runs the health checks of podman's containers: podman leaves that to systemd timers, which a container host may lack.

Started by the lab as a process of its own: `python -m lab.health SOCKET`.
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# Often while a container is not healthy, for something waits for it; seldom afterwards, for each check is a process.
BUSY, CALM = 1.0, 15.0


class SocketConnection(http.client.HTTPConnection):
    """HTTP over podman's socket."""

    def __init__(self, path: str) -> None:
        super().__init__("podman", timeout=30)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def get(path: str, query: str) -> Any:
    """podman's JSON answer, or None when it refuses (the container is gone, say)."""
    connection = SocketConnection(path)
    try:
        connection.request("GET", f"/v4.0.0/libpod/{query}")
        answer = connection.getresponse()
        body = answer.read()
        return json.loads(body) if answer.status == 200 else None
    finally:
        connection.close()


def due(containers: list[dict[str, Any]], last: dict[str, float], now: float) -> list[str]:
    """The containers whose check should run; where there is a check, podman's status is one of the three words."""
    chosen = []
    for container in containers:
        status = container.get("Status") or ""
        if status not in {"starting", "healthy", "unhealthy"}:
            continue
        pause = CALM if status == "healthy" else BUSY
        if now - last.get(container["Id"], 0) >= pause:
            chosen.append(container["Id"])
    return chosen


def main(path: str) -> None:
    last: dict[str, float] = {}
    running = urllib.parse.quote(json.dumps({"status": ["running"]}))
    with ThreadPoolExecutor(4) as pool:
        while True:
            try:
                containers = get(path, f"containers/json?filters={running}") or []
                chosen = due(containers, last, time.monotonic())
                list(pool.map(lambda container: get(path, f"containers/{container}/healthcheck"), chosen))
                last = {each["Id"]: last.get(each["Id"], 0) for each in containers}
                last |= dict.fromkeys(chosen, time.monotonic())
            except (OSError, http.client.HTTPException, ValueError) as error:
                print(f"health checks: {error}", file=sys.stderr, flush=True)
            time.sleep(BUSY)


if __name__ == "__main__":
    main(sys.argv[1])
