"""`playbooks/rollback.yml --tags ecs`: the application goes back to what ran before, once, by the deploy role."""

from __future__ import annotations

import json

import pytest

from .ends import running
from .playing import play

pytestmark = pytest.mark.lab

BACK = ("playbooks/rollback.yml", "--tags", "ecs")


@pytest.mark.usefixtures("rehearsed")
def test_the_application_goes_back_to_the_revision_before() -> None:
    before = running()
    changed = "{{ {replatform_compose.service: {'environment': deploy_environment | combine({'ROLLED': 'back'})}} }}"
    deployed = play("playbooks/deploy.yml", "-e", json.dumps({"deploy_overrides": changed}))
    assert deployed.status == 0, deployed.output[-4000:]
    after = running()
    assert after != before

    checked = play(*BACK, "--check")
    assert (checked.status, checked.changed, running()) == (0, 1, after), checked.output[-4000:]
    back = play(*BACK)
    assert (back.status, back.changed, running()) == (0, 1, before), back.output[-4000:]
    again = play(*BACK)
    assert (again.status, again.changed, running()) == (0, 0, before), again.output[-4000:]

    # As it was: the inventory's own definition is the newest one.
    assert play("playbooks/deploy.yml").status == 0
