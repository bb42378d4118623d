"""OpenSearch Service: a real node behind a domain."""

from __future__ import annotations

import contextvars
import dataclasses
import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from lab.aws import domains, engine, hosts
from lab.aws.gaps import _hooks, gap
from lab.aws.settings import HOST, REGION

_log = logging.getLogger("replatform.opensearch")
_CHANGE_SECONDS = 3.0
# AdvancedSecurityOptions as asked for: ministack's record loses the master user.
_asked: dict[str, dict[str, Any]] = {}


def _record(name: str) -> dict[str, Any] | None:
    from ministack.services import opensearch

    found: dict[str, Any] | None = opensearch._domains.get(name)
    return found


def _domain(record: dict[str, Any], endpoint: str, address: str = "") -> domains.Domain:
    return domains.Domain(
        name=record["DomainName"], arn=record["ARN"], endpoint=endpoint, version=record["EngineVersion"],
        instance_type=record["ClusterConfig"]["InstanceType"], access_policy=record["AccessPolicies"] or "",
        options=_asked.get(record["DomainName"], {}), address=address,
    )  # fmt: skip


def _background(record: dict[str, Any], status: str, work: Callable[[], None]) -> None:
    """Do work as the service does: Processing is true meanwhile."""
    record["Processing"], record["DomainProcessingStatus"] = True, status

    def run() -> None:
        try:
            work()
            record["Processing"], record["DomainProcessingStatus"] = False, "Active"
        except Exception:
            # Whatever it was, the domain stays in processing with a status that says so; the log has the reason.
            _log.exception("OpenSearch: the domain %s failed", record["DomainName"])
            record["DomainProcessingStatus"] = "Isolated"

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()


def _show_endpoint(record: dict[str, Any], endpoint: str) -> None:
    """The record's endpoint, which AWS shows once the domain is there."""
    if record.get("VPCOptions"):
        record["Endpoints"] = {"vpc": endpoint}
    else:
        record["Endpoint"] = endpoint


def _create(record: dict[str, Any]) -> None:
    name = record["DomainName"]
    prefix = "vpc-" if record.get("VPCOptions") else "search-"
    endpoint = f"{prefix}{name}-{secrets.token_hex(13)}.{REGION}.es.amazonaws.com"
    for field in ("Endpoint", "Endpoints", "_Endpoint"):
        record.pop(field, None)

    def work() -> None:
        domain = _domain(record, endpoint)
        domain = dataclasses.replace(domain, address=domains.start(domain))
        domains.wait_until_up(domain)
        if domain.fine_grained:
            domains.apply_master(domain)
        domains.known(domain)
        hosts.publish(endpoint, HOST)
        record["_Endpoint"] = endpoint
        _show_endpoint(record, endpoint)

    _background(record, "Creating", work)


def _on_created(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    record = _record(call.params.get("DomainName", "")) if answer[0] == 200 else None
    if record is None:
        return answer
    _asked[record["DomainName"]] = call.params.get("AdvancedSecurityOptions") or {}
    _create(record)
    return _answered(record)


def _answered(record: dict[str, Any]) -> _hooks.Answer:
    from ministack.services import opensearch

    answer: _hooks.Answer = opensearch._json(200, {"DomainStatus": opensearch._public(record)})
    return answer


def _on_updated(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    name = call.path.rstrip("/").split("/")[-2]
    record, domain = _record(name), domains.named(name)
    if answer[0] != 200 or record is None or domain is None or call.params.get("DryRun"):
        return answer
    changed = call.params.get("AdvancedSecurityOptions") or {}
    _asked[name] = {**_asked.get(name, {}), **changed}

    def work() -> None:
        now = _domain(record, domain.endpoint, domain.address)
        if changed.get("MasterUserOptions"):
            domains.apply_master(now)
        time.sleep(_CHANGE_SECONDS)
        domains.known(now)

    _background(record, "Modifying", work)
    return answer


def _on_deleted(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    domain = domains.forget(call.path.rstrip("/").rsplit("/", 1)[-1]) if answer[0] == 200 else None
    if domain is not None:
        hosts.withdraw(domain.endpoint)
        _asked.pop(domain.name, None)
        threading.Thread(target=domains.delete, args=(domain,), daemon=True).start()
    return answer


@gap(
    service="opensearch",
    lacks="a domain is a record, or a node without access control, at once, over plain HTTP",
    restores="a node of the domain's version behind its HTTPS endpoint on port 443, Processing until it is there; "
    "SigV4 checked against IAM and the access policy; fine-grained access control with an IAM or a named master user; "
    "bodies over 10 MiB (up to .large) get 413; `_cluster/settings` in flat form only",
    how="the lab starts the opensearch image (lab/aws/domains.py) and serves it through lab/aws/domain_front.py",
)
def opensearch_domain() -> None:
    """Put a node behind every domain."""
    if not engine.available():
        return
    _hooks.after("opensearch", "CreateDomain")(_on_created)
    _hooks.after("opensearch", "UpdateDomainConfig")(_on_updated)
    _hooks.after("opensearch", "DeleteDomain")(_on_deleted)
