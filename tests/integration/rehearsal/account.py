"""What is in the pretend AWS's account, asked through boto3 as its administrator: names, so that listings compare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .ends import client

# Service, call, the list in its answer, and the name in each member (empty: the member itself).
LISTINGS = (
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("ec2", "describe_subnets", "Subnets", "SubnetId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    ("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("ec2", "describe_addresses", "Addresses", "AllocationId"),
    ("iam", "list_roles", "Roles", "Arn"),
    ("iam", "list_policies", "Policies", "Arn"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("ssm", "describe_parameters", "Parameters", "Name"),
    ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    ("rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    ("rds", "describe_event_subscriptions", "EventSubscriptionsList", "CustSubscriptionId"),
    ("opensearch", "list_domain_names", "DomainNames", "DomainName"),
    ("ecs", "list_clusters", "clusterArns", ""),
    ("ecs", "list_task_definitions", "taskDefinitionArns", ""),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    ("acm", "list_certificates", "CertificateSummaryList", "CertificateArn"),
    ("ecr", "describe_repositories", "repositories", "repositoryName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("logs", "describe_resource_policies", "resourcePolicies", "policyName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("sns", "list_topics", "Topics", "TopicArn"),
)


def inventory() -> dict[str, list[str]]:
    """All names by kind, such as `iam list_roles`; services also by the cluster that they are in."""
    found = {}
    for service, call, members, name in LISTINGS:
        scope = {"Scope": "Local"} if call == "list_policies" else {}
        answer = getattr(client(service), call)(**scope)
        found[f"{service} {call}"] = sorted(_names(answer[members], name))
    ecs = client("ecs")
    found["ecs list_services"] = [
        arn for cluster in found["ecs list_clusters"] for arn in ecs.list_services(cluster=cluster)["serviceArns"]
    ]
    return found


def _names(members: Iterable[Any], name: str) -> Iterable[str]:
    return (str(member[name]) if name else str(member) for member in members)
