"""Copy and compare between two real servers: all that objects carry, again, damaged, killed."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.seed.objects import HISTORIES, TRAPS, UNFINISHED_KEY, holds, kept_writes, set_traps
from tests.faults import Record

from .conftest import Pair, start_module

pytestmark = pytest.mark.stores

MIB = 1 << 20
HIDDEN = [trap.key for trap in TRAPS if not trap.listed]


def found(result: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(one["item"], one["kind"], one["detail"]) for one in result["differences"]}


def target_tags(pair: Pair, key: str) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = pair.new.get_object_tagging(Bucket=pair.bucket, Key=key)["TagSet"]
    return tags


def test_every_trap_arrives_and_a_rerun_does_nothing(pair: Pair) -> None:
    set_traps(pair.old, pair.bucket, f"{pair.bucket}-versioned")
    pair = replace(pair, more={"known_keys": [*HIDDEN, "no/such/key"]})
    copied = pair.copy()
    assert (copied["rc"], copied["item_count"], copied["changed"]) == (0, len(TRAPS), True), copied
    lost = [trap.name for trap in TRAPS if not holds_layout_free(pair, trap)]
    assert lost == []
    with pytest.raises(ClientError, match="404"):
        pair.new.head_object(Bucket=pair.bucket, Key=UNFINISHED_KEY)
    for read in ("auto", "bytes"):
        compared = pair.compare(read=read)
        assert (compared["rc"], compared["verdict"], compared["item_count"]) == (0, "equal", len(TRAPS)), compared
    again = pair.copy()
    assert (again["rc"], again["item_count"], again["changed"]) == (0, 0, False), again
    assert again["partitions"]["skipped"] == again["partitions"]["total"] > 0


def holds_layout_free(pair: Pair, trap: Any) -> bool:
    """As `holds`, but the layout of parts is the target's own."""
    etag = pair.new.head_object(Bucket=pair.bucket, Key=trap.key)["ETag"]
    return holds(pair.new, pair.bucket, replace(trap, part_bytes=1 if "-" in etag else None))


def test_what_no_listing_shows_is_lost_without_its_name(pair: Pair) -> None:
    pair.put("p")
    pair.put("p/q")
    assert pair.copy()["item_count"] == 1


def test_all_versions_arrive_in_order(versioned: Pair) -> None:
    name = f"{versioned.bucket}-h"
    set_traps(versioned.old, versioned.bucket, name)
    versioned.new.create_bucket(Bucket=name)
    versioned.new.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    pair = replace(versioned, bucket=name)
    pair.moved()
    for history in HISTORIES:
        assert kept_writes(pair.new, name, history.key) == kept_writes(pair.old, name, history.key), history.name
    again = pair.copy()
    assert (again["item_count"], again["changed"]) == (0, False)
    pair.old.put_object(Bucket=name, Key="report.txt", Body=b"fourth")
    pair.old.delete_object(Bucket=name, Key="equal.txt")
    assert pair.compare()["verdict"] == "pending"
    assert pair.copy()["item_count"] == 2
    pair.moved()
    assert kept_writes(pair.new, name, "report.txt")[-1] == b"fourth"


def test_versions_left_behind_are_counted(versioned: Pair) -> None:
    for body in (b"1", b"2", b"3"):
        versioned.put("a", body)
    versioned.put("gone")
    versioned.old.delete_object(Bucket=versioned.bucket, Key="gone")
    current = replace(versioned, versions="current")
    copied = current.copy()
    assert copied["item_count"] == 1
    assert copied["left_behind"] == {"versions": 3, "delete_markers": 1}
    assert "3 older versions and 1 delete markers stay behind" in str(copied["warnings"])
    assert current.compare()["verdict"] == "equal"


def test_what_the_source_has_no_longer_goes_from_a_target_that_keeps_versions(versioned: Pair) -> None:
    current = replace(versioned, versions="current")
    for key in ("gone", "kept"):
        current.put(key)
    current.moved()
    current.old.delete_object(Bucket=current.bucket, Key="gone")
    current.moved()
    assert [one["Key"] for one in current.new.list_objects_v2(Bucket=current.bucket)["Contents"]] == ["kept"]


def test_versions_need_a_target_that_keeps_them(pair: Pair) -> None:
    refused = replace(pair, versions="all").copy()
    assert refused["rc"] == 1
    assert "Enable versioning" in refused["msg"]


def test_source_changed_after_the_copy(pair: Pair) -> None:
    for number in range(30):
        pair.put(f"k{number:05}", str(number).encode())
    pair.put("big", os.urandom(9 * MIB))
    pair.moved()
    pair.put("k00003", b"changed")
    pair.put("k00004", b"4", ContentType="text/x-new")
    pair.put("new")
    pair.old.delete_object(Bucket=pair.bucket, Key="k00005")
    pair.old.put_object_tagging(Bucket=pair.bucket, Key="k00006", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    compared = pair.compare()
    assert (compared["rc"], compared["verdict"]) == (1, "pending"), compared
    assert pair.compare(allow_pending=True)["rc"] == 0
    copied = pair.copy()
    assert (copied["rc"], copied["item_count"], copied["changed"]) == (0, 4, True), copied
    assert copied.get("warnings", []) == []
    assert target_tags(pair, "k00006") == [{"Key": "a", "Value": "b"}]
    pair.moved()


@pytest.mark.fault("objects: content, metadata, type and tags changed on the target, a key deleted, one added")
def test_damage_is_named_exactly_and_mended(pair: Pair, record_property: Record) -> None:
    pair.put("body", b"right", Metadata={"a": "b"})
    pair.put("meta", Metadata={"a": "b"})
    pair.put("type", ContentType="text/plain")
    pair.put("tags")
    pair.put("gone")
    pair.put("fine")
    pair.put("large", os.urandom(9 * MIB))
    pair.moved()
    pair.new.put_object(Bucket=pair.bucket, Key="body", Body=b"wrong", Metadata={"a": "b"})
    pair.new.put_object(Bucket=pair.bucket, Key="meta", Body=b"content", Metadata={"a": "c"})
    pair.new.put_object(Bucket=pair.bucket, Key="type", Body=b"content", ContentType="text/html")
    pair.new.put_object_tagging(Bucket=pair.bucket, Key="tags", Tagging={"TagSet": [{"Key": "x", "Value": "y"}]})
    pair.new.delete_object(Bucket=pair.bucket, Key="gone")
    pair.new.put_object(Bucket=pair.bucket, Key="large", Body=os.urandom(9 * MIB))
    pair.new.put_object(Bucket=pair.bucket, Key="foreign", Body=b"not ours")
    damage = {
        ("body", "changed", "content"),
        ("meta", "changed", "metadata"),
        ("type", "changed", "Content-Type"),
        ("tags", "changed", "tags"),
        ("gone", "missing", ""),
        ("large", "changed", "content"),
        ("foreign", "extra", ""),
    }
    for read in ("auto", "bytes"):
        compared = pair.compare(read=read)
        assert (compared["rc"], compared["verdict"]) == (1, "different")
        assert found(compared) == damage
    copied = pair.copy()
    assert (copied["rc"], copied["item_count"]) == (0, 6), copied
    assert copied["foreign"] == {"count": 1, "first": ["foreign"]}
    assert "'foreign'" in str(copied["warnings"])
    assert found(pair.compare()) == {("foreign", "extra", "")}
    pair.new.delete_object(Bucket=pair.bucket, Key="foreign")
    record_property("lost", pair.compare()["differences_total"])


def test_a_target_that_holds_something_is_refused(pair: Pair) -> None:
    pair.put("a")
    pair.new.put_object(Bucket=pair.bucket, Key="theirs +", Body=b"")
    refused = pair.copy()
    assert refused["rc"] == 1
    assert "'theirs +'" in refused["msg"]
    assert [one["Key"] for one in pair.new.list_objects_v2(Bucket=pair.bucket)["Contents"]] == ["theirs +"]


@pytest.mark.fault("objects: kill -9 of the copier among small and multipart uploads")
def test_kill_in_the_middle_then_the_same_command(pair: Pair, record_property: Record) -> None:
    for number in range(60):
        pair.put(f"small/{number}", os.urandom(1000))
    for number in range(12):
        pair.put(f"large/{number}", os.urandom(9 * MIB))
    process = start_module("s3_copy", pair.arguments())
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(KeyError):
            if len(pair.new.list_objects_v2(Bucket=pair.bucket)["Contents"]) >= 3:
                break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    there = len(pair.new.list_objects_v2(Bucket=pair.bucket)["Contents"])
    assert 0 < there < 72
    copied = pair.copy()
    assert (copied["rc"], copied["partitions"]["failed"]) == (0, 0), copied
    record_property("lost", pair.moved()["differences_total"])
    assert "Uploads" not in pair.new.list_multipart_uploads(Bucket=pair.bucket)
    assert pair.copy()["changed"] is False


def test_check_mode_writes_nothing(pair: Pair) -> None:
    pair.put("a")
    planned = pair.copy(_ansible_check_mode=True)
    assert (planned["rc"], planned["changed"], planned["partitions"]["total"]) == (0, True, 1)
    assert "Contents" not in pair.new.list_objects_v2(Bucket=pair.bucket)
    pair.moved()
    assert pair.copy(_ansible_check_mode=True)["changed"] is False


def test_include_and_exclude(pair: Pair) -> None:
    for key in ("docs/a.pdf", "docs/b.tmp", "other/c.pdf"):
        pair.put(key)
    chosen = replace(pair, more={"include": ["docs/*"], "exclude": ["*.tmp"]})
    chosen.moved()
    assert [one["Key"] for one in pair.new.list_objects_v2(Bucket=pair.bucket)["Contents"]] == ["docs/a.pdf"]


def test_an_empty_source(pair: Pair) -> None:
    assert pair.copy()["item_count"] == 0
    assert pair.compare()["verdict"] == "equal"
    pair.put("late")
    assert pair.compare()["verdict"] == "pending"
    pair.moved()
