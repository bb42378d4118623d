"""What relaxes a control is refused without a reason, in every environment, before AWS is asked anything."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.replatform.aws.plugins.module_utils._waivers.relaxations import (
    RELAXATIONS,
    Relaxation,
    unexplained,
)

ROOT = Path(__file__).resolve().parents[3]
# For each variable a value that nobody should have without a reason.
RELAXING: dict[str, Any] = {
    "network_operator_cidrs": ["10.0.0.0/8"],
    "network_endpoints": ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"],
    "network_flow_log_retention_days": 364,
    "iam_task_may_delete_versions": True,
    "s3_block_public_account": False,
    "rds_multi_az": False,
    "rds_backup_retention_days": 6,
    "rds_deletion_protection": "no",
    "rds_monitoring_interval": 0,
    "rds_master_username": "postgres",
    "rds_parameters": {"log_connections": "1"},
    "rds_sslmode": "require",
    "copy_postgresql_target_sslmode": "verify-ca",
    "opensearch_instance_count": 2,
    "opensearch_zones": 1,
    "opensearch_log_retention_days": 30,
    "opensearch_application_indices": ["documents*", "*"],
    "ecs_container_insights": "disabled",
    "alb_ssl_policy": "ELBSecurityPolicy-TLS13-1-0-2021-06",
    "alb_deletion_protection": False,
    "cloudwatch_log_retention_days": 0,
    "deploy_overrides": {"app": {"writable_root": True}},
    "deploy_images": {"app": "database-api:latest"},
}
RELAXATION = {item.variable: item for item in RELAXATIONS}


def specs() -> dict[str, dict[str, Any]]:
    """Every option of every role."""
    found: dict[str, dict[str, Any]] = {}
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            found |= entry.get("options", {})
    return found


def text(option: dict[str, Any]) -> str:
    given = option["description"]
    return " ".join(given) if isinstance(given, list) else str(given)


def test_the_values_of_this_test_are_of_every_relaxation() -> None:
    assert RELAXING.keys() == RELAXATION.keys()


@pytest.mark.parametrize("item", RELAXATIONS, ids=lambda item: item.variable)
def test_a_relaxing_value_needs_a_reason(item: Relaxation) -> None:
    given = {item.variable: RELAXING[item.variable]}
    assert unexplained(given) == [item]
    for no_reason in ("", "   ", "yes", True, None, ["a list is no reason"]):
        assert unexplained({**given, item.waiver: no_reason}) == [item]
    assert unexplained({**given, item.waiver: "it is thrown away tomorrow"}) == []


@pytest.mark.parametrize("item", RELAXATIONS, ids=lambda item: item.variable)
def test_the_role_is_secure_where_nobody_says_anything(item: Relaxation) -> None:
    option = specs()[item.variable]
    assert option.get("required") or unexplained({item.variable: option["default"]}) == []


def test_a_value_of_another_type_is_not_secure() -> None:
    assert unexplained({"rds_backup_retention_days": "a week"}) == [RELAXATION["rds_backup_retention_days"]]
    assert unexplained({"rds_parameters": None}) == [RELAXATION["rds_parameters"]]


def test_argument_specs_name_the_control() -> None:
    said = {name: text(option) for name, option in specs().items() if "_waiver`" in text(option)}
    assert said.keys() == RELAXATION.keys()
    assert not [name for name, description in said.items() if RELAXATION[name].sentence not in description]


def play(playbook: str, environment: str, variables: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Only what is always done: no credentials, and an endpoint at which nobody listens."""
    given = {"replatform_account_id": "123456789012", **variables}
    nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    quick = {"AWS_MAX_ATTEMPTS": "1", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    command = [str(ROOT / ".venv" / "bin" / "ansible-playbook"), f"playbooks/{playbook}.yml", "--tags", "always"]
    return subprocess.run(
        [*command, "-i", f"inventories/{environment}", "--skip-tags", "preflight", "-e", json.dumps(given)],
        cwd=ROOT, env={**os.environ, **nobody, **quick}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("environment", ["prod", "staging", "rehearsal"])
def test_the_inventories_explain_what_they_relax(environment: str) -> None:
    played = play("preflight", environment, {})
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr[-1000:]
    assert "TASK [What is less secure" in played.stdout


def test_prod_relaxes_nothing() -> None:
    given = yaml.safe_load((ROOT / "inventories/prod/group_vars/all/10-prod.yml").read_text(encoding="utf-8"))
    assert not [name for name in given if name.endswith("_waiver")]


@pytest.mark.parametrize(
    ("playbook", "environment"), [("provision", "prod"), ("provision", "staging"), ("preflight", "prod")]
)
def test_everything_relaxed_is_refused_at_once(playbook: str, environment: str) -> None:
    explained = {"rds_deletion_protection_waiver": "the instance is thrown away tomorrow"}
    inventory = yaml.safe_load(
        (ROOT / f"inventories/{environment}/group_vars/all/10-{environment}.yml").read_text(encoding="utf-8")
    )
    reasons = {name.removesuffix("_waiver") for name in {**inventory, **explained} if name.endswith("_waiver")}
    played = play(playbook, environment, {**RELAXING, **explained})
    output = played.stdout
    assert played.returncode == 2, output[-3000:]
    named = set(re.findall(r"reason in `(\w+)_waiver`", " ".join(output.split())))
    assert named == RELAXATION.keys() - reasons
    assert "Nothing was done" in output
    assert "Ask AWS" not in output, "AWS was asked before the inventory was checked"
    assert output.count("TASK [") <= 3
