"""S3: multipart uploads keep their tags, their checksum of the full object, and S3's smallest part."""

from __future__ import annotations

import contextvars
import re
from typing import Any
from urllib.parse import parse_qsl

from lab.aws.gaps import _hooks, gap

_SMALLEST_PART = 5 * 1024 * 1024
_PART_NUMBER = re.compile(rb"<PartNumber>\s*(\d+)\s*</PartNumber>")
# The checksum of the full object while an upload is being completed: it takes the place of the composite one.
_full: contextvars.ContextVar[str | None] = contextvars.ContextVar("full_object_checksum", default=None)


def _checksum_type(headers: dict[str, str], algorithm: str | None) -> str | None:
    """S3's rule: CRC64NVME is always of the full object, the SHAs never, the CRCs as asked (composite by default)."""
    if algorithm == "CRC64NVME":
        return "FULL_OBJECT"
    asked = headers.get("x-amz-checksum-type", "").upper()
    return (asked or "COMPOSITE") if algorithm in ("CRC32", "CRC32C") else ("COMPOSITE" if algorithm else None)


def _parts(upload: dict[str, Any], body: bytes) -> list[bytes]:
    """The bytes of the parts that a completion names, in order; those that are missing are ministack's to refuse."""
    numbers = sorted({int(number) for number in _PART_NUMBER.findall(body)})
    return [upload["parts"][number]["body"] for number in numbers if number in upload["parts"]]


def _too_small(parts: list[bytes]) -> _hooks.Answer | None:
    from ministack.services import s3

    if all(len(part) >= _SMALLEST_PART for part in parts[:-1]):
        return None
    error: _hooks.Answer = s3._error(
        "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size.", 400
    )
    return error


def _created(upload_id: str, headers: dict[str, str], answer: _hooks.Answer) -> _hooks.Answer:
    from ministack.services import s3

    upload = s3._multipart_uploads[upload_id]
    upload["tagging"] = headers.get("x-amz-tagging", "")
    upload["checksum_type"] = _checksum_type(headers, upload.get("checksum_algorithm"))
    if upload["checksum_type"]:
        answer[1]["x-amz-checksum-type"] = upload["checksum_type"]
    return answer


def _completed(bucket: str, key: str, upload: dict[str, Any], answer: _hooks.Answer) -> _hooks.Answer:
    """Set the tags, and call the checksum what it is."""
    from ministack.services import s3

    record = s3._ensure_bucket(bucket)["objects"][key]
    tags = dict(parse_qsl(upload.get("tagging", ""), keep_blank_values=True))
    if tags:
        s3._object_tags[(bucket, key, record.get("version_id"))] = tags
    if upload.get("checksum_type") != "FULL_OBJECT":
        return answer
    entries = [entry for entry in s3._object_versions.get((bucket, key), []) if entry.get("is_latest")]
    for each in (record, *entries):
        each["checksum_type"] = "FULL_OBJECT"
    return answer[0], answer[1], answer[2].replace(b">COMPOSITE<", b">FULL_OBJECT<")


@gap(
    service="s3",
    lacks="tags given to CreateMultipartUpload are lost; checksums of the full object are refused or called composite; "
    "parts under 5 MiB are taken",
    restores="the tags, FULL_OBJECT checksums checked against the joined parts, EntityTooSmall",
    how="around ministack's CreateMultipartUpload and CompleteMultipartUpload",
)
def s3_multipart() -> None:
    """Keep what a multipart upload was given."""
    from ministack.services import s3

    create, complete, composite = (
        s3._create_multipart_upload, s3._complete_multipart_upload, s3._composite_checksum,
    )  # fmt: skip

    def creating(bucket: str, key: str, headers: dict[str, str]) -> _hooks.Answer:
        answer: _hooks.Answer = create(bucket, key, headers)
        found = re.search(rb"<UploadId>(.*?)</UploadId>", answer[2]) if answer[0] == 200 else None
        return _created(found[1].decode(), headers, answer) if found else answer

    def completing(bucket: str, key: str, body: bytes, query: dict[str, Any], headers: Any = None) -> _hooks.Answer:
        upload = s3._multipart_uploads.get((query.get("uploadId") or [""])[0])
        if upload is None:
            answer: _hooks.Answer = complete(bucket, key, body, query, headers)
            return answer
        parts = _parts(upload, body)
        refused = _too_small(parts)
        if refused is not None:
            return refused
        full = None
        if upload.get("checksum_type") == "FULL_OBJECT":
            full = s3._compute_s3_checksum(upload["checksum_algorithm"], b"".join(parts))
        token = _full.set(full)
        try:
            answer = complete(bucket, key, body, query, headers)
        finally:
            _full.reset(token)
        return _completed(bucket, key, upload, answer) if answer[0] == 200 else answer

    attributes = s3._get_object_attributes

    def typed_attributes(bucket: str, key: str, *rest: Any) -> _hooks.Answer:
        answer: _hooks.Answer = attributes(bucket, key, *rest)
        # A full object's checksum has no "-<parts>" at its end.
        full = re.search(rb"<Checksum(?!Type)\w+>[^<-]*</Checksum", answer[2]) is not None
        return (*answer[:2], answer[2].replace(b">COMPOSITE<", b">FULL_OBJECT<")) if full else answer

    s3._get_object_attributes = typed_attributes
    s3._create_multipart_upload, s3._complete_multipart_upload = creating, completing
    s3._composite_checksum = lambda algorithm, digests: _full.get() or composite(algorithm, digests)
