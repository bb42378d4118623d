"""What the edge needs to know of the load balancers: read from ministack's own state, in its process."""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Iterator
from typing import Any


def _state(module: str, name: str) -> dict[Any, Any]:
    """A service's records over all regions; empty while nobody has used the service."""
    loaded = sys.modules.get(f"ministack.services.{module}")
    return dict(getattr(loaded, name).to_dict()) if loaded is not None else {}


def _balancers() -> list[dict[str, Any]]:
    return list(_state("alb", "_lbs").values())


def _certificates() -> Iterator[tuple[str, dict[str, Any]]]:
    """(load balancer ARN, certificate) of every HTTPS listener."""
    certificates = {record["CertificateArn"]: record for record in _state("acm", "_certificates").values()}
    for listener in _state("alb", "_listeners").values():
        for arn in listener.get("Certificates") or []:
            record = certificates.get(arn)
            if record is not None:
                yield listener["LoadBalancerArn"], record


def _covers(record: dict[str, Any], host: str) -> bool:
    names = [record.get("DomainName", ""), *record.get("SubjectAlternativeNames", [])]
    return any(fnmatch.fnmatchcase(host, name.lower()) for name in names if name)


def dns_name_for(host: str) -> str | None:
    """The DNS name of the load balancer meant by `host`: its own, or a name that its certificate covers."""
    if not host or not host.strip("0123456789."):
        return None
    by_arn = {record["LoadBalancerArn"]: str(record["DNSName"]) for record in _balancers()}
    if host in (name.lower() for name in by_arn.values()):
        return host
    if host.endswith((".amazonaws.com", "localhost")):
        return None
    return next((by_arn[arn] for arn, record in _certificates() if arn in by_arn and _covers(record, host)), None)


def certificate_for(host: str) -> tuple[str, str] | None:
    """(certificate chain, key) as PEM of the listener that answers for `host`, out of ACM."""
    arns = {record["LoadBalancerArn"] for record in _balancers() if str(record["DNSName"]).lower() == host}
    for arn, record in _certificates():
        if (arn in arns or _covers(record, host)) and record.get("_private_key"):
            return f"{record['_pem_body']}\n{record.get('_pem_chain', '')}", record["_private_key"]
    return None
