"""The container engine as the emulator's process uses it: the AWS network, its gateway container, owned containers."""

from __future__ import annotations

import functools
import io
import os
import tarfile
from collections.abc import Mapping
from typing import Any

from lab.aws.settings import NETWORK, NETWORK_GATEWAY, NETWORK_SUBNET, place

LABEL = "replatform.aws"
# The image of the gateway container: any Python will do.
PYTHON_IMAGE = os.environ.get("REPLATFORM_AWS_PYTHON_IMAGE", "python:3.11-slim")


def available() -> bool:
    """Whether this pretend AWS was started with an engine."""
    return bool(os.environ.get("DOCKER_HOST"))


@functools.cache
def client() -> Any:
    """The engine's client; asking for it without an engine is a mistake of the caller."""
    import docker

    return docker.from_env(timeout=120)


def labels(kind: str) -> dict[str, str]:
    """What marks a container or volume as belonging to this pretend AWS."""
    return {LABEL: str(place().state), "replatform.aws.kind": kind}


def ensure_network() -> None:
    """The network of databases and tasks, with the subnet of a Fargate task's credentials address."""
    import docker

    engine = client()
    if engine.networks.list(names=[f"^{NETWORK}$"]) or engine.networks.list(names=[NETWORK]):
        return
    pool = docker.types.IPAMPool(subnet=NETWORK_SUBNET, gateway=NETWORK_GATEWAY)
    engine.networks.create(NETWORK, driver="bridge", ipam=docker.types.IPAMConfig(pool_configs=[pool]))


def ensure_image(name: str) -> None:
    """The image, pulled unless the engine has it (the lab builds stand-ins where nothing can be pulled)."""
    import docker

    try:
        client().images.get(name)
    except docker.errors.ImageNotFound:
        client().images.pull(name)


def put_files(container: Any, files: Mapping[str, tuple[bytes, int]], owner: int = 0) -> None:
    """Write {absolute path: (content, mode)} into a container as files of user and group `owner`."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as bundle:
        for path, (content, mode) in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode, entry.uid, entry.gid = len(content), mode, owner, owner
            bundle.addfile(entry, io.BytesIO(content))
    container.put_archive("/", archive.getvalue())


def address(container: Any) -> str:
    """The container's address on the AWS network; empty while it does not run."""
    container.reload()
    network = container.attrs["NetworkSettings"]["Networks"].get(NETWORK) or {}
    return str(network.get("IPAddress") or "")


def remove(name: str) -> None:
    """Remove a container and its volumes; none of that name is fine."""
    import docker

    try:
        client().containers.get(name).remove(force=True, v=True)
    except docker.errors.NotFound:
        return


def remove_volume(name: str) -> None:
    """Remove a volume; none of that name is fine."""
    import docker

    try:
        client().volumes.get(name).remove(force=True)
    except docker.errors.NotFound:
        return


def remove_everything() -> None:
    """Remove what this pretend AWS started, tasks included: `down` and `up` begin with an empty account."""
    mine = {"label": f"{LABEL}={place().state}"}
    for container in client().containers.list(all=True, filters=mine):
        container.remove(force=True, v=True)
    for volume in client().volumes.list(filters=mine):
        volume.remove(force=True)
