"""The emulator's process: ministack with the gaps filled, its gateway and the load balancers' edge.

Run by ministack's own Python (it pins botocore) with the checkout on PYTHONPATH: `python -m lab.aws.launch`.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from typing import Any

from lab.aws import calls, engine, gaps, gateway, hosts
from lab.aws.edge import EdgeConfig, edge_application
from lab.aws.settings import HOST, REGISTRY, place


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _serve(application: Any, config: EdgeConfig) -> None:
    from hypercorn.asyncio import serve

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(application, config, shutdown_trigger=stop.wait)


def main() -> None:
    """Fill the gaps, then serve until SIGTERM."""
    _allow_many_files()
    here = place()
    filled = gaps.apply_all(gaps.switched_off())
    print(f"{len(filled)} gaps filled: {', '.join(each.name for each in filled)}", flush=True)
    calls.install()
    from ministack import app

    here.sockets.mkdir(parents=True, exist_ok=True)
    os.umask(0o077)
    hosts.clear()
    if engine.available():
        engine.remove_everything()  # what a killed predecessor left
        # The engine pushes to and pulls from the registry by its own name, as on AWS.
        hosts.publish(REGISTRY, HOST)
        engine.ensure_network()
        gateway.start()
    try:
        asyncio.run(_serve(edge_application(app.app), EdgeConfig.of(here)))
    finally:
        hosts.clear()
        if engine.available():
            engine.remove_everything()


if __name__ == "__main__":
    main()
