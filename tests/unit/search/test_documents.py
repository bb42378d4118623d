"""Documents: one line, one hash, one canonical form; and what becomes of each item of a bulk request."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._search import write
from ansible_collections.replatform.aws.plugins.module_utils._search.canonical import canonical, fields, parse
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, TooLarge, path
from ansible_collections.replatform.aws.plugins.module_utils._search.pace import Pace
from ansible_collections.replatform.aws.plugins.module_utils._search.read import (
    Hit,
    compact,
    document_hash,
    page_items,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.write import (
    Bulk,
    create_lines,
    delete_lines,
    forced_lines,
    index_lines,
    send,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def shuffled(value: Any, order: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        order.shuffle(names)
        return {name: shuffled(value[name], order) for name in names}
    return [shuffled(one, order) for one in value] if isinstance(value, list) else value


@given(VALUES, st.randoms())
def test_order_spaces_and_escapes_do_not_count(value: Any, order: random.Random) -> None:
    other = json.dumps(shuffled(value, order), indent=3, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert canonical(json.dumps(value).encode()) == canonical(other)


@given(VALUES, VALUES)
def test_different_values_have_different_forms(one: Any, other: Any) -> None:
    left, right = json.dumps(one).encode(), json.dumps(other).encode()
    same = canonical(left) == canonical(right)
    assert same == (not list(fields(parse(left), parse(right))))
    # repr tells 1 from 1.0 and from True, which == does not.
    assert same or repr(one) != repr(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1.50", "15e-1", True),
        ("1.5E0", "1.5", True),
        ("0.0", "0e5", True),
        ("100.0", "1e2", True),
        ("1", "1.0", False),
        ("-0.0", "0.0", False),
        ("9007199254740993", "9007199254740992", False),
        ("0.12345678901234567891", "0.12345678901234567892", False),
        ("1e400", "1e401", False),
        ('"1"', "1", False),
        ('{"a":1,"a":2}', '{"a":2}', False),
    ],
)
def test_every_digit_counts(one: str, other: str, same: bool) -> None:
    assert (canonical(one.encode()) == canonical(other.encode())) == same


@given(VALUES)
def test_compact_is_one_line_with_the_same_value(value: Any) -> None:
    text = json.dumps(value, indent=2).replace("\n", "\r\n").encode()
    line = compact(text)
    assert b"\n" not in line and b"\r" not in line
    assert canonical(line) == canonical(text)


def test_what_is_on_one_line_stays_as_it_is() -> None:
    source = b'{ "a" : 1.00 }'
    assert compact(source) is source


IDS = st.text(min_size=1, max_size=6)
HITS = st.builds(Hit, index=IDS, id=IDS, routing=st.none() | IDS)


@given(HITS, HITS, st.binary(max_size=4), st.binary(max_size=4))
def test_documents_that_differ_hash_differently(one: Hit, other: Hit, left: bytes, right: bytes) -> None:
    same = (one.index, one.id, one.routing, left) == (other.index, other.id, other.routing, right)
    assert (document_hash(one, left) == document_hash(other, right)) == same


def test_fields_are_named_by_their_paths() -> None:
    one = parse(b'{"a":{"b":[{"c":1},{"c":2}]},"only":1,"same":"x"}')
    other = parse(b'{"a":{"b":[{"c":1},{"c":3}]},"list":[1],"same":"x"}')
    assert list(fields(one, other)) == ["a.b.1.c", "list", "only"]


def test_a_page_is_aimed_at_its_bytes() -> None:
    assert page_items(1000, 1000 * 500) == 4194
    assert page_items(10, 10 * 50_000_000) == 10
    assert page_items(1_000_000, 1_000_000, window=300) == 300
    assert page_items(0, 0) == 5000


class Answers:
    """A target that answers each bulk request by a rule, and keeps what it took."""

    def __init__(self, *turns: Any) -> None:
        self.turns = list(turns)
        self.taken: list[str] = []

    at = staticmethod(path)

    def raw(self, _method: str, _path: str, body: bytes, _headers: Any, **_params: Any) -> bytes:
        self.turns = self.turns or [200]
        turn = self.turns.pop(0)
        if isinstance(turn, Exception):
            raise turn
        ids = [json.loads(line)["index"]["_id"] for line in body.splitlines()[::2]]
        statuses = turn if isinstance(turn, list) else [turn] * len(ids)
        if turn == "large":
            if len(ids) > 1:
                self.turns[:0] = ["large", "large"]
                raise TooLarge("too large")
            statuses = [200]
        self.taken += [one for one, status in zip(ids, statuses, strict=True) if status == 200]
        error = {"type": "cluster_block_exception", "reason": "full"}
        kinds = {403: error, 400: {"type": "mapper_parsing_exception", "reason": "no number"}}
        items = [
            {"index": {"status": status} | ({"error": kinds.get(status, {"type": "busy"})} if status != 200 else {})}
            for status in statuses
        ]
        return json.dumps({"errors": True, "items": items}).encode()


def bulk(*names: str) -> Bulk:
    made = Bulk()
    for name in names:
        hit = Hit("i", name, None, 1, msgspec.Raw(b"{}"))
        made.add(hit, index_lines(hit))
    return made


def sent(target: Answers, made: Bulk) -> list[str]:
    waits: Iterator[bool] = iter([False] * 20)
    pace = Pace(8 * 1024 * 1024)
    return [one.hit.id for one in send(cast(Client, target), "i", made, lambda _seconds: next(waits), pace)]


def test_an_answer_that_is_cut_is_asked_for_again() -> None:
    class Cut(Answers):
        """Its first answer ends in the middle."""

        def raw(self, *args: Any, **params: Any) -> bytes:
            whole = super().raw(*args, **params)
            return whole if self.taken != ["a"] else whole[:-3]

    assert sent(Cut([200]), bulk("a")) == []


def test_only_the_refused_items_are_sent_again() -> None:
    target = Answers([200, 429, 503], [429, 200], [200])
    assert sent(target, bulk("a", "b", "c")) == []
    assert sorted(target.taken) == ["a", "b", "c"]


def test_a_request_that_was_not_answered_is_sent_again() -> None:
    target = Answers(TransientError("cut"), TransientError("429"))
    assert sent(target, bulk("a", "b")) == []
    assert target.taken == ["a", "b"]


def test_a_document_that_is_refused_for_good_is_named() -> None:
    target = Answers([200, 400, 200])
    assert sent(target, bulk("a", "b", "c")) == ["b"]
    assert target.taken == ["a", "c"]


def test_a_target_that_refuses_everything_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "MOST_REFUSED", 3)
    with ThreadPoolExecutor(1) as pool:
        writer = write.Writer(cast(Client, Answers(*[400] * 99)), "i", pool, Pace(40), lambda: None)
        with pytest.raises(CopyError, match="one document after the other; the first: 0, mapper_parsing"):
            for number in range(50):
                hit = Hit("i", str(number), None, 1, msgspec.Raw(b'{"text":"longer than a body"}'))
                writer.add(hit, index_lines(hit))
        writer.abandon()


def test_a_body_that_is_too_large_is_halved() -> None:
    target = Answers("large")
    assert sent(target, bulk("a", "b", "c", "d", "e")) == []
    assert target.taken == ["a", "b", "c", "d", "e"]


def test_a_blocked_index_is_no_dead_letter() -> None:
    with pytest.raises(CopyError, match="takes no documents"):
        sent(Answers(403), bulk("a"))


def test_a_target_that_stays_overloaded_is_given_up_for_now() -> None:
    with pytest.raises(TransientError, match="1 documents could not be written"):
        sent(Answers(*[429] * 10), bulk("a"))


def test_the_lines_of_a_bulk_body() -> None:
    hit = Hit("i", 'a"\n', "r", 7, msgspec.Raw(b'{"n":1.00}'))
    who = {"_id": 'a"\n', "routing": "r"}
    version = {"version": 7, "version_type": "external_gte"}
    for lines, action in (
        (index_lines(hit), {"index": who | version}),
        (forced_lines(hit, b'{"n":1.00}'), {"index": who}),
        (create_lines(hit), {"create": who}),
    ):
        meta, source, end = lines.split(b"\n")
        assert (json.loads(meta), source, end) == (action, b'{"n":1.00}', b"")
    assert json.loads(delete_lines(hit)) == {"delete": who}
    half = Hit("i", "\ud83d", None, 1, msgspec.Raw(b"{}"))
    assert json.loads(delete_lines(half)) == {"delete": {"_id": "\ud83d"}}


def test_a_document_in_a_bulk_keeps_no_answer_in_memory() -> None:
    hit = msgspec.json.decode(b'{"_index":"i","_id":"1","_source":{"a":1}}', type=Hit)
    made = Bulk()
    made.add(hit, index_lines(hit))
    assert bytes(hit.source) == b""
    assert made.lines[0].endswith(b'\n{"a":1}\n')


def test_a_hit_keeps_the_bytes_of_its_source() -> None:
    answer = b'{"_index":"i","_id":"1","_score":null,"_version":3,"_source":{ "a" : 1.00 },"sort":[0]}'
    hit = msgspec.json.decode(answer, type=Hit)
    assert (bytes(hit.source), hit.version, hit.routing) == (b'{ "a" : 1.00 }', 3, None)
