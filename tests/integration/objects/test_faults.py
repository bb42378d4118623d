"""What goes wrong, and what is said: one clear message, and no secret in it."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from awscrt import checksums

from lab.certificates import authority, issue
from lab.servers.daemon import free_port
from tests.faults import Record

from .between import Exchange, between, refuse
from .conftest import Pair, run_module

pytestmark = pytest.mark.stores


def md5(body: bytes) -> str:
    """As an ETag has it."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def crc64nvme(body: bytes) -> str:
    """As the headers have it."""
    return base64.b64encode(checksums.crc64nvme(body).to_bytes(8)).decode()


def with_end(pair: Pair, side: str, **options: Any) -> dict[str, Any]:
    arguments = pair.arguments()
    arguments[side] = {**arguments[side], **options}
    return arguments


@pytest.mark.parametrize(
    ("side", "options", "said"),
    [
        ("source", {"secret_key": "wrong-secret-zx81"}, "Check secret_key"),
        ("target", {"access_key": "wrong-access-zx81"}, "Check access_key"),
        ("source", {"bucket": "no-such-bucket"}, "Check the name of the bucket"),
        ("target", {"endpoint_url": f"http://127.0.0.1:{free_port()}"}, "cannot be reached"),
        ("source", {"connect_to": f"127.0.0.1:{free_port()}"}, "cannot be reached"),
        ("target", {"endpoint_url": "minio:9000"}, "is not of the form https://host:port"),
        ("source", {"connect_to": "minio"}, "is not of the form host:port"),
        ("target", {"secret_key": "env://NO_SUCH_VARIABLE"}, "NO_SUCH_VARIABLE is not set"),
        ("source", {"secret_key": None}, "only one of access_key and secret_key"),
        ("target", {"secret_key": None, "access_key": None}, "has no credentials"),
    ],
)
def test_a_wrong_option_is_one_clear_message(pair: Pair, side: str, options: dict[str, Any], said: str) -> None:
    failed = run_module("s3_copy", with_end(pair, side, **options))
    assert failed["rc"] == 1
    assert said in failed["msg"]
    assert side in failed["msg"]
    for secret in (pair.source.password, pair.target.password, "wrong-secret-zx81"):
        assert secret not in failed["output"]


def test_credentials_by_reference_and_by_the_chain(pair: Pair, tmp_path: Path) -> None:
    pair.put("a")
    (tmp_path / "secret").write_text(pair.target.password + "\n")
    arguments = with_end(pair, "source", access_key=None, secret_key=None)
    arguments["target"]["access_key"] = "env://TARGET_KEY"
    arguments["target"]["secret_key"] = f"file://{tmp_path}/secret"
    environment = {
        "TARGET_KEY": pair.target.user,
        "AWS_ACCESS_KEY_ID": pair.source.user,
        "AWS_SECRET_ACCESS_KEY": pair.source.password,
    }
    copied = run_module("s3_copy", arguments, environment)
    assert (copied["rc"], copied["item_count"]) == (0, 1), copied
    kept = b"".join(path.read_bytes() for path in pair.run_dir.rglob("*") if path.is_file())
    for secret in (pair.source.password, pair.target.password):
        assert secret not in copied["output"]
        assert secret.encode() not in kept


def test_names_stay_where_another_place_is_dialled(pair: Pair) -> None:
    pair.put("a b/c+d")
    there = f"127.0.0.1:{pair.source.port}"
    for style in ("path", "virtual"):
        arguments = with_end(
            pair, "source", endpoint_url="http://minio.internal:9000", connect_to=there, addressing_style=style
        )
        assert run_module("s3_copy", arguments)["rc"] == 0
        assert run_module("s3_compare", arguments)["verdict"] == "equal"


def test_tls_is_checked(pair: Pair, tmp_path: Path) -> None:
    pair.put("a")
    ours = authority(tmp_path / "ca")
    with between(pair.target, certificate=issue(ours, tmp_path / "c", "target", ["s3.internal"])) as url:
        dial = url.removeprefix("https://")
        named = {"endpoint_url": "https://s3.internal", "connect_to": dial}
        failed = run_module("s3_copy", with_end(pair, "target", **named))
        assert failed["rc"] == 1 and "ca_path" in failed["msg"]
        other = {**named, "endpoint_url": "https://other.internal", "ca_path": str(ours.ca_path)}
        failed = run_module("s3_copy", with_end(pair, "target", **other))
        assert failed["rc"] == 1 and "certificate" in failed["msg"]
        copied = run_module("s3_copy", with_end(pair, "target", **named, ca_path=str(ours.ca_path)))
        assert (copied["rc"], copied["item_count"]) == (0, 1), copied


@pytest.mark.fault("objects: the target answers 503 SlowDown, twice for every object")
def test_slow_down_is_waited_out(pair: Pair, record_property: Record) -> None:
    for number in range(20):
        pair.put(f"k{number}")
    refused: Counter[str] = Counter()
    lock = threading.Lock()

    def before(exchange: Exchange) -> None:
        with lock:
            if exchange.method == "PUT" and refused[exchange.path] < 2:
                refused[exchange.path] += 1
                refuse(exchange, 503, "SlowDown")

    with between(pair.target, before=before) as url:
        copied = run_module("s3_copy", with_end(pair, "target", endpoint_url=url))
    assert (copied["rc"], copied["item_count"]) == (0, 20), copied
    assert set(refused.values()) == {2}
    record_property("lost", pair.compare()["differences_total"])


def test_what_the_target_refuses_is_kept_and_the_rest_arrives(pair: Pair) -> None:
    for key in ("a", "refused", "z"):
        pair.put(key)

    def before(exchange: Exchange) -> None:
        if exchange.method == "PUT" and exchange.path.endswith("/refused"):
            refuse(exchange, 400, "KeyTooLongError")

    with between(pair.target, before=before) as url:
        arguments = with_end(pair, "target", endpoint_url=url)
        failed = run_module("s3_copy", arguments)
        assert (failed["rc"], failed["item_count"], failed["dead_letters"]["count"]) == (1, 2, 1)
        assert "KeyTooLongError" in Path(failed["dead_letters"]["path"]).read_text()
        named = run_module("s3_compare", arguments)
        assert [(one["item"], one["kind"]) for one in named["differences"]] == [("refused", "missing")]


def test_access_denied_is_not_a_dead_letter(pair: Pair) -> None:
    pair.put("a")

    def before(exchange: Exchange) -> None:
        if exchange.method == "PUT":
            refuse(exchange, 403, "AccessDenied")

    with between(pair.target, before=before) as url:
        failed = run_module("s3_copy", with_end(pair, "target", endpoint_url=url))
    assert (failed["rc"], failed["dead_letters"]["count"]) == (1, 0)
    assert "Allow this action" in failed["msg"]
    assert "PUT 'a'" in failed["msg"]


@pytest.mark.fault("objects: a byte changes on the way from the source")
def test_bytes_damaged_on_the_way_are_not_stored(pair: Pair, record_property: Record) -> None:
    pair.put("small", b"right")
    pair.put("large", os.urandom(9 << 20))
    damaged: Counter[str] = Counter()

    def after(exchange: Exchange) -> None:
        if exchange.method == "GET" and "?" not in exchange.path and len(exchange.body) and not damaged[exchange.path]:
            damaged[exchange.path] += 1
            exchange.body = bytes([exchange.body[0] ^ 1]) + exchange.body[1:]

    with between(pair.source, after=after) as url:
        arguments = with_end(pair, "source", endpoint_url=url)
        copied = run_module("s3_copy", arguments)
        assert copied["rc"] == 0, copied
        assert run_module("s3_compare", {**arguments, "read": "bytes"})["verdict"] == "equal"
    assert len(damaged) == 2
    record_property("lost", pair.compare()["differences_total"])


@pytest.mark.fault("objects: the target's stored checksums are those of other bytes")
def test_a_stored_checksum_that_lies_is_found_by_reading(pair: Pair, record_property: Record) -> None:
    """By default the stores' checksums are compared and nothing is downloaded; `read: bytes` downloads both sides."""
    bodies = {"small": (b"right", b"wrong"), "large": (os.urandom(9 << 20), os.urandom(9 << 20)), "fine": (b"1", b"1")}
    lies: dict[str, str] = {}
    for key, (right, wrong) in bodies.items():
        pair.put(key, right)
        pair.new.put_object(Bucket=pair.bucket, Key=key, Body=wrong, ChecksumAlgorithm="CRC64NVME")
        lies |= {md5(wrong): md5(right), crc64nvme(wrong): crc64nvme(right)}
    downloads: Counter[str] = Counter()

    def swapped(text: str, words: dict[str, str]) -> str:
        for word, other in words.items():
            text = text.replace(word, other)
        return text

    def before(exchange: Exchange) -> None:
        truths = {lie: truth for truth, lie in lies.items()}
        exchange.asked = {name: swapped(value, truths) for name, value in exchange.asked.items()}

    def after(side: str, exchange: Exchange) -> None:
        listing = "list-type" in exchange.path
        if exchange.method == "GET" and "?" not in exchange.path:
            downloads[side] += len(exchange.body)
        if side == "target":
            exchange.headers = {name: swapped(value, lies) for name, value in exchange.headers.items()}
            exchange.body = swapped(exchange.body.decode(), lies).encode() if listing else exchange.body

    with (
        between(pair.source, after=partial(after, "source")) as here,
        between(pair.target, before=before, after=partial(after, "target")) as there,
    ):
        arguments = with_end(pair, "source", endpoint_url=here)
        arguments["target"]["endpoint_url"] = there
        believed = run_module("s3_compare", arguments)
        assert (believed["rc"], believed["verdict"]) == (0, "equal"), believed
        assert not downloads
        found = run_module("s3_compare", {**arguments, "read": "bytes"})
    assert (found["rc"], found["verdict"]) == (1, "different")
    assert {(one["item"], one["kind"], one["detail"]) for one in found["differences"]} == {
        ("small", "changed", "content"),
        ("large", "changed", "content"),
    }
    size = sum(len(right) for right, _wrong in bodies.values())
    assert downloads == {"source": size, "target": size}
    record_property("lost", 2 - found["differences_total"])  # of the two that are wrong, those that nobody was told of


def test_an_etag_that_is_no_md5_is_not_believed(pair: Pair) -> None:
    """Some servers' ETags look like an MD5 and are none; a target with KMS keeps a CRC64NVME besides."""
    bodies = {"small": b"content", "large": os.urandom(9 << 20)}
    for key, body in bodies.items():
        pair.put(key, body)
    opaque = {hashlib.md5(body, usedforsecurity=False).hexdigest() for body in bodies.values()}

    def turned(text: str) -> str:
        for etag in opaque:
            text = text.replace(etag, etag[::-1]) if etag in text else text.replace(etag[::-1], etag)
        return text

    def before(exchange: Exchange) -> None:
        exchange.asked = {name: turned(value) for name, value in exchange.asked.items()}

    def after(exchange: Exchange) -> None:
        exchange.headers = {name: turned(value) for name, value in exchange.headers.items()}
        if exchange.method == "GET" and "?" in exchange.path:
            exchange.body = turned(exchange.body.decode()).encode()

    with between(pair.source, before=before, after=after) as url:
        arguments = with_end(pair, "source", endpoint_url=url)
        assert run_module("s3_copy", arguments)["rc"] == 0
        compared = run_module("s3_compare", arguments)
        assert (compared["rc"], compared["verdict"]) == (0, "equal"), compared
        pair.put("small", b"changed")
        assert run_module("s3_compare", arguments)["verdict"] == "pending"


@pytest.mark.fault("objects: access is denied after 25 of 40 objects, then granted again")
def test_a_rerun_goes_on_where_a_failed_copy_ended(pair: Pair, record_property: Record) -> None:
    for number in range(40):
        pair.put(f"k{number}", os.urandom(1000))
    closed = threading.Event()
    puts: list[str] = []

    def before(exchange: Exchange) -> None:
        if exchange.method == "PUT":
            puts.append(exchange.path)
            if len(puts) == 25:
                closed.set()
        if closed.is_set():
            refuse(exchange, 403, "AccessDenied")

    with between(pair.target, before=before) as url:
        arguments = with_end(pair, "target", endpoint_url=url)
        failed = run_module("s3_copy", arguments)
        assert (failed["rc"], failed["partitions"]["failed"]) == (1, 1)
        there = len(pair.new.list_objects_v2(Bucket=pair.bucket)["Contents"])
        assert 0 < there < 40
        closed.clear()
        copied = run_module("s3_copy", arguments)
        assert (copied["rc"], copied["item_count"]) == (0, 40 - there), copied
        assert run_module("s3_compare", arguments)["verdict"] == "equal"
    record_property("lost", pair.compare()["differences_total"])
