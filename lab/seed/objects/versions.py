"""A bucket that keeps versions: what was overwritten or deleted is still there, below the newest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DELETED = None


@dataclass(frozen=True)
class History:
    """The writes of one key, oldest first: a body, or None for a delete. `before` came before versioning."""

    name: str
    key: str
    writes: tuple[bytes | None, ...]
    before: tuple[bytes, ...] = field(default=())


HISTORIES: tuple[History, ...] = (
    History("three_versions", "report.txt", (b"first\n", b"second\n", b"third\n")),
    History("delete_marker_on_top", "deleted.txt", (b"gone\n", DELETED)),
    History("deleted_and_written_again", "again.txt", (b"old\n", DELETED, b"new\n")),
    History("equal_versions", "equal.txt", (b"same\n", b"same\n")),
    History("null_version_alone", "old.txt", (), (b"before versioning\n",)),
    History("null_version_below", "old-and-new.txt", (b"after\n",), (b"before\n",)),
    History("null_version_deleted", "old-deleted.txt", (DELETED,), (b"before\n",)),
    History("empty_version", "empty.txt", (b"", b"not empty\n", b"")),
    History("versions_of_an_awkward_key", "한글 + 100%/a b?.txt", (b"1\n", b"2\n")),
)


def put_histories(client: Any, bucket: str) -> None:
    """Make the bucket, write what came before, then keep versions and write the rest."""
    client.create_bucket(Bucket=bucket)
    for history in HISTORIES:
        for body in history.before:
            client.put_object(Bucket=bucket, Key=history.key, Body=body)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for history in HISTORIES:
        for number, write in enumerate(history.writes):
            if write is DELETED:
                client.delete_object(Bucket=bucket, Key=history.key)
            else:
                client.put_object(Bucket=bucket, Key=history.key, Body=write, Metadata={"write": str(number)})


def kept_writes(client: Any, bucket: str, key: str) -> list[bytes | None]:
    """What the bucket keeps of a key, oldest first; None for a delete marker."""
    answer = client.list_object_versions(Bucket=bucket, Prefix=key)
    found = [one for one in answer.get("Versions", []) + answer.get("DeleteMarkers", []) if one["Key"] == key]
    # S3 lists the newest first, but in two lists: only the time puts them together.
    found.sort(key=lambda one: (one["LastModified"], one["IsLatest"]))
    return [_body(client, bucket, one) for one in found]


def _body(client: Any, bucket: str, version: dict[str, Any]) -> bytes | None:
    if "Size" not in version:
        return DELETED
    answer = client.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    body: bytes = answer["Body"].read()
    return body
