"""The gateway container: the tasks' way to the pretend AWS, which itself listens on loopback only.

It has the address 169.254.170.2 on the AWS network, where a Fargate task looks for its credentials, and passes what
arrives there to the unix sockets of the emulator's process: nothing is bound outside loopback and the AWS network.
"""

from __future__ import annotations

from pathlib import Path

from lab.aws import engine
from lab.aws.settings import GATEWAY_CONTAINER, NETWORK, TASK_ENDPOINT, place

_MOUNT = "/sockets"
_PORTS = {80: "http", 443: "https"}


def start() -> None:
    """Start the container anew."""
    here = place()
    engine.ensure_image(engine.PYTHON_IMAGE)
    engine.remove(GATEWAY_CONTAINER)
    docker = engine.client()
    # ministack's metadata and credentials are plain HTTP at its own port, as a task's are at port 80 on AWS.
    ports = {**_PORTS, here.port: "http"}
    source = Path(__file__).with_name("forward.py").read_text()
    docker.containers.run(
        engine.PYTHON_IMAGE,
        ["-c", source, *(f"{port}={_MOUNT}/{name}" for port, name in ports.items())],
        entrypoint=["python3"],
        name=GATEWAY_CONTAINER,
        user="0:0",
        volumes={str(here.sockets): {"bind": _MOUNT, "mode": "rw"}},
        labels=engine.labels("gateway"),
        network=NETWORK,
        networking_config={NETWORK: docker.api.create_endpoint_config(ipv4_address=TASK_ENDPOINT)},
        detach=True,
    )
