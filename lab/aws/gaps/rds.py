"""RDS: real PostgreSQL behind an instance."""

from __future__ import annotations

import contextvars
import dataclasses
import functools
import logging
import secrets
import threading
from collections.abc import Callable
from typing import Any

from lab.aws import engine, hosts, postgres
from lab.aws.gaps import _hooks, _rds, gap
from lab.aws.settings import REGION

_log = logging.getLogger("replatform.rds")
_computes: dict[str, postgres.Instance] = {}


def _parameters(record: dict[str, Any]) -> dict[str, str]:
    """The values that the instance's parameter group sets."""
    from ministack.services import rds

    groups = record.get("DBParameterGroups") or [{}]
    group = rds._param_groups.get(groups[0].get("DBParameterGroupName", "")) or {}
    values = {name: entry.get("ParameterValue") for name, entry in (group.get("Parameters") or {}).items()}
    return {name: str(value) for name, value in values.items() if value not in (None, "")}


def _background(record: dict[str, Any], work: Callable[[], None], after: str = "available") -> None:
    """Do work of seconds as RDS does: the caller polls DBInstanceStatus."""

    def run() -> None:
        try:
            work()
            record["DBInstanceStatus"] = after
        except Exception:
            # Whatever it was, the instance must say "failed" instead of "creating" for ever; the log has the reason.
            _log.exception("RDS: %s failed", record["DBInstanceIdentifier"])
            record["DBInstanceStatus"] = "failed"

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()


def _create(call: _hooks.Call, record: dict[str, Any]) -> None:
    """Start the container of a new instance; its status is `creating` until it takes connections."""
    identifier = record["DBInstanceIdentifier"]
    endpoint = f"{identifier}.{secrets.token_hex(6)}.{REGION}.rds.amazonaws.com"
    port = int(call.params.get("Port") or 5432)
    record["Endpoint"] = {"Address": endpoint, "Port": port, "HostedZoneId": "ZLA2NUCOLGUUR"}
    record["DBInstanceStatus"] = "creating"
    record["DBName"] = call.params.get("DBName", "")
    instance = postgres.Instance(
        identifier=identifier, endpoint=endpoint, port=port, version=record["EngineVersion"],
        master=record["MasterUsername"], password=record["_MasterUserPassword"], database=record["DBName"] or None,
        parameters=_parameters(record),
    )  # fmt: skip
    _computes[identifier] = instance

    def work() -> None:
        hosts.publish(endpoint, postgres.start(instance))

    _background(record, work)


def _refreshed(record: dict[str, Any]) -> postgres.Instance:
    """The instance's compute with the parameter values of now."""
    identifier = record["DBInstanceIdentifier"]
    _computes[identifier] = dataclasses.replace(_computes[identifier], parameters=_parameters(record))
    return _computes[identifier]


def _publish(instance: postgres.Instance) -> None:
    """The container's address of now: a restart may have changed it."""
    hosts.publish(instance.endpoint, engine.address(engine.client().containers.get(instance.container)))


def _resume(instance: postgres.Instance) -> None:
    postgres.resume(instance)
    _publish(instance)


def _set_group_status(record: dict[str, Any], status: str) -> None:
    for group in record.get("DBParameterGroups") or []:
        group["ParameterApplyStatus"] = status


def _apply(record: dict[str, Any]) -> None:
    needs_reboot = postgres.apply_parameters(_refreshed(record))
    _set_group_status(record, "pending-reboot" if needs_reboot else "in-sync")


def _finish_reboot(record: dict[str, Any], _cluster: Any) -> None:
    """In place of ministack's: restart the container with the group's values."""
    if record["DBInstanceIdentifier"] not in _computes:
        record["DBInstanceStatus"] = "available"
        return

    def work() -> None:
        instance = _refreshed(record)
        postgres.apply_parameters(instance)
        postgres.restart(instance)
        _set_group_status(record, "in-sync")
        _publish(instance)

    _background(record, work)


def _rotate(record: dict[str, Any], _old: str, new: str) -> None:
    """In place of ministack's: change the password in the server."""
    if record["DBInstanceIdentifier"] in _computes:
        postgres.set_password(_computes[record["DBInstanceIdentifier"]], new)


def _delete(identifier: str) -> None:
    instance = _computes.pop(identifier, None)
    if instance is not None:
        hosts.withdraw(instance.endpoint)
        threading.Thread(target=postgres.delete, args=(instance,), daemon=True).start()


def _on_created(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    record = _rds.touched(call, answer)
    if record is None or record["Engine"] != "postgres":
        return answer
    _create(call, record)
    return _rds.answered(call.action, record)


def _on_deleted(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    if answer[0] == 200:
        _delete(call.params["DBInstanceIdentifier"].rsplit(":", 1)[-1])
    return answer


def _on_switched(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    record = _rds.touched(call, answer)
    instance = _computes.get(record["DBInstanceIdentifier"]) if record else None
    if record is None or instance is None:
        return answer
    if call.action == "StopDBInstance":
        record["DBInstanceStatus"] = "stopping"
        _background(record, functools.partial(postgres.stop, instance), after="stopped")
    else:
        record["DBInstanceStatus"] = "starting"
        _background(record, functools.partial(_resume, instance))
    return _rds.answered(call.action, record)


def _on_parameters(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    for identifier in list(_computes) if answer[0] == 200 else []:
        record = _rds.record(identifier)
        if record is None or record["DBInstanceStatus"] != "available":
            continue
        group = (record.get("DBParameterGroups") or [{}])[0].get("DBParameterGroupName")
        if call.params.get("DBParameterGroupName") == group:
            _set_group_status(record, "applying")
            _background(record, functools.partial(_apply, record))
    return answer


@gap(
    service="rds",
    lacks="the master user is a superuser; parameter groups, demands for TLS and the endpoint's name do not reach the "
    "server; a reboot loses the data",
    restores="a master without superuser in rds_superuser, rds.force_ssl, rds.logical_replication and the group's "
    "values (static ones after a reboot), a DNS name that the server's certificate carries (verify-full)",
    how="the lab starts the postgres image itself (lab/aws/postgres.py); ministack keeps the record",
)
def rds_postgresql() -> None:
    """Take PostgreSQL's compute over from ministack."""
    from ministack.services import rds

    if not engine.available():
        return
    rds._get_docker = lambda: None
    rds._finish_instance_reboot = _finish_reboot
    rds._rotate_instance_password = _rotate
    _hooks.after("rds", "CreateDBInstance")(_on_created)
    _hooks.after("rds", "DeleteDBInstance")(_on_deleted)
    _hooks.after("rds", "StopDBInstance", "StartDBInstance")(_on_switched)
    _hooks.after("rds", "ModifyDBParameterGroup", "ResetDBParameterGroup", "ModifyDBInstance")(_on_parameters)
