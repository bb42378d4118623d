"""The names of databases, domains and load balancers on this machine: a marked block in /etc/hosts.

On AWS they are in DNS. Where /etc/hosts cannot be written, the names do not resolve on the control node, and the
modules' `connect_to` says where to dial; the addresses are in `<state>/names.json` in either case.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from pathlib import Path

from lab.aws import pki
from lab.aws.settings import place

_HOSTS = Path(os.environ.get("REPLATFORM_AWS_HOSTS_FILE") or "/etc/hosts")
_lock = threading.Lock()


def _marks() -> tuple[str, str]:
    return f"# replatform lab {place().state}: start\n", f"# replatform lab {place().state}: end\n"


def names() -> dict[str, str]:
    """{name: address} of what the pretend AWS has published."""
    try:
        return dict(json.loads((place().state / "names.json").read_text()))
    except (OSError, ValueError):
        return {}


def _without_block(text: str) -> str:
    start, end = _marks()
    if start not in text or end not in text:
        return text
    head, rest = text.split(start, 1)
    return head + rest.split(end, 1)[1]


def _write(known: dict[str, str]) -> None:
    pki.write(place().state / "names.json", json.dumps(known, indent=1).encode())
    if not os.access(_HOSTS, os.W_OK):
        return
    start, end = _marks()
    block = "".join(f"{address}\t{name}\n" for name, address in sorted(known.items()))
    with _HOSTS.open("r+") as file:
        # In place: in a container /etc/hosts is a mount of its own and cannot be replaced.
        fcntl.flock(file, fcntl.LOCK_EX)
        text = _without_block(file.read())
        file.seek(0)
        file.write(text + (f"{start}{block}{end}" if known else ""))
        file.truncate()


def publish(name: str, address: str) -> None:
    """Let `name` resolve to `address` on this machine."""
    with _lock:
        _write({**names(), name: address})


def withdraw(name: str) -> None:
    """Take a name out again."""
    with _lock:
        _write({known: address for known, address in names().items() if known != name})


def clear() -> None:
    """Take all names out."""
    with _lock:
        _write({})
