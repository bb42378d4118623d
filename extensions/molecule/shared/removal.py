"""How to remove what the roles make, in the order in which AWS allows it: the collection itself removes nothing."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError


@dataclass(frozen=True)
class Names:
    """`molecule_names`."""

    name: str
    path: str
    prefix: str
    files: str
    logs: str
    runs: str


@cache
def aws(service: str) -> Any:
    make: Any = boto3.client
    return make(service)


@contextmanager
def if_there() -> Iterator[None]:
    """What is not there need not be removed; any other answer of AWS is an error."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if not any(word in code for word in ("NotFound", "NoSuch", "NotExist", "Unknown", "404")):
            raise


def until(done: Callable[[], bool], what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"{what} is not gone after {seconds:.0f} s")
        time.sleep(0.5)


def vpc_of(names: Names) -> str:
    vpcs = aws("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [names.name]}])["Vpcs"]
    return vpcs[0]["VpcId"] if vpcs else ""


def has_service(names: Names) -> bool:
    found = aws("ecs").describe_services(cluster=names.name, services=[names.name])["services"]
    return any(service["status"] == "ACTIVE" for service in found)


def remove_role(name: str) -> None:
    iam = aws("iam")
    with if_there():
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName=name)


def remove_bootstrap(names: Names) -> None:
    iam = aws("iam")
    remove_role(f"{names.name}-deploy")
    for policy in iam.list_policies(Scope="Local", PathPrefix=names.path)["Policies"]:
        for version in iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=policy["Arn"], VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=policy["Arn"])


def remove_iam(names: Names) -> None:
    for role in aws("iam").list_roles(PathPrefix=names.path)["Roles"]:
        if role["RoleName"] != f"{names.name}-deploy":
            remove_role(role["RoleName"])


def remove_secrets(names: Names) -> None:
    secrets = aws("secretsmanager")
    for found in secrets.list_secrets(Filters=[{"Key": "name", "Values": [names.prefix]}])["SecretList"]:
        secrets.delete_secret(SecretId=found["ARN"], ForceDeleteWithoutRecovery=True)


def remove_ecr(names: Names) -> None:
    with if_there():
        aws("ecr").delete_repository(repositoryName=names.name, force=True)


def remove_ecs(names: Names) -> None:
    with if_there():
        aws("ecs").delete_cluster(cluster=names.name)


def empty_bucket(bucket: str) -> None:
    s3 = aws("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        keys = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})


def remove_s3(names: Names) -> None:
    for bucket in (names.files, names.logs):
        with if_there():
            empty_bucket(bucket)
            aws("s3").delete_bucket(Bucket=bucket)


def remove_network(names: Names) -> None:
    ec2 = aws("ec2")
    remove_log_group(f"{names.path}flow")
    vpc = vpc_of(names)
    if not vpc:
        return
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    found = ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]
    if found:
        ec2.delete_vpc_endpoints(VpcEndpointIds=[entry["VpcEndpointId"] for entry in found])
    logs = ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]
    if logs:
        ec2.delete_flow_logs(FlowLogIds=[entry["FlowLogId"] for entry in logs])
    for gateway in ec2.describe_nat_gateways(Filters=inside)["NatGateways"]:
        ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
        for address in gateway.get("NatGatewayAddresses", []):
            with if_there():
                ec2.release_address(AllocationId=address["AllocationId"])
    for gateway in ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])[
        "InternetGateways"
    ]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    remove_inside(inside)
    ec2.delete_vpc(VpcId=vpc)


def remove_inside(inside: list[dict[str, Any]]) -> None:
    """Route tables, subnets and security groups; the groups name each other, so their rules go first."""
    ec2 = aws("ec2")
    for table in ec2.describe_route_tables(Filters=inside)["RouteTables"]:
        if not any(entry.get("Main") for entry in table["Associations"]):
            for entry in table["Associations"]:
                ec2.disassociate_route_table(AssociationId=entry["RouteTableAssociationId"])
            ec2.delete_route_table(RouteTableId=table["RouteTableId"])
    for subnet in ec2.describe_subnets(Filters=inside)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    groups = [
        group
        for group in ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
        if group["GroupName"] != "default"
    ]
    for group in groups:
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
        if group["IpPermissionsEgress"]:
            ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    for group in groups:
        ec2.delete_security_group(GroupId=group["GroupId"])


def remove_alb(names: Names) -> None:
    elb, acm = aws("elbv2"), aws("acm")
    with if_there():
        for balancer in elb.describe_load_balancers(Names=[names.name])["LoadBalancers"]:
            elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    with if_there():
        for group in elb.describe_target_groups(Names=[names.name])["TargetGroups"]:
            elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
    for found in acm.list_certificates()["CertificateSummaryList"]:
        tags = acm.list_tags_for_certificate(CertificateArn=found["CertificateArn"])["Tags"]
        if {"Key": "Name", "Value": names.name} in tags:
            acm.delete_certificate(CertificateArn=found["CertificateArn"])


def remove_log_group(name: str) -> None:
    with if_there():
        aws("logs").delete_log_group(logGroupName=name)


def remove_cloudwatch(names: Names) -> None:
    watch, sns = aws("cloudwatch"), aws("sns")
    found = watch.describe_alarms(AlarmNamePrefix=f"{names.name}-")["MetricAlarms"]
    if found:
        watch.delete_alarms(AlarmNames=[alarm["AlarmName"] for alarm in found])
    for topic in sns.list_topics()["Topics"]:
        if topic["TopicArn"].endswith(f":{names.name}-alarms"):
            sns.delete_topic(TopicArn=topic["TopicArn"])
    remove_log_group(names.prefix.rstrip("/"))


def remove_rds(names: Names) -> None:
    rds = aws("rds")
    with if_there():
        rds.delete_db_instance(DBInstanceIdentifier=names.name, SkipFinalSnapshot=True)
        until(lambda: not stands_at_all(rds.describe_db_instances, DBInstanceIdentifier=names.name), "the database")
    for subscription in rds.describe_event_subscriptions()["EventSubscriptionsList"]:
        if subscription["CustSubscriptionId"].startswith(names.name):
            rds.delete_event_subscription(SubscriptionName=subscription["CustSubscriptionId"])
    with if_there():
        rds.delete_db_parameter_group(DBParameterGroupName=names.name)
    with if_there():
        rds.delete_db_subnet_group(DBSubnetGroupName=names.name)


def stands_at_all(look: Callable[..., Any], **what: str) -> bool:
    with if_there():
        look(**what)
        return True
    return False


def remove_opensearch(names: Names) -> None:
    search, logs = aws("opensearch"), aws("logs")
    with if_there():
        search.delete_domain(DomainName=names.name)
        until(lambda: not stands_at_all(search.describe_domain, DomainName=names.name), "the domain")
    for group in logs.describe_log_groups(logGroupNamePrefix=f"{names.path}opensearch/")["logGroups"]:
        logs.delete_log_group(logGroupName=group["logGroupName"])
    with if_there():
        logs.delete_resource_policy(policyName=f"{names.name}-opensearch")


def forget(names: Names, store: str) -> bool:
    """Remove the run folders of a store; whether there was one, so that the target holds something."""
    folders = list(Path(names.runs).glob(f"{store}-*"))
    for folder in folders:
        shutil.rmtree(folder)
    return bool(folders)


def remove_copy_objects(names: Names) -> None:
    if forget(names, "objects"):
        with if_there():
            empty_bucket(names.files)


def remove_copy_postgresql(names: Names) -> None:
    if forget(names, "postgresql"):
        remove_rds(names)


def remove_copy_search(names: Names) -> None:
    if forget(names, "search"):
        remove_opensearch(names)


def remove_verify(names: Names) -> None:
    """The application stops; the service stays."""
    with if_there():
        if has_service(names):
            aws("ecs").update_service(cluster=names.name, service=names.name, desiredCount=0)
            until(lambda: not tasks_of(names), "the application's task")


def tasks_of(names: Names) -> list[str]:
    arns: list[str] = aws("ecs").list_tasks(cluster=names.name)["taskArns"]
    return arns


def remove_deploy(names: Names) -> None:
    ecs, ecr = aws("ecs"), aws("ecr")
    with if_there():
        if has_service(names):
            ecs.delete_service(cluster=names.name, service=names.name, force=True)
        until(lambda: not tasks_of(names), "the application's task")
    for arn in ecs.list_task_definitions(familyPrefix=names.name)["taskDefinitionArns"]:
        ecs.deregister_task_definition(taskDefinition=arn)
    with if_there():
        images = ecr.list_images(repositoryName=names.name)["imageIds"]
        if images:
            ecr.batch_delete_image(repositoryName=names.name, imageIds=images)
