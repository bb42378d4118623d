"""What preflight reads out of a compose model."""

from __future__ import annotations

import re

from ansible_collections.replatform.aws.plugins.module_utils._preflight.account import needs, principal_of
from ansible_collections.replatform.aws.plugins.module_utils._preflight.addresses import pattern, text_fields
from ansible_collections.replatform.aws.plugins.module_utils._preflight.compose import external_hosts, old_addresses

MODEL = {
    "services": {
        "app": {"ports": [{"target": 8000}]},
        "minio": {"ports": [{"target": 9000}], "expose": ["9001/tcp"]},
        "postgres": {"container_name": "db", "expose": ["5432"]},
    }
}


def test_old_addresses_are_the_stores_not_the_application() -> None:
    found = old_addresses(MODEL, "app")
    assert set(found) == {
        "minio:9000",
        "minio:9001",
        "//minio/",
        "postgres:5432",
        "//postgres/",
        "db:5432",
        "//db/",
    }


def test_addresses_are_found_as_whole_names_only() -> None:
    # PostgreSQL's classes, as Python writes them.
    python = pattern(["minio:9000", "//db/"]).replace("[:alnum:]", "a-zA-Z0-9")
    found = {
        text: bool(re.search(python, text))
        for text in ("http://minio:9000/a", "postgres://db/x", "notminio:9000", "minio:90001", "db/x", "my.minio:9000")
    }
    assert found == {
        "http://minio:9000/a": True,
        "postgres://db/x": True,
        "notminio:9000": False,
        "minio:90001": False,
        "db/x": False,
        "my.minio:9000": False,
    }


def test_hosts_outside_are_named_or_implied() -> None:
    environment = {
        "OPENAI_API_KEY": "sk-word",
        "MINIO": "http://minio:9000",
        "HOOK": "https://hooks.example.com/a?b",
        "LOCAL": "http://127.0.0.1:1",
        "EMPTY": None,
    }
    assert external_hosts(environment, {"minio", "app"}) == ["api.openai.com", "hooks.example.com"]
    assert external_hosts({"OPENAI_API_KEY": ""}, set()) == []


def test_text_fields_at_any_depth() -> None:
    properties = {
        "title": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
        "size": {"type": "long"},
        "unseen": {"type": "keyword", "index": False},
        "without_places": {"type": "text", "index_options": "docs"},
        "meta": {"properties": {"url": {"type": "keyword"}}},
        "parts": {"type": "nested", "properties": {"text": {"type": "text"}}},
    }
    assert list(text_fields(properties)) == [("title", "text"), ("meta.url", "keyword")]


def test_the_role_behind_a_session() -> None:
    assert principal_of("arn:aws:sts::123456789012:assumed-role/deploy/me") == "arn:aws:iam::123456789012:role/deploy"
    assert principal_of("arn:aws:iam::123456789012:user/a") == "arn:aws:iam::123456789012:user/a"


def test_what_can_be_simulated() -> None:
    statements = [
        {"Action": "rds:CreateDBInstance", "Resource": "arn:aws:rds:x:1:db:a-*"},
        {"Action": ["es:ESHttp*", "es:AddTags"], "Resource": ["*"]},
        {"Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {}}},
        {"Action": "s3:Get*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:DeletePolicy", "Resource": "*"},
    ]
    assert list(needs(statements)) == [
        (["rds:CreateDBInstance"], ["arn:aws:rds:x:1:db:a-any"]),
        (["es:AddTags"], ["*"]),
    ]
