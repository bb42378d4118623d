"""A new version of a secret starts a deployment by itself, and the diff names the secret."""

from __future__ import annotations

import pytest

from .ends import client, running
from .playing import play

pytestmark = pytest.mark.lab

SECRET = "/replatform/rehearsal/database-api/postgresql"


@pytest.mark.usefixtures("rehearsed")
def test_a_new_version_is_deployed_and_named() -> None:
    manager, before = client("secretsmanager"), running()
    same = manager.get_secret_value(SecretId=SECRET)["SecretString"]
    version = manager.put_secret_value(SecretId=SECRET, SecretString=same)["VersionId"]
    checked = play("playbooks/deploy.yml", "--check", "--diff")
    assert (checked.status, running()) == (0, before), checked.output[-4000:]
    assert f"SecretVersion:{SECRET}" in checked.output
    assert version in checked.output
    deployed = play("playbooks/deploy.yml")
    assert (deployed.status, running() != before) == (0, True), deployed.output[-4000:]
    assert play("playbooks/deploy.yml").changed == 0
