"""VPC."""

from __future__ import annotations

from typing import Any

from .account import Account
from .registry import control

_ANYWHERE = {"0.0.0.0/0", "::/0"}


def open_ports(group: dict[str, Any]) -> set[tuple[int, int]]:
    """Port ranges that a group opens to the whole internet; (0, 65535) where it names no port."""
    return {
        (rule.get("FromPort", 0), rule.get("ToPort", 65535))
        for rule in group["IpPermissions"]
        for address in (
            *(entry["CidrIp"] for entry in rule.get("IpRanges", [])),
            *(entry["CidrIpv6"] for entry in rule.get("Ipv6Ranges", [])),
        )
        if address in _ANYWHERE
    }


@control("EC2.2", "the default security group has no rule", "CIS 5.5")
def default_group(account: Account) -> None:
    group = account.groups["default"]
    assert group["IpPermissions"] == []
    assert group["IpPermissionsEgress"] == []


@control("EC2.6", "a flow log of all traffic", "CIS 3.7")
def flow_log(account: Account) -> None:
    logs = account.client("ec2").describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [account.vpc]}])
    [found] = logs["FlowLogs"]
    assert found["FlowLogStatus"] == "ACTIVE"
    assert found["TrafficType"] in ("ALL", "REJECT")
    assert found["LogGroupName"] == f"/replatform/{account.environment}/flow"


@control("EC2.10", "endpoints for EC2, ECR, Logs, Secrets Manager and S3", "EC2.55", "EC2.56")
def endpoints(account: Account) -> None:
    found = account.client("ec2").describe_vpc_endpoints(Filters=account.inside)["VpcEndpoints"]
    kinds = {entry["ServiceName"].split(".", 3)[3]: entry["VpcEndpointType"] for entry in found}
    wanted = dict.fromkeys(("ec2", "ecr.api", "ecr.dkr", "logs", "secretsmanager"), "Interface") | {"s3": "Gateway"}
    assert {name: kinds.get(name) for name in wanted} == wanted


@control("EC2.15", "no subnet gives public addresses by itself")
def no_public_addresses(account: Account) -> None:
    assert account.subnets
    assert not [name for name, subnet in account.subnets.items() if subnet["MapPublicIpOnLaunch"]]


@control("EC2.18", "from the internet only the load balancer's 80 and 443")
def authorized_ports(account: Account) -> None:
    opened = {name: open_ports(group) for name, group in account.groups.items() if open_ports(group)}
    assert opened == {"alb": {(80, 80), (443, 443)}}


@control("EC2.19", "5432 and the domain's 443 only from the security groups of tasks and copy workers")
def stores_are_closed(account: Account) -> None:
    sources = {account.groups[name]["GroupId"] for name in ("task", "copy")}
    for name, port in (("database", 5432), ("search", 443)):
        rules = account.groups[name]["IpPermissions"]
        assert {(rule["FromPort"], rule["ToPort"]) for rule in rules} == {(port, port)}
        assert not [
            rule for rule in rules if rule.get("IpRanges") or rule.get("Ipv6Ranges") or rule.get("PrefixListIds")
        ]
        assert {pair["GroupId"] for rule in rules for pair in rule["UserIdGroupPairs"]} == sources
    attached = {entry["VpcSecurityGroupId"] for entry in account.instance["VpcSecurityGroups"]}
    assert attached == {account.groups["database"]["GroupId"]}


@control("CIS 5.3", "no administration port is open to 0.0.0.0/0 or ::/0", "CIS 5.4")
def administration_ports(account: Account) -> None:
    ports = {port for group in account.groups.values() for first, last in open_ports(group) for port in (first, last)}
    assert ports
    assert not ports & {22, 3389, 0, 65535}
