"""Documents and mappings that decoding, sorting or versions damage."""

from __future__ import annotations

import json

from .trap import Check, Request, SearchTrap, got, index, post, put

# As it was sent: line breaks, an order of its own, numbers that no double holds, escapes, zeros at the end.
PRETTY = """{
  "z" : 1.0,
  "a" : [ 1e2, 1.00, -0.0, 100000000000000000000000000000001 ],
  "escaped" : "\\u00e9\\/ \\ud83d\\ude80",
  "empty" : { },
  "nothing" : [ ],
  "null" : null
}
"""
NUMBERS = (
    '{"whole":9007199254740993,"lowest":-9223372036854775808,"highest":9223372036854775807,'
    '"unsigned":18446744073709551615,"decimal":0.1000000000000000055511151231257827,"scaled":12345.67,'
    '"text":9007199254740993.0000001,"kept":{"beyond":123456789012345678901234567890,"long":3.14159265358979323846264338}}'
)
IDS = (
    "a/b", "a b", "a+b", "100%", "%2F", "한글", 'say "hi"', "back\\slash", "..", ".", "a?b=c#d", "a,b", "tab\tid",
    "line\nid", "_id", "-1", "007", "7", "{}", "*", "e\u0301", "\u00e9", "🚀", "x" * 512,
)  # fmt: skip


def ndjson(*lines: object) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


DOCUMENTS = (
    SearchTrap(
        "source_with_line_breaks",
        (put("/traps-pretty", index(dynamic=False)), put("/traps-pretty/_doc/1?refresh=true", PRETTY)),
        # The answer's raw bytes are compared in the tests: JSON read and written again has lost the line breaks.
        (got("/traps-pretty/_source/1", (), json.loads(PRETTY)),),
    ),
    SearchTrap(
        "numbers",
        (
            put(
                "/traps-numbers",
                index(
                    properties={
                        "whole": {"type": "long"},
                        "lowest": {"type": "long"},
                        "highest": {"type": "long"},
                        "unsigned": {"type": "unsigned_long"},
                        "decimal": {"type": "double"},
                        "scaled": {"type": "scaled_float", "scaling_factor": 10},
                        "text": {"type": "keyword"},
                        "kept": {"type": "object", "enabled": False},
                    }
                ),
            ),
            put("/traps-numbers/_doc/1?refresh=true", NUMBERS),
        ),
        (
            got("/traps-numbers/_source/1", ("whole",), 9007199254740993),
            got("/traps-numbers/_source/1", ("kept", "beyond"), 123456789012345678901234567890),
        ),
        frozenset({"mapper-extras"}),
    ),
    SearchTrap(
        "ids_to_quote",
        (
            put("/traps-ids", index(3)),
            post(
                "/traps-ids/_bulk?refresh=true",
                ndjson(*(x for one in IDS for x in ({"index": {"_id": one}}, {"id": one}))),
            ),
        ),
        (
            got("/traps-ids/_count", ("count",), len(IDS)),
            got("/traps-ids/_doc/a%2Fb", ("_source", "id"), "a/b"),
            Check(post("/traps-ids/_count", {"query": {"ids": {"values": list(IDS)}}}), ("count",), len(IDS)),
        ),
    ),
    SearchTrap(
        # Two documents of one id, told apart by nothing but their routing.
        "same_id_under_two_routings",
        (
            put("/traps-routed", index(5)),
            *(put(f"/traps-routed/_doc/twin?routing={routing}", {"routing": routing}) for routing in ("a", "b", "c+d")),
            post("/traps-routed/_refresh"),
        ),
        (
            Check(post("/traps-routed/_count", {"query": {"ids": {"values": ["twin"]}}}), ("count",), 3),
            got("/traps-routed/_doc/twin?routing=c+d", ("_routing",), "c+d"),
        ),
    ),
    SearchTrap(
        "join_with_routing",
        (
            put(
                "/traps-join",
                index(
                    3,
                    properties={
                        "link": {"type": "join", "relations": {"question": ["answer", "comment"], "answer": "vote"}}
                    },
                ),
            ),
            put("/traps-join/_doc/q1", {"t": "질문", "link": "question"}),
            put("/traps-join/_doc/a1?routing=q1", {"t": "answer", "link": {"name": "answer", "parent": "q1"}}),
            put("/traps-join/_doc/v1?routing=q1", {"t": "vote", "link": {"name": "vote", "parent": "a1"}}),
            put(
                "/traps-join/_doc/orphan?routing=zz", {"t": "no parent", "link": {"name": "comment", "parent": "gone"}}
            ),
            post("/traps-join/_refresh"),
        ),
        (
            Check(
                post("/traps-join/_count", {"query": {"has_child": {"type": "answer", "query": {"match_all": {}}}}}),
                ("count",),
                1,
            ),
            got("/traps-join/_doc/v1?routing=q1", ("_routing",), "q1"),
        ),
        frozenset({"parent-join"}),
    ),
    SearchTrap(
        # docs.count counts the children too, _count does not.
        "nested",
        (
            put(
                "/traps-nested",
                index(2, properties={"people": {"type": "nested", "properties": {"name": {"type": "keyword"}}}}),
            ),
            *(put(f"/traps-nested/_doc/{n}", {"people": [{"name": f"p{m}"} for m in range(n)]}) for n in range(5)),
            post("/traps-nested/_refresh"),
        ),
        (
            got("/traps-nested/_count", ("count",), 5),
            got("/_cat/indices/traps-nested?format=json&h=docs.count", (0, "docs.count"), "15"),
        ),
    ),
    SearchTrap(
        # Version 5, deleted, forgotten, written again: version 1, with another text.
        "deleted_and_created_again",
        (
            put("/traps-again", index(settings={"gc_deletes": "0s"})),
            *(put("/traps-again/_doc/1", {"t": f"write {n}"}) for n in range(1, 6)),
            put("/traps-again/_doc/gone", {"t": "stays deleted"}),
            Request("DELETE", "/traps-again/_doc/1"),
            Request("DELETE", "/traps-again/_doc/gone"),
            # The server forgets a deletion at a refresh, by a clock that ticks every 0.2 s.
            Request("POST", "/traps-again/_refresh", wait=1),
            put("/traps-again/_doc/1?refresh=true", {"t": "again"}),
        ),
        (
            got("/traps-again/_doc/1", ("_source", "t"), "again"),
            got("/traps-again/_doc/1", ("_version",), 1),
            got("/traps-again/_count", ("count",), 1),
        ),
    ),
    SearchTrap(
        "external_version",
        (
            put("/traps-versions", index()),
            put(
                "/traps-versions/_doc/1?version=9007199254740993&version_type=external&refresh=true", {"t": "far ahead"}
            ),
        ),
        (got("/traps-versions/_doc/1", ("_version",), 9007199254740993),),
    ),
    SearchTrap(
        "dynamic_false_and_strict",
        (
            put("/traps-static", index(dynamic=False, properties={"known": {"type": "keyword"}})),
            put("/traps-static/_doc/1?refresh=true", {"known": "a", "unknown": {"deep": [1, "mixed", None]}}),
            put("/traps-strict", index(dynamic="strict", properties={"known": {"type": "keyword"}})),
            put("/traps-strict/_doc/1?refresh=true", {"known": "a"}),
        ),
        (
            got("/traps-static/_mapping", ("traps-static", "mappings", "properties"), {"known": {"type": "keyword"}}),
            got("/traps-static/_source/1", ("unknown", "deep"), [1, "mixed", None]),
        ),
    ),
    SearchTrap(
        # What the source took leniently, a target with another mapping refuses.
        "fields",
        (
            put(
                "/traps-fields",
                index(
                    settings={"mapping.ignore_malformed": True},
                    properties={
                        "number": {"type": "integer", "null_value": 7},
                        "day": {"type": "date", "format": "yyyy/MM/dd||epoch_second"},
                        "moment": {"type": "date_nanos"},
                        "short": {"type": "keyword", "ignore_above": 5, "doc_values": False},
                        "unseen": {"type": "keyword", "index": False},
                        "all": {"type": "text", "store": True},
                        "part": {"type": "text", "copy_to": "all", "fields": {"raw": {"type": "keyword"}}},
                        "place": {"type": "geo_point"},
                        "address": {"type": "ip"},
                        "span": {"type": "date_range"},
                        "raw": {"type": "binary", "store": True},
                        "flat": {"type": "flat_object"},
                        "suggest": {"type": "completion"},
                        "other": {"type": "alias", "path": "part"},
                    },
                ),
            ),
            put(
                "/traps-fields/_doc/1?refresh=true",
                {
                    "number": "not a number",
                    "day": "2024/02/29",
                    "moment": "2024-01-01T00:00:00.123456789Z",
                    "short": "longer than five",
                    "unseen": "x",
                    "part": ["하나", "둘"],
                    "place": {"lat": 37.5665, "lon": 126.978},
                    "address": "::1",
                    "span": {"gte": "2024-01-01", "lt": "2025-01-01"},
                    "raw": "AAECAw==",
                    "flat": {"a.b": 1, "c": {"d": "e"}},
                    "suggest": {"input": ["서울", "Seoul"], "weight": 3},
                },
            ),
            put("/traps-fields/_doc/2?refresh=true", {"number": None, "day": 1709164800, "place": [126.978, 37.5665]}),
        ),
        (
            Check(post("/traps-fields/_count", {"query": {"term": {"number": 7}}}), ("count",), 1),
            got("/traps-fields/_source/1", ("number",), "not a number"),
        ),
    ),
    SearchTrap(
        "percolator",
        (
            put("/traps-queries", index(properties={"query": {"type": "percolator"}, "t": {"type": "text"}})),
            put("/traps-queries/_doc/1?refresh=true", {"query": {"match": {"t": "alarm"}}}),
        ),
        (
            Check(
                post(
                    "/traps-queries/_count", {"query": {"percolate": {"field": "query", "document": {"t": "an alarm"}}}}
                ),
                ("count",),
                1,
            ),
        ),
        frozenset({"percolator"}),
    ),
    SearchTrap(
        "empty_and_large_documents",
        (
            put("/traps-sizes", index(dynamic=False)),
            put("/traps-sizes/_doc/empty", {}),
            put("/traps-sizes/_doc/large?refresh=true", {"t": "가나다 large " * 100_000}),
        ),
        (got("/traps-sizes/_source/empty", (), {}), got("/traps-sizes/_count", ("count",), 2)),
    ),
    SearchTrap(
        "many_shards",
        (
            put("/traps-shards", index(7)),
            post(
                "/traps-shards/_bulk?refresh=true",
                ndjson(*(x for n in range(500) for x in ({"index": {"_id": f"d{n}"}}, {"n": n, "t": f"문서 {n}"}))),
            ),
        ),
        (got("/traps-shards/_count", ("count",), 500),),
    ),
    SearchTrap(
        "old_addresses",
        (
            put("/traps-addresses", index()),
            put(
                "/traps-addresses/_doc/1?refresh=true",
                {
                    "url": "http://minio:9000/database-api-files/a",
                    "deep": [{"host": "postgres"}, {"host": "opensearch:9200"}],
                },
            ),
        ),
        (got("/traps-addresses/_source/1", ("deep", 1, "host"), "opensearch:9200"),),
    ),
)

UNREADABLE = (
    SearchTrap(
        "source_disabled",
        (
            put("/traps-no-source", index(_source={"enabled": False})),
            put("/traps-no-source/_doc/1?refresh=true", {"t": "found, but never given back"}),
        ),
        (got("/traps-no-source/_mapping", ("traps-no-source", "mappings", "_source", "enabled"), False),),
        readable=False,
    ),
    SearchTrap(
        "source_excludes",
        (
            put("/traps-part-source", index(_source={"excludes": ["secret*"]})),
            put("/traps-part-source/_doc/1?refresh=true", {"t": "kept", "secret": "searchable, not kept"}),
        ),
        (got("/traps-part-source/_source/1", (), {"t": "kept"}),),
        readable=False,
    ),
)
