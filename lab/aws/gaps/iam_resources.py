"""IAM: the ARN that a request is checked against, where ministack knows none."""

from __future__ import annotations

import json
import re
from typing import Any

from lab.aws.gaps import gap
from lab.aws.settings import ACCOUNT, REGION

# By service: the request's field that names the resource, and the resource's part of the ARN.
_NAMED = {
    "rds": {
        "DBSubnetGroupName": "subgrp:{}",
        "DBParameterGroupName": "pg:{}",
        "SubscriptionName": "es:{}",
    },
    "ecs": {"clusterName": "cluster/{}", "family": "task-definition/{}:1"},
}
# Fields that hold the ARN itself.
_ARNS = ("PolicySourceArn", "ResourceName", "ResourceArn", "ResourceArns.member.1", "resourceArn", "ARN", "arn")


def _fields(body: Any, query: dict[str, Any]) -> dict[str, Any]:
    """The request's fields, from its query, form or JSON body."""
    fields = {name: value[0] if isinstance(value, list) and value else value for name, value in query.items()}
    try:
        decoded = json.loads(body or b"{}")
    except ValueError:
        decoded = {}
    return {**fields, **(decoded if isinstance(decoded, dict) else {})}


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _new(service: str, action: str, fields: dict[str, Any]) -> str:
    """The ARN of something that is about to be made, whose id only AWS knows."""
    if service == "ec2" and not action.startswith("Describe"):
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", re.sub(r"^[A-Z][a-z]+", "", action)).lower()
        return _arn("ec2", f"{kind}/new")
    if service == "elasticloadbalancing" and action in ("CreateLoadBalancer", "CreateTargetGroup"):
        kind = "loadbalancer/app" if action == "CreateLoadBalancer" else "targetgroup"
        return _arn(service, f"{kind}/{fields.get('Name', '')}/new")
    if service == "acm" and action == "ImportCertificate":
        return str(fields.get("CertificateArn") or _arn("acm", "certificate/new"))
    return ""


def _of_ecs(action: str, fields: dict[str, Any]) -> str:
    """A service or a task, where a request names one: its cluster is not what is asked about."""
    for field in ("serviceDeploymentArn", "serviceDeploymentArns", "serviceRevisionArns"):
        if arn := fields.get(field):
            return str(arn[0] if isinstance(arn, list) else arn)
    cluster = str(fields.get("cluster") or "default").rpartition("/")[2]
    if action == "ListTasks":
        return _arn("ecs", f"container-instance/{cluster}/any")
    for kind, named in (("service", ("services", "service", "serviceName")), ("task", ("tasks", "task"))):
        for field in named:
            value = fields.get(field)
            if name := (value[0] if isinstance(value, list) and value else value):
                return _arn("ecs", f"{kind}/{cluster}/{str(name).rpartition('/')[2]}")
    return ""


def _by_name(service: str, path: str, fields: dict[str, Any]) -> str:
    for field, resource in _NAMED.get(service, {}).items():
        if fields.get(field):
            return _arn(service, resource.format(fields[field]))
    if service == "ecr" and fields.get("repositoryNames"):
        return _arn("ecr", f"repository/{fields['repositoryNames'][0]}")
    if service == "ecs" and (cluster := (fields.get("clusters") or [fields.get("cluster")])[0]):
        return _arn("ecs", f"cluster/{str(cluster).rpartition('/')[2]}")
    if service == "opensearch":
        found = re.search(r"/(?:domain|upgradeDomain)/([a-z0-9-]+)", path)
        name = found.group(1) if found else fields.get("DomainName")
        return _arn("es", f"domain/{name}") if name else ""
    return ""


def _known(service: str, action: str, path: str, fields: dict[str, Any]) -> str:
    if by_name := _by_name(service, path, fields):
        return by_name
    for field in _ARNS:
        if str(fields.get(field, "")).startswith("arn:"):
            return str(fields[field])
    return _new(service, action, fields)


@gap(
    service="iam",
    lacks="many requests (most of EC2, parts of RDS, ELB, ECS, ACM, OpenSearch) are checked against `*`, those about "
    "services and tasks of ECS against their cluster",
    restores="they are checked against the ARN of what they name or make, so that a policy can name ARNs",
    how="the ARN is built from the request where ministack has none",
)
def iam_resources() -> None:
    """Give requests their ARN."""
    from ministack.core import iam_actions

    extract = iam_actions.extract_resource_arn

    def with_arn(service: str, method: str, path: str, headers: Any, body: Any, query: Any, *rest: Any) -> Any:
        arn = extract(service, method, path, headers, body, query, *rest)
        fields = _fields(body, query or {})
        action = str(fields.get("Action") or headers.get("x-amz-target", "").rpartition(".")[2])
        if service == "ecs" and (named := _of_ecs(action, fields)):
            return named
        if arn != "*":
            return arn
        return _known(service, action, path, fields) or arn

    iam_actions.extract_resource_arn = with_arn
