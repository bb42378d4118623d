"""What is not documents: analyzers, templates, pipelines, aliases, settings, states of an index."""

from __future__ import annotations

from .trap import Check as CheckOf
from .trap import SearchTrap, got, index, post, put

TEXT = {"type": "text"}
KEYWORD = {"type": "keyword"}

DEFINITIONS = (
    SearchTrap(
        "custom_analyzers",
        (
            put(
                "/traps-analyzers",
                index(
                    settings={
                        "analysis": {
                            "char_filter": {"signs": {"type": "mapping", "mappings": ["& => and", "€ => euro"]}},
                            "filter": {
                                "words": {
                                    "type": "synonym_graph",
                                    "synonyms": ["rds, database", "이전 => 마이그레이션"],
                                },
                                "stops": {"type": "stop", "stopwords": ["the", "은", "는"]},
                                "prefixes": {"type": "edge_ngram", "min_gram": 2, "max_gram": 8},
                            },
                            "analyzer": {
                                "indexed": {
                                    "type": "custom",
                                    "tokenizer": "standard",
                                    "char_filter": ["signs"],
                                    "filter": ["lowercase", "stops", "prefixes"],
                                },
                                "searched": {
                                    "type": "custom",
                                    "tokenizer": "standard",
                                    "filter": ["lowercase", "words"],
                                },
                            },
                            "normalizer": {"folded": {"type": "custom", "filter": ["lowercase", "asciifolding"]}},
                        }
                    },
                    properties={
                        "t": {"type": "text", "analyzer": "indexed", "search_analyzer": "searched"},
                        "k": {"type": "keyword", "normalizer": "folded"},
                    },
                ),
            ),
            post("/traps-analyzers/_doc/1?refresh=true", {"t": "The database & its move", "k": "CAFÉ"}),
        ),
        (
            CheckOf(
                post("/traps-analyzers/_search", {"query": {"match": {"t": "RDS"}}}), ("hits", "total", "value"), 1
            ),
            CheckOf(post("/traps-analyzers/_count", {"query": {"term": {"k": "cafe"}}}), ("count",), 1),
        ),
        frozenset({"analysis-common"}),
    ),
    SearchTrap(
        "nori",
        (
            put("/traps-nori", index(properties={"t": {"type": "text", "analyzer": "nori"}})),
            post("/traps-nori/_doc/1?refresh=true", {"t": "데이터베이스를 이전했습니다. 검증이 끝났습니다."}),
        ),
        # Found by its stem, which only the Korean analyzer knows.
        (CheckOf(post("/traps-nori/_count", {"query": {"match": {"t": "검증을"}}}), ("count",), 1),),
        frozenset({"analysis-nori"}),
    ),
    SearchTrap(
        "component_and_composable_template",
        (
            put("/_component_template/traps-base", {"template": {"settings": {"number_of_replicas": 0}}, "version": 3}),
            put(
                "/_component_template/traps-fields",
                {"template": {"mappings": {"properties": {"level": KEYWORD}}}, "_meta": {"owner": "검색팀"}},
            ),
            put(
                "/_index_template/traps-logs",
                {
                    "index_patterns": ["traps-logs-*"],
                    "priority": 200,
                    "composed_of": ["traps-base", "traps-fields"],
                    "template": {"settings": {"number_of_shards": 2}, "aliases": {"traps-all-logs": {}}},
                },
            ),
            post("/traps-logs-2024.01.01/_doc/1?refresh=true", {"level": "info"}),
        ),
        (
            got("/_index_template/traps-logs", ("index_templates", 0, "index_template", "priority"), 200),
            got("/traps-all-logs/_count", ("count",), 1),
        ),
    ),
    SearchTrap(
        "legacy_template",
        (
            put(
                "/_template/traps-legacy",
                {
                    "index_patterns": ["traps-legacy-*"],
                    "order": 5,
                    "settings": {"number_of_shards": 1, "number_of_replicas": 0},
                    "mappings": {"properties": {"old": KEYWORD}},
                },
            ),
            post("/traps-legacy-1/_doc/1?refresh=true", {"old": "way"}),
        ),
        (got("/traps-legacy-1/_mapping", ("traps-legacy-1", "mappings", "properties", "old", "type"), "keyword"),),
    ),
    SearchTrap(
        # A document that is sent through its index's pipelines once more comes out with another text.
        "default_and_final_pipeline",
        (
            put("/_ingest/pipeline/traps-mark", {"processors": [{"append": {"field": "marks", "value": ["default"]}}]}),
            put("/_ingest/pipeline/traps-end", {"processors": [{"append": {"field": "marks", "value": ["final"]}}]}),
            put("/traps-pipelined", index(settings={"default_pipeline": "traps-mark", "final_pipeline": "traps-end"})),
            post("/traps-pipelined/_doc/1?refresh=true", {"t": "once"}),
        ),
        (got("/traps-pipelined/_doc/1", ("_source", "marks"), ["default", "final"]),),
        frozenset({"ingest-common"}),
    ),
    SearchTrap(
        "aliases",
        (
            put("/traps-alias-1", index(2, properties={"tenant": KEYWORD})),
            put("/traps-alias-2", index(2, properties={"tenant": KEYWORD})),
            post(
                "/_aliases",
                {
                    "actions": [
                        {"add": {"index": "traps-alias-1", "alias": "traps-write", "is_write_index": False}},
                        {"add": {"index": "traps-alias-2", "alias": "traps-write", "is_write_index": True}},
                        {
                            "add": {
                                "index": "traps-alias-2",
                                "alias": "traps-tenant-a",
                                "filter": {"term": {"tenant": "a"}},
                                "index_routing": "a",
                                "search_routing": "a,b",
                                "is_hidden": True,
                            }
                        },
                    ]
                },
            ),
            post("/traps-write/_doc/1?refresh=true", {"tenant": "b"}),
            post("/traps-tenant-a/_doc/2?refresh=true", {"tenant": "a"}),
        ),
        (
            got("/_alias/traps-tenant-a", ("traps-alias-2", "aliases", "traps-tenant-a", "index_routing"), "a"),
            got("/traps-tenant-a/_count", ("count",), 1),
            got("/traps-alias-2/_count", ("count",), 2),
        ),
    ),
    SearchTrap(
        "sorted_index",
        (
            put(
                "/traps-sorted",
                index(
                    3,
                    {"sort.field": ["day", "n"], "sort.order": ["desc", "asc"], "sort.missing": ["_last", "_first"]},
                    properties={"day": {"type": "date"}, "n": {"type": "long"}},
                ),
            ),
            *(post(f"/traps-sorted/_doc/{n}", {"day": f"2024-01-{n % 28 + 1:02d}", "n": n}) for n in range(40)),
            post("/traps-sorted/_refresh"),
        ),
        (
            got(
                "/traps-sorted/_settings?flat_settings=true",
                ("traps-sorted", "settings", "index.sort.order"),
                ["desc", "asc"],
            ),
        ),
    ),
    SearchTrap(
        "settings_of_its_own",
        (
            put(
                "/traps-settings",
                index(
                    4,
                    {
                        "refresh_interval": "37s",
                        "codec": "best_compression",
                        "max_result_window": 20000,
                        "mapping.total_fields.limit": 1234,
                        "translog.durability": "async",
                        "routing_partition_size": 2,
                        "number_of_routing_shards": 8,
                    },
                    _routing={"required": True},
                    properties={"n": {"type": "integer"}},
                    _meta={"made by": "팀"},
                ),
            ),
            post("/traps-settings/_doc/1?routing=r&refresh=true", {"n": 1}),
        ),
        (got("/traps-settings/_settings", ("traps-settings", "settings", "index", "refresh_interval"), "37s"),),
    ),
    SearchTrap(
        "hidden_index",
        (
            put("/.traps-hidden", index(settings={"hidden": True})),
            post("/.traps-hidden/_doc/1?refresh=true", {"t": "hidden"}),
        ),
        (got("/.traps-hidden/_settings", (".traps-hidden", "settings", "index", "hidden"), "true"),),
    ),
    SearchTrap(
        "closed_index",
        (
            put("/traps-closed", index()),
            post("/traps-closed/_doc/1?refresh=true", {"t": "asleep"}),
            post("/traps-closed/_close"),
        ),
        (got("/_cat/indices/traps-closed?format=json&expand_wildcards=all", (0, "status"), "close"),),
    ),
    SearchTrap(
        "write_block",
        (
            put("/traps-blocked", index()),
            post("/traps-blocked/_doc/1?refresh=true", {"t": "may not change"}),
            put("/traps-blocked/_settings", {"index.blocks.write": True}),
        ),
        (got("/traps-blocked/_settings", ("traps-blocked", "settings", "index", "blocks", "write"), "true"),),
    ),
    SearchTrap(
        "empty_index",
        (put("/traps-empty", index(3, properties={"never": TEXT})),),
        (
            got("/traps-empty/_count", ("count",), 0),
            got("/traps-empty/_mapping", ("traps-empty", "mappings", "properties", "never", "type"), "text"),
        ),
    ),
    SearchTrap(
        "names_to_quote",
        tuple(
            post(f"/{name}/_doc/1?refresh=true", {"index": n})
            for n, name in enumerate(("traps-a%2Bb", "traps-100%25", "traps-%ED%95%9C%EA%B8%80", "traps-a%26b%3Dc"))
        ),
        (
            got("/traps-%ED%95%9C%EA%B8%80/_count", ("count",), 1),
            got("/traps-100%25/_doc/1", ("_source", "index"), 1),
        ),
    ),
    SearchTrap(
        "data_stream",
        (
            put(
                "/_index_template/traps-stream",
                {
                    "index_patterns": ["traps-stream"],
                    "data_stream": {"timestamp_field": {"name": "@timestamp"}},
                    "template": {"settings": {"number_of_shards": 1, "number_of_replicas": 0}},
                },
            ),
            put("/_data_stream/traps-stream"),
            put("/traps-stream/_create/1?refresh=true", {"@timestamp": "2024-01-01T00:00:00Z", "n": 1}),
            post("/traps-stream/_rollover"),
            put("/traps-stream/_create/fixed%20id?refresh=true", {"@timestamp": "2024-01-02T00:00:00Z", "n": 2}),
        ),
        (
            got("/_data_stream/traps-stream", ("data_streams", 0, "generation"), 2),
            got("/traps-stream/_count", ("count",), 2),
        ),
    ),
)
