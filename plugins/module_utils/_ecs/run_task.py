# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One task of a task definition: what AWS would refuse is said first, then it is started once and followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.diff import ansible_diff, canonical
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError, calling
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN
from ansible_collections.replatform.aws.plugins.module_utils._ecs.abandoned import Listener
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import (
    UNKNOWN,
    Cause,
    Clients,
    Diagnosis,
    StoppedTask,
    likely_cause,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service import Waiting
from ansible_collections.replatform.aws.plugins.module_utils._ecs.task_definition import describe
from ansible_collections.replatform.aws.plugins.module_utils._ecs.task_follower import End, Follower, TaskError


@dataclass(frozen=True)
class Order:
    """request: RunTask's members, beside cluster and task definition. container: '' counts all that are essential."""

    cluster: str
    task_definition: str
    request: Mapping[str, Any] = field(default_factory=dict)
    container: str = ""
    log_lines: int = 20


@dataclass(frozen=True)
class Ran:
    """A task that ended well; in check mode, without a task, one that would be started."""

    diff: dict[str, str]
    task: StoppedTask | None = None
    seconds: float = 0.0
    logs: tuple[str, ...] = ()


def run(clients: Clients, order: Order, waiting: Waiting, *, check_mode: bool) -> Ran:
    """Starts the task and follows it to its end. Raises TaskError for every end but exit code 0."""
    ecs = clients.get("ecs")
    definition = examine(ecs, order, check_mode=check_mode)
    diff = ansible_diff({}, canonical(shown(order)), f"task of {order.task_definition}")
    if check_mode or definition is None:
        return Ran(diff)
    counted = counted_containers(definition, order.container)
    with Listener() as listener:
        task = _start(ecs, order)
        follower = Follower(clients, order.cluster, definition, counted, task, listener, order.log_lines)
        seconds = follower.follow(waiting.timeout, waiting.interval, waiting.progress)
        return Ran(diff, follower.result(), seconds, tuple(follower.logs()))


def counted_containers(definition: Mapping[str, Any], container: str) -> list[str]:
    """The containers whose exit code is the task's: the named one, else all that are essential."""
    essential = [item["name"] for item in definition["containerDefinitions"] if item.get("essential") is not False]
    return [container] if container else essential


def examine(ecs: Any, order: Order, *, check_mode: bool) -> dict[str, Any] | None:
    """The task definition. In check mode, cluster and definition may be ones that would be created before: None."""
    if not (check_mode and order.cluster == STAND_IN):
        with calling(f"DescribeClusters of {order.cluster}"):
            found = ecs.describe_clusters(clusters=[order.cluster])["clusters"]
        if not check_mode and not any(cluster["status"] == "ACTIVE" for cluster in found):
            raise AwsError("there is no such cluster", order.cluster, "make it with ecs_cluster.")
    if check_mode and order.task_definition == STAND_IN:
        return None
    definition = describe(ecs, order.task_definition)
    if definition is not None:
        _refuse(definition, order)
    elif not check_mode:
        where = order.task_definition
        raise AwsError("there is no such task definition", where, "register it with ecs_task_definition.")
    return definition


def _refuse(definition: Mapping[str, Any], order: Order) -> None:
    """What AWS would refuse later, or in words that help less."""
    where = f"task definition {definition['taskDefinitionArn'].rpartition('/')[2]}"
    if definition.get("status") == "INACTIVE":
        raise AwsError("the revision is inactive", where, "name an active revision, or the family alone.")
    names = [item["name"] for item in definition["containerDefinitions"]]
    asked = [item["name"] for item in order.request.get("overrides", {}).get("containerOverrides", ())]
    for name in [order.container, *asked]:
        if name and name not in names:
            raise AwsError(f"there is no container {name}", where, f"name one of {', '.join(names)}.")
    if definition.get("networkMode") == "awsvpc" and not order.request.get("networkConfiguration"):
        raise AwsError("its tasks need a network of their own", where, "give the option network_configuration.")


def shown(order: Order) -> dict[str, Any]:
    """What is run, for a person: of an environment only the names, because a value may be a secret."""
    overrides = dict(order.request.get("overrides") or {})
    overrides["containerOverrides"] = [
        {**item, "environment": [entry["name"] for entry in item.get("environment") or ()]}
        for item in overrides.get("containerOverrides") or ()
    ]
    request = {key: value for key, value in order.request.items() if key != "clientToken"}
    return {**request, "cluster": order.cluster, "taskDefinition": order.task_definition, "overrides": overrides}


def _start(ecs: Any, order: Order) -> dict[str, Any]:
    """The task, just started. RunTask may answer 200 and have started nothing."""
    where = f"RunTask of {order.task_definition} in {order.cluster}"
    with calling(where):
        answer = ecs.run_task(cluster=order.cluster, taskDefinition=order.task_definition, count=1, **order.request)
    if answer.get("tasks"):
        return dict(answer["tasks"][0])
    failures = answer.get("failures") or ()
    reasons = [" ".join(str(item[key]) for key in ("reason", "detail") if item.get(key)) for item in failures]
    cause = likely_cause([], events=reasons)
    if cause == UNKNOWN:
        cause = Cause(cause.sentence, f"aws ecs describe-clusters --include ATTACHMENTS --clusters {order.cluster}")
    raise TaskError(End.NOT_STARTED, where, Diagnosis(cause), "; ".join(reasons) or "ECS gives no reason")
