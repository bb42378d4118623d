# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The members of compose keys that a handler takes whole: what each becomes. A member that is not here is refused.

By key of a service; `a.b` is a member of a member. docs/compose.md is made from it: a text that names no other fate
is about a member that is mapped.
"""

from __future__ import annotations

# Members of `build` that the Docker API takes, and those that only say how fast, or under which name.
BUILD_USED = ("context", "dockerfile", "args", "target", "network", "labels", "platforms")
BUILD_NO_MATTER = ("cache_from", "cache_to", "no_cache", "pull", "provenance", "sbom", "tags", "shm_size")
_BUILD_REFUSED = (
    "additional_contexts", "dockerfile_inline", "entitlements", "extra_hosts", "isolation", "privileged", "secrets",
    "secrets.source", "secrets.target", "secrets.uid", "secrets.gid", "secrets.mode", "ssh", "ulimits", "ulimits.soft",
    "ulimits.hard",
)  # fmt: skip
_OF_FILES = "without effect: owner and mode of a file that a task does not get"

MEMBERS: dict[str, dict[str, str]] = {
    "configs": {
        "source": "refused: copy the file into the image",
        "target": "refused: copy the file into the image",
        "uid": _OF_FILES,
        "gid": _OF_FILES,
        "mode": _OF_FILES,
    },
    "depends_on": {
        "condition": "dependsOn.condition: START, HEALTHY or SUCCESS",
        "required": "without effect: resolved by compose: a service of no chosen profile may be missing",
        "restart": "without effect: ECS replaces a task whole",
    },
    "healthcheck": {
        "test": "healthCheck.command",
        "interval": "healthCheck.interval, 5 to 300 s",
        "timeout": "healthCheck.timeout, 2 to 60 s",
        "retries": "healthCheck.retries, 1 to 10",
        "start_period": "healthCheck.startPeriod, 0 to 300 s",
        "start_interval": "without effect: ECS checks at one interval from the start",
        "disable": "true: no health check",
    },
    "ports": {
        "target": "portMappings.containerPort",
        "protocol": "portMappings.protocol",
        "published": "without effect: what the outside may reach is the load balancer's",
        "host_ip": "without effect: the task has an address of its own",
        "mode": "without effect: Swarm's",
        "name": "without effect: Service Connect is the option service_connect_configuration of ecs_service",
        "app_protocol": "without effect: Service Connect is the option service_connect_configuration of ecs_service",
    },
    "secrets": {
        "source": "secrets, as the variable that overrides.<service>.secrets_as names; refused without one",
        "target": "without effect: there is no file; the variable takes its place",
        "uid": _OF_FILES,
        "gid": _OF_FILES,
        "mode": _OF_FILES,
    },
    "ulimits": {"soft": "ulimits.softLimit", "hard": "ulimits.hardLimit"},
    "volumes": {
        "type": "mapped: volume, bind, tmpfs, cluster, npipe or image: see volumes",
        "source": "names the volume or file in the question what shall become of it",
        "target": "mountPoints.containerPath",
        "read_only": "mountPoints.readOnly of a file system",
        "consistency": "without effect: for Docker Desktop",
        "bind": "without effect: a bind mount is refused, or left out by overrides",
        "bind.propagation": "without effect: as bind",
        "bind.create_host_path": "without effect: as bind",
        "bind.recursive": "without effect: as bind",
        "bind.selinux": "without effect: as bind",
        "volume": "see its members",
        "volume.nocopy": "without effect: a new volume is empty",
        "volume.labels": "without effect: labels of the engine",
        "volume.subpath": "refused: for a file system give its root_directory instead",
        "tmpfs": "see its members",
        "tmpfs.size": "without effect: the task's disk is the limit",
        "tmpfs.mode": "without effect: the image decides",
        "image": "refused: Fargate mounts no images",
        "image.subpath": "refused: as image",
    },
    "build": {
        **dict.fromkeys(BUILD_USED, "replaced: used when the image is built"),
        **dict.fromkeys(BUILD_NO_MATTER, "without effect: only how fast, or under which name"),
        **dict.fromkeys(_BUILD_REFUSED, "refused: build and push the image with your own tool"),
    },
}


def known(key: str, below: str = "") -> set[str]:
    """The members of a key, or of a member of it."""
    prefix = f"{below}." if below else ""
    names = (name.removeprefix(prefix) for name in MEMBERS[key] if name.startswith(prefix))
    return {name for name in names if "." not in name}
