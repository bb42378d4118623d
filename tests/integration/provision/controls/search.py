"""OpenSearch Service."""

from __future__ import annotations

from .account import Account
from .registry import control


@control("Opensearch.1", "encrypted at rest; a key of yours by `opensearch_kms_key`")
def at_rest(account: Account) -> None:
    assert account.domain["EncryptionAtRestOptions"]["Enabled"] is True


@control("Opensearch.2", "in the VPC's data subnets, reached by its own security group only")
def in_the_vpc(account: Account) -> None:
    options = account.domain["VPCOptions"]
    assert options["SecurityGroupIds"] == [account.groups["search"]["GroupId"]]
    assert options["SubnetIds"]
    assert not [name for name in options["SubnetIds"] if account.routes_to_internet(name)]


@control("Opensearch.3", "encrypted between nodes")
def between_nodes(account: Account) -> None:
    assert account.domain["NodeToNodeEncryptionOptions"]["Enabled"] is True


@control("Opensearch.4", "the error log goes to CloudWatch Logs")
def error_log(account: Account) -> None:
    assert account.domain["LogPublishingOptions"]["ES_APPLICATION_LOGS"]["Enabled"] is True


@control("Opensearch.5", "the audit log goes to CloudWatch Logs")
def audit_log(account: Account) -> None:
    assert account.domain["LogPublishingOptions"]["AUDIT_LOGS"]["Enabled"] is True


@control("Opensearch.6", "three data nodes in three zones")
def three_nodes(account: Account) -> None:
    cluster = account.domain["ClusterConfig"]
    assert cluster["InstanceCount"] >= 3
    assert cluster["ZoneAwarenessEnabled"] is True


@control("Opensearch.7", "fine-grained access control; the application's user may use its own indices only")
def access_control(account: Account) -> None:
    assert account.domain["AdvancedSecurityOptions"]["Enabled"] is True
    assert account.domain["AdvancedSecurityOptions"].get("AnonymousAuthEnabled", False) is False
    user = account.secret("opensearch")
    assert account.ask_domain("/documents/_count", user) in (200, 404)
    assert account.ask_domain("/somebody-elses/_count", user) == 403
    assert account.ask_domain("/_plugins/_security/api/internalusers", user) == 403
    assert account.ask_domain("/documents/_count", {"username": user["username"], "password": "wrong"}) == 401
    assert account.ask_domain("/documents/_count", None) == 401


@control("Opensearch.8", "HTTPS only, TLS 1.2 with forward secrecy at least")
def https_only(account: Account) -> None:
    options = account.domain["DomainEndpointOptions"]
    assert options["EnforceHTTPS"] is True
    assert options["TLSSecurityPolicy"] == "Policy-Min-TLS-1-2-PFS-2023-10"


@control("Opensearch.10", "service software is updated automatically, in an off-peak window")
def software(account: Account) -> None:
    assert account.domain["SoftwareUpdateOptions"]["AutoSoftwareUpdateEnabled"] is True
    assert account.domain["OffPeakWindowOptions"]["Enabled"] is True
    assert not account.domain.get("ServiceSoftwareOptions", {}).get("UpdateAvailable")


@control("Opensearch.Disk", "gp3 disks")
def gp3(account: Account) -> None:
    assert account.domain["EBSOptions"]["VolumeType"] == "gp3"
