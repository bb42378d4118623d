"""A service's task, an image out of the registry by digest, answers through the load balancer on 443."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import docker
import pytest
from botocore.exceptions import ClientError

from lab import engine
from lab.aws import pki
from lab.aws.settings import ACCOUNT, HOST, REGION, REGISTRY, place
from tests.integration.aws.conftest import Client

pytestmark = pytest.mark.lab
NAME = f"test-{secrets.token_hex(3)}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"
IMAGE = "python:3.11-slim"

# What the task serves: what it sees of its surroundings.
PROBE = r"""
import http.server, json, os, urllib.error, urllib.request
def get(url):
    try:
        return json.loads(urllib.request.urlopen(url, timeout=10).read())
    except urllib.error.HTTPError as error:
        return error.code
def writes(path):
    try:
        open(path, "w").close()
    except OSError as error:
        return error.strerror
    return "written"
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        credentials = get("http://169.254.170.2" + os.environ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"])
        seen = {
            "secret": os.environ["SECRET"], "region": os.environ["AWS_REGION"], "uid": os.getuid(),
            "root": writes("/x"), "scratch": writes("/scratch/x"), "credentials": credentials,
            "task": get(os.environ["ECS_CONTAINER_METADATA_URI_V4"] + "/task")["Family"],
            "trusted": urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_ministack/health").status,
            "proto": self.headers["x-forwarded-proto"],
        }
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
print("probe is up", flush=True)
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Answer).serve_forever()
"""


@dataclass(frozen=True)
class Service:
    """What the tests look at."""

    load_balancer: str
    target_group: str
    digest: str


def push(client: Client) -> str:
    """Push the probe's image under the registry's own name; return its digest."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName=NAME)
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, password = base64.b64decode(token).decode().split(":", 1)
    running = engine.known()
    assert running is not None
    api = docker.DockerClient(base_url=running.docker_host)
    api.images.get(IMAGE).tag(f"{REGISTRY}/{NAME}", "1")
    login = {"username": user, "password": password}
    lines = list(api.images.push(f"{REGISTRY}/{NAME}", tag="1", auth_config=login, stream=True, decode=True))
    assert not any("error" in line for line in lines), lines
    api.images.remove(f"{REGISTRY}/{NAME}:1")
    return str(ecr.describe_images(repositoryName=NAME)["imageDetails"][0]["imageDigest"])


def make_role(client: Client) -> None:
    iam = client("iam")
    statement = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(trust))
    # The attached policy has no permission for the secret: this one gives it.
    actions = ["s3:ListAllMyBuckets", "secretsmanager:GetSecretValue"]
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    iam.put_role_policy(RoleName=NAME, PolicyName="task", PolicyDocument=json.dumps(allowed))
    execution = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    iam.attach_role_policy(RoleName=NAME, PolicyArn=execution)


def make_balancer(client: Client, subnets: list[str], vpc: str) -> tuple[str, str]:
    elb, acm = client("elbv2"), client("acm")
    made = elb.create_load_balancer(Name=NAME, Subnets=subnets)["LoadBalancers"][0]
    group = elb.create_target_group(
        Name=NAME, Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip", HealthCheckPath="/"
    )["TargetGroups"][0]["TargetGroupArn"]
    certificate, key = pki.issue(place().pki, [made["DNSName"], f"{NAME}.example.test"])
    imported = acm.import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"]
    forward: Any = {"Type": "forward", "TargetGroupArn": group}
    redirect: Any = {
        "Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"},
    }  # fmt: skip
    arn = made["LoadBalancerArn"]
    elb.create_listener(
        LoadBalancerArn=arn, Port=443, Protocol="HTTPS", Certificates=[{"CertificateArn": imported}],
        DefaultActions=[forward],
    )  # fmt: skip
    elb.create_listener(LoadBalancerArn=arn, Port=80, Protocol="HTTP", DefaultActions=[redirect])
    return made["DNSName"], group


def task_definition(digest: str, secret: str) -> dict[str, Any]:
    logs = {"awslogs-group": f"/ecs/{NAME}", "awslogs-region": REGION, "awslogs-stream-prefix": "probe"}
    container = {
        "name": "probe", "image": f"{REGISTRY}/{NAME}@{digest}", "entryPoint": ["python3", "-c"], "command": [PROBE],
        "portMappings": [{"containerPort": 8000}], "secrets": [{"name": "SECRET", "valueFrom": f"{secret}:part::"}],
        "readonlyRootFilesystem": True, "user": "0", "logConfiguration": {"logDriver": "awslogs", "options": logs},
        "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}],
    }  # fmt: skip
    return {
        "family": NAME, "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "executionRoleArn": ROLE, "taskRoleArn": ROLE, "volumes": [{"name": "scratch"}],
        "containerDefinitions": [container],
    }  # fmt: skip


@pytest.fixture(scope="module", name="service")
def _service(lab_aws: Client) -> Iterator[Service]:
    ec2, ecs, logs = lab_aws("ec2"), lab_aws("ecs"), lab_aws("logs")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    ]
    make_role(lab_aws)
    secret = lab_aws("secretsmanager").create_secret(Name=NAME, SecretString=json.dumps({"part": "told"}))["ARN"]
    logs.create_log_group(logGroupName=f"/ecs/{NAME}")
    digest = push(lab_aws)
    ecs.register_task_definition(**task_definition(digest, secret))
    name, group = make_balancer(lab_aws, subnets, vpc)
    ecs.create_cluster(clusterName=NAME)
    ecs.create_service(
        cluster=NAME, serviceName=NAME, taskDefinition=NAME, desiredCount=1, launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
        loadBalancers=[{"targetGroupArn": group, "containerName": "probe", "containerPort": 8000}],
    )  # fmt: skip
    yield Service(name, group, digest)
    ecs.delete_service(cluster=NAME, service=NAME, force=True)
    elb = lab_aws("elbv2")
    found = elb.describe_load_balancers(Names=[NAME])["LoadBalancers"][0]["LoadBalancerArn"]
    elb.delete_load_balancer(LoadBalancerArn=found)


def dial(host: str, *, tls: bool = True) -> http.client.HTTPResponse:
    """A request to the load balancer at this machine's loopback, in its name; redirects are not followed."""
    here = place()
    connection = http.client.HTTPConnection(HOST, here.https_port if tls else here.http_port, timeout=30)
    connection.connect()
    if tls:
        context = ssl.create_default_context(cafile=str(here.ca_file))
        connection.sock = context.wrap_socket(connection.sock, server_hostname=host)
    connection.request("GET", "/path?query=1", headers={"host": host})
    return connection.getresponse()


@pytest.fixture(scope="module", name="seen")
def _seen(service: Service) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        reply = dial(service.load_balancer)
        if reply.status == 200:
            return dict(json.loads(reply.read()))
        assert time.monotonic() < deadline, f"the load balancer still answers {reply.status}: {reply.read()[:300]!r}"
        time.sleep(0.5)


def test_the_task_answers_through_the_load_balancer_on_443(service: Service, seen: dict[str, Any]) -> None:
    assert seen["proto"] == "https" and seen["task"] == NAME
    assert dial(f"{NAME}.example.test").status == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        dial("another.example.test")
    redirected = dial(service.load_balancer, tls=False)
    wanted = f"https://{service.load_balancer}:443/path?query=1"
    assert (redirected.status, redirected.getheader("location")) == (301, wanted)


def test_the_task_runs_as_defined(lab_aws: Client, service: Service, seen: dict[str, Any]) -> None:
    assert seen["secret"] == "told" and seen["region"] == REGION and seen["trusted"] == 200
    assert (seen["root"], seen["scratch"]) == ("Read-only file system", "written")
    ecs = lab_aws("ecs")
    tasks = ecs.describe_tasks(cluster=NAME, tasks=ecs.list_tasks(cluster=NAME)["taskArns"])["tasks"]
    assert tasks[0]["containers"][0]["imageDigest"] == service.digest
    lines = lab_aws("logs").filter_log_events(logGroupName=f"/ecs/{NAME}")["events"]
    assert "probe is up" in [line["message"].strip() for line in lines]
    health = lab_aws("elbv2").describe_target_health(TargetGroupArn=service.target_group)
    assert [each["TargetHealth"]["State"] for each in health["TargetHealthDescriptions"]] == ["healthy"]


def test_the_tasks_credentials_are_its_roles(lab_aws: Client, seen: dict[str, Any]) -> None:
    given = seen["credentials"]
    keys = {
        "aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["Token"],
    }  # fmt: skip
    assert f":assumed-role/{NAME}/" in lab_aws("sts", **keys).get_caller_identity()["Arn"]
    lab_aws("s3", **keys).list_buckets()
    with pytest.raises(ClientError, match="AccessDenied"):
        lab_aws("rds", **keys).describe_db_instances()


def run_variant(client: Client, **changes: Any) -> Any:
    """Run the service's task definition with changes, as a single task; return a function that describes the task."""
    ecs = client("ecs")
    known = ecs.describe_task_definition(taskDefinition=NAME)["taskDefinition"]
    fields = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "taskRoleArn", "volumes")
    wanted = {name: known[name] for name in fields} | {"executionRoleArn": ROLE} | changes.pop("definition", {})
    container = known["containerDefinitions"][0] | changes
    revision = ecs.register_task_definition(**wanted, containerDefinitions=[container])["taskDefinition"]
    task = ecs.run_task(cluster=NAME, taskDefinition=revision["taskDefinitionArn"], launchType="FARGATE")["tasks"][0]
    return lambda: ecs.describe_tasks(cluster=NAME, tasks=[task["taskArn"]])["tasks"][0]


def until(describe: Any, field: str, value: str) -> dict[str, Any]:
    """The task, once a field of it has a value (a minute at most)."""
    deadline = time.monotonic() + 60
    while True:
        task = describe()
        if task.get(field) == value or time.monotonic() > deadline:
            assert task.get(field) == value, task
            return dict(task)
        time.sleep(0.3)


def test_a_task_is_held_to_its_execution_role(lab_aws: Client, service: Service) -> None:
    assert service.digest
    iam, poor = lab_aws("iam"), f"{NAME}-poor"
    trust = iam.get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"]
    arn = iam.create_role(RoleName=poor, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    stopped = until(run_variant(lab_aws, definition={"executionRoleArn": arn}), "lastStatus", "STOPPED")
    assert "secretsmanager:GetSecretValue" in stopped["stoppedReason"]


def test_a_health_check_is_run_and_its_failure_stops_the_task(lab_aws: Client, service: Service) -> None:
    assert service.digest
    check = {"command": ["CMD-SHELL", "test ! -e /scratch/sick"], "interval": 5, "retries": 1, "timeout": 5}
    describe = run_variant(lab_aws, healthCheck=check, name="checked")
    until(describe, "healthStatus", "HEALTHY")
    failing = run_variant(lab_aws, healthCheck={**check, "command": ["CMD-SHELL", "exit 1"]}, name="sick")
    assert until(failing, "lastStatus", "STOPPED")["stoppedReason"] == "Task failed container health checks"
    lab_aws("ecs").stop_task(cluster=NAME, task=describe()["taskArn"])
