"""Every resource: absent, same and changed, field by field; and check mode makes none of the calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import Plan, carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources import (
    ec2_flow_log,
    ecr_repository,
    ecs_cluster,
    elb_target_group,
    generated_secret,
    iam_role,
    logs_resource_policy,
    rds_event_subscription,
    rds_parameter_group,
    s3_account,
    s3_bucket,
    sns_topic,
)

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
OTHER = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*"}]}


@dataclasses.dataclass(frozen=True)
class Case:
    """A resource: the desired state, how AWS would answer for it, its plan, and what each change must call."""

    desired: Any
    live: Callable[[Any], Any]
    plan: Callable[[Any, Any], Plan]
    created: list[str]
    changes: list[tuple[dict[str, Any], list[str]]]


ROLE = iam_role.Role("r", "/p/", TRUST, "arn:b", "text", 3600, {"one": TRUST}, ("arn:m",), {"a": "1"})
BUCKET = s3_bucket.Bucket("b", "ap-northeast-2", None, TRUST, 7, 90, None, "logs", "s3/", {"a": "1"})
REPOSITORY = ecr_repository.Repository("r", True, True, 30, None, {"a": "1"})
TOPIC = sns_topic.Topic("t", "arn:t", None, TRUST, (("email", "a@b.c"),), {"a": "1"})
FLOW = ec2_flow_log.FlowLog("vpc-1", "/flow", "arn:r", "ALL", 600, {"a": "1"})
CHECK = {"HealthCheckPath": "/health", "HealthCheckIntervalSeconds": 15}
GROUP = elb_target_group.TargetGroup("g", "vpc-1", "HTTP", 8000, CHECK, {"delay": "30"}, {"a": "1"})
EVENTS = rds_event_subscription.Subscription("s", "arn:t", "db-instance", ("failure",), {"a": "1"})
SECRET = generated_secret.Secret("s", "text", {"username": "u"}, "password", 40, None, {"a": "1"})
CLUSTER = ecs_cluster.Cluster("c", "enabled", ("FARGATE", "FARGATE_SPOT"), "FARGATE", {"a": "1"})
PARAMETERS = rds_parameter_group.ParameterGroup("g", "postgres16", "text", {"rds.force_ssl": "1"}, {"a": "1"})


def after(plan: Callable[[Any, Any], Plan]) -> Callable[[Any], Any]:
    """The live state of a resource that was made exactly as desired, with an ARN as AWS adds it."""
    return lambda desired: {"arn": "arn:x", "id": "x", **plan(desired, None).after}


def live_group(desired: Any) -> dict[str, Any]:
    return {
        "arn": "arn:g",
        "settings": {**desired.fixed(), **desired.health_check},
        "attributes": {**desired.attributes, "stickiness.enabled": "false"},
        "tags": desired.tags,
    }


def live_secret(desired: Any) -> dict[str, Any]:
    return {"arn": "arn:s", "deleted": False, "description": "text", "kms_key": "", "tags": desired.tags}


def live_parameters(desired: Any) -> dict[str, Any]:
    known = {"rds.force_ssl": "static", "log_connections": "dynamic"}
    values = {**dict.fromkeys(known, "0"), **desired.parameters}
    return {"arn": "arn:g", "family": desired.family, "values": values, "types": known, "tags": desired.tags}


def plan_secret(desired: Any, live: Any) -> Plan:
    return generated_secret.plan(desired, live, "{}")


TAGS = {"tags": {"a": "2"}}
CASES = {
    "iam_role": Case(
        ROLE,
        lambda desired: desired,
        iam_role.plan,
        ["create_role", "put_role_policy", "attach_role_policy"],
        [
            ({"trust": OTHER}, ["update_assume_role_policy"]),
            ({"boundary": "arn:c"}, ["put_role_permissions_boundary"]),
            ({"boundary": None}, ["delete_role_permissions_boundary"]),
            ({"description": "new"}, ["update_role"]),
            ({"max_session_duration": 7200}, ["update_role"]),
            ({"inline": {"one": OTHER}}, ["put_role_policy"]),
            ({"inline": {}}, ["delete_role_policy"]),
            ({"attached": ()}, ["detach_role_policy"]),
            (TAGS, ["tag_role"]),
            ({"tags": {}}, ["untag_role"]),
        ],
    ),
    "s3_bucket": Case(
        BUCKET,
        after(s3_bucket.plan),
        s3_bucket.plan,
        [
            "create_bucket",
            "put_public_access_block",
            "put_bucket_ownership_controls",
            "put_bucket_versioning",
            "put_bucket_encryption",
            "put_bucket_policy",
            "put_bucket_lifecycle_configuration",
            "put_bucket_logging",
            "put_bucket_tagging",
        ],
        [
            ({"kms_key": "arn:k"}, ["put_bucket_encryption"]),
            ({"policy": OTHER}, ["put_bucket_policy"]),
            ({"policy": None}, ["delete_bucket_policy"]),
            ({"noncurrent_days": 1}, ["put_bucket_lifecycle_configuration"]),
            ({"abort_multipart_days": 0, "noncurrent_days": None}, ["delete_bucket_lifecycle"]),
            ({"log_bucket": None}, ["put_bucket_logging"]),
            (TAGS, ["put_bucket_tagging"]),
            ({"tags": {}}, ["delete_bucket_tagging"]),
        ],
    ),
    "ecr_repository": Case(
        REPOSITORY,
        after(ecr_repository.plan),
        ecr_repository.plan,
        ["create_repository", "put_lifecycle_policy"],
        [
            ({"immutable": False}, ["put_image_tag_mutability"]),
            ({"scan_on_push": False}, ["put_image_scanning_configuration"]),
            ({"keep_images": 3}, ["put_lifecycle_policy"]),
            (TAGS, ["tag_resource"]),
        ],
    ),
    "sns_topic": Case(
        TOPIC,
        after(sns_topic.plan),
        sns_topic.plan,
        ["create_topic", "set_topic_attributes", "subscribe"],
        [
            ({"kms_key": "arn:k"}, ["set_topic_attributes"]),
            ({"policy": OTHER}, ["set_topic_attributes"]),
            ({"subscriptions": (("email", "new@b.c"),)}, ["subscribe"]),
            ({"subscriptions": ()}, []),
            (TAGS, ["tag_resource"]),
        ],
    ),
    "ec2_flow_log": Case(
        FLOW,
        after(ec2_flow_log.plan),
        ec2_flow_log.plan,
        ["create_flow_logs"],
        [
            ({"traffic": "REJECT"}, ["delete_flow_logs", "create_flow_logs"]),
            ({"role_arn": "arn:n"}, ["delete_flow_logs", "create_flow_logs"]),
            ({"interval": 60}, ["delete_flow_logs", "create_flow_logs"]),
        ],
    ),
    "elb_target_group": Case(
        GROUP,
        live_group,
        elb_target_group.plan,
        ["create_target_group"],
        [
            ({"health_check": {**CHECK, "HealthCheckPath": "/"}}, ["modify_target_group"]),
            ({"attributes": {"delay": "5"}}, ["modify_target_group_attributes"]),
            (TAGS, ["add_tags"]),
            ({"tags": {}}, ["remove_tags"]),
        ],
    ),
    "rds_event_subscription": Case(
        EVENTS,
        after(rds_event_subscription.plan),
        lambda desired, live: rds_event_subscription.plan(desired, live and pick(live, EVENTS.view())),
        ["create_event_subscription"],
        [
            ({"categories": ("failure", "recovery")}, ["modify_event_subscription"]),
            ({"topic_arn": "arn:n"}, ["modify_event_subscription"]),
        ],
    ),
    "generated_secret": Case(
        SECRET,
        live_secret,
        plan_secret,
        ["create_secret"],
        [
            ({"description": "new"}, ["update_secret"]),
            ({"kms_key": "arn:k"}, ["update_secret"]),
            ({"length": 64, "fields": {"username": "other"}}, []),  # a value that is there stays
            (TAGS, ["tag_resource"]),
        ],
    ),
    "ecs_cluster": Case(
        CLUSTER,
        after(ecs_cluster.plan),
        ecs_cluster.plan,
        ["create_cluster"],
        [
            ({"insights": "enhanced"}, ["update_cluster_settings"]),
            ({"providers": ("FARGATE",)}, ["put_cluster_capacity_providers"]),
            ({"default_provider": "FARGATE_SPOT"}, ["put_cluster_capacity_providers"]),
            (TAGS, ["tag_resource"]),
        ],
    ),
    "rds_parameter_group": Case(
        PARAMETERS,
        live_parameters,
        rds_parameter_group.plan,
        ["create_db_parameter_group", "modify_db_parameter_group"],
        [
            ({"parameters": {"rds.force_ssl": "0"}}, ["modify_db_parameter_group"]),
            ({"parameters": {"rds.force_ssl": "1", "log_connections": "1"}}, ["modify_db_parameter_group"]),
            (TAGS, ["add_tags_to_resource"]),
        ],
    ),
}


def pick(live: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: live[key] for key in keys}


def operations(plan: Plan) -> list[str]:
    return [call.operation for call in plan.calls]


@pytest.mark.parametrize("name", CASES)
def test_absent_is_created(name: str) -> None:
    case = CASES[name]
    plan = case.plan(case.desired, None)
    assert operations(plan) == case.created
    assert plan.before == {}


@pytest.mark.parametrize("name", CASES)
def test_same_is_left_alone(name: str) -> None:
    case = CASES[name]
    plan = case.plan(case.desired, case.live(case.desired))
    assert operations(plan) == []
    assert not plan.changed


CHANGES = [(name, change, expected) for name, case in CASES.items() for change, expected in case.changes]


@pytest.mark.parametrize(("name", "change", "expected"), CHANGES, ids=lambda value: str(value)[:40])
def test_one_changed_field_is_one_change(name: str, change: dict[str, Any], expected: list[str]) -> None:
    case = CASES[name]
    plan = case.plan(dataclasses.replace(case.desired, **change), case.live(case.desired))
    assert operations(plan) == expected


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("there", [False, True])
def test_check_mode_makes_no_call(name: str, there: bool) -> None:
    case = CASES[name]
    change, _expected = case.changes[0]
    desired = dataclasses.replace(case.desired, **change) if there else case.desired
    plan = case.plan(desired, case.live(case.desired) if there else None)
    result = carry_out(None, plan, check_mode=True)  # any call would fail on None
    assert result["changed"]
    assert result["calls"] == operations(plan)


def test_tags_that_are_not_named_stay_without_purge() -> None:
    live = dataclasses.replace(ROLE, tags={"a": "1", "aws:x": "theirs", "b": "2"})
    assert operations(iam_role.plan(ROLE, live)) == ["untag_role"]
    assert operations(iam_role.plan(dataclasses.replace(ROLE, purge_tags=False), live)) == []
    assert operations(iam_role.plan(dataclasses.replace(ROLE, tags=None), live)) == []


@pytest.mark.parametrize(
    ("plan", "names"),
    [
        (lambda: iam_role.plan(dataclasses.replace(ROLE, path="/other/"), ROLE), "/p/"),
        (lambda: elb_target_group.plan(dataclasses.replace(GROUP, port=9), live_group(GROUP)), "Port 8000"),
        (
            lambda: ecr_repository.plan(
                dataclasses.replace(REPOSITORY, kms_key="arn:k"), after(ecr_repository.plan)(REPOSITORY)
            ),
            "another key",
        ),
        (
            lambda: rds_parameter_group.plan(
                dataclasses.replace(PARAMETERS, family="postgres17"), live_parameters(PARAMETERS)
            ),
            "postgres16",
        ),
        (
            lambda: rds_parameter_group.plan(
                dataclasses.replace(PARAMETERS, parameters={"nonsense": "1"}), live_parameters(PARAMETERS)
            ),
            "nonsense",
        ),
    ],
)
def test_what_aws_cannot_change_is_refused_with_the_next_step(plan: Callable[[], Plan], names: str) -> None:
    with pytest.raises(AwsError, match=names) as refused:
        plan()
    assert refused.value.next_step


def test_a_deleted_secret_comes_back_with_its_value() -> None:
    plan = generated_secret.plan(SECRET, {**live_secret(SECRET), "deleted": True}, "")
    assert operations(plan) == ["restore_secret"]


def test_a_secrets_value_is_never_shown() -> None:
    plan = generated_secret.plan(SECRET, None, '{"password": "hush"}')
    assert "hush" not in repr(plan)
    assert "hush" not in str(carry_out(None, plan, check_mode=True))


def test_flow_log_failures_hide_in_a_good_answer() -> None:
    failure = {"Unsuccessful": [{"ResourceId": "vpc-1", "Error": {"Code": "Nope", "Message": "no role"}}]}
    with pytest.raises(AwsError, match="no role"):
        ec2_flow_log.inspect("create_flow_logs", failure)
    ec2_flow_log.inspect("create_flow_logs", {"FlowLogIds": ["fl-1"]})


def test_account_block_and_log_policy() -> None:
    assert operations(s3_account.plan("1", {})) == ["put_public_access_block"]
    assert operations(s3_account.plan("1", dict(s3_bucket.BLOCKED))) == []
    same = logs_resource_policy.plan("p", TRUST, logs_resource_policy.plan("p", TRUST, {}).after)
    assert operations(same) == []
    assert operations(logs_resource_policy.plan("p", OTHER, same.after)) == ["put_resource_policy"]
