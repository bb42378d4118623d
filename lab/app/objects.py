"""Files in MinIO or S3."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .errors import StoreError
from .schema import OBJECT_PREFIX
from .settings import ObjectSettings

STORE = "objects"
CHUNK = 256 * 1024


@contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StoreError(STORE, error) from error


class ObjectStore:
    """Every method raises StoreError when the store cannot be reached or refuses."""

    def __init__(self, settings: ObjectSettings) -> None:
        self._bucket = settings.bucket
        self._is_minio = settings.is_minio
        # Without keys boto3 looks for the task's role; without an endpoint it honours AWS_ENDPOINT_URL_S3.
        self._client = boto3.client(
            "s3",
            region_name=settings.region,
            endpoint_url=settings.endpoint_url,
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            verify=settings.verify,
            config=Config(
                connect_timeout=3,
                read_timeout=30,
                retries={"mode": "standard", "total_max_attempts": 2},
                max_pool_connections=20,
                s3={"addressing_style": "path"} if settings.path_style else None,
            ),
        )

    def ensure(self) -> None:
        """Make the bucket if it is missing; in S3 a bucket is the deployment's business, never ours."""
        with _reported():
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if not self._is_minio or error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
                    raise
                self._client.create_bucket(Bucket=self._bucket)

    def check(self) -> None:
        with _reported():
            self._client.head_bucket(Bucket=self._bucket)

    def put(self, key: str, body: bytes, content_type: str) -> str | None:
        """Store the file; return its version where the bucket keeps versions."""
        with _reported():
            answer = self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)
        version = answer.get("VersionId")
        return None if version in (None, "null") else str(version)

    def read(self, key: str) -> Iterator[bytes] | None:
        """The file in pieces, or None where there is none. The request is made before the first piece is asked for."""
        with _reported():
            try:
                body: Any = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
            except ClientError as error:
                if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                    return None
                raise
        return body.iter_chunks(CHUNK)

    def delete(self, key: str, version: str | None = None) -> None:
        """Delete the file, or exactly one version of it, which then leaves no delete marker."""
        exact = {"VersionId": version} if version else {}
        with _reported():
            self._client.delete_object(Bucket=self._bucket, Key=key, **exact)

    def pages(self, older_than: datetime.datetime) -> Iterator[list[str]]:
        """The keys of the application's files that were last written before a time, in pages of at most 1,000."""
        with _reported():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=OBJECT_PREFIX)
            for page in pages:
                yield [item["Key"] for item in page.get("Contents", []) if item["LastModified"] < older_than]
