"""ECS: deployments have a record of their own, and shift traffic where the service says so."""

from __future__ import annotations

import json
from typing import Any

from lab.aws import service_deployments as store
from lab.aws import tasks
from lab.aws.gaps import _hooks, gap

_NOT_FOUND = "ServiceDeploymentNotFoundException"


def _beginning(complete: Any) -> _hooks.After:
    """After a service was made or changed: its new deployment gets its record."""

    def begin(_call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
        if answer[0] != 200:
            return answer
        from ministack.services import ecs

        shown = json.loads(answer[2])
        service = shown["service"]
        key = f"{service['clusterArn'].rpartition('/')[2]}/{service['serviceName']}"
        store.begin(key, complete)
        live = ecs._services[key]
        service |= {
            name: live[name] for name in ("currentServiceDeployment", "currentServiceRevisions") if name in live
        }
        return answer[0], answer[1], json.dumps(shown).encode()

    return begin


def _describe(call: _hooks.Call) -> _hooks.Answer:
    arns = call.params.get("serviceDeploymentArns", [])
    return _hooks.json_answer({
        "serviceDeployments": [store.described(store.records[arn]) for arn in arns if arn in store.records],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in store.records],
    })  # fmt: skip


def _list(call: _hooks.Call) -> _hooks.Answer:
    cluster = str(call.params.get("cluster") or "default").rpartition("/")[2]
    key = f"{cluster}/{str(call.params.get('service')).rpartition('/')[2]}"
    wanted = call.params.get("status")
    brief = ("serviceDeploymentArn", "serviceArn", "clusterArn", "createdAt", "startedAt", "finishedAt", "status",
             "statusReason")  # fmt: skip
    found = []
    for record in reversed(store.records.values()):
        if record.key == key and (not wanted or record.status in wanted):
            whole = store.described(record)
            found.append({name: whole[name] for name in brief if name in whole} | {
                "targetServiceRevisionArn": record.target,
            })  # fmt: skip
    return _hooks.json_answer({"serviceDeployments": found})


def _revisions(call: _hooks.Call) -> _hooks.Answer:
    arns = call.params.get("serviceRevisionArns", [])
    return _hooks.json_answer({
        "serviceRevisions": [store.revisions[arn] for arn in arns if arn in store.revisions],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in store.revisions],
    })  # fmt: skip


def _named(call: _hooks.Call) -> store.Record | None:
    return store.records.get(str(call.params.get("serviceDeploymentArn")))


def _continue(call: _hooks.Call) -> _hooks.Answer:
    record = _named(call)
    if record is None:
        return _hooks.json_answer("Service deployment not found.", 400, _NOT_FOUND)
    action = str(call.params.get("action") or "CONTINUE")
    if record.rollout is None or not record.rollout.answer(str(call.params.get("hookId")), action):
        return _hooks.json_answer("No hook with this id awaits an action.", 400, "InvalidParameterException")
    return _hooks.json_answer({"serviceDeploymentArn": record.arn})


def _stop(call: _hooks.Call) -> _hooks.Answer:
    record = _named(call)
    if record is None:
        return _hooks.json_answer("Service deployment not found.", 400, _NOT_FOUND)
    if record.done:
        return _hooks.json_answer("The service deployment is not in progress.", 400, "ConflictException")
    reason = "StopServiceDeployment asked for it."
    if record.rollout is not None:
        record.rollout.roll_back(reason)
    elif not store.turn_back(record, reason):
        return _hooks.json_answer("There is no revision to roll back to.", 400, "ClientException")
    return _hooks.json_answer({"serviceDeploymentArn": record.arn})


def _targets_by_deployment(original: Any) -> Any:
    """Each deployment's tasks in the target group of its side."""

    def sync(cluster: str, service: dict[str, Any]) -> None:
        from ministack.services import alb, ecs

        if not store.shifts(service):
            original(cluster, service)
            return
        running = [
            task for task in tasks.of_service(service)
            if task["lastStatus"] == "RUNNING" and service.get("status") == "ACTIVE"
        ]  # fmt: skip
        published = service.setdefault("_published_targets", {})
        for balancer in service.get("loadBalancers") or ():
            for number, arn in enumerate(tasks.target_groups(balancer)):
                mine = [task for task in running if store.side(service, str(task.get("_deployment_id"))) == number]
                addresses = [(address, balancer.get("containerPort", 80)) for task in mine
                             if (address := ecs._task_ip(task))]  # fmt: skip
                if arn:
                    alb.set_targets_for_group(arn, addresses, published.get(arn, ()))
                    published[arn] = [address for address, _port in addresses]

    return sync


@gap(
    service="ecs",
    lacks="service deployments and revisions are empty lists; BLUE_GREEN, LINEAR and CANARY roll like any other; "
    "ContinueServiceDeployment and StopServiceDeployment",
    restores="every deployment has its record; one that shifts traffic goes through the stages of the developer guide, "
    "with pause hooks, weights, bake times and the way back, on real tasks",
    how="a state machine (lab/aws/rollout.py) beside ministack's rollout, which drains old tasks when that says so",
)
def ecs_service_deployments() -> None:
    """Keep and drive the records."""
    from ministack.services import ecs

    drained = ecs._complete_service_deployment

    def when_it_may(cluster: str, key: str, expected_deployment_id: str | None = None) -> None:
        if not store.shifts(ecs._services.get(key) or {}):
            drained(cluster, key, expected_deployment_id)

    ecs._complete_service_deployment = when_it_may
    ecs._sync_service_targets = _targets_by_deployment(ecs._sync_service_targets)
    _hooks.after("ecs", "CreateService", "UpdateService")(_beginning(drained))
    _hooks.before("ecs", "DescribeServiceDeployments")(_describe)
    _hooks.before("ecs", "ListServiceDeployments")(_list)
    _hooks.before("ecs", "DescribeServiceRevisions")(_revisions)
    _hooks.before("ecs", "ContinueServiceDeployment")(_continue)
    _hooks.before("ecs", "StopServiceDeployment")(_stop)


@gap(
    service="ecs",
    lacks="the first deployment of a service that starts with tasks is born COMPLETED: crashing tasks look well",
    restores="it is IN_PROGRESS until its tasks are up, and the circuit breaker counts their failures",
    how="set where ministack makes the deployment",
)
def ecs_first_deployment() -> None:
    """Let the first deployment prove itself."""
    from ministack.services import ecs

    make = ecs._make_deployment

    def in_progress(task_definition: str, desired_count: int, status: str = "PRIMARY") -> dict[str, Any]:
        made: dict[str, Any] = make(task_definition, desired_count, status)
        if desired_count:
            made.update(rolloutState="IN_PROGRESS", rolloutStateReason="")
        return made

    ecs._make_deployment = in_progress
