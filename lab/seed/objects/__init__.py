"""The traps of the object store."""

from __future__ import annotations

from typing import Any

from .attributes import ATTRIBUTES
from .keys import KEY_TRAPS
from .trap import PREFIX, ObjectTrap
from .versions import HISTORIES, History, kept_writes, put_histories

TRAPS: tuple[ObjectTrap, ...] = KEY_TRAPS + ATTRIBUTES
# An upload that was begun and never ended: no object, but it is there, and paid for.
UNFINISHED_KEY = PREFIX + "multipart/unfinished.bin"

__all__ = ["HISTORIES", "TRAPS", "UNFINISHED_KEY", "History", "ObjectTrap", "holds", "kept_writes", "set_traps"]


def set_traps(client: Any, bucket: str, versioned_bucket: str) -> None:
    """Make every trap; the application's bucket is there, the versioned one is not."""
    for trap in TRAPS:
        if trap.part_bytes:
            _put_parts(client, bucket, trap, trap.part_bytes)
        else:
            client.put_object(Bucket=bucket, Key=trap.key, Body=trap.body, **trap.options)
        if trap.tags:
            tags = [{"Key": key, "Value": value} for key, value in trap.tags.items()]
            client.put_object_tagging(Bucket=bucket, Key=trap.key, Tagging={"TagSet": tags})
    begun = client.create_multipart_upload(Bucket=bucket, Key=UNFINISHED_KEY)
    client.upload_part(Bucket=bucket, Key=UNFINISHED_KEY, UploadId=begun["UploadId"], PartNumber=1, Body=b"part")
    put_histories(client, versioned_bucket)


def holds(client: Any, bucket: str, trap: ObjectTrap) -> bool:
    """True when bytes, headers, metadata, tags, parts and listing are as meant."""
    answer = client.get_object(Bucket=bucket, Key=trap.key)
    tags = {one["Key"]: one["Value"] for one in client.get_object_tagging(Bucket=bucket, Key=trap.key)["TagSet"]}
    listing = client.list_objects_v2(Bucket=bucket, Prefix=trap.key).get("Contents", [])
    return (
        answer["Body"].read() == trap.body
        and all(answer.get(name) == value for name, value in trap.options.items())
        and tags == dict(trap.tags)
        and any(one["Key"] == trap.key for one in listing) == trap.listed
        and ("-" in answer["ETag"]) == bool(trap.part_bytes)
    )


def _put_parts(client: Any, bucket: str, trap: ObjectTrap, part_bytes: int) -> None:
    where = {"Bucket": bucket, "Key": trap.key}
    where["UploadId"] = client.create_multipart_upload(**where, **trap.options)["UploadId"]
    parts = []
    for number, start in enumerate(range(0, len(trap.body), part_bytes), 1):
        done = client.upload_part(**where, PartNumber=number, Body=trap.body[start : start + part_bytes])
        parts.append({"PartNumber": number, "ETag": done["ETag"]})
    client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
