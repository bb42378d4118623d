# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a deployment failed: stopped tasks, exit codes, last log lines, target health, events, and a likely cause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client, pages
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import CallError, calling

LOG_LINES = 20
EVENTS = 5
DESCRIBED = 100  # DescribeTasks takes that many


@dataclass(frozen=True)
class Container:
    """name, exit code (None: it never ran) and ECS's own reason."""

    name: str
    exit_code: int | None
    reason: str


@dataclass(frozen=True)
class StoppedTask:
    """A task that ended."""

    arn: str
    task_definition: str
    stop_code: str
    reason: str
    containers: tuple[Container, ...]

    @property
    def text(self) -> str:
        return " ".join([self.stop_code, self.reason, *(container.reason for container in self.containers)])

    def line(self) -> str:
        """For a person."""
        parts = [f"task {self.arn.rpartition('/')[2]}: {self.reason or self.stop_code or 'stopped'}"]
        for container in self.containers:
            code = "never ran" if container.exit_code is None else f"exit code {container.exit_code}"
            parts.append(f"{container.name}: {code}{', ' + container.reason if container.reason else ''}")
        return "; ".join(parts)


@dataclass(frozen=True)
class Cause:
    """A likely cause. certain: waiting longer cannot help. command: what to run next."""

    sentence: str
    command: str
    certain: bool = False


UNKNOWN = Cause("ECS names none", "aws ecs describe-services --cluster <cluster> --services <service>")


@dataclass(frozen=True)
class Diagnosis:
    """All that AWS tells about a failed deployment."""

    cause: Cause
    tasks: tuple[StoppedTask, ...] = ()
    logs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "cause": self.cause.sentence,
            "next_command": self.cause.command,
            "stopped_tasks": [task.line() for task in self.tasks],
            "logs": list(self.logs),
            "targets": list(self.targets),
            "events": list(self.events),
        }

    def text(self) -> str:
        lines = [f"Likely cause: {self.cause.sentence}."]
        for title, found in (
            ("Stopped", [task.line() for task in self.tasks[:3]]),
            ("Targets", self.targets),
            ("Events", self.events),
            ("Last log lines", self.logs),
        ):
            if found:
                lines += [f"{title}:", *(f"  {item}" for item in found)]
        return "\n".join(lines)


# (pattern, sentence, command, certain); the first that fits wins. {0} is the task's text.
_BY_TEXT: tuple[tuple[str, str, str, bool], ...] = (
    (
        r"i/o timeout|connection timed out|no route to host|network is unreachable|dial tcp|context deadline exceeded",
        "the task has no way to an AWS endpoint (registry, Secrets Manager or logs)",
        "aws ec2 describe-vpc-endpoints; a private subnet needs the endpoints or a NAT gateway",
        False,
    ),
    (
        r"CannotPull\w*|No such image|pull access denied|manifest unknown|repository does not exist|image pull|"
        r"(image|manifest)\S* .*not found|ImagePull",
        "the image cannot be pulled",
        "aws ecr describe-images --repository-name <repository>; then deploy an image that is there",
        True,
    ),
    (
        r"unable to pull secrets|unable to (retrieve|fetch) secret|secretsmanager|ResourceInitializationError.*secret|"
        r"json key .* from secret|retrieve json key",
        "a secret cannot be read: it is missing, lacks the key, or the execution role may not read it",
        "aws secretsmanager describe-secret --secret-id <name>; then look at the execution role's policy",
        True,
    ),
    (
        r"OutOfMemory|out of memory|OOM",
        "a container used more memory than it has",
        "give the service more memory in overrides.<service>.memory and deploy again",
        False,
    ),
    (
        r"failed container health checks|unhealthy container",
        "the container's health check fails",
        "run the health check's command in the image by hand; give it a longer start_period if the start is slow",
        False,
    ),
    (
        r"failed (ELB|elastic load balancing) health checks|target group|health checks failed with",
        "the load balancer's health check fails: wrong port or path, or the program is not ready in time",
        "aws elbv2 describe-target-health --target-group-arn <arn>",
        False,
    ),
    (
        r"RESOURCE:|[Cc]apacity is unavailable|insufficient capacity",
        "AWS has no capacity for this size in these zones",
        "add a subnet of another zone, or choose another size",
        False,
    ),
    (
        r"AccessDenied|not authorized",
        "a role lacks a permission",
        "look at the policy of the execution role and of the task role",
        False,
    ),
)
_BY_EXIT = {
    126: "the program is not executable",
    127: "the program is not in the image: entrypoint or command is wrong",
    137: "the program was killed: too little memory, or it did not end in time",
    139: "the program crashed (segmentation fault)",
}


# Why a load balancer finds a target unhealthy, as DescribeTargetHealth and the service's events say it.
_BY_TARGET: tuple[tuple[str, str], ...] = (
    (
        r"Health checks failed with these codes: (\[[^]]*\])",
        "the program answers the load balancer's health check with {}: is the path right, and the program ready?",
    ),
    (
        r"(Request timed out)",
        "the load balancer gets no answer in time: look at the security groups, and at the program",
    ),
    (
        r"(Health checks failed)",
        "nothing answers at the port that the load balancer asks: is it the one that the program listens on?",
    ),
)
_TARGETS = "aws elbv2 describe-target-health --target-group-arn <arn>; compare port and path with the application"


def _by_target(texts: Iterable[str]) -> Cause | None:
    for text in texts:
        for pattern, sentence in _BY_TARGET:
            found = re.search(pattern, text)
            if found:
                return Cause(sentence.format(found.group(1)), _TARGETS)
    return None


def likely_cause(tasks: Sequence[StoppedTask], targets: Sequence[str] = (), events: Sequence[str] = ()) -> Cause:
    """From what was seen, newest first. A target's own reason says more than that it was the end of a task."""
    unhealthy = [target for target in targets if ": unhealthy" in target]
    if any(re.search("(ELB|load balancing) health checks", task.text) for task in tasks) or (unhealthy and not tasks):
        found = _by_target([*unhealthy, *events])
        if found:
            return found
    for text in (*(task.text for task in tasks), *events):
        for pattern, sentence, command, certain in _BY_TEXT:
            if re.search(pattern, text):
                return Cause(sentence, command, certain)
    for task in tasks:
        for container in task.containers:
            if container.exit_code:
                sentence = _BY_EXIT.get(container.exit_code, "the program ended by itself: its log says why")
                return Cause(
                    f"{container.name} ended with exit code {container.exit_code}: {sentence}",
                    "read the log lines below; then mend the image or its environment and deploy again",
                )
    if any(": unhealthy" in target for target in targets):
        return Cause(
            "the tasks run, but the load balancer cannot get a healthy answer: port, path or security group",
            _TARGETS,
        )
    return UNKNOWN


@dataclass
class Clients:
    """The three clients, made when first used."""

    connection: Connection
    made: dict[str, Any] = field(default_factory=dict)

    def get(self, service: str) -> Any:
        if service not in self.made:
            self.made[service] = make_client(service, self.connection)
        return self.made[service]


def stopped_tasks(ecs: Any, cluster: str, service: str, deployment_id: str, known: frozenset[str]) -> list[StoppedTask]:
    """Tasks of this deployment that stopped by themselves, newest first, without those in `known`."""
    where = f"the stopped tasks of {service}"
    arns = list(
        pages(ecs, "list_tasks", "taskArns", where, cluster=cluster, serviceName=service, desiredStatus="STOPPED")
    )
    arns = [arn for arn in arns if arn not in known][:DESCRIBED]
    if not arns:
        return []
    with calling(where):
        found = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    mine = [task for task in found if task.get("startedBy") == deployment_id and _by_itself(task)]
    return [stopped_task(task) for task in sorted(mine, key=_stopped_at, reverse=True)]


def _stopped_at(task: Mapping[str, Any]) -> str:
    return str(task.get("stoppedAt") or task.get("createdAt") or "")


def _by_itself(task: Mapping[str, Any]) -> bool:
    """Not: scaled in, replaced by a deployment, or stopped by a person."""
    return task.get("stopCode") not in ("ServiceSchedulerInitiated", "UserInitiated") or "health" in str(
        task.get("stoppedReason", "")
    )


def stopped_task(task: Mapping[str, Any]) -> StoppedTask:
    """A task of DescribeTasks."""
    return StoppedTask(
        arn=task["taskArn"],
        task_definition=task.get("taskDefinitionArn", ""),
        stop_code=str(task.get("stopCode") or ""),
        reason=str(task.get("stoppedReason") or ""),
        containers=tuple(
            Container(str(item.get("name")), item.get("exitCode"), str(item.get("reason") or ""))
            for item in task.get("containers") or ()
        ),
    )


def target_health(elbv2: Any, service: Mapping[str, Any]) -> list[str]:
    """`10.0.1.5:8000: healthy`, one line per target of the service's target groups."""
    lines = []
    for balancer in service.get("loadBalancers") or ():
        arn = balancer.get("targetGroupArn")
        if not arn:
            continue
        with calling(f"DescribeTargetHealth of {arn}"):
            found = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        for item in found:
            health = item.get("TargetHealth") or {}
            why = " ".join(str(health[key]) for key in ("Reason", "Description") if health.get(key))
            target = f"{item['Target']['Id']}:{item['Target'].get('Port', '')}"
            lines.append(f"{target}: {health.get('State')}{' (' + why + ')' if why else ''}")
    return lines


def container_log(logs: Any, container: Mapping[str, Any], task_arn: str, limit: int) -> list[str] | None:
    """The last lines of one container of a task, oldest first; None if it does not log to CloudWatch by a prefix."""
    options = (container.get("logConfiguration") or {}).get("options") or {}
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    if not group or not prefix:
        return None
    stream = f"{prefix}/{container['name']}/{task_arn.rpartition('/')[2]}"
    with calling(f"GetLogEvents of {group} {stream}"):
        events = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=limit, startFromHead=False)
    return [f"{container['name']}: {event['message'].rstrip()}" for event in events["events"]]


def last_log_lines(clients: Clients, task: StoppedTask) -> list[str]:
    """The last lines of every container of a task that logs to CloudWatch."""
    with calling(f"DescribeTaskDefinition of {task.task_definition}"):
        found = clients.get("ecs").describe_task_definition(taskDefinition=task.task_definition)
    lines: list[str] = []
    for container in found["taskDefinition"]["containerDefinitions"]:
        try:
            lines += container_log(clients.get("logs"), container, task.arn, LOG_LINES) or []
        except CallError as error:
            lines.append(f"{container['name']}: no log ({error.what})")
    return lines[-LOG_LINES:]


def diagnose(clients: Clients, service: Mapping[str, Any], tasks: Sequence[StoppedTask]) -> Diagnosis:
    """Gathers what can be read; what cannot be read is left out with a word, never raised: the failure comes first."""
    events = [str(event["message"]) for event in (service.get("events") or ())[:EVENTS]]
    try:
        targets = target_health(clients.get("elbv2"), service)
    except CallError as error:
        targets = [f"not readable: {error.what}"]
    try:
        logs = last_log_lines(clients, tasks[0]) if tasks else []
    except CallError as error:
        logs = [f"not readable: {error.what}"]
    return Diagnosis(likely_cause(tasks, targets, events), tuple(tasks), tuple(logs), tuple(targets), tuple(events))
