"""The deploy role may do what a move does, on what the move made, and nothing else."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.aws import control as aws
from lab.control import DEPLOY_ROLE
from tests.integration.aws.conftest import client_maker

from .ends import client
from .playing import ROOT
from .policies import Call, Grant, actions, attached, document_of, grants, reserve
from .watched import Watched

pytestmark = pytest.mark.lab
NAME = DEPLOY_ROLE.rpartition("/")[2]
ASSUMED = f":assumed-role/{NAME}"
DOCUMENT = ROOT / "docs" / "permissions.md"
START, END = "<!-- unchecked: start -->", "<!-- unchecked: end -->"
REWRITE = "REPLATFORM_WRITE_DOCS"
# The module that says who is calling asks for the account's alias too, and does without.
DONE_WITHOUT = {"iam:ListAccountAliases"}


@pytest.fixture(scope="module", name="calls")
def _calls(watched: Watched) -> list[Call]:
    """Of the deploy role, by a rehearsal and a second run."""
    assert (watched.played.status, watched.second.status) == (0, 0), watched.played.output[-6000:]
    found = [call for call in watched.calls if call["caller"].endswith(ASSUMED)]
    assert len({call["action"] for call in found}) > 100
    return found


@pytest.fixture(scope="module", name="iam")
def _iam(watched: Watched) -> Any:
    """The administrator's."""
    assert watched.pid == aws.status()["pid"]
    return client("iam")


@pytest.fixture(scope="module", name="documents")
def _documents(iam: Any) -> dict[str, dict[str, Any]]:
    """The policies of the deploy role."""
    return attached(iam, NAME)


@pytest.fixture(scope="module", name="granted")
def _granted(documents: dict[str, dict[str, Any]]) -> list[Grant]:
    return [each for document in documents.values() for each in grants(document["Statement"])]


def test_everything_but_bootstrap_is_done_by_roles(watched: Watched) -> None:
    """Once the deploy role exists the administrator asks for nothing but it."""
    callers = {call["caller"].rpartition("/")[2] for call in watched.calls if call["outcome"] != "unchecked"}
    name = NAME.removesuffix("-deploy")
    # `root` has made the administrator before the calls are kept; `anonymous` has the password of a user of the domain.
    services = {f"{name}-execution", f"{name}-task"}
    assert {caller.rpartition(":")[2] for caller in callers} == {NAME, "administrator", "anonymous"} | services
    by_administrator = {
        call["action"].split(":")[0] for call in watched.calls if call["caller"].endswith(":user/administrator")
    }
    assert by_administrator <= {"iam", "sts"}


def test_every_call_is_allowed_on_its_own_arn(calls: list[Call], granted: list[Grant]) -> None:
    assert {call["action"] for call in calls if call["outcome"] == "denied"} <= DONE_WITHOUT
    unmatched = [
        f"{call['action']} on {call['resource']} {call['keys']}"
        for call in calls
        if call["outcome"] == "allowed" and not any(grant.allows(call) for grant in granted)
    ]
    assert unmatched == []


def test_nothing_that_is_allowed_goes_unused(calls: list[Call], granted: list[Grant]) -> None:
    used = {(grant.sid, grant.action) for grant in granted for call in calls if grant.allows(call)}
    given = {(grant.sid, grant.action) for grant in granted}
    kept = reserve()
    assert sorted(given - used - kept.keys()) == [], (
        "allowed, neither used nor in roles/bootstrap/vars/main/reserve.yml"
    )
    assert sorted(kept.keys() - given) == [], "in reserve.yml, but not allowed"


def test_statements_are_exact(documents: dict[str, dict[str, Any]], granted: list[Grant]) -> None:
    """No action has a wildcard, no statement's name stands for two, and AWS takes the policies (6,144 characters)."""
    assert [grant.action for grant in granted if "*" in grant.action] == []
    sids = Counter(statement["Sid"] for document in documents.values() for statement in document["Statement"])
    assert [sid for sid, count in sids.items() if count > 1] == []
    sizes = {name: len(json.dumps(document, separators=(",", ":"))) for name, document in documents.items()}
    assert {name: size for name, size in sizes.items() if size > 6144} == {}
    everywhere = {grant.sid for grant in granted if "*" in grant.resources}
    assert everywhere == {"Look", "DataWithoutArn", "ComputeWithoutArn", "FindTheBucket"}, "AWS takes no ARN for these"


def test_a_role_is_given_to_the_one_service_that_takes_it(calls: list[Call], granted: list[Grant]) -> None:
    given = {
        (resource.rpartition("/")[2].removeprefix(NAME.removesuffix("deploy")), service)
        for grant in granted
        if grant.action == "iam:PassRole"
        for resource in grant.resources
        for key, services in grant.condition
        for service in services
        if key == "iam:PassedToService"
    }
    assert given == {
        ("execution", "ecs-tasks.amazonaws.com"),
        ("task", "ecs-tasks.amazonaws.com"),
        ("rds-monitoring", "monitoring.rds.amazonaws.com"),
        ("flow-logs", "vpc-flow-logs.amazonaws.com"),
    }
    passed = {
        (call["resource"].rpartition(f"{NAME.removesuffix('deploy')}")[2], call["keys"]["iam:PassedToService"])
        for call in calls
        if call["action"] == "iam:PassRole"
    }
    assert passed == given


def test_the_boundary_allows_what_the_roles_have_and_no_more(iam: Any) -> None:
    of_roles: set[str] = set()
    boundaries = set()
    for role in ("execution", "task", "copy", "rds-monitoring", "flow-logs"):
        name = NAME.removesuffix("deploy") + role
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            of_roles |= actions(document)
        boundaries.add(iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"])
    (boundary,) = boundaries
    assert actions(document_of(iam, boundary)) == of_roles


def test_the_deploy_role_cannot_rise(watched: Watched) -> None:
    keys = watched.session()
    iam = client_maker(aws.read_environment())(
        "iam",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    name = NAME.removesuffix("-deploy")
    path = DEPLOY_ROLE.partition(":role")[2].removesuffix(NAME)
    boundary = f"{DEPLOY_ROLE.partition(':role')[0]}:policy{path}{name}-boundary"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    attempts = [
        lambda: iam.create_role(RoleName=f"{name}-x", Path=path, AssumeRolePolicyDocument=trust),
        lambda: iam.create_role(
            RoleName=f"{name}-x", Path="/", AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary
        ),
        lambda: iam.put_role_policy(RoleName=NAME, PolicyName="more", PolicyDocument=trust),
        lambda: iam.create_policy_version(PolicyArn=boundary, PolicyDocument=trust, SetAsDefault=True),
        lambda: iam.delete_role_permissions_boundary(RoleName=f"{name}-task"),
        lambda: iam.create_user(UserName="somebody"),
    ]
    for attempt in attempts:
        with pytest.raises(ClientError, match="AccessDenied"):
            attempt()


def _unchecked(watched: Watched) -> str:
    rows = sorted({call["action"] for call in watched.calls if call["outcome"] == "unchecked"})
    return "\n".join(f"| `{row}` |" for row in rows)


def test_the_document_lists_what_is_not_checked(watched: Watched) -> None:
    """`REPLATFORM_WRITE_DOCS=1` writes it."""
    document = DOCUMENT.read_text()
    head, rest = document.split(START, 1)
    listed = f"{head}{START}\n| request |\n|---|\n{_unchecked(watched)}\n{END}{rest.split(END, 1)[1]}"
    if os.environ.get(REWRITE):
        DOCUMENT.write_text(listed)
    assert DOCUMENT.read_text() == listed, f"run this test with {REWRITE}=1"
