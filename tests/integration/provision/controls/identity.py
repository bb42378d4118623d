"""IAM and the keys."""

from __future__ import annotations

from typing import Any

from .account import Account, as_list
from .registry import control

# Actions for which the service authorization reference names no resource type, as far as our policies have them.
WITHOUT_ARN = {
    "acm:ListCertificates", "cloudwatch:DescribeAlarms", "ecr:GetAuthorizationToken", "ecs:DeregisterTaskDefinition",
    "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions", "kms:DescribeKey", "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies", "logs:PutResourcePolicy", "s3:GetAccountPublicAccessBlock", "s3:ListAllMyBuckets",
    "s3:PutAccountPublicAccessBlock", "secretsmanager:GetRandomPassword",
}  # fmt: skip
# Looking only, in services whose Describe actions take no ARN.
_LOOKING = ("ec2:Describe", "rds:Describe", "elasticloadbalancing:Describe", "application-autoscaling:Describe")


def _allowed(account: Account) -> list[tuple[str, dict[str, Any]]]:
    return [(whose, entry) for whose, entry in account.statements if entry["Effect"] == "Allow"]


@control("IAM.1", "no policy allows everything", "CIS 1.16")
def not_everything(account: Account) -> None:
    assert not [whose for whose, entry in _allowed(account) if "*" in as_list(entry["Action"])]
    assert not [whose for whose, entry in _allowed(account) if "NotAction" in entry or "NotResource" in entry]


@control("IAM.2", "roles only: no user has a policy of ours, and the roles make none", "CIS 1.15")
def no_users(account: Account) -> None:
    iam = account.client("iam")
    for policy in iam.list_policies(Scope="Local", PathPrefix=account.path)["Policies"]:
        assert iam.list_entities_for_policy(PolicyArn=policy["Arn"])["PolicyUsers"] == []
    assert iam.list_users(PathPrefix=account.path)["Users"] == []
    creators = ("iam:CreateUser", "iam:CreateAccessKey", "iam:*", "iam:Create*")
    assert not [whose for whose, entry in _allowed(account) if set(as_list(entry["Action"])) & set(creators)]


@control("IAM.21", "no `service:*` in any policy")
def no_whole_service(account: Account) -> None:
    whole = [(whose, a) for whose, entry in _allowed(account) for a in as_list(entry["Action"]) if a.endswith(":*")]
    assert whole == []


@control("IAM.Resources", "`*` as a resource only where AWS takes no ARN")
def resources(account: Account) -> None:
    wide = [
        (whose, action)
        for whose, entry in _allowed(account)
        if "*" in as_list(entry["Resource"])
        for action in as_list(entry["Action"])
        if action not in WITHOUT_ARN and not action.startswith(_LOOKING)
    ]
    assert wide == []


@control("IAM.Roles", "one role each for execution, task, copy and deploy, bounded apart from deploy")
def roles(account: Account) -> None:
    iam = account.client("iam")
    found = {role["RoleName"] for role in iam.list_roles(PathPrefix=account.path)["Roles"]}
    assert {f"{account.name}-{name}" for name in ("execution", "task", "copy", "deploy")} <= found
    for name in found - {f"{account.name}-deploy"}:
        boundary = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        assert boundary.endswith(f"{account.path}{account.name}-boundary")


@control("KMS.1", "no policy allows decryption with every key", "KMS.2")
def keys(account: Account) -> None:
    decrypting = {"kms:*", "kms:Decrypt", "kms:ReEncryptFrom", "kms:Decrypt*", "kms:ReEncrypt*"}
    wide = [
        whose
        for whose, entry in _allowed(account)
        if decrypting & set(as_list(entry["Action"]))
        for arn in as_list(entry["Resource"])
        if "*" in arn
    ]
    assert wide == []
