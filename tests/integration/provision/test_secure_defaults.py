"""Each control of docs/security.md, on the account that stands in the lab: read through AWS's API, not our variables.

Where the lab holds no provisioned account, one is made. What the rehearsal relaxes must be untrue there (else the
relaxation is needless), and true in what prod would ask for.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from lab.aws import control
from tests.integration.aws.conftest import client_maker, own_aws
from tests.integration.rehearsal.playing import play
from tests.security_table import RELAXED

from .controls import CONTROLS, Account, Control

ROOT = Path(__file__).resolve().parents[3]
NUMBER = "123456789012"

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def account() -> Account:
    """The rehearsal's account in the lab, provisioned and deployed, whoever did it."""
    if not control.status()["running"]:
        pytest.fail("the pretend AWS does not run: make lab")
    found = Account(client_maker(control.read_environment()), "rehearsal", NUMBER)
    if not _stands(found):
        for playbook in ("bootstrap", "provision", "deploy"):
            played = play(f"playbooks/{playbook}.yml")
            assert played.status == 0, played.output[-6000:]
    return Account(client_maker(control.read_environment()), "rehearsal", NUMBER)


def _stands(account: Account) -> bool:
    try:
        return all((account.vpc, account.instance, account.domain, account.balancer, account.service))
    except (ClientError, BotoCoreError, ValueError):
        return False


def _named(control: Control) -> Any:
    relaxed = RELAXED.get(control.id, ())
    words = [control.id, *control.also, *(f"relaxed:{name}" for name in relaxed)]
    return pytest.param(control, id=" ".join(words).replace("CIS ", "CIS-"))


@pytest.mark.parametrize("control", [_named(control) for control in CONTROLS])
def test_control(account: Account, control: Control) -> None:
    if control.id in RELAXED:
        with pytest.raises((AssertionError, ClientError, BotoCoreError)):
            control.check(account)
    else:
        control.check(account)


def test_a_new_version_of_a_secret_is_a_new_deployment(account: Account) -> None:
    """SecretsManager.Redeploy: a task reads its secrets when it starts, and a rotation alone starts none."""
    secrets = account.client("secretsmanager")
    name = "/replatform/rehearsal/database-api/postgresql"
    value = secrets.get_secret_value(SecretId=name)["SecretString"]
    secrets.put_secret_value(SecretId=name, SecretString=value)
    again = play("playbooks/deploy.yml", "--check", "--diff")
    assert again.status == 0, again.output[-4000:]
    assert again.changed == 2, again.output[-4000:]  # the definition, and the service that runs it
    assert f"SecretVersion:{name}" in again.output
    changed = re.findall(r'^([+-]) +"value": "[0-9a-f-]{36}"', again.output, re.MULTILINE)
    assert sorted(changed) == ["+", "-"], again.output[-4000:]  # the secret's version, and nothing else
    assert json.loads(value)["password"] not in again.output


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What prod's inventory would make of an empty account, as requests: the resource's heading -> its state after."""
    given = {"replatform_account_id": NUMBER}
    with own_aws(tmp_path_factory.mktemp("prod")):
        planned = subprocess.run(
            [
                *(str(ROOT / ".venv/bin/ansible-playbook"), "playbooks/provision.yml", "-i", "inventories/prod"),
                *("--check", "--diff", "--tags", "iam,rds,opensearch", "-e", json.dumps(given)),
            ],
            cwd=ROOT,
            env={**os.environ, **control.read_environment(), "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert planned.returncode == 0, planned.stdout[-4000:] + planned.stderr[-1000:]
    results = [
        task["hosts"].get("localhost", {}) for play in json.loads(planned.stdout)["plays"] for task in play["tasks"]
    ]
    single = [item for result in results for item in result.get("results", [result])]
    diffs = [item["diff"] for item in single if isinstance(item.get("diff"), dict) and item["diff"].get("after_header")]
    return {diff["after_header"]: json.loads(diff["after"]) for diff in diffs}


def _three_nodes(plan: dict[str, dict[str, Any]]) -> bool:
    cluster = plan["OpenSearch domain database-api-prod"]["ClusterConfig"]
    return bool(cluster["InstanceCount"] >= 3 and cluster["ZoneAwarenessConfig"]["AvailabilityZoneCount"] == 3)


# S3.1 needs an address that the emulator lacks: tests/unit/resources/test_plans.py has its request.
IN_PROD: dict[str, Callable[[dict[str, dict[str, Any]]], bool]] = {
    "RDS.5": lambda plan: plan["RDS instance database-api-prod"]["MultiAZ"] is True,
    "Opensearch.6": _three_nodes,
    "S3.14": lambda plan: (
        "DeleteObjectVersion" not in json.dumps(plan["IAM role /replatform/prod/database-api-prod-task"])
    ),
}


@pytest.mark.parametrize("name", sorted(RELAXED.keys() - {"S3.1"}))
def test_prod_asks_for_what_the_rehearsal_relaxes(prod: dict[str, dict[str, Any]], name: str) -> None:
    assert IN_PROD[name](prod)
