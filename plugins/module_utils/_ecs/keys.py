# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every key of the compose model and what becomes of it. A key that is not in these tables stops the run.

A path is relative to the service: `[]` is an item of a list, `*` a name that the user chooses, `.**` all keys below,
for which there is one reason. docs/compose.md is made from these tables: `python -m tests.compose_table`.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs import (
    handlers,
    ledger,
    limits,
    mounts,
    ports,
    variables,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Draft, Node, Rule, always, copied
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import Outcome


def _ignored(reason: str) -> Rule:
    return always(ledger.without_effect(reason))


def _replaced(target: str, reason: str) -> Rule:
    return always(ledger.replaced(target, reason))


def _refused(reason: str, *harmless: Any) -> Rule:
    """Refused, unless the value is empty or one of `harmless`: then the platform does just that anyway."""
    refusal = ledger.refused(reason)
    words = ", ".join(dict.fromkeys(str(value) for value in harmless))
    anyway = ledger.without_effect(f"{words}: what Fargate does anyway")

    def apply(_draft: Draft, node: Node) -> Outcome:
        if node.value in harmless:
            return anyway
        return refusal if node.value else ledger.EMPTY

    return Rule(apply, (refusal, anyway) if harmless else (refusal,))


WHOLE = ".**"
_VPC = "the VPC, its subnets and security groups take the place of compose networks"
_NETWORK = _ignored(_VPC)
_ROLLOUT = _ignored("how a deployment is rolled out is the option deployment_configuration of ecs_service")
_SWARM = _ignored("placement by Swarm; Fargate spreads tasks over the subnets' zones")
_HOST_LIMIT = _ignored("a limit of a shared host; on Fargate each task has a machine of its own")
_USE_CPUS = _ignored("CPU time is set by cpus and the task's size")

SERVICE_KEYS: dict[str, Rule] = {
    "annotations": _ignored("for the container runtime; ECS has none"),
    "attach": _ignored("for the terminal of `docker compose up`"),
    "blkio_config.**": _HOST_LIMIT,
    "build.**": handlers.build,
    "cap_add": limits.cap_add,
    "cap_drop": limits.cap_drop,
    "cgroup": _refused("Fargate shares no host cgroup: take it out", "private"),
    "cgroup_parent": _HOST_LIMIT,
    "command": handlers.command,
    "configs[].**": mounts.config,
    "container_name": _ignored("the container has the service's name; the address is rewired in the environment"),
    "cpu_count": _USE_CPUS,
    "cpu_percent": _USE_CPUS,
    "cpu_period": _USE_CPUS,
    "cpu_quota": _USE_CPUS,
    "cpu_rt_period": _USE_CPUS,
    "cpu_rt_runtime": _USE_CPUS,
    "cpu_shares": _USE_CPUS,
    "cpus": limits.cpus,
    "cpuset": _HOST_LIMIT,
    "credential_spec.**": _refused("Windows credentials are not for Linux on Fargate: take them out"),
    "depends_on.*": handlers.depends_on,
    "depends_on.*.condition": handlers.depends_condition,
    "depends_on.*.required": handlers.depends_required,
    "depends_on.*.restart": handlers.depends_restart,
    "deploy.endpoint_mode": _SWARM,
    "deploy.labels": _ignored("labels of a Swarm service; tag the ECS service instead"),
    "deploy.mode": _SWARM,
    "deploy.placement.**": _SWARM,
    "deploy.replicas": _ignored("the number of tasks is the option desired_count of ecs_service"),
    "deploy.resources.limits.cpus": limits.cpus,
    "deploy.resources.limits.memory": limits.memory_limit,
    "deploy.resources.limits.pids": _HOST_LIMIT,
    "deploy.resources.reservations.cpus": _USE_CPUS,
    "deploy.resources.reservations.devices.**": _refused("Fargate has no devices or GPUs: run this service on EC2"),
    "deploy.resources.reservations.generic_resources.**": _refused("Fargate has no generic resources: take them out"),
    "deploy.resources.reservations.memory": limits.memory_reservation,
    "deploy.restart_policy.**": _replaced("ECS service", "the service starts a new task in place of one that stopped"),
    "deploy.rollback_config.**": _ROLLOUT,
    "deploy.update_config.**": _ROLLOUT,
    "develop.**": _ignored("for `docker compose watch`"),
    "device_cgroup_rules": _refused("Fargate gives no access to devices: run this service on EC2"),
    "devices.**": _refused("Fargate gives no access to devices: run this service on EC2"),
    "dns": _refused("Fargate asks the VPC's resolver: set up Route 53 Resolver rules, or take it out"),
    "dns_opt": _refused("Fargate asks the VPC's resolver: take it out"),
    "dns_search": _refused("Fargate asks the VPC's resolver: use full names, or take it out"),
    "domainname": _ignored("a task's name is given by the VPC"),
    "entrypoint": handlers.entrypoint,
    "env_file.**": _ignored("read by compose already: its variables are in environment"),
    "environment.*": variables.variable,
    "expose[]": ports.expose,
    "extends.**": _ignored("resolved by compose already"),
    "external_links": _refused("no containers outside of the task: say where it answers in the environment"),
    "extra_hosts": _refused("Fargate adds no host names: use a private hosted zone, or the address in the environment"),
    "gpus.**": _refused("Fargate has no GPUs: run this service on EC2"),
    "group_add": _refused("ECS adds no groups: give user as uid:gid, or change the image"),
    "healthcheck.disable": limits.health_disable,
    "healthcheck.interval": limits.health_interval,
    "healthcheck.retries": limits.health_retries,
    "healthcheck.start_interval": limits.health_start_interval,
    "healthcheck.start_period": limits.health_start_period,
    "healthcheck.test": limits.health_test,
    "healthcheck.timeout": limits.health_timeout,
    "hostname": _ignored("a task's name is given by the VPC; the address is rewired in the environment"),
    "image": handlers.image,
    "init": limits.init,
    "ipc": _refused("Fargate shares no IPC namespace: take it out", "private", "none", "shareable"),
    "isolation": _ignored("for Windows containers"),
    "label_file": _ignored("read by compose already: its labels are in labels"),
    "labels": limits.labels,
    "links": _ignored("containers of one task reach each other at 127.0.0.1; the environment is rewired"),
    "logging.driver": _replaced("logConfiguration", "logs go to CloudWatch Logs, if the option log_group says where"),
    "logging.options": _replaced(
        "log group", "for another driver; how long logs are kept is a setting of the log group"
    ),
    "mac_address": _NETWORK,
    "mem_limit": limits.memory_limit,
    "mem_reservation": limits.memory_reservation,
    "mem_swappiness": _HOST_LIMIT,
    "memswap_limit": _HOST_LIMIT,
    "models.**": _refused("Fargate runs no models: use Amazon Bedrock or a service of your own, and take it out"),
    "network_mode": ports.network_mode,
    "networks.*": _replaced("VPC", _VPC),
    "networks.*.aliases": _replaced("environment", "variables that name the service by it are rewired"),
    "networks.*.driver_opts": _NETWORK,
    "networks.*.gw_priority": _NETWORK,
    "networks.*.interface_name": _NETWORK,
    "networks.*.ipv4_address": _replaced("environment", "variables that name the service by it are rewired"),
    "networks.*.ipv6_address": _NETWORK,
    "networks.*.link_local_ips": _NETWORK,
    "networks.*.mac_address": _NETWORK,
    "networks.*.priority": _NETWORK,
    "oom_kill_disable": _refused("Fargate always ends what exceeds its memory: take it out"),
    "oom_score_adj": _HOST_LIMIT,
    "pid": _refused("Fargate shares no process namespace with a host: take it out"),
    "pids_limit": _HOST_LIMIT,
    "platform": handlers.platform,
    "ports[].app_protocol": ports.app_protocol,
    "ports[].host_ip": _replaced("security group", "who may reach the task is said by its security group"),
    "ports[].mode": _ignored("for Swarm; the task has an address of its own"),
    "ports[].name": ports.name,
    "ports[].protocol": ports.protocol,
    "ports[].published": _replaced("load balancer", "the port of its listener; the task answers at the target's"),
    "ports[].target": ports.target,
    "post_start.**": _refused("ECS has no hooks: put it into the image's entrypoint"),
    "pre_stop.**": _refused("ECS has no hooks: let the program act on SIGTERM"),
    "privileged": _refused("Fargate runs no privileged containers: run this service on EC2"),
    "profiles": _ignored("chosen already, by the option profiles"),
    "provider.**": _refused("this service is no container: say in `services` what replaces it"),
    "pull_policy": _ignored("a task pulls its image at every start"),
    "pull_refresh_after": _ignored("a task pulls its image at every start"),
    "read_only": handlers.read_only,
    "restart": handlers.restart,
    "runtime": _refused("Fargate chooses the runtime: take it out", "runc"),
    "scale": _ignored("the number of tasks is the option desired_count of ecs_service"),
    "secrets[]": mounts.secret,
    "secrets[].gid": always(mounts.SECRET_FILE),
    "secrets[].mode": always(mounts.SECRET_FILE),
    "secrets[].source": always(mounts.SECRET_SOURCE),
    "secrets[].target": always(mounts.SECRET_FILE),
    "secrets[].uid": always(mounts.SECRET_FILE),
    "security_opt": limits.security_opt,
    "shm_size": _refused("Fargate has no shared memory size: let the program use /tmp", "67108864"),
    "stdin_open": copied("interactive"),
    "stop_grace_period": handlers.stop_grace_period,
    "stop_signal": _refused("ECS sends SIGTERM: set STOPSIGNAL in the image and accept this", "SIGTERM", "TERM", "15"),
    "storage_opt": _refused("the size of a task's disk is ephemeralStorage: take it out"),
    "sysctls.*": limits.sysctl,
    "tmpfs[]": mounts.tmpfs,
    "tty": copied("pseudoTerminal"),
    "ulimits.*": limits.ulimit,
    "ulimits.*.hard": always(limits.ULIMIT_HARD),
    "ulimits.*.soft": always(limits.ULIMIT_SOFT),
    "use_api_socket": _refused("there is no engine to talk to on Fargate: take it out"),
    "user": handlers.user,
    "userns_mode": _refused("Fargate has no user namespaces to choose: take it out"),
    "uts": _refused("Fargate shares no host name space: take it out"),
    "volumes[]": mounts.mount,
    "volumes[].bind.**": always(mounts.MOUNT_BIND),
    "volumes[].consistency": always(mounts.MOUNT_CONSISTENCY),
    "volumes[].image.**": always(mounts.MOUNT_IMAGE),
    "volumes[].read_only": always(mounts.MOUNT_READ_ONLY),
    "volumes[].source": always(mounts.MOUNT_SOURCE),
    "volumes[].target": always(mounts.MOUNT_TARGET),
    "volumes[].tmpfs.mode": always(mounts.TMPFS_MODE),
    "volumes[].tmpfs.size": always(mounts.TMPFS_SIZE),
    "volumes[].type": always(mounts.MOUNT_TYPE),
    "volumes[].volume.labels": always(mounts.VOLUME_LABELS),
    "volumes[].volume.nocopy": always(mounts.NO_COPY),
    "volumes[].volume.subpath": mounts.subpath,
    "volumes_from": _refused("name the volumes in both services instead"),
    "working_dir": copied("workingDirectory"),
}

# Written by render, which needs to know all services; listed here so that they are known.
ELSEWHERE = {"environment"}
# Nothing in these says something: it clears what the image says, or it is how a service is in a network.
MEANING_WHEN_EMPTY = {"entrypoint", "command", "networks.*"}
OWN_EXTENSION = ledger.mapped("", "read as services and overrides of this service")

_OWN_ENTRY = _ignored("each use of it has an entry of its own, in its service")
PROJECT_KEYS: dict[str, Rule] = {
    "configs.**": _OWN_ENTRY,
    "include.**": _ignored("resolved by compose already"),
    "models.**": _OWN_ENTRY,
    "name": _ignored("the family of the task definitions, unless the option family names one"),
    "networks.*": _replaced("VPC", _VPC),
    "networks.*.attachable": _NETWORK,
    "networks.*.driver": _NETWORK,
    "networks.*.driver_opts": _NETWORK,
    "networks.*.enable_ipv4": _NETWORK,
    "networks.*.enable_ipv6": _NETWORK,
    "networks.*.external.**": _NETWORK,
    "networks.*.internal": _replaced("security group", "what may go out is said by the task's subnets and group"),
    "networks.*.ipam.**": _NETWORK,
    "networks.*.labels": _NETWORK,
    "networks.*.name": _NETWORK,
    "secrets.**": _OWN_ENTRY,
    "version": _ignored("of no meaning to compose any more"),
    "volumes.**": _OWN_ENTRY,
}
