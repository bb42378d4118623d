"""The account from empty to provisioned, under the deploy role, on a pretend AWS of the test's own with IAM enforced.

The database, the search domain and what lies in them need containers: the rehearsal plays those. Here is the rest,
without one; the gate shows it on the rehearsal's account (test_rehearsal, test_check_mode, test_secure_defaults).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.aws import control, pki
from tests.integration.aws.conftest import own_aws

ROOT = Path(__file__).resolve().parents[3]
NAME = "database-api-rehearsal"
FILES = f"{NAME}-files-123456789012"
IAM = "arn:aws:iam::123456789012"
ROLES = f"{IAM}:role/replatform/rehearsal/{NAME}"
TAGS = "iam,network,s3,secrets,ecr,ecs,alb,cloudwatch"

pytestmark = [pytest.mark.lab, pytest.mark.thorough]


@dataclass(frozen=True)
class Account:
    """An account, its administrator, and the playbooks against it."""

    client: Any
    folder: Path
    administrator: dict[str, str]

    def play(self, name: str, *arguments: str) -> str:
        """Run a playbook, provision under the deploy role; return its output once it has succeeded."""
        own_lab = {"replatform_lab_dir": str(self.folder), "bootstrap_aws_environment": {}}
        keys = self.administrator if name == "bootstrap" else {**self.administrator, **self.deploy_keys()}
        played = subprocess.run(
            [
                ROOT / ".venv" / "bin" / "ansible-playbook",
                f"playbooks/{name}.yml",
                *("-i", "inventories/rehearsal", "-e", json.dumps(own_lab), *arguments),
            ],
            cwd=ROOT,
            env={**os.environ, **keys, "ANSIBLE_NOCOLOR": "1"},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert played.returncode == 0, played.stdout[-4000:] + played.stderr[-2000:]
        return played.stdout

    def deploy_keys(self) -> dict[str, str]:
        """A session of the deploy role."""
        key = self.client("sts").assume_role(RoleArn=f"{ROLES}-deploy", RoleSessionName="test")["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_SESSION_TOKEN": key["SessionToken"],
        }


def changed(output: str) -> int:
    found = re.search(r"changed=(\d+)", output)
    assert found
    return int(found.group(1))


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("provision")
    with own_aws(folder) as client:
        pki.issue_files(folder / "ca", "alb", [f"{NAME}.lab.internal"])
        made = Account(client, folder, control.read_environment())
        assert changed(made.play("bootstrap")) == 2
        yield made


@pytest.fixture(scope="module")
def provisioned(account: Account) -> Account:
    planned = changed(account.play("provision", "--check"))  # the whole of it, database and domain too
    assert account.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [NAME]}])["Vpcs"] == []
    assert planned > 20
    assert changed(account.play("provision", "--tags", TAGS)) > 20
    return account


def test_a_second_run_changes_nothing(provisioned: Account) -> None:
    output = provisioned.play("provision", "--tags", TAGS)
    tasks = re.findall(r"^TASK \[(.*)\] \*+\n(?:(?!TASK).*\n)*?changed", output, re.MULTILINE)
    assert changed(output) == 0, tasks


def test_check_mode_skips_nothing_on_a_provisioned_account(provisioned: Account) -> None:
    output = provisioned.play("provision", "--check", "--tags", "s3,secrets,ecr,ecs")
    assert changed(output) == 0
    assert output.count("skipping:") == 1  # the account's own block, which the rehearsal's address cannot have


def test_the_network_is_closed(provisioned: Account) -> None:
    ec2 = provisioned.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [NAME]}])["Vpcs"][0]["VpcId"]
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    groups = {group["GroupName"]: group for group in ec2.describe_security_groups(Filters=inside)["SecurityGroups"]}
    default = groups["default"]
    assert default["IpPermissions"] == default["IpPermissionsEgress"] == []
    sources = {groups[f"{NAME}-{name}"]["GroupId"] for name in ("task", "copy")}
    for name, port in (("database", 5432), ("search", 443)):
        rules = groups[f"{NAME}-{name}"]["IpPermissions"]
        assert {(rule["FromPort"], rule["ToPort"]) for rule in rules} == {(port, port)}
        assert not any(rule.get("IpRanges") for rule in rules)
        assert {pair["GroupId"] for rule in rules for pair in rule["UserIdGroupPairs"]} == sources
    assert not any(net["MapPublicIpOnLaunch"] for net in ec2.describe_subnets(Filters=inside)["Subnets"])
    tables = ec2.describe_route_tables(Filters=[*inside, {"Name": "tag:Name", "Values": [f"{NAME}-data"]}])
    routes = tables["RouteTables"][0]["Routes"]
    assert not any(route.get("DestinationCidrBlock") == "0.0.0.0/0" for route in routes)
    assert ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]


def test_the_bucket_is_private_versioned_and_encrypted(provisioned: Account) -> None:
    s3 = provisioned.client("s3")
    block = s3.get_public_access_block(Bucket=FILES)["PublicAccessBlockConfiguration"]
    assert all(block.values())
    assert len(block) == 4
    assert s3.get_bucket_versioning(Bucket=FILES)["Status"] == "Enabled"
    assert s3.get_bucket_encryption(Bucket=FILES)["ServerSideEncryptionConfiguration"]["Rules"]
    assert s3.get_bucket_logging(Bucket=FILES)["LoggingEnabled"]["TargetBucket"] == f"{NAME}-logs-123456789012"
    statement = json.loads(s3.get_bucket_policy(Bucket=FILES)["Policy"])["Statement"][0]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_load_balancer_speaks_tls_only(provisioned: Account) -> None:
    elb = provisioned.client("elbv2")
    [balancer] = elb.describe_load_balancers(Names=[NAME])["LoadBalancers"]
    arn = balancer["LoadBalancerArn"]
    listeners = {entry["Port"]: entry for entry in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]}
    redirect = listeners[80]["DefaultActions"][0]
    assert redirect["RedirectConfig"]["Protocol"] == "HTTPS"
    assert listeners[443]["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-")
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    live = {entry["Key"]: entry["Value"] for entry in attributes}
    assert live["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert live["access_logs.s3.enabled"] == "true"


def test_images_alarms_and_secrets(provisioned: Account) -> None:
    [repository] = provisioned.client("ecr").describe_repositories(repositoryNames=[NAME])["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"]["scanOnPush"]
    alarms = provisioned.client("cloudwatch").describe_alarms(AlarmNamePrefix=NAME)["MetricAlarms"]
    assert alarms
    assert all(alarm["AlarmActions"] for alarm in alarms)
    secret = provisioned.client("secretsmanager").get_secret_value(
        SecretId="/replatform/rehearsal/database-api/postgresql"
    )
    value = json.loads(secret["SecretString"])
    assert value["username"] == "database_api"
    assert len(value["password"]) == 40


def test_every_role_is_bounded(provisioned: Account) -> None:
    iam = provisioned.client("iam")
    roles = iam.list_roles(PathPrefix="/replatform/rehearsal/")["Roles"]
    names = {role["RoleName"].removeprefix(f"{NAME}-") for role in roles}
    assert names == {"deploy", "execution", "task", "copy", "rds-monitoring", "flow-logs"}
    for name in sorted(names - {"deploy"}):
        boundary = iam.get_role(RoleName=f"{NAME}-{name}")["Role"]["PermissionsBoundary"]
        assert boundary["PermissionsBoundaryArn"] == f"{IAM}:policy/replatform/rehearsal/{NAME}-boundary"
