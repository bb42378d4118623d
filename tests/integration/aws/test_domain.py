"""A domain of the pretend AWS: SigV4, the access policy, fine-grained access control, limits, processing."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth
from opensearchpy.exceptions import AuthenticationException, AuthorizationException, TransportError

from lab.aws.settings import ACCOUNT, ADMINISTRATOR, HOST, REGION, place
from tests.integration.aws.conftest import Client

pytestmark = pytest.mark.lab
NAME = f"test-{secrets.token_hex(3)}"
ADMIN_ARN = f"arn:aws:iam::{ACCOUNT}:user/{ADMINISTRATOR}"
PASSWORD = f"Aa1!{secrets.token_urlsafe(12)}"
SECURITY = "/_plugins/_security/api"


def policy(principal: str) -> str:
    statement = {
        "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "es:ESHttp*",
        "Resource": f"arn:aws:es:{REGION}:{ACCOUNT}:domain/{NAME}/*",
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def settled(service: Any) -> dict[str, Any]:
    """The domain once it is not processing (two minutes at most)."""
    deadline = time.monotonic() + 120
    while True:
        status = service.describe_domain(DomainName=NAME)["DomainStatus"]
        if not status["Processing"] or time.monotonic() > deadline:
            return dict(status)
        time.sleep(0.5)


@dataclass(frozen=True)
class Reach:
    """How to talk to the domain."""

    endpoint: str
    administrator: tuple[str, str]

    def client(self, auth: Any, **options: Any) -> OpenSearch:
        return OpenSearch(
            [{"host": self.endpoint, "port": place().https_port}], http_auth=auth, use_ssl=True, verify_certs=True,
            ca_certs=str(place().ca_file), timeout=60, **options,
        )  # fmt: skip

    def signed(self, key: tuple[str, str] | None = None) -> OpenSearch:
        access, secret = key or self.administrator
        credentials = boto3.Session(aws_access_key_id=access, aws_secret_access_key=secret).get_credentials()
        return self.client(Urllib3AWSV4SignerAuth(credentials, REGION, "es"))


@pytest.fixture(scope="module", name="reach")
def _reach(lab_aws: Client) -> Iterator[Reach]:
    service = lab_aws("opensearch")
    made = service.create_domain(
        DomainName=NAME, EngineVersion="OpenSearch_2.19",
        ClusterConfig={"InstanceType": "m6g.large.search", "InstanceCount": 1},
        VPCOptions={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        NodeToNodeEncryptionOptions={"Enabled": True}, EncryptionAtRestOptions={"Enabled": True},
        DomainEndpointOptions={"EnforceHTTPS": True}, AccessPolicies=policy("*"),
        AdvancedSecurityOptions={
            "Enabled": True, "InternalUserDatabaseEnabled": True, "MasterUserOptions": {"MasterUserARN": ADMIN_ARN},
        },
    )["DomainStatus"]  # fmt: skip
    assert made["Processing"] is True and "Endpoints" not in made
    there = settled(service)
    key = lab_aws("sts")._request_signer._credentials
    yield Reach(there["Endpoints"]["vpc"], (key.access_key, key.secret_key))
    service.delete_domain(DomainName=NAME)


def test_the_iam_master_signs_and_is_in_all_access(reach: Reach) -> None:
    client = reach.signed()
    assert client.info()["version"]["number"].startswith("2.19")
    who = client.transport.perform_request("GET", "/_plugins/_security/authinfo")
    assert who["user_name"] == ADMIN_ARN and "all_access" in who["roles"]
    client.index(index="signed", id="a/b 한글+", body={"text": "본문"}, refresh=True)
    assert client.get(index="signed", id="a/b 한글+")["_source"] == {"text": "본문"}


def test_a_wrong_secret_and_an_unknown_key_are_refused(reach: Reach) -> None:
    for key in ((reach.administrator[0], "not-the-secret"), ("AKIANOBODY", "x")):
        with pytest.raises(AuthorizationException):
            reach.signed(key).info()


def test_another_iam_user_has_no_role_in_the_domain(lab_aws: Client, reach: Reach) -> None:
    iam, user = lab_aws("iam"), f"{NAME}-other"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    with pytest.raises(AuthorizationException, match="no permissions"):
        reach.signed((key["AccessKeyId"], key["SecretAccessKey"])).count()


def test_an_internal_user_has_what_its_role_says_and_cannot_pose_as_the_service(reach: Reach) -> None:
    admin = reach.signed().transport
    role = {"index_permissions": [{"index_patterns": ["signed*"], "allowed_actions": ["crud"]}]}
    for path, body in (
        ("internalusers/app", {"password": PASSWORD}),
        ("roles/app", role),
        ("rolesmapping/app", {"users": ["app"]}),
    ):
        admin.perform_request("PUT", f"{SECURITY}/{path}", body=body)
    pose = {"x-proxy-user": "opensearch-service", "x-proxy-roles": "opensearch-service", "x-forwarded-for": HOST}
    for headers in ({}, pose):
        app = reach.client(("app", PASSWORD), headers=headers)
        assert app.count(index="signed")["count"] == 1
        with pytest.raises(AuthorizationException):
            app.transport.perform_request("GET", f"{SECURITY}/roles")
    for auth in (("app", "wrong"), None):
        with pytest.raises(AuthenticationException):
            reach.client(auth).info()


def test_limits_of_the_service(reach: Reach) -> None:
    client = reach.signed()
    just_under = json.dumps({"text": "x" * (10 * 1024 * 1024 - 20)})
    client.transport.perform_request("PUT", "/signed/_doc/big", body=just_under)
    with pytest.raises(TransportError) as refused:
        client.transport.perform_request("PUT", "/signed/_doc/big", body=just_under + " " * 64)
    assert refused.value.status_code == 413
    nested = {"transient": {"indices": {"recovery": {"max_bytes_per_sec": "50mb"}}}}
    with pytest.raises(AuthenticationException):
        client.cluster.put_settings(body=nested)
    client.cluster.put_settings(body={"transient": {"indices.recovery.max_bytes_per_sec": "50mb"}})


def test_a_changed_policy_is_processed_and_then_shuts_anonymous_callers_out(lab_aws: Client, reach: Reach) -> None:
    service = lab_aws("opensearch")
    service.update_domain_config(DomainName=NAME, AccessPolicies=policy(ADMIN_ARN))
    assert service.describe_domain(DomainName=NAME)["DomainStatus"]["Processing"] is True
    settled(service)
    with pytest.raises(AuthorizationException, match="anonymous is not authorized"):
        reach.client(("app", PASSWORD)).count(index="signed")
    assert reach.signed().count(index="signed")["count"] >= 1
