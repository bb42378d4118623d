"""S3."""

from __future__ import annotations

from typing import Any

from .account import Account, as_list
from .registry import control


def _buckets(account: Account) -> tuple[str, str]:
    return account.files, account.logs


@control("S3.1", "public access is blocked in the whole account", "CIS 2.1.4")
def account_block(account: Account) -> None:
    found = account.client("s3control").get_public_access_block(AccountId=account.number)
    block = found["PublicAccessBlockConfiguration"]
    assert len(block) == 4
    assert all(block.values())


@control("S3.8", "public access is blocked on both buckets", "S3.2", "S3.3", "CIS 2.1.4")
def bucket_block(account: Account) -> None:
    for bucket in _buckets(account):
        block = account.client("s3").get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert len(block) == 4
        assert all(block.values()), bucket
        allowed = [entry for entry in account.bucket_policy(bucket) if entry["Effect"] == "Allow"]
        assert not [entry for entry in allowed if "*" in (entry["Principal"], entry["Principal"].get("AWS"))]


@control("S3.5", "plain HTTP is refused", "CIS 2.1.1")
def tls_only(account: Account) -> None:
    for bucket in _buckets(account):
        denied = [
            entry
            for entry in account.bucket_policy(bucket)
            if entry["Effect"] == "Deny"
            and entry.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            and entry["Action"] == "s3:*"
            and entry["Principal"] in ("*", {"AWS": "*"})
        ]
        assert {arn for entry in denied for arn in as_list(entry["Resource"])} == {
            f"arn:aws:s3:::{bucket}",
            f"arn:aws:s3:::{bucket}/*",
        }


@control("S3.6", "no other account is let in; AWS's log services may write logs, nothing else")
def no_other_account(account: Account) -> None:
    for bucket in _buckets(account):
        for entry in account.bucket_policy(bucket):
            if entry["Effect"] == "Allow":
                principal: dict[str, Any] = entry["Principal"]
                assert set(principal) == {"Service"}
                assert as_list(entry["Action"]) == ["s3:PutObject"]


@control("S3.12", "`BucketOwnerEnforced`: no access lists")
def owner_enforced(account: Account) -> None:
    for bucket in _buckets(account):
        [rule] = account.client("s3").get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
        assert rule["ObjectOwnership"] == "BucketOwnerEnforced"


@control("S3.9", "the files' bucket writes an access log to the other")
def access_log(account: Account) -> None:
    found = account.client("s3").get_bucket_logging(Bucket=account.files)["LoggingEnabled"]
    assert found["TargetBucket"] == account.logs


@control("S3.13", "unfinished uploads and replaced versions go away", "S3.10")
def lifecycle(account: Account) -> None:
    for bucket in _buckets(account):
        found = account.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        actions = {key for rule in found if rule["Status"] == "Enabled" for key in rule}
        assert actions >= {"AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"}


@control("S3.14", "versions are kept, and the application cannot delete them")
def versions(account: Account) -> None:
    for bucket in _buckets(account):
        assert account.client("s3").get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    given = [
        action
        for whose, entry in account.statements
        if whose.startswith(f"{account.name}-task/") and entry["Effect"] == "Allow"
        for action in as_list(entry["Action"])
    ]
    assert given
    assert "s3:DeleteObjectVersion" not in given
