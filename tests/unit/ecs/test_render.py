"""Compose to task definition: options, refusals in one list, and any model at all. The golden files: test_golden.py."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.replatform.aws.plugins.module_utils._ecs import fargate
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import (
    ComposeError,
    Project,
    without_values,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import RefusedError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import render
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions, SettingsError, choices
from tests.unit.ecs.models import unaccounted
from tests.unit.ecs.support import model, project, request


def test_a_new_version_of_a_secret_is_a_change_that_names_it() -> None:
    def tags(**versions: str) -> dict[str, str]:
        wanted = replace(request(), tags={"a": "1"}, secret_versions=versions)
        (definition,) = render(model({"a": {"image": "x"}}), wanted).task_definitions
        assert fargate.problems(definition) == []
        return {tag["key"]: tag["value"] for tag in definition["tags"]}

    before, after = tags(db="v1", app="v1"), tags(db="v1", app="v2")
    assert before == {"a": "1", "SecretVersion:app": "v1", "SecretVersion:db": "v1"}
    assert {key for key in after if after[key] != before[key]} == {"SecretVersion:app"}
    many = {f"s{number}": "v" for number in range(60)}
    assert len(tags(**many)) == 2
    assert tags(**many) != tags(**{**many, "s7": "w"})


def test_every_refusal_is_told_at_once() -> None:
    found = model({"a": {"image": "x", "privileged": True, "cap_add": ["NET_ADMIN"], "pid": "host", "new_key": 1}})
    with pytest.raises(RefusedError) as caught:
        render(found, request())
    assert len(caught.value.problems) == 4
    assert "services.a.new_key: this key is not known" in str(caught.value)


def test_a_loss_can_be_accepted_and_is_written_down() -> None:
    found = model({"a": {"image": "x", "extra_hosts": ["b=1.2.3.4"], "new_key": 1}})
    rendered = render(found, request(overrides={"a": {"accept": ["extra_hosts", "new_key"]}}))
    entry = next(item for item in rendered.ledger if item["path"] == "extra_hosts")
    assert entry["fate"] == "without_effect"
    assert entry["reason"].startswith("accepted in overrides.a.accept")


@pytest.mark.parametrize(
    ("services", "match"),
    [
        ({"b": {}}, "no service of the project"),
        ({"a": {"rol": "x"}}, "unknown: rol"),
        ({"a": {"role": "x"}}, "role is"),
    ],
)
def test_options_that_are_not_understood_are_explained(services: dict[str, Any], match: str) -> None:
    with pytest.raises(SettingsError, match=match):
        render(model({"a": {"image": "x"}}), request(services=services))


@pytest.mark.parametrize(
    ("image", "by"),
    [
        ("postgres:15", "rds"),
        ("docker.example:5000/bitnami/postgresql:16@sha256:1", "rds"),
        ("minio/minio:RELEASE.1", "s3"),
        ("opensearchproject/opensearch", "opensearch"),
        ("mypostgres", ""),
    ],
)
def test_managed_services_are_known_by_their_image(image: str, by: str) -> None:
    assert choices({"s": {"image": image}}, Decisions())["s"].by == by


def test_a_secret_value_never_shows_in_composes_own_error(tmp_path: Path) -> None:
    with pytest.raises(ComposeError) as caught:
        project(tmp_path, 'services: {a: {image: x, environment: {PASSWORD: "hush${"}}}')
    assert "hush" not in str(caught.value)
    assert "services.a.environment.PASSWORD" in str(caught.value)
    assert without_values("other text") == "other text"


def test_interpolation_warnings_are_passed_on(tmp_path: Path) -> None:
    found = project(tmp_path, "services: {a: {image: 'x${NO_SUCH_VARIABLE_HERE}'}}")
    assert any("NO_SUCH_VARIABLE_HERE" in line for line in render(found, request()).warnings)


_name = st.sampled_from(["app", "worker", "cache", "db"])
_values = st.sampled_from(["1", "db", "http://app:80/", "x y"])
_check = st.fixed_dictionaries(
    {"test": st.just(["CMD", "true"])},
    optional={
        "interval": st.sampled_from(["1s", "30s", "10m0s"]),
        "retries": st.integers(1, 20),
        "timeout": st.sampled_from(["500ms", "5s"]),
    },
)
_conditions = ["service_started", "service_healthy", "service_completed_successfully"]
_link = st.fixed_dictionaries({"condition": st.sampled_from(_conditions), "required": st.booleans()})
_mounts = [
    {"type": "tmpfs", "target": "/t"},
    {"type": "volume", "source": "v", "target": "/v", "volume": {}},
    {"type": "bind", "source": "/s", "target": "/b"},
]
_ports = [{"mode": "ingress", "target": port, "protocol": "tcp"} for port in (80, 8000)]
_limits = {"resources": {"limits": {"cpus": 0.5, "memory": "536870912"}}, "placement": {}}
_service = st.fixed_dictionaries(
    {"image": st.sampled_from(["app:1", "postgres:15", "minio/minio", "redis:7"])},
    optional={
        "environment": st.dictionaries(st.sampled_from(["A", "B_HOST", "C_URL"]), _values | st.none()),
        "command": st.sampled_from([None, ["a", "b"], []]),
        "entrypoint": st.sampled_from([None, ["/e"], []]),
        "ports": st.lists(st.sampled_from(_ports), max_size=2),
        "healthcheck": _check,
        "depends_on": st.dictionaries(_name, _link, max_size=2),
        "volumes": st.lists(st.sampled_from(_mounts), max_size=2),
        "deploy": st.just(_limits),
        "stop_grace_period": st.sampled_from(["1s", "10s", "5m0s"]),
        "ulimits": st.sampled_from([{"nofile": 1024}, {"nproc": {"soft": 1, "hard": 2}}, {}]),
        "user": st.sampled_from(["1000", "root", "1:1"]),
        "privileged": st.booleans(),
        "unheard_of": st.just(1),
        "x-note": st.just({"a": 1}),
        "restart": st.sampled_from(["no", "always"]),
        "cap_drop": st.just(["ALL"]),
        "read_only": st.booleans(),
        "tmpfs": st.just(["/run:size=1m", "/var/run"]),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(_name, _service, min_size=1, max_size=3))
def test_any_project_is_rendered_valid_or_refused_with_reasons(services: dict[str, Any]) -> None:
    found = Project("test", {"name": "test", "services": services})
    try:
        rendered = render(found, request())
    except RefusedError as error:
        assert error.problems
        assert all(re.match(r"(services\.|test|no service|\d+ cpu)", problem) for problem in error.problems)
        return
    assert unaccounted(found, rendered) == []
    assert all(fargate.problems(definition) == [] for definition in rendered.task_definitions)
