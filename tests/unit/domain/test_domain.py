"""A domain: absent, same and changed, one field at a time; the same comparison on a recorded answer of AWS's shape."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import Plan, carry_out
from ansible_collections.replatform.aws.plugins.module_utils._domain.configuration import Domain, plan
from ansible_collections.replatform.aws.plugins.module_utils._domain.options import settings
from ansible_collections.replatform.aws.plugins.module_utils._domain.service import dry_run, endpoint

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "es:ESHttp*", "Resource": "arn:d/*"}],
}
LOGS = {"AUDIT_LOGS": "arn:aws:logs:r:1:log-group:/audit"}
OPTIONS: dict[str, Any] = {
    "instance_type": "m7g.large.search",
    "instance_count": 2,
    "zones": 2,
    "dedicated_master_type": None,
    "dedicated_master_count": 3,
    "volume_type": "gp3",
    "volume_size": 50,
    "volume_iops": None,
    "volume_throughput": None,
    "subnet_ids": ["subnet-b", "subnet-a"],
    "security_group_ids": ["sg-1"],
    "kms_key": None,
    "tls_policy": "Policy-Min-TLS-1-2-PFS-2023-10",
    "internal_users": True,
    "auto_software_update": True,
}
MASTER = {"MasterUserName": "admin", "MasterUserPassword": "hush"}


def domain(
    version: str = "OpenSearch_2.19",
    policy: Any = None,
    logs: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
    **options: Any,
) -> Domain:
    wanted = settings({**OPTIONS, **options})
    return Domain("d", version, wanted, policy or POLICY, LOGS if logs is None else logs, MASTER, tags or {"a": "1"})


# DescribeDomain's answer for domain(), with what AWS adds by itself: defaults, derived values, the order of its own.
LIVE: dict[str, Any] = {
    "ARN": "arn:aws:es:r:1:domain/d",
    "DomainName": "d",
    "Processing": False,
    "EngineVersion": "OpenSearch_2.19",
    "Endpoints": {"vpc": "vpc-d-x.r.es.amazonaws.com"},
    "ClusterConfig": {
        "InstanceType": "m7g.large.search",
        "InstanceCount": 2,
        "DedicatedMasterEnabled": False,
        "ZoneAwarenessEnabled": True,
        "ZoneAwarenessConfig": {"AvailabilityZoneCount": 2},
        "WarmEnabled": False,
        "ColdStorageOptions": {"Enabled": False},
        "MultiAZWithStandbyEnabled": False,
    },
    "EBSOptions": {"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 50, "Iops": 3000, "Throughput": 125},
    "VPCOptions": {
        "VPCId": "vpc-1",
        "SubnetIds": ["subnet-a", "subnet-b"],
        "AvailabilityZones": ["ra", "rb"],
        "SecurityGroupIds": ["sg-1"],
    },
    "EncryptionAtRestOptions": {"Enabled": True, "KmsKeyId": "arn:aws:kms:r:1:key/aws-es"},
    "NodeToNodeEncryptionOptions": {"Enabled": True},
    "DomainEndpointOptions": {
        "EnforceHTTPS": True,
        "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
        "CustomEndpointEnabled": False,
    },
    "AdvancedSecurityOptions": {"Enabled": True, "InternalUserDatabaseEnabled": True, "AnonymousAuthEnabled": False},
    "SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": True},
    "OffPeakWindowOptions": {"Enabled": True, "OffPeakWindow": {"WindowStartTime": {"Hours": 13, "Minutes": 0}}},
    "AccessPolicies": '{"Version":"2012-10-17","Statement":[{"Resource":["arn:d/*"],"Action":["es:ESHttp*"],'
    '"Principal":{"AWS":["*"]},"Effect":"Allow"}]}',
    "LogPublishingOptions": {
        "AUDIT_LOGS": {"CloudWatchLogsLogGroupArn": "arn:aws:logs:r:1:log-group:/audit:*", "Enabled": True},
        "SEARCH_SLOW_LOGS": {"CloudWatchLogsLogGroupArn": "arn:x", "Enabled": False},
    },
}


def operations(planned: Plan) -> list[str]:
    return [call.operation for call in planned.calls]


def test_absent_is_created_with_its_master_user() -> None:
    planned = plan(domain(), None, {})
    assert operations(planned) == ["create_domain"]
    security = planned.calls[0].arguments["AdvancedSecurityOptions"]
    assert security["MasterUserOptions"] == MASTER
    assert "hush" not in repr(planned) + str(carry_out(None, planned, check_mode=True))


def test_same_is_left_alone_whatever_aws_adds() -> None:
    assert operations(plan(domain(), LIVE, {"a": "1", "aws:theirs": "x"})) == []


UPDATE = "update_domain_config"


@pytest.mark.parametrize(
    ("changed", "groups"),
    [
        (domain(instance_count=4), {"ClusterConfig"}),
        (domain(instance_type="r7g.large.search"), {"ClusterConfig"}),
        (domain(zones=1), {"ClusterConfig"}),
        (domain(dedicated_master_type="m7g.large.search"), {"ClusterConfig"}),
        (domain(volume_size=60), {"EBSOptions"}),
        (domain(volume_iops=6000), {"EBSOptions"}),
        (domain(subnet_ids=["subnet-a", "subnet-c"]), {"VPCOptions"}),
        (domain(security_group_ids=["sg-1", "sg-2"]), {"VPCOptions"}),
        (domain(tls_policy="Policy-Min-TLS-1-2-2019-07"), {"DomainEndpointOptions"}),
        (domain(internal_users=False), {"AdvancedSecurityOptions"}),
        (domain(auto_software_update=False), {"SoftwareUpdateOptions"}),
        (domain(policy={**POLICY, "Statement": []}), {"AccessPolicies"}),
        (domain(logs={}), {"LogPublishingOptions"}),
    ],
)
def test_one_changed_field_is_one_change(changed: Domain, groups: set[str]) -> None:
    planned = plan(changed, LIVE, {"a": "1"})
    assert operations(planned) == [UPDATE]
    assert planned.calls[0].arguments.keys() == {"DomainName", *groups}
    result = carry_out(None, planned, check_mode=True)
    assert result["changed"]
    assert result["diff"]["before"] != result["diff"]["after"]


def test_a_log_that_is_not_wanted_any_more_is_switched_off() -> None:
    call = plan(domain(logs={}), LIVE, {"a": "1"}).calls[0]
    assert call.arguments["LogPublishingOptions"] == {"AUDIT_LOGS": {"Enabled": False}}


def test_versions_go_up_only() -> None:
    assert operations(plan(domain(version="OpenSearch_3.1"), LIVE, {"a": "1"})) == ["upgrade_domain"]
    with pytest.raises(AwsError, match="already at OpenSearch_2.19"):
        plan(domain(version="OpenSearch_2.9"), LIVE, {"a": "1"})


def test_another_key_is_refused_and_the_same_key_by_its_id_is_not() -> None:
    assert operations(plan(domain(kms_key="arn:aws:kms:r:1:key/aws-es"), LIVE, {"a": "1"})) == []
    with pytest.raises(AwsError, match="KmsKeyId"):
        plan(domain(kms_key="arn:aws:kms:r:1:key/other"), LIVE, {"a": "1"})


def test_tags_converge() -> None:
    assert operations(plan(domain(tags={"a": "2"}), LIVE, {"a": "1", "b": "1"})) == ["remove_tags", "add_tags"]


class Service:
    """Answers UpdateDomainConfig as AWS answers a dry run, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def update_domain_config(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        return {"DryRunResults": {"DeploymentType": "Blue/Green", "Message": "new nodes"}}


def test_check_mode_asks_what_a_change_would_cost() -> None:
    service = Service()
    assert dry_run(service, plan(domain(instance_count=4), LIVE, {"a": "1"}))["deployment"] == "Blue/Green"
    assert [asked["DryRun"] for asked in service.asked] == [True]
    assert dry_run(service, plan(domain(), LIVE, {"a": "1"})) == {}
    assert len(service.asked) == 1


def test_endpoint_of_a_domain_in_a_vpc() -> None:
    assert endpoint(LIVE) == "vpc-d-x.r.es.amazonaws.com"
    assert endpoint({"Processing": True}) == ""
