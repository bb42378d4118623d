"""Small parts of the objects store: addresses, refusals, memory, the ledger, listings out of order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._objects.bucket import Budget
from ansible_collections.replatform.aws.plugins.module_utils._objects.connect import end_options, make_end
from ansible_collections.replatform.aws.plugins.module_utils._objects.errors import Changed, Gone, Refused, refusal
from ansible_collections.replatform.aws.plugins.module_utils._objects.ledger import Ledger, Row
from ansible_collections.replatform.aws.plugins.module_utils._objects.listing import Item, Lister, mark
from ansible_collections.replatform.aws.plugins.module_utils._objects.wire import Answer, Wire


def options(**given: Any) -> dict[str, Any]:
    defaults = {name: option.get("default") for name, option in end_options().items()}
    return {**defaults, "bucket": "docs", "access_key": "a", "secret_key": "s", **given}


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"endpoint_url": "http://minio:9000/"}, ("minio:9000", "/docs/a%20b%2B/%EA%B0%80", "/docs")),
        ({"endpoint_url": "http://minio", "addressing_style": "virtual"}, ("docs.minio", "/a%20b%2B/%EA%B0%80", "/")),
        ({"region": "eu-west-1"}, ("docs.s3.eu-west-1.amazonaws.com", "/a%20b%2B/%EA%B0%80", "/")),
        (
            {"region": "eu-west-1", "bucket": "with.dots"},
            ("s3.eu-west-1.amazonaws.com", "/with.dots/a%20b%2B/%EA%B0%80", "/with.dots"),
        ),
    ],
)
def test_addresses(given: dict[str, Any], address: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    end = make_end("target", options(**given))
    assert (end.host, end.path("a b+/가"), end.path()) == address
    assert "secret_key" not in repr(end) and "credentials" not in repr(end)


def test_awkward_paths_are_left_as_they_are() -> None:
    end = make_end("source", options(endpoint_url="http://minio"))
    assert end.path("/a//b/../c/./~d/") == "/docs//a//b/../c/./~d/"


@pytest.mark.parametrize(
    ("status", "code", "kind", "said"),
    [
        (503, "SlowDown", TransientError, "again later"),
        (400, "BadDigest", TransientError, ""),
        (400, "RequestTimeout", TransientError, ""),
        (404, "NoSuchKey", Gone, ""),
        (404, "", Gone, ""),
        (404, "NoSuchBucket", Refused, "name of the bucket"),
        (412, "PreconditionFailed", Changed, ""),
        (403, "", Refused, "Allow this action"),
        (403, "SignatureDoesNotMatch", Refused, "secret_key"),
        (301, "", Refused, "region"),
        (403, "RequestTimeTooSkewed", Refused, "clock"),
    ],
)
def test_refusals(status: int, code: str, kind: type[Exception], said: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode() if code else b""
    error = refusal("The target http://s3/docs", "PUT 'k'", status, body)
    assert error.__class__ is kind
    assert said in str(error) and "The target http://s3/docs: PUT 'k'" in str(error)


def test_only_what_concerns_one_object_is_a_dead_letter() -> None:
    one = refusal("w", "PUT", 400, b"<Error><Code>KeyTooLongError</Code></Error>")
    all_of_them = refusal("w", "PUT", 400, b"<Error><Code>ExpiredToken</Code></Error>")
    assert isinstance(one, Refused) and one.one_object
    assert isinstance(all_of_them, Refused) and not all_of_them.one_object


def test_memory_is_given_out_in_turn_and_never_beyond_the_budget() -> None:
    async def scenario() -> None:
        budget = Budget(10 << 20)
        held = most = 0
        order: list[int] = []

        async def use(number: int, size: int) -> None:
            nonlocal held, most
            share = await budget.take(size)
            order.append(number)
            held += share
            most = max(most, held)
            await asyncio.sleep(0)
            held -= share
            budget.give(share)

        sizes = [8 << 20, 8 << 20, 1, 99 << 20, 2 << 20, 1]
        tasks = [asyncio.create_task(use(number, size)) for number, size in enumerate(sizes)]
        await asyncio.sleep(0)
        tasks[1].cancel()  # one that waits is stopped: those behind it go on
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert most <= 10 << 20
        assert order == [0, 2, 3, 4, 5]
        assert await budget.take(10 << 20) == 10 << 20

    asyncio.run(scenario())


def test_the_ledger_tells_what_was_written_and_what_was_only_begun(tmp_path: Path) -> None:
    absent = Ledger(tmp_path / "ledger", write=False)
    assert absent.rows("", "") == {} and not (tmp_path / "ledger").exists()
    ledger = Ledger(tmp_path / "ledger", write=True)
    ledger.intend([("a", 0), ("b", 0), ("가", 1)])
    row = Row("a", 0, 5, "md5:x", "crc", "s", True, "t", False, "v")
    ledger.written([row])
    ledger.close()
    again = Ledger(tmp_path / "ledger", write=False)
    assert again.rows("", "") == {("a", 0): row, ("b", 0): Row("b", 0), ("가", 1): Row("가", 1)}
    assert list(again.rows("a", "b")) == [("b", 0)]
    assert (again.unfinished("a"), again.unfinished("b"), again.unfinished("c")) == (False, True, False)
    again.intend([("a", 0)])
    assert again.rows("", "a")["a", 0].content == "md5:x" and again.unfinished("a")
    again.removed([("a", 0)])
    assert list(again.rows("", "")) == [("b", 0), ("가", 1)]


class Pages:
    """A wire that answers with these keys, page by page."""

    end = SimpleNamespace(where="The source http://s3/docs")

    def __init__(self, *pages: list[str]) -> None:
        self.pages = [*pages]

    async def call(self, *_args: object, **_more: object) -> Answer:
        keys = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in self.pages.pop(0))
        more = f"<IsTruncated>{str(bool(self.pages)).lower()}</IsTruncated>"
        return Answer(200, {}, f"<ListBucketResult>{keys}{more}</ListBucketResult>".encode())


def between(pages: Pages, after: str, end: str) -> list[str]:
    lister = Lister(pages, False, lambda key: key != "unwanted")  # type: ignore[arg-type]
    return [item.key for item in asyncio.run(lister.between(after, end))]


def test_a_range_ends_where_it_ends() -> None:
    assert between(Pages(["a", "b+c"], ["d", "unwanted"], ["x"]), "", "d") == ["a", "b c", "d"]
    assert between(Pages(["a"], ["d"]), "", "") == ["a", "d"]


@pytest.mark.parametrize("pages", [(["b", "a"],), (["b"], ["a"])])
def test_a_listing_out_of_order_is_refused_because_keys_would_be_missed(pages: tuple[list[str], ...]) -> None:
    with pytest.raises(CopyError, match="in the order of their bytes"):
        between(Pages(*pages), "", "")


def test_a_mark_sees_every_field() -> None:
    base = Item("k", "e", 1, "m", "v", False, "t")
    others = [
        Item("K", "e", 1, "m", "v", False, "t"),
        Item("k", "E", 1, "m", "v", False, "t"),
        Item("k", "e", 2, "m", "v", False, "t"),
        Item("k", "e", 1, "M", "v", False, "t"),
        Item("k", "e", 1, "m", "V", False, "t"),
        Item("k", "e", 1, "m", "v", True, "t"),
        Item("k", "e", 1, "m", "v", False, "T"),
    ]
    assert len({mark([base]), *(mark([other]) for other in others), mark([]), mark([base, base])}) == 10


@pytest.mark.parametrize("key", ["a//b", "/lead", "x/../y", "./dot", "a/", "?#%41+ &=", "가\u1100\x07\n", "~"])
def test_a_key_goes_over_the_wire_byte_by_byte(key: str) -> None:
    asked: list[bytes] = []

    async def scenario() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readline())
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        wire = Wire(make_end("source", options(endpoint_url=f"http://127.0.0.1:{port}")))
        await wire.open()
        await wire.call("GET", key, {"tagging": ""})
        await wire.close()
        server.close()

    asyncio.run(scenario())
    path = asked[0].decode().split(" ")[1].partition("?")[0]
    assert unquote(path) == f"/docs/{key}"
