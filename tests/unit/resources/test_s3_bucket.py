"""A bucket name that another account has: the pretend AWS has one account, so a client answers here as S3 does."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._resources import s3_bucket


class Refusing:
    """S3's answer to HEAD has no body: only the status tells."""

    def __init__(self, code: str) -> None:
        self.code = code

    def head_bucket(self, **_options: str) -> None:
        raise ClientError({"Error": {"Code": self.code, "Message": "Forbidden"}}, "HeadBucket")


def test_somebody_elses_bucket_is_named_with_what_to_do() -> None:
    with pytest.raises(AwsError, match=r"another account's bucket.* Where: bucket taken\. Next: choose another name"):
        s3_bucket.read(Refusing("403"), "taken")


def test_no_bucket_is_no_error() -> None:
    assert s3_bucket.read(Refusing("404"), "free") is None
