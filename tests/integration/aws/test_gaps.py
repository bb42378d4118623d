"""Every gap of the control plane: what AWS does holds with the gap filled, and does not with the gap left open."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lab.aws import gaps, pki, table
from lab.aws.settings import ACCOUNT, REGION, TAKEN_BUCKET, place
from tests.integration.aws.conftest import Client, own_aws

pytestmark = pytest.mark.lab
PART = b"x" * (5 * 1024 * 1024)


def refusal(call: Callable[[], Any]) -> str:
    """The error code of a call; empty when it was not refused."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def bucket(client: Client, name: str) -> Any:
    s3 = client("s3")
    if name not in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def real_keys(client: Client) -> None:
    for key in ("test", ACCOUNT, "AKIANOBODY"):
        sts = client("s3", aws_access_key_id=key, aws_secret_access_key="test")
        assert refusal(sts.list_buckets) == "InvalidAccessKeyId", key


def pass_role(client: Client) -> None:
    iam = client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="passed", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.create_user(UserName="passer")
    key = iam.create_access_key(UserName="passer")["AccessKey"]
    ecs = client("ecs", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    container = {"name": "app", "image": "app", "memory": 64}

    def may(*statements: dict[str, Any]) -> str:
        allowed = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_user_policy(UserName="passer", PolicyName="p", PolicyDocument=json.dumps(allowed))
        wanted = {"family": "passed", "containerDefinitions": [container], "taskRoleArn": role}
        return refusal(lambda: ecs.register_task_definition(**wanted))

    register = {"Effect": "Allow", "Action": "ecs:RegisterTaskDefinition", "Resource": "*"}
    give = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}
    only = {"Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}}
    assert may(register) == "AccessDeniedException"
    assert may(register, {**give, "Resource": role + "-other"}) == "AccessDeniedException"
    assert may(register, {**give, **only}) == ""


def autoscaling(client: Client) -> None:
    ecs, scaling = client("ecs"), client("application-autoscaling")
    ecs.create_cluster(clusterName="scaled")
    ecs.register_task_definition(family="scaled", containerDefinitions=[{"name": "app", "image": "app", "memory": 64}])
    ecs.create_service(cluster="scaled", serviceName="app", taskDefinition="scaled", desiredCount=0)
    target = {
        "ServiceNamespace": "ecs", "ResourceId": "service/scaled/app", "ScalableDimension": "ecs:service:DesiredCount",
    }  # fmt: skip
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=3)
    (found,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (found["MinCapacity"], found["MaxCapacity"]) == (1, 3)
    missing = {**target, "ResourceId": "service/scaled/nobody"}
    assert refusal(lambda: scaling.register_scalable_target(**missing, MinCapacity=1, MaxCapacity=3))


def service_deployments(client: Client) -> None:
    ecs = client("ecs")
    ecs.create_cluster(clusterName="rolled")
    ran = []
    for cpu in (1, 2):
        container = {"name": "app", "image": "app", "cpu": cpu}
        registered = ecs.register_task_definition(family="rolled", containerDefinitions=[container])
        ran.append(registered["taskDefinition"]["taskDefinitionArn"])
    made = ecs.create_service(cluster="rolled", serviceName="app", taskDefinition=ran[0], desiredCount=0)["service"]
    ecs.update_service(cluster="rolled", service="app", taskDefinition=ran[1])

    def listed() -> list[str]:
        found = ecs.list_service_deployments(cluster="rolled", service="app", status=["SUCCESSFUL"])
        return [item["targetServiceRevisionArn"] for item in found["serviceDeployments"]]

    wait_until(lambda: len(listed()) == 2)
    revisions = ecs.describe_service_revisions(serviceRevisionArns=listed())["serviceRevisions"]
    assert {item["taskDefinition"] for item in revisions} == set(ran)
    arn = made["currentServiceDeployment"]
    (first,) = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    assert (first["status"], first["serviceArn"]) == ("SUCCESSFUL", made["serviceArn"])
    stop = {"serviceDeploymentArn": arn, "stopType": "ROLLBACK"}
    assert refusal(lambda: ecs.stop_service_deployment(**stop)) == "ConflictException"
    go_on = {"serviceDeploymentArn": arn, "hookId": "none"}
    assert refusal(lambda: ecs.continue_service_deployment(**go_on)) == "InvalidParameterException"


def weights(client: Client) -> None:
    elb = client("elbv2")
    made = elb.create_load_balancer(Name="shared", Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
    groups = [
        elb.create_target_group(Name=f"shared-{side}", Protocol="HTTP", Port=80, VpcId="vpc-1", TargetType="ip")
        for side in "ab"
    ]
    shares = [
        {"TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"], "Weight": weight}
        for group, weight in zip(groups, (90, 10), strict=True)
    ]
    actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}]
    elb.create_listener(LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=actions)
    (listener,) = elb.describe_listeners(LoadBalancerArn=made["LoadBalancerArn"])["Listeners"]
    assert listener["DefaultActions"][0]["ForwardConfig"]["TargetGroups"] == shares


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def imported_names(client: Client) -> None:
    acm = client("acm")
    certificate, key = pki.issue(place().pki, ["app.example.test", "www.example.test"])
    arn = acm.import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"]
    described = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert described["SubjectAlternativeNames"] == ["app.example.test", "www.example.test"]
    other = pki.issue(place().pki, ["app.example.test"])[1]
    assert refusal(lambda: acm.import_certificate(Certificate=certificate, PrivateKey=other)) == "ValidationException"


def managed_password(client: Client) -> None:
    rds, secrets = client("rds"), client("secretsmanager")
    wanted = {
        "DBInstanceIdentifier": "managed", "Engine": "postgres", "EngineVersion": "16.4", "AllocatedStorage": 20,
        "DBInstanceClass": "db.t3.micro", "MasterUsername": "boss", "ManageMasterUserPassword": True,
    }  # fmt: skip
    assert (
        refusal(lambda: rds.create_db_instance(**wanted, MasterUserPassword="x" * 8)) == "InvalidParameterCombination"
    )
    arn = rds.create_db_instance(**wanted)["DBInstance"]["MasterUserSecret"]["SecretArn"]
    assert ":secret:rds!db-" in arn
    first = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert first["username"] == "boss" and len(first["password"]) >= 28
    rds.modify_db_instance(DBInstanceIdentifier="managed", RotateMasterUserPassword=True, ApplyImmediately=True)
    assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["password"] != first["password"]
    rds.delete_db_instance(DBInstanceIdentifier="managed", SkipFinalSnapshot=True)
    assert refusal(lambda: secrets.get_secret_value(SecretId=arn)) == "ResourceNotFoundException"


def minor_versions(client: Client) -> None:
    rds = client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="minor", Engine="postgres", EngineVersion="16.4", AllocatedStorage=20,
        DBInstanceClass="db.t3.micro", MasterUsername="boss", ManageMasterUserPassword=True,
    )  # fmt: skip
    for wanted in (False, True):
        rds.modify_db_instance(DBInstanceIdentifier="minor", AutoMinorVersionUpgrade=wanted)
        [found] = rds.describe_db_instances(DBInstanceIdentifier="minor")["DBInstances"]
        assert found["AutoMinorVersionUpgrade"] is wanted


def balancer_names(client: Client) -> None:
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    ]
    made = elb.create_load_balancer(Name="named", Subnets=subnets)["LoadBalancers"][0]
    hosts = Path(os.environ["REPLATFORM_AWS_HOSTS_FILE"])
    assert f"127.0.0.1\t{made['DNSName']}\n" in hosts.read_text()
    elb.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
    assert made["DNSName"] not in hosts.read_text()
    assert hosts.read_text().startswith("127.0.0.1 localhost\n")


def versions_encoding(client: Client) -> None:
    s3 = bucket(client, "encoded-keys")
    keys = ["\x01control", "a b+c", "한글/문서", "<&>", "a//b"]
    for key in keys:
        s3.put_object(Bucket="encoded-keys", Key=key, Body=key.encode())
    versions = s3.list_object_versions(Bucket="encoded-keys")["Versions"]
    assert [each["Key"] for each in versions] == sorted(keys, key=lambda key: key.encode())


def limits(client: Client) -> None:
    s3 = bucket(client, "limited")
    s3.put_object(Bucket="limited", Key="k" * 1024, Metadata={"m": "v" * 2047})
    assert refusal(lambda: s3.put_object(Bucket="limited", Key="k" * 1025)) == "KeyTooLongError"
    assert refusal(lambda: s3.put_object(Bucket="limited", Key="k", Metadata={"m": "v" * 2048})) == "MetadataTooLarge"


def taken_name(client: Client) -> None:
    s3 = client("s3")
    assert refusal(lambda: s3.head_bucket(Bucket=TAKEN_BUCKET)) == "403"
    wanted = {"Bucket": TAKEN_BUCKET, "CreateBucketConfiguration": {"LocationConstraint": REGION}}
    assert refusal(lambda: s3.create_bucket(**wanted)) == "BucketAlreadyExists"
    assert TAKEN_BUCKET not in [each["Name"] for each in s3.list_buckets()["Buckets"]]


def object_answers(client: Client) -> None:
    bucket(client, "answers")
    s3 = client("s3", config=Config(request_checksum_calculation="when_required"))
    put = s3.put_object(Bucket="answers", Key="k", Body=b"123456789", Tagging="a=1&b=2")
    head = s3.head_object(Bucket="answers", Key="k", ChecksumMode="ENABLED")
    # The check value of CRC-64/NVME for "123456789".
    want = base64.b64encode(bytes.fromhex("ae8b14860a799888")).decode()
    assert (head["ChecksumCRC64NVME"], head["ChecksumType"], head["TagCount"]) == (want, "FULL_OBJECT", 2)
    assert (put["ChecksumCRC64NVME"], put["ServerSideEncryption"]) == (want, "AES256")


def multipart(client: Client) -> None:
    s3 = bucket(client, "multipart")
    kinds = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
    where = {"Bucket": "multipart", "Key": "k"}
    upload = s3.create_multipart_upload(**where, **kinds, Tagging="kept=yes")["UploadId"]
    parts = []
    for number, body in enumerate((PART, b"tail"), 1):
        sent = s3.upload_part(**where, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32")
        parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]})
    finish: dict[str, Any] = {**where, "UploadId": upload, "MultipartUpload": {"Parts": parts}}
    typed = {"ChecksumType": "FULL_OBJECT"}
    assert refusal(lambda: s3.complete_multipart_upload(**finish, **typed, ChecksumCRC32="AAAAAA==")) == "BadDigest"
    s3.complete_multipart_upload(**finish, **typed)
    head = s3.head_object(**where, ChecksumMode="ENABLED")
    assert head["ChecksumType"] == "FULL_OBJECT" and "-" not in head["ChecksumCRC32"]
    assert s3.get_object_tagging(**where)["TagSet"] == [{"Key": "kept", "Value": "yes"}]
    read = s3.get_object(**where)["Body"].read()
    assert hashlib.sha256(read).digest() == hashlib.sha256(PART + b"tail").digest()


def simulation(client: Client) -> None:
    iam = client("iam")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(Path="/of/them/", RoleName="asked", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    may = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::one/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_role_policy(RoleName="asked", PolicyName="may", PolicyDocument=document)
    arns = ["arn:aws:s3:::one/k", "arn:aws:s3:::two/k"]
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"], ResourceArns=arns)
    decided = {result["EvalResourceName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}
    assert decided == {arns[0]: "allowed", arns[1]: "implicitDeny"}


def group_ids(client: Client) -> None:
    ec2 = client("ec2")
    one, other = (ec2.create_security_group(GroupName=name, Description=name)["GroupId"] for name in ("one", "other"))

    def found(*ids: str, **more: Any) -> set[str]:
        answer = ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": list(ids)}], **more)
        return {group["GroupId"] for group in answer["SecurityGroups"]}

    assert found(one) == {one}
    assert found(one, other) == {one, other}
    assert found(f"{one[:-1]}?") >= {one}
    assert found("sg-00000000000000000") == set()
    assert found(one, GroupIds=[other]) == set()
    assert refusal(lambda: found(one, GroupIds=["sg-00000000000000000"])) == "InvalidGroup.NotFound"


CHECKS: dict[str, Callable[[Client], None]] = {
    "only-real-keys": real_keys,
    "iam-pass-role": pass_role,
    "iam-simulation": simulation,
    "ec2-security-group-ids": group_ids,
    "application-auto-scaling": autoscaling,
    "ecs-service-deployments": service_deployments,
    "elb-weights": weights,
    "acm-imported-names": imported_names,
    "rds-managed-master-password": managed_password,
    "rds-minor-versions": minor_versions,
    "elb-names": balancer_names,
    "s3-versions-encoding": versions_encoding,
    "s3-limits": limits,
    "s3-taken-name": taken_name,
    "s3-object-answers": object_answers,
    "s3-multipart": multipart,
}


@pytest.fixture(scope="module", name="filled")
def _filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with own_aws(tmp_path_factory.mktemp("filled")) as client:
        yield client


@pytest.fixture(scope="module", name="left_open")
def _left_open(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with own_aws(tmp_path_factory.mktemp("open"), off=sorted(CHECKS)) as client:
        yield client


# One pretend AWS at a time has the environment: all checks with the gaps filled run before those without.
@pytest.mark.parametrize("name", CHECKS)
def test_with_the_gap_filled_it_does_as_aws(filled: Client, name: str) -> None:
    CHECKS[name](filled)


@pytest.mark.parametrize("name", CHECKS)
def test_with_the_gap_open_it_does_not(left_open: Client, name: str) -> None:
    with pytest.raises((AssertionError, ClientError, BotoCoreError, KeyError, ValueError)):
        CHECKS[name](left_open)


def test_the_document_lists_the_gaps() -> None:
    document = table.DOCUMENT.read_text()
    assert table.inserted(document, gaps.load()) == document, "run: python -m lab.aws gaps --write"


def test_an_unknown_gap_cannot_be_left_open() -> None:
    with pytest.raises(ValueError, match="no-such-gap"):
        gaps.apply_all(["no-such-gap"])


_PORTS = """
import sys
from lab.aws.gaps import loopback
if sys.argv[1] == "filled":
    loopback.loopback_ports()
from docker.api.client import APIClient
client = APIClient(base_url="http://127.0.0.1:1", version="1.41")
print(client.create_host_config(port_bindings={"5432/tcp": 15432})["PortBindings"])
"""


@pytest.mark.parametrize(("gap", "address"), [("filled", "127.0.0.1"), ("open", "")])
def test_ports_are_published_on_loopback(gap: str, address: str) -> None:
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [str(place().python), "-c", _PORTS, gap], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.stdout.strip() == str({"5432/tcp": [{"HostIp": address, "HostPort": "15432"}]})
