"""What a plan compares: policies in one spelling, tags that are ours, and ids that do not exist yet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.replatform.aws.plugins.filter.known_after_provision import known_after_provision
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import (
    STAND_IN,
    TagCalls,
    canonical_policy,
    differs,
    wanted_tags,
)

ALLOW = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:b"}


@pytest.mark.parametrize(
    "other",
    [
        {"Statement": {**ALLOW}},
        {"Statement": [{**ALLOW, "Action": ["s3:PutObject", "s3:GetObject"]}]},
        {"Statement": [{**ALLOW, "Resource": ["arn:b"]}]},
        '{"Statement":[{"Resource":"arn:b","Action":["s3:GetObject","s3:PutObject"],"Effect":"Allow"}]}',
    ],
)
def test_two_spellings_of_a_policy_are_the_same(other: Any) -> None:
    assert not differs(canonical_policy({"Statement": [ALLOW]}), canonical_policy(other))


@pytest.mark.parametrize(
    "change", [{"Effect": "Deny"}, {"Action": "s3:GetObject"}, {"Resource": "*"}, {"Condition": {"Bool": {"a": "b"}}}]
)
def test_a_changed_policy_differs(change: dict[str, Any]) -> None:
    assert differs(canonical_policy({"Statement": [ALLOW]}), canonical_policy({"Statement": [{**ALLOW, **change}]}))


def test_no_policy_is_empty() -> None:
    assert canonical_policy(None) == canonical_policy("") == canonical_policy({}) == {}


def test_tags() -> None:
    live = {"a": "1", "b": "2", "aws:x": "theirs"}
    assert wanted_tags(live, None, True) == {"a": "1", "b": "2"}
    assert wanted_tags(live, {"a": 3}, True) == {"a": "3"}
    assert wanted_tags(live, {"a": 3}, False) == {"a": "3", "b": "2"}
    calls = TagCalls({"Arn": "x"}).between({"a": "1", "b": "2"}, {"a": "3"})
    assert [(call.operation, dict(call.arguments)) for call in calls] == [
        ("untag_resource", {"Arn": "x", "TagKeys": ["b"]}),
        ("tag_resource", {"Arn": "x", "Tags": [{"Key": "a", "Value": "3"}]}),
    ]


def test_an_id_that_does_not_exist_yet() -> None:
    assert known_after_provision("vpc-1", True, "VPC", "network") == "vpc-1"
    assert known_after_provision("", True, "VPC", "network") == STAND_IN
    assert known_after_provision([], True, "subnets", "network") == [STAND_IN]
    with pytest.raises(AnsibleFilterError, match="VPC was not found.*--tags network"):
        known_after_provision("", False, "VPC", "network")
