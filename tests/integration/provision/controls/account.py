"""The account that is read: clients, and the few things that many checks begin with."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

import urllib3

from lab.aws import control, hosts

APPLICATION = "database-api"


class Account:
    """A provisioned account. name: the start of every name in it."""

    def __init__(self, client: Callable[[str], Any], environment: str, number: str) -> None:
        self.client = cache(client)
        self.environment = environment
        self.number = number
        self.name = f"{APPLICATION}-{environment}"
        self.files = f"{self.name}-files-{number}"
        self.logs = f"{self.name}-logs-{number}"
        self.path = f"/replatform/{environment}/"

    @cached_property
    def instance(self) -> dict[str, Any]:
        """The database instance."""
        [found] = self.client("rds").describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"]
        return dict(found)

    @cached_property
    def domain(self) -> dict[str, Any]:
        """The search domain."""
        return dict(self.client("opensearch").describe_domain(DomainName=self.name)["DomainStatus"])

    @cached_property
    def vpc(self) -> str:
        """The VPC's id."""
        named = [{"Name": "tag:Name", "Values": [self.name]}]
        [found] = self.client("ec2").describe_vpcs(Filters=named)["Vpcs"]
        return str(found["VpcId"])

    @cached_property
    def inside(self) -> list[dict[str, Any]]:
        """The filter for what lies in the VPC."""
        return [{"Name": "vpc-id", "Values": [self.vpc]}]

    @cached_property
    def groups(self) -> dict[str, dict[str, Any]]:
        """The VPC's security groups, by the end of their names (`default` is AWS's own)."""
        found = self.client("ec2").describe_security_groups(Filters=self.inside)["SecurityGroups"]
        return {group["GroupName"].removeprefix(f"{self.name}-"): group for group in found}

    @cached_property
    def subnets(self) -> dict[str, dict[str, Any]]:
        """The VPC's subnets by id."""
        found = self.client("ec2").describe_subnets(Filters=self.inside)["Subnets"]
        return {subnet["SubnetId"]: subnet for subnet in found}

    def routes_to_internet(self, subnet: str) -> bool:
        """Whether a subnet's own route table leads to an internet gateway or a NAT gateway."""
        tables = self.client("ec2").describe_route_tables(Filters=self.inside)["RouteTables"]
        own = [table for table in tables if subnet in {entry.get("SubnetId") for entry in table["Associations"]}]
        assert own, f"{subnet} has no route table of its own"
        return any(
            str(route.get("GatewayId", "")).startswith("igw-") or route.get("NatGatewayId")
            for table in own
            for route in table["Routes"]
        )

    @cached_property
    def balancer(self) -> dict[str, Any]:
        """The load balancer."""
        [found] = self.client("elbv2").describe_load_balancers(Names=[self.name])["LoadBalancers"]
        return dict(found)

    @cached_property
    def balancer_attributes(self) -> dict[str, str]:
        """The load balancer's attributes."""
        arn = self.balancer["LoadBalancerArn"]
        found = self.client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        return {entry["Key"]: entry["Value"] for entry in found}

    @cached_property
    def listeners(self) -> dict[int, dict[str, Any]]:
        """The load balancer's listeners by port."""
        arn = self.balancer["LoadBalancerArn"]
        found = self.client("elbv2").describe_listeners(LoadBalancerArn=arn)["Listeners"]
        return {entry["Port"]: entry for entry in found}

    @cached_property
    def service(self) -> dict[str, Any]:
        """The ECS service."""
        [found] = self.client("ecs").describe_services(cluster=self.name, services=[self.name])["services"]
        return dict(found)

    @cached_property
    def definition(self) -> dict[str, Any]:
        """The task definition that the service runs."""
        arn = self.service["taskDefinition"]
        return dict(self.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"])

    @cached_property
    def containers(self) -> list[dict[str, Any]]:
        """The containers of that definition."""
        found: list[dict[str, Any]] = self.definition["containerDefinitions"]
        assert found
        return found

    @cached_property
    def statements(self) -> list[tuple[str, dict[str, Any]]]:
        """(whose, statement) of every inline and customer managed policy of the environment's roles."""
        iam = self.client("iam")
        found: list[tuple[str, dict[str, Any]]] = []
        for role in iam.list_roles(PathPrefix=self.path)["Roles"]:
            name = role["RoleName"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                found += [(f"{name}/{policy}", entry) for entry in _statements(document)]
        for policy in iam.list_policies(Scope="Local", PathPrefix=self.path)["Policies"]:
            version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
            found += [(policy["PolicyName"], entry) for entry in _statements(version["PolicyVersion"]["Document"])]
        assert found
        return found

    def secret(self, name: str) -> dict[str, str]:
        """One of the application's generated secrets: username and password."""
        whole = f"/replatform/{self.environment}/{APPLICATION}/{name}"
        value = self.client("secretsmanager").get_secret_value(SecretId=whole)["SecretString"]
        return dict(json.loads(value))

    def ask_domain(self, path: str, user: dict[str, str] | None) -> int:
        """The status with which the domain answers a GET, by its address where its name does not resolve here."""
        endpoint = self.domain["Endpoints"]["vpc"]
        headers = urllib3.make_headers(basic_auth=f"{user['username']}:{user['password']}") if user else {}
        pool = urllib3.HTTPSConnectionPool(
            hosts.names().get(endpoint, endpoint),
            443,
            ca_certs=control.read_environment()["AWS_CA_BUNDLE"],
            server_hostname=endpoint,
            assert_hostname=endpoint,
        )
        return int(pool.request("GET", path, headers={**headers, "Host": endpoint}, timeout=30, retries=False).status)

    def bucket_policy(self, bucket: str) -> list[dict[str, Any]]:
        """The statements of a bucket's policy."""
        return _statements(self.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])


def _statements(document: Any) -> list[dict[str, Any]]:
    loaded = json.loads(document) if isinstance(document, str) else document
    found = loaded["Statement"]
    return [found] if isinstance(found, dict) else list(found)


def as_list(value: Any) -> list[Any]:
    """A policy's one or many."""
    return value if isinstance(value, list) else [value]
