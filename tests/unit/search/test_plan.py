"""What is chosen, what becomes of settings, what a mark says, and how the ends are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import End, path
from ansible_collections.replatform.aws.plugins.module_utils._search.copy import (
    marks_of,
    quiet,
    source_holds,
    watermark,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import Index, Mark, chosen
from ansible_collections.replatform.aws.plugins.module_utils._search.settings import (
    Definition,
    differing,
    index_differences,
    refused,
    split,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.streams import generation

SETTINGS = {
    "index.uuid": "u",
    "index.creation_date": "1",
    "index.provided_name": "docs",
    "index.version.created": "1",
    "index.number_of_shards": "2",
    "index.number_of_replicas": "1",
    "index.refresh_interval": "7s",
    "index.blocks.write": "true",
    "index.final_pipeline": "stamp",
    "index.routing.allocation.require.box": "hot",
    "index.replication.type": "DOCUMENT",
}
MAPPINGS = {"properties": {"t": {"type": "text"}}}


def index(settings: dict[str, Any] | None = None, mappings: dict[str, Any] | None = None, routing: int = 1024) -> Index:
    return Index("docs", "u", False, False, SETTINGS | (settings or {}), mappings or MAPPINGS, {}, routing)


def definition() -> Definition:
    return Definition(index(), split(SETTINGS)[0])


def test_settings_are_kept_or_left_out_with_a_reason() -> None:
    kept, dropped = split(SETTINGS)
    assert sorted(kept) == [
        "index.blocks.write",
        "index.final_pipeline",
        "index.number_of_replicas",
        "index.number_of_shards",
        "index.refresh_interval",
    ]
    assert list(dropped) == ["index.routing.allocation.require.box"]


def test_an_index_is_made_ready_for_writing_and_put_right_afterwards() -> None:
    made = definition().at_creation["settings"]
    assert made == {
        "index.number_of_shards": "2",
        "index.number_of_replicas": "0",
        "index.refresh_interval": "-1",
        "index.final_pipeline": "_none",
        "index.number_of_routing_shards": 1024,
    }
    assert definition().restored == {
        "index.number_of_replicas": "1",
        "index.refresh_interval": "7s",
        "index.auto_expand_replicas": None,
        "index.final_pipeline": "stamp",
        "index.blocks.write": "true",
    }
    assert definition().tuned["index.blocks.write"] is None


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (index(), []),
        (index({"index.refresh_interval": "1s"}), ["settings index.refresh_interval"]),
        (index({"index.codec": "best"}), ["settings index.codec"]),
        (index({"index.routing.allocation.require.box": "cold"}), []),
        (index(routing=768), ["sharding"]),
        (index(mappings={"properties": {"t": {"type": "keyword"}}}), ["mappings properties.t.type"]),
    ],
)
def test_differences_of_an_index_are_named(there: Index, found: list[str]) -> None:
    assert index_differences(definition(), there) == found


def test_new_fields_are_left_out_and_nothing_else() -> None:
    old = {"dynamic": "true", "properties": {"t": {"type": "text"}, "o": {"properties": {"a": {"type": "long"}}}}}
    new = {
        "dynamic": "true",
        "properties": {
            "t": {"type": "text"},
            "o": {"properties": {"a": {"type": "long"}, "b": {"type": "long"}}},
            "p": {"properties": {"c": {"type": "long"}}},
        },
    }
    wanted = Definition(index(mappings=new), dict(definition().settings))
    assert index_differences(wanted.without_new_fields(index(mappings=old)), index(mappings=old)) == []
    changed = {**old, "properties": {**old["properties"], "t": {"type": "keyword"}}}
    found = index_differences(wanted.without_new_fields(index(mappings=changed)), index(mappings=changed))
    assert found == ["mappings properties.t.type"]
    assert index_differences(wanted.without_new_fields(index(mappings={})), index(mappings={})) == ["mappings dynamic"]


@pytest.mark.parametrize(
    ("mappings", "settings", "word"),
    [
        ({"_source": {"enabled": False}}, {}, "disabled"),
        ({"_source": {"includes": ["a"]}}, {}, "filtered"),
        ({"_source": {"excludes": ["a"]}}, {}, "filtered"),
        ({}, {"index.blocks.read": "true"}, "index.blocks.read"),
        ({"_source": {"enabled": True}}, {"index.blocks.write": "true"}, ""),
    ],
)
def test_indices_that_cannot_be_read_are_refused(mappings: dict[str, Any], settings: dict[str, Any], word: str) -> None:
    why = refused(index(settings, mappings))
    assert bool(why) == bool(word) and word in why


def test_what_only_one_side_has_is_a_difference_and_nothing_else() -> None:
    assert differing({}, {"other": {}}) == ["other"]
    assert differing({"a": {"b": 1, "c": [1]}}, {"a": {"b": 2, "c": [1]}}) == ["a.b"]
    assert differing({}, {}) == []


def test_names_are_chosen_by_pattern() -> None:
    names = ["docs-1", "docs-2", "logs"]
    assert chosen(names, (), ()) == set(names)
    assert chosen(names, ("docs-*",), ("*-2",)) == {"docs-1"}


MARK = Mark("u", 1, 5, 5)


@pytest.mark.parametrize(
    ("now", "source", "after_restart", "target"),
    [
        (MARK, True, True, True),
        (replace(MARK, newest=6), False, False, False),
        (replace(MARK, term=2), False, True, True),
        (replace(MARK, uuid="v"), False, False, False),
        (None, False, False, False),
    ],
)
def test_a_mark_holds_while_nothing_was_written(
    now: Mark | None, source: bool, after_restart: bool, target: bool
) -> None:
    marks = None if now is None else [now]
    assert source_holds([MARK], marks, terms=True) == source
    assert source_holds([MARK], marks, terms=False) == after_restart
    assert quiet([MARK], marks) == target


def test_an_operation_under_way_at_the_mark_makes_it_not_hold() -> None:
    early = replace(MARK, checkpoint=4)
    assert not source_holds([early], [early], terms=True)
    assert quiet([early], [early]), "nothing new was begun, so reading it again settles it"
    assert not quiet([early], [replace(early, newest=6)])


def test_a_watermark_comes_back_as_it_went() -> None:
    assert marks_of(watermark([MARK], [MARK, MARK])) == ([MARK], [MARK, MARK])


def test_only_indices_by_rollover_belong_to_a_stream_that_can_be_moved() -> None:
    assert generation("logs-a", ".ds-logs-a-000012") == 12
    with pytest.raises(CopyError, match="did not come by rollover"):
        generation("logs-a", "shrink-.ds-logs-a-000012")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"url": "search.example.com:9200"}, "Write it like"),
        ({"url": "https://me:secret@h"}, "carries a user"),
        ({"url": "https://h", "user": "me"}, "password"),
        ({"url": "https://h", "auth": "sigv4"}, "region"),
        ({"url": "https://h", "user": "me", "password": "env://NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE"),
    ],
)
def test_an_end_that_does_not_fit_together_is_refused(options: dict[str, Any], word: str) -> None:
    with pytest.raises(CopyError, match=word) as caught:
        End.of("source", options)
    assert "source" in str(caught.value) and "secret" not in str(caught.value)


def test_an_end_is_named_without_its_user() -> None:
    end = End.of(
        "target", {"url": "https://h/prefix/", "user": "me", "password": "s3cret", "connect_to": "127.0.0.1:9"}
    )
    assert (end.identity, end.auth, end.dial) == ("https://h:443/prefix", "basic", ("127.0.0.1", 9))
    assert "s3cret" not in repr(end)


def test_a_path_is_quoted() -> None:
    assert path("a/b", "한%", "_bulk") == "/a%2Fb/%ED%95%9C%25/_bulk"
