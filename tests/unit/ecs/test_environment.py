"""The environment classified: secrets, rewired addresses, keys that the task role makes needless."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.replatform.aws.plugins.module_utils._ecs.environment import (
    Kind,
    Neighbour,
    classify,
    looks_secret,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Choice, Override

POSTGRES = Neighbour(("postgres", "db"), Choice("replaced", "rds", host="db.aws", port=5433), False)
SEARCH = Neighbour(("opensearch",), Choice("replaced", "opensearch", host="s.aws", port=443, scheme="https"), False)
MINIO = Neighbour(("minio",), Choice("replaced", "s3"), False)
SIDECAR = Neighbour(("cache",), Choice(), True)
WORKER = Neighbour(("worker",), Choice(task="worker"), False)
ALL = [POSTGRES, SEARCH, MINIO, SIDECAR, WORKER]


@pytest.mark.parametrize(
    ("name", "value", "kind", "after"),
    [
        ("POSTGRES_HOST", "postgres", Kind.PLAIN, "db.aws"),
        ("PGHOST", "db", Kind.PLAIN, "db.aws"),
        ("POSTGRES_USER", "postgres", Kind.PLAIN, "postgres"),
        ("POSTGRES_DB", "postgres", Kind.PLAIN, "postgres"),
        ("POSTGRES_PASSWORD", "postgres", Kind.SECRET, "postgres"),
        ("DATABASE_URL", "postgresql://u:p@postgres:5432/postgres?a=1", Kind.SECRET, "postgresql://u:p@db.aws:5433/postgres?a=1"),
        ("DATABASE_URL", "postgresql://postgres/x", Kind.PLAIN, "postgresql://db.aws:5433/x"),
        ("SEARCH_URL", "http://opensearch:9200/", Kind.PLAIN, "https://s.aws:443/"),
        ("NODES", "opensearch:9200,opensearch:9201", Kind.PLAIN, "s.aws:443,s.aws:443"),
        ("TARGET", "opensearch:9200", Kind.PLAIN, "s.aws:443"),
        ("NOTE", "the opensearch cluster", Kind.PLAIN, "the opensearch cluster"),
        ("HOST", "opensearch.example.com", Kind.PLAIN, "opensearch.example.com"),
        ("CACHE_URL", "redis://cache:6379/0", Kind.PLAIN, "redis://127.0.0.1:6379/0"),
        ("MINIO_ENDPOINT", "minio:9000", Kind.ENDPOINT, ""),
        ("MINIO_ACCESS_KEY", "abc", Kind.TASK_ROLE, ""),
        ("AWS_S3_SECRET_ACCESS_KEY", "abc", Kind.TASK_ROLE, ""),
        ("AWS_S3_BUCKET_NAME", "database-api-files", Kind.PLAIN, "database-api-files"),
        ("WORKER_URL", "http://worker:8080", Kind.LOST, ""),
        ("JWT_SECRET_KEY", "x", Kind.SECRET, "x"),
        ("JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "60", Kind.PLAIN, "60"),
        ("JWT_ALGORITHM", "HS256", Kind.PLAIN, "HS256"),
        ("OPENAI_API_KEY", "sk-1", Kind.SECRET, "sk-1"),
        ("OPENAI_API_KEY", "", Kind.PLAIN, ""),
        ("DB_PASSWORD", "123456", Kind.SECRET, "123456"),
        ("SENTRY_DSN", "https://abc@sentry.example/1", Kind.SECRET, "https://abc@sentry.example/1"),
        ("WHATEVER", "9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c", Kind.SECRET, "9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c"),
        ("IMAGE", "database_fastapi_application_1", Kind.PLAIN, "database_fastapi_application_1"),
        ("UNSET", None, Kind.UNSET, ""),
    ],
)  # fmt: skip
def test_each_kind(name: str, value: str | None, kind: Kind, after: str) -> None:
    (variable,) = classify({name: value}, ALL, Override())
    assert (variable.kind, variable.value) == (kind, after)


def test_a_port_follows_its_host() -> None:
    found = classify({"POSTGRES_HOST": "postgres", "POSTGRES_PORT": "5432", "APP_PORT": "5432"}, ALL, Override())
    assert {item.name: item.value for item in found} == {
        "POSTGRES_HOST": "db.aws",
        "POSTGRES_PORT": "5433",
        "APP_PORT": "5432",
    }


def test_overrides_win_and_are_classified_too() -> None:
    override = Override(
        environment={"A": "postgres", "B": None, "C_PASSWORD": "x", "D": "y"}, plain=("E_TOKEN",), secret=("D",)
    )
    found = {v.name: v for v in classify({"A": "1", "B": "2", "E_TOKEN": "abcdefgh"}, ALL, override)}
    assert found["A"].value == "postgres"
    assert [found[name].kind for name in ("A", "B", "C_PASSWORD", "D", "E_TOKEN")] == [
        Kind.PLAIN, Kind.UNSET, Kind.SECRET, Kind.SECRET, Kind.PLAIN,
    ]  # fmt: skip


@given(st.text(min_size=1, max_size=40), st.sampled_from(["DB_PASSWORD", "API_SECRET", "MY_PASSPHRASE"]))
def test_a_password_is_never_plain_and_never_shown(value: str, name: str) -> None:
    assert looks_secret(name, value)
    for variable in classify({name: value}, ALL, Override()):
        assert variable.kind is Kind.SECRET
        shown = repr(replace(variable, reason=""))  # the reason is a text of ours, whatever the value is
        assert repr(value) not in shown or len(value) < 12  # a short value may be part of a word
