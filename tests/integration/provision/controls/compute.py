"""ECS, ECR and the load balancer."""

from __future__ import annotations

import json
import re

from .account import Account
from .registry import control

_SUSPECT = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|KEY|KEY_ID)$", re.IGNORECASE)


@control("ECS.2", "tasks in private subnets, without a public address", "ECS.16")
def no_public_address(account: Account) -> None:
    network = account.service["networkConfiguration"]["awsvpcConfiguration"]
    assert network["assignPublicIp"] == "DISABLED"
    tiers = {
        tag["Value"] for name in network["subnets"] for tag in account.subnets[name]["Tags"] if tag["Key"] == "Tier"
    }
    assert tiers == {"private"}
    assert network["securityGroups"] == [account.groups["task"]["GroupId"]]


@control("ECS.4", "no privileged container")
def not_privileged(account: Account) -> None:
    assert not [c["name"] for c in account.containers if c.get("privileged")]


@control("ECS.5", "the root file system is read-only; what is written goes to scratch volumes")
def read_only(account: Account) -> None:
    assert all(c["readonlyRootFilesystem"] is True for c in account.containers)
    assert all(c["mountPoints"] for c in account.containers)


@control("ECS.8", "secrets by ARN and a task role; no secret and no access key in the environment")
def no_secret_in_the_environment(account: Account) -> None:
    plain = [entry["name"] for c in account.containers for entry in c["environment"]]
    assert not [name for name in plain if _SUSPECT.search(name)]
    secret = {entry["name"]: entry["valueFrom"] for c in account.containers for entry in c["secrets"]}
    assert {
        "POSTGRES_PASSWORD",
        "OPENSEARCH_INITIAL_ADMIN_PASSWORD",
        "JWT_SECRET_KEY",
        "OPENAI_API_KEY",
    } <= secret.keys()
    assert all(value.startswith("arn:aws:secretsmanager:") for value in secret.values())
    assert account.definition["taskRoleArn"].endswith(f"{account.name}-task")
    assert account.definition["executionRoleArn"].endswith(f"{account.name}-execution")


@control("ECS.9", "awslogs, into a log group with a retention")
def logs(account: Account) -> None:
    for container in account.containers:
        assert container["logConfiguration"]["logDriver"] == "awslogs"
        group = container["logConfiguration"]["options"]["awslogs-group"]
        [found] = account.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        assert found["retentionInDays"] >= 365


@control("ECS.10", "Fargate's platform version LATEST")
def platform(account: Account) -> None:
    assert account.service["launchType"] == "FARGATE"
    assert account.service["platformVersion"] == "LATEST"


@control("ECS.12", "Container Insights")
def insights(account: Account) -> None:
    [cluster] = account.client("ecs").describe_clusters(clusters=[account.name], include=["SETTINGS"])["clusters"]
    settings = {entry["name"]: entry["value"] for entry in cluster["settings"]}
    assert settings["containerInsights"] in ("enabled", "enhanced")


@control("ECS.17", "`awsvpc`, not the host's network")
def network_mode(account: Account) -> None:
    assert account.definition["networkMode"] == "awsvpc"
    assert account.definition.get("pidMode") != "host"


@control("ECS.20", "a user that is not root, named in the definition")
def not_root(account: Account) -> None:
    assert not [c["name"] for c in account.containers if c.get("user", "").partition(":")[0] in ("", "0", "root")]


@control("ECR.1", "images are scanned when they are pushed")
def scanned(account: Account) -> None:
    [repository] = account.client("ecr").describe_repositories(repositoryNames=[account.name])["repositories"]
    assert repository["imageScanningConfiguration"]["scanOnPush"] is True


@control("ECR.2", "a tag never changes its image, and the definition names the image by digest")
def immutable(account: Account) -> None:
    [repository] = account.client("ecr").describe_repositories(repositoryNames=[account.name])["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert all(re.search(r"@sha256:[0-9a-f]{64}$", c["image"]) for c in account.containers)


@control("ECR.3", "old images go away")
def old_images(account: Account) -> None:
    found = account.client("ecr").get_lifecycle_policy(repositoryName=account.name)["lifecyclePolicyText"]
    assert [rule["action"]["type"] for rule in json.loads(found)["rules"]] == ["expire"]


@control("ELB.1", "port 80 redirects to 443")
def redirect(account: Account) -> None:
    [action] = account.listeners[80]["DefaultActions"]
    assert action["Type"] == "redirect"
    assert (action["RedirectConfig"]["Protocol"], action["RedirectConfig"]["Port"]) == ("HTTPS", "443")


@control("ELB.4", "invalid headers are dropped")
def headers(account: Account) -> None:
    assert account.balancer_attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"


@control("ELB.5", "access logs, into the bucket of logs")
def access_logs(account: Account) -> None:
    assert account.balancer_attributes["access_logs.s3.enabled"] == "true"
    assert account.balancer_attributes["access_logs.s3.bucket"] == account.logs


@control("ELB.6", "deletion protection")
def deletion_protection(account: Account) -> None:
    assert account.balancer_attributes["deletion_protection.enabled"] == "true"


@control("ELB.12", "requests that invite smuggling are mitigated (`defensive`)")
def desync(account: Account) -> None:
    assert account.balancer_attributes["routing.http.desync_mitigation_mode"] in ("defensive", "strictest")


@control("ELB.13", "two zones at least")
def two_zones(account: Account) -> None:
    subnets = [entry["SubnetId"] for entry in account.balancer["AvailabilityZones"]]
    assert len({account.subnets[name]["AvailabilityZone"] for name in subnets}) >= 2


@control("ELB.17", "a policy with TLS 1.3, nothing below TLS 1.2")
def tls_policy(account: Account) -> None:
    policy = account.listeners[443]["SslPolicy"]
    assert policy.startswith(("ELBSecurityPolicy-TLS13-1-2-", "ELBSecurityPolicy-TLS13-1-3-"))
    assert "-Ext" not in policy


@control("ELB.18", "HTTPS with a certificate of ACM is the only listener that serves")
def https(account: Account) -> None:
    serving = [entry for entry in account.listeners.values() if entry["DefaultActions"][0]["Type"] != "redirect"]
    assert [entry["Protocol"] for entry in serving] == ["HTTPS"]
    [certificate] = serving[0]["Certificates"]
    found = account.client("acm").describe_certificate(CertificateArn=certificate["CertificateArn"])
    assert found["Certificate"]["Status"] == "ISSUED"
