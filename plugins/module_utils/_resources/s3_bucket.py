# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An S3 bucket as one whole: versions, encryption, public access, ownership, policy, lifecycle, access log, tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError, CallError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import (
    Call,
    Plan,
    canonical_policy,
    differs,
    from_tag_list,
    look,
    own_tags,
    policy_text,
    tag_list,
    wanted_tags,
)

BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_REMOVE = {
    "policy": "delete_bucket_policy",
    "lifecycle": "delete_bucket_lifecycle",
    "tags": "delete_bucket_tagging",
}
_DEFAULT_REGION = "us-east-1"  # the one region that CreateBucket does not take as a location


@dataclass(frozen=True)
class Bucket:
    """The desired bucket. Days are None where nothing expires; kms_key None means SSE-S3 (AES256)."""

    name: str
    region: str
    kms_key: str | None
    policy: Any
    abort_multipart_days: int | None
    noncurrent_days: int | None
    expiration_days: int | None
    log_bucket: str | None
    log_prefix: str
    tags: Mapping[str, str] | None
    purge_tags: bool = True

    def view(self, tags: Mapping[str, str]) -> dict[str, Any]:
        """In the form in which two states are compared and shown, one key for each of S3's own settings."""
        return {
            "public_access_block": dict(BLOCKED),
            "ownership": "BucketOwnerEnforced",
            "versioning": "Enabled",
            "encryption": self._encryption(),
            "policy": canonical_policy(self.policy),
            "lifecycle": self._rules(),
            "logging": {"TargetBucket": self.log_bucket, "TargetPrefix": self.log_prefix} if self.log_bucket else {},
            "tags": dict(sorted(tags.items())),
        }

    def _encryption(self) -> dict[str, Any]:
        if self.kms_key is None:
            return {"SSEAlgorithm": "AES256"}
        return {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.kms_key, "BucketKeyEnabled": True}

    def _rules(self) -> list[dict[str, Any]]:
        rules: list[dict[str, Any]] = []
        if self.abort_multipart_days:
            action = {"DaysAfterInitiation": self.abort_multipart_days}
            rules.append(_rule("abort-multipart", "AbortIncompleteMultipartUpload", action))
        if self.expiration_days:
            rules.append(_rule("expire", "Expiration", {"Days": self.expiration_days}))
        if self.noncurrent_days:
            action = {"NoncurrentDays": self.noncurrent_days}
            rules.append(_rule("expire-noncurrent", "NoncurrentVersionExpiration", action))
        return rules


def _rule(name: str, action: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"ID": name, "Status": "Enabled", "Filter": {"Prefix": ""}, action: dict(settings)}


def exists(client: Any, name: str) -> bool:
    """Whether this account has the bucket. Raises AwsError when its name cannot be had."""
    where = f"bucket {name}"
    try:
        return look(client, "head_bucket", where, ("404", "NoSuchBucket"), Bucket=name) is not None
    except CallError as error:
        if error.code not in ("403", "Forbidden", "AccessDenied"):
            raise
        # S3 answers the same to both, so that nobody learns whose bucket it is.
        raise AwsError(
            "the name belongs to another account's bucket, or this role may not look at it: bucket names are taken "
            "worldwide",
            where,
            "choose another name (replatform_bucket, replatform_log_bucket), run bootstrap.yml with it, then this.",
        ) from error


def read(client: Any, name: str) -> dict[str, Any] | None:
    """The live bucket in the form of Bucket.view, or None."""
    if not exists(client, name):
        return None

    def get(operation: str, *absent: str) -> Any:
        return look(client, operation, f"bucket {name}", absent, Bucket=name) or {}

    block = get("get_public_access_block", "NoSuchPublicAccessBlockConfiguration")
    ownership = get("get_bucket_ownership_controls", "OwnershipControlsNotFoundError")
    encryption = get("get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError")
    log = get("get_bucket_logging").get("LoggingEnabled") or {}
    lifecycle = get("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration")
    rules = (ownership.get("OwnershipControls") or {}).get("Rules") or [{}]
    return {
        "public_access_block": block.get("PublicAccessBlockConfiguration", {}),
        "ownership": rules[0].get("ObjectOwnership", ""),
        "versioning": get("get_bucket_versioning").get("Status", ""),
        "encryption": _live_encryption(encryption.get("ServerSideEncryptionConfiguration") or {}),
        "policy": canonical_policy(get("get_bucket_policy", "NoSuchBucketPolicy").get("Policy")),
        "lifecycle": [_live_rule(rule) for rule in sorted(lifecycle.get("Rules", []), key=lambda rule: rule["ID"])],
        "logging": {"TargetBucket": log["TargetBucket"], "TargetPrefix": log.get("TargetPrefix", "")} if log else {},
        "tags": from_tag_list(get("get_bucket_tagging", "NoSuchTagSet").get("TagSet")),
    }


def _live_encryption(configuration: Mapping[str, Any]) -> dict[str, Any]:
    rule = (configuration.get("Rules") or [{}])[0]
    default = {key: value for key, value in rule.get("ApplyServerSideEncryptionByDefault", {}).items() if value}
    # AWS answers with BucketKeyEnabled for SSE-S3 too, where it has no meaning.
    if default.get("SSEAlgorithm") == "aws:kms":
        default["BucketKeyEnabled"] = rule.get("BucketKeyEnabled", False)
    return default


def _live_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    # No filter, an empty filter and the old Prefix all mean the whole bucket.
    known = {key: value for key, value in rule.items() if key not in ("Prefix", "Filter")}
    return {**known, "Filter": rule.get("Filter") or {"Prefix": rule.get("Prefix", "")}}


def plan(desired: Bucket, live: Mapping[str, Any] | None) -> Plan:
    """The calls that make the live bucket the desired one."""
    where = f"S3 bucket {desired.name}"
    tags = wanted_tags((live or {}).get("tags", {}), desired.tags, desired.purge_tags)
    after = desired.view(tags)
    if live is None:
        return Plan(where, {}, after, (_create(desired), *_calls(desired, {}, after)))
    before = {**live, "tags": own_tags(live["tags"])}
    return Plan(where, before, after, tuple(_calls(desired, before, after)))


def _create(desired: Bucket) -> Call:
    arguments: dict[str, Any] = {"Bucket": desired.name, "ObjectOwnership": "BucketOwnerEnforced"}
    if desired.region != _DEFAULT_REGION:
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": desired.region}
    return Call("create_bucket", arguments)


def _calls(desired: Bucket, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Call]:
    empty: dict[str, Any] = {"policy": {}, "lifecycle": [], "logging": {}, "tags": {}}
    calls = []
    for key, value in after.items():
        if differs(before.get(key, empty.get(key)), value):
            operation, arguments = _put(key, value, desired)
            calls.append(Call(operation, {"Bucket": desired.name, **arguments}))
    return calls


def _put(key: str, value: Any, desired: Bucket) -> tuple[str, dict[str, Any]]:
    """The call that sets one setting; an empty value has a call of its own that takes it away."""
    if not value and key in _REMOVE:
        return _REMOVE[key], {}
    default = {name: item for name, item in value.items() if name != "BucketKeyEnabled"} if key == "encryption" else {}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": desired.kms_key is not None}
    puts: dict[str, tuple[str, dict[str, Any]]] = {
        "public_access_block": ("put_public_access_block", {"PublicAccessBlockConfiguration": value}),
        "ownership": ("put_bucket_ownership_controls", {"OwnershipControls": {"Rules": [{"ObjectOwnership": value}]}}),
        "versioning": ("put_bucket_versioning", {"VersioningConfiguration": {"Status": value}}),
        "encryption": ("put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}),
        "policy": ("put_bucket_policy", {"Policy": policy_text(desired.policy or {})}),
        "lifecycle": ("put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": value}}),
        "logging": ("put_bucket_logging", {"BucketLoggingStatus": {"LoggingEnabled": value} if value else {}}),
        "tags": ("put_bucket_tagging", {"Tagging": {"TagSet": tag_list(value) if key == "tags" else []}}),
    }
    return puts[key]
