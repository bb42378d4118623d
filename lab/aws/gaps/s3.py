"""S3: what a copier of objects meets."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import unescape

from lab.aws.gaps import _hooks, gap
from lab.aws.settings import STRANGER, TAKEN_BUCKET

_ENCODED = re.compile(rb"<(Key|Prefix|Delimiter|KeyMarker|NextKeyMarker)>(.*?)</\1>", re.DOTALL)


def _url_encoded(body: bytes) -> bytes:
    """A listing with its keys percent-encoded: XML cannot carry every character that a key can."""

    def encode(match: re.Match[bytes]) -> bytes:
        text = quote(unescape(match[2].decode()), safe="/").encode()
        return b"<" + match[1] + b">" + text + b"</" + match[1] + b">"

    return _ENCODED.sub(encode, body).replace(b"<IsTruncated>", b"<EncodingType>url</EncodingType><IsTruncated>", 1)


@gap(
    service="s3",
    lacks="ListObjectVersions ignores `encoding-type=url`: a key with a control character makes the listing unreadable",
    restores="keys, prefixes and markers come percent-encoded, with EncodingType in the answer",
    how="encoded in ministack's answer",
)
def s3_versions_encoding() -> None:
    """Encode the listing of versions."""
    from ministack.services import s3

    listing = s3._list_object_versions

    def encoded(bucket: str, query: dict[str, Any]) -> _hooks.Answer:
        status, headers, body = listing(bucket, query)
        if status == 200 and (query.get("encoding-type") or [""])[0] == "url":
            body = _url_encoded(body)
        return status, headers, body

    s3._list_object_versions = encoded


@gap(
    service="s3",
    lacks="CRC64NVME and CRC32C are computed byte by byte in Python (a 64 MiB object: minutes)",
    restores="checksums at the speed of the transfer",
    how="computed by AWS's own library awscrt",
)
def s3_fast_checksums() -> None:
    """Use awscrt."""
    from awscrt import checksums
    from ministack.services import s3

    s3._crc64nvme = checksums.crc64nvme
    s3._crc32c = checksums.crc32c


_KEY_BYTES, _METADATA_BYTES = 1024, 2048


def _refused(code: str, message: str) -> _hooks.Answer:
    from ministack.services import s3

    error: _hooks.Answer = s3._error(code, message, 400)
    return error


def _over_limit(key: str, headers: dict[str, str]) -> _hooks.Answer | None:
    if len(key.encode()) > _KEY_BYTES:
        return _refused("KeyTooLongError", "Your key is too long")
    mine = {name: value for name, value in headers.items() if name.startswith("x-amz-meta-")}
    size = sum(len(name) - len("x-amz-meta-") + len(value.encode()) for name, value in mine.items())
    if size > _METADATA_BYTES:
        return _refused("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
    return None


@gap(
    service="s3",
    lacks="keys over 1,024 bytes and user metadata over 2 KiB are taken",
    restores="KeyTooLongError and MetadataTooLarge",
    how="checked before PutObject and CreateMultipartUpload",
)
def s3_limits() -> None:
    """Refuse what S3 refuses."""
    from ministack.services import s3

    put, create = s3._put_object, s3._create_multipart_upload

    def limited_put(bucket: str, key: str, body: bytes, headers: dict[str, str]) -> _hooks.Answer:
        return _over_limit(key, headers) or put(bucket, key, body, headers)

    def limited_create(bucket: str, key: str, headers: dict[str, str]) -> _hooks.Answer:
        return _over_limit(key, headers) or create(bucket, key, headers)

    s3._put_object, s3._create_multipart_upload = limited_put, limited_create


def _header_checksums(record: dict[str, Any]) -> dict[str, str]:
    stored = record.get("checksums") or {}
    headers = {f"x-amz-checksum-{algorithm.lower()}": value for algorithm, value in stored.items()}
    return {**headers, "x-amz-checksum-type": record.get("checksum_type") or "FULL_OBJECT"} if headers else {}


@gap(
    service="s3",
    lacks="an object put without a checksum has none; PutObject echoes none; no answer names the encryption or the "
    "number of tags; HEAD ignores partNumber",
    restores="CRC64NVME of the full object by default, checksums in PutObject's answer, AES256, x-amz-tagging-count, "
    "a part's own size and range",
    how="added where ministack records an object and answers for it",
)
def s3_object_answers() -> None:
    """Complete an object's record and answers."""
    from ministack.services import s3

    record_version, put, answer, head = (
        s3._record_object_version, s3._put_object, s3._object_response_headers, s3._head_object,
    )  # fmt: skip

    def recorded(bucket: str, key: str, prior: Any, record: dict[str, Any], data: Any) -> Any:
        if not record.get("checksums") and isinstance(data, bytes):
            record["checksums"] = {"CRC64NVME": s3._compute_s3_checksum("CRC64NVME", data)}
            record["checksum_type"] = "FULL_OBJECT"
        return record_version(bucket, key, prior, record, data)

    def echoing_put(bucket: str, key: str, body: bytes, headers: dict[str, str]) -> _hooks.Answer:
        status, answered, content = put(bucket, key, body, headers)
        if status == 200:
            record = s3._ensure_bucket(bucket)["objects"][key]
            answered = {"x-amz-server-side-encryption": "AES256", **answered, **_header_checksums(record)}
        return status, answered, content

    def complete_headers(record: dict[str, Any], bucket: str = "", key: str = "", **rest: Any) -> dict[str, Any]:
        headers = {"x-amz-server-side-encryption": "AES256", **answer(record, bucket, key, **rest)}
        tags = s3._object_tags.get((bucket, key, record.get("version_id"))) or {}
        return {**headers, "x-amz-tagging-count": str(len(tags))} if tags else headers

    def head_part(bucket: str, key: str, headers: Any = None, query: Any = None) -> _hooks.Answer:
        if not (query or {}).get("partNumber"):
            result: _hooks.Answer = head(bucket, key, headers, query)
            return result
        status, answered, body = s3._get_object(bucket, key, headers or {}, query)
        return status, answered, b"" if status in (200, 206) else body

    s3._record_object_version, s3._put_object = recorded, echoing_put
    s3._object_response_headers, s3._head_object = complete_headers, head_part


@gap(
    service="s3",
    lacks="nobody else has a bucket, so no name is ever taken",
    restores=f"403 to HeadBucket and BucketAlreadyExists to CreateBucket, for the name {TAKEN_BUCKET}",
    how="a bucket in an account that nobody has keys of",
)
def s3_taken_name() -> None:
    """Make a stranger's bucket."""
    from ministack.core import responses
    from ministack.services import s3

    here = responses._request_account_id.set(STRANGER)
    status, *_rest = s3._create_bucket(TAKEN_BUCKET, b"")
    responses._request_account_id.reset(here)
    if status != 200:
        raise RuntimeError(f"{TAKEN_BUCKET} was not made")
