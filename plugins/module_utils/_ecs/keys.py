# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every key of the compose model and what becomes of it. A key that is not in these tables stops the run.

A path is relative to the service. A rule takes its whole subtree; a handler refuses members that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs import handlers, mounts
from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import UNKNOWN, Draft, Handler, Rule
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import Fate, Ledger


def _copied(target: str) -> Rule:
    def apply(draft: Draft, path: str, value: Any) -> None:
        draft.container[target] = value
        draft.mapped(path, target)

    return Rule(apply, Fate.MAPPED, target)


def _ignored(reason: str) -> Rule:
    def apply(draft: Draft, path: str, _value: Any) -> None:
        draft.without_effect(path, reason)

    return Rule(apply, Fate.WITHOUT_EFFECT, reason)


def _replaced(target: str, reason: str) -> Rule:
    def apply(draft: Draft, path: str, _value: Any) -> None:
        draft.replaced(path, target, reason)

    return Rule(apply, Fate.REPLACED, f"{target}: {reason}")


def _refused(reason: str, *harmless: Any) -> Rule:
    """Refused, unless the value is empty or one of `harmless`: then the platform does just that anyway."""

    def apply(draft: Draft, path: str, value: Any) -> None:
        if value in (None, False, "", 0) or value in ([], {}) or value in harmless:
            draft.without_effect(path, "this value is what Fargate does anyway")
        else:
            draft.refused(path, reason)

    texts = [value for value in harmless if isinstance(value, str)]
    return Rule(apply, Fate.REFUSED, f"{reason}{'; not refused: ' + ', '.join(texts) if texts else ''}")


def _mapped(handler: Handler, becomes: str) -> Rule:
    return Rule(handler, Fate.MAPPED, becomes)


_NETWORK = _ignored("the VPC, its subnets and security groups take the place of compose networks")
_ROLLOUT = _ignored("how a deployment is rolled out is the option deployment_configuration of ecs_service")
_SWARM = _ignored("placement by Swarm; Fargate spreads tasks over the subnets' zones")
_HOST_LIMIT = _ignored("a limit of a shared host; on Fargate each task has a machine of its own")
_USE_CPUS = _ignored("CPU time is set by cpus and the task's size")

SERVICE_KEYS: dict[str, Rule] = {
    "annotations": _ignored("for the container runtime; ECS has none"),
    "attach": _ignored("for the terminal of `docker compose up`"),
    "blkio_config": _HOST_LIMIT,
    "build": Rule(
        handlers.build,
        Fate.REPLACED,
        "the image is built before and pushed to ECR; `overrides.<service>.image` names it by digest",
    ),
    "cap_add": _mapped(handlers.cap_add, "linuxParameters.capabilities.add; all but SYS_PTRACE is refused"),
    "cap_drop": _mapped(handlers.cap_drop, "linuxParameters.capabilities.drop"),
    "cgroup": _refused("Fargate shares no host cgroup: take it out", "private"),
    "cgroup_parent": _HOST_LIMIT,
    "command": _mapped(handlers.command, "command; refused where an empty one clears the image's"),
    "configs": Rule(mounts.configs, Fate.REFUSED, "Fargate puts no files into a container: copy them into the image"),
    "container_name": _ignored("the container has the service's name; the address is rewired in the environment"),
    "cpu_count": _USE_CPUS,
    "cpu_percent": _USE_CPUS,
    "cpu_period": _USE_CPUS,
    "cpu_quota": _USE_CPUS,
    "cpu_rt_period": _USE_CPUS,
    "cpu_rt_runtime": _USE_CPUS,
    "cpu_shares": _USE_CPUS,
    "cpus": _mapped(handlers.cpus, "cpu, in units of 1/1024; the task gets the smallest Fargate size that fits"),
    "cpuset": _HOST_LIMIT,
    "credential_spec": _refused("Windows credentials are not for Linux on Fargate: take them out"),
    "depends_on": _mapped(
        handlers.depends_on, "dependsOn within a task; a replaced service is up before; refused across tasks"
    ),
    "deploy.endpoint_mode": _SWARM,
    "deploy.labels": _ignored("labels of a Swarm service; tag the ECS service instead"),
    "deploy.mode": _SWARM,
    "deploy.placement": _SWARM,
    "deploy.replicas": _ignored("the number of tasks is the option desired_count of ecs_service"),
    "deploy.resources.limits.cpus": _mapped(
        handlers.cpus, "cpu, in units of 1/1024; the task gets the smallest Fargate size that fits"
    ),
    "deploy.resources.limits.memory": _mapped(
        handlers.memory_limit, "memory, in MiB; the task gets the smallest Fargate size that fits"
    ),
    "deploy.resources.limits.pids": _HOST_LIMIT,
    "deploy.resources.reservations.cpus": _USE_CPUS,
    "deploy.resources.reservations.devices": _refused("Fargate has no devices or GPUs: run this service on EC2"),
    "deploy.resources.reservations.generic_resources": _refused("Fargate has no generic resources: take them out"),
    "deploy.resources.reservations.memory": _mapped(handlers.memory_reservation, "memoryReservation, in MiB"),
    "deploy.restart_policy": _replaced("ECS service", "the service starts a new task in place of one that stopped"),
    "deploy.rollback_config": _ROLLOUT,
    "deploy.update_config": _ROLLOUT,
    "develop": _ignored("for `docker compose watch`"),
    "device_cgroup_rules": _refused("Fargate gives no access to devices: run this service on EC2"),
    "devices": _refused("Fargate gives no access to devices: run this service on EC2"),
    "dns": _refused("Fargate asks the VPC's resolver: set up Route 53 Resolver rules, or take it out"),
    "dns_opt": _refused("Fargate asks the VPC's resolver: take it out"),
    "dns_search": _refused("Fargate asks the VPC's resolver: use full names, or take it out"),
    "domainname": _ignored("a task's name is given by the VPC"),
    "entrypoint": _mapped(handlers.entrypoint, "entryPoint; refused where an empty one clears the image's"),
    "env_file": _ignored("read by compose already: its variables are in environment"),
    "expose": _mapped(handlers.expose, "portMappings"),
    "extends": _ignored("resolved by compose already"),
    "external_links": _refused("no containers outside of the task: say where it answers in the environment"),
    "extra_hosts": _refused("Fargate adds no host names: use a private hosted zone, or the address in the environment"),
    "gpus": _refused("Fargate has no GPUs: run this service on EC2"),
    "group_add": _refused("ECS adds no groups: give user as uid:gid, or change the image"),
    "healthcheck": _mapped(handlers.healthcheck, "healthCheck, its numbers brought into ECS's ranges, and said"),
    "hostname": _ignored("a task's name is given by the VPC; the address is rewired in the environment"),
    "image": _mapped(
        handlers.image, "image, unless overrides name one; by it the managed service is known that replaces this one"
    ),
    "init": _mapped(handlers.init, "linuxParameters.initProcessEnabled"),
    "ipc": _refused("Fargate shares no IPC namespace: take it out", "private", "none", "shareable"),
    "isolation": _ignored("for Windows containers"),
    "label_file": _ignored("read by compose already: its labels are in labels"),
    "labels": _mapped(handlers.labels, "dockerLabels"),
    "links": _ignored("containers of one task reach each other at 127.0.0.1; the environment is rewired"),
    "logging": _replaced("logConfiguration", "logs go to CloudWatch Logs"),
    "mac_address": _NETWORK,
    "mem_limit": _mapped(handlers.memory_limit, "memory, in MiB; the task gets the smallest Fargate size that fits"),
    "mem_reservation": _mapped(handlers.memory_reservation, "memoryReservation, in MiB"),
    "mem_swappiness": _HOST_LIMIT,
    "memswap_limit": _HOST_LIMIT,
    "models": _refused("Fargate runs no models: use Amazon Bedrock or a service of your own, and take it out"),
    "network_mode": _refused("every task has a network interface of its own: take it out", "bridge", "default"),
    "networks": _NETWORK,
    "oom_kill_disable": _refused("Fargate always ends what exceeds its memory: take it out"),
    "oom_score_adj": _HOST_LIMIT,
    "pid": _refused("Fargate shares no process namespace with a host: take it out"),
    "pids_limit": _HOST_LIMIT,
    "platform": _mapped(
        handlers.platform, "runtimePlatform.cpuArchitecture; refused but for linux/amd64 and linux/arm64"
    ),
    "ports": _mapped(handlers.ports, "portMappings"),
    "post_start": _refused("ECS has no hooks: put it into the image's entrypoint"),
    "pre_stop": _refused("ECS has no hooks: let the program act on SIGTERM"),
    "privileged": _refused("Fargate runs no privileged containers: run this service on EC2"),
    "profiles": _ignored("chosen already, by the option profiles"),
    "provider": _refused("this service is no container: say in `services` what replaces it"),
    "pull_policy": _ignored("a task pulls its image at every start"),
    "pull_refresh_after": _ignored("a task pulls its image at every start"),
    "read_only": _mapped(
        handlers.read_only, "readonlyRootFilesystem, which is true unless overrides say writable_root"
    ),
    "restart": Rule(
        handlers.restart,
        Fate.REPLACED,
        "the service starts a new task in place of one that stopped; `no` is a task that ends by itself",
    ),
    "runtime": _refused("Fargate chooses the runtime: take it out", "runc"),
    "scale": _ignored("the number of tasks is the option desired_count of ecs_service"),
    "secrets": _mapped(
        mounts.compose_secrets, "secrets, as variables; refused until `overrides.<service>.secrets_as` names one"
    ),
    "security_opt": Rule(
        handlers.security_opt, Fate.REFUSED, "Fargate takes no security options; not refused: no-new-privileges"
    ),
    "shm_size": _refused("Fargate has no shared memory size: let the program use /tmp", "67108864", 67108864),
    "stdin_open": _copied("interactive"),
    "stop_grace_period": _mapped(handlers.stop_grace_period, "stopTimeout, 2 to 120 s"),
    "stop_signal": _refused("ECS sends SIGTERM: set STOPSIGNAL in the image and accept this", "SIGTERM", "TERM", "15"),
    "storage_opt": _refused("the size of a task's disk is ephemeralStorage: take it out"),
    "sysctls": _mapped(handlers.sysctls, "systemControls; refused but for network and IPC parameters"),
    "tmpfs": _mapped(mounts.tmpfs, "an empty volume for the life of a task, on disk instead of in memory"),
    "tty": _copied("pseudoTerminal"),
    "ulimits": _mapped(handlers.ulimits, "ulimits; all but nofile is refused"),
    "use_api_socket": _refused("there is no engine to talk to on Fargate: take it out"),
    "user": _mapped(handlers.user, "user; root is refused unless overrides say run_as_root"),
    "userns_mode": _refused("Fargate has no user namespaces to choose: take it out"),
    "uts": _refused("Fargate shares no host name space: take it out"),
    "volumes": _mapped(
        mounts.volumes,
        "tmpfs is scratch; another volume is refused until overrides say scratch, left_out or `{efs: fs-…}`",
    ),
    "volumes_from": _refused("name the volumes in both services instead"),
    "working_dir": _copied("workingDirectory"),
}

# Written by render, which needs to know all services; listed here so that they are known.
ELSEWHERE = {"environment"}
# An empty list of these clears what the image says.
MEANING_WHEN_EMPTY = {"entrypoint", "command"}

_OF_PROJECT = "resolved by compose already"
PROJECT_KEYS: dict[str, str] = {
    "name": "the family of the task definitions, unless the option family names one",
    "version": "of no meaning to compose any more",
    "include": _OF_PROJECT,
    "networks": "the VPC, its subnets and security groups take the place of compose networks",
    "volumes": "each use of a volume has an entry of its own",
    "secrets": "each use of a secret has an entry of its own",
    "configs": "each use of a config has an entry of its own",
    "models": "each use of a model has an entry of its own",
}


def _is_prefix(path: str) -> bool:
    return any(known.startswith(f"{path}.") for known in SERVICE_KEYS)


def _nodes(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any, bool]]:
    """(path, value, known) of the keys that have a rule, and of those that have none."""
    for key, member in value.items():
        path = f"{prefix}{key}"
        if path in ELSEWHERE:
            continue
        if path in SERVICE_KEYS:
            yield path, member, True
        elif _is_prefix(path) and isinstance(member, Mapping):
            yield from _nodes(member, f"{path}.")
        else:
            yield path, member, False


def apply_service(draft: Draft) -> None:
    """Every key of a service to its handler."""
    for path, value, known in _nodes(draft.model):
        if known and value in ([], {}) and path not in MEANING_WHEN_EMPTY:
            draft.without_effect(path, "empty")
        elif known:
            SERVICE_KEYS[path].apply(draft, path, value)
        elif path.rpartition(".")[2] == "x-replatform":
            draft.mapped(path, "", "read as services and overrides of this service")
        elif path.rpartition(".")[2].startswith("x-"):
            draft.without_effect(path, "an extension field")
        else:
            draft.refused(path, UNKNOWN)


def apply_project(ledger: Ledger, model: Mapping[str, Any]) -> None:
    """The keys beside `services`."""
    for key in model:
        if key == "services":
            continue
        if key in PROJECT_KEYS:
            ledger.without_effect("", key, PROJECT_KEYS[key])
        elif key.startswith("x-"):
            ledger.without_effect("", key, "an extension field")
        else:
            ledger.refused("", key, UNKNOWN)
