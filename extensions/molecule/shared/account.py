"""What the roles leave in the pretend account, for the scenarios.

account.py missing ROLE NAMES    print, as a JSON list in order, the roles that ROLE stands on and that are not there
account.py remove ROLE NAMES     remove what stands on ROLE, then what ROLE made

NAMES is the JSON of `molecule_names` (vars/all.yml).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import removal
from removal import Names, aws, has_service, if_there, vpc_of

STANDS_ON = {
    "bootstrap": (),
    "iam": ("bootstrap",),
    "secrets": (),
    "ecr": (),
    "ecs": (),
    "s3": (),
    "network": ("iam",),
    "alb": ("network", "s3"),
    "cloudwatch": ("alb",),
    "rds": ("cloudwatch", "secrets"),
    "opensearch": ("network", "secrets"),
    "copy_objects": ("s3",),
    "copy_postgresql": ("rds",),
    "copy_search": ("opensearch",),
    "preflight": ("bootstrap",),
    "report": ("copy_objects",),
    "deploy": ("ecr", "ecs", "rds", "opensearch"),
    "verify": ("deploy", "copy_objects", "copy_postgresql", "copy_search"),
}
"""In an order in which each role comes after those that it stands on."""


def beneath(role: str) -> set[str]:
    """All that the role stands on."""
    return {*STANDS_ON[role]}.union(*map(beneath, STANDS_ON[role]))


def above(role: str) -> set[str]:
    """All that stands on the role."""
    return {other for other in STANDS_ON if role in beneath(other)}


def proven(names: Names, store: str) -> bool:
    """The newest proof of a copy says equal."""
    proofs = sorted(Path(names.runs).glob(f"{store}-*/proof.json"), key=lambda path: path.stat().st_mtime)
    return bool(proofs) and json.loads(proofs[-1].read_text())["verdict"] == "equal"


def has_flow_log(names: Names) -> bool:
    vpc = vpc_of(names)
    filters = [{"Name": "resource-id", "Values": [vpc]}]
    # An empty value would find the flow log of another environment's VPC.
    return bool(vpc) and bool(aws("ec2").describe_flow_logs(Filters=filters)["FlowLogs"])


def has_alarms(names: Names) -> bool:
    return bool(aws("cloudwatch").describe_alarms(AlarmNames=[f"{names.name}-application-unreachable"])["MetricAlarms"])


def database_is_available(names: Names) -> bool:
    (found,) = aws("rds").describe_db_instances(DBInstanceIdentifier=names.name)["DBInstances"]
    return bool(found["DBInstanceStatus"] == "available")


STANDS: dict[str, Callable[[Names], Any]] = {
    "bootstrap": lambda names: aws("iam").get_role(RoleName=f"{names.name}-deploy"),
    "iam": lambda names: aws("iam").get_role(RoleName=f"{names.name}-flow-logs"),
    "secrets": lambda names: aws("secretsmanager").describe_secret(SecretId=f"{names.prefix}opensearch-master"),
    "ecr": lambda names: aws("ecr").describe_repositories(repositoryNames=[names.name]),
    "ecs": lambda names: [
        cluster
        for cluster in aws("ecs").describe_clusters(clusters=[names.name])["clusters"]
        if cluster["status"] == "ACTIVE"
    ],
    "s3": lambda names: aws("s3").head_bucket(Bucket=names.files),
    "network": has_flow_log,
    "alb": lambda names: aws("elbv2").describe_load_balancers(Names=[names.name]),
    "cloudwatch": has_alarms,
    "rds": database_is_available,
    "opensearch": lambda names: (
        aws("opensearch").describe_domain(DomainName=names.name)["DomainStatus"].get("Endpoints")
    ),
    "copy_objects": lambda names: proven(names, "objects"),
    "copy_postgresql": lambda names: proven(names, "postgresql"),
    "copy_search": lambda names: proven(names, "search"),
    "deploy": has_service,
}


def stands(role: str, names: Names) -> bool:
    with if_there():
        return bool(STANDS[role](names))
    return False


def remove(role: str, names: Names) -> None:
    function = getattr(removal, f"remove_{role}", None)
    if function:  # preflight and report make nothing
        function(names)


def main() -> None:
    action, role, names = sys.argv[1], sys.argv[2], Names(**json.loads(sys.argv[3]))
    if action == "missing":
        wanted = beneath(role)
        print(json.dumps([each for each in STANDS_ON if each in wanted and not stands(each, names)]))
    else:
        for each in reversed(STANDS_ON):
            if each == role or each in above(role):
                remove(each, names)


if __name__ == "__main__":
    main()
