"""docs/security.md says what the checks, the roles and the rehearsal's inventory say."""

from __future__ import annotations

import re

from ansible_collections.replatform.aws.plugins.module_utils._waivers.relaxations import RELAXATIONS
from tests.integration.provision.controls import CONTROLS, NOT_SHOWN
from tests.security_table import DOCUMENT, rewritten

# What this collection promises, by id; a control may be checked under another id that asks for the same.
PROMISED = """
RDS.2 RDS.46 EC2.18 EC2.19 RDS.3 RDS.4 RDS.8 RDS.11 RDS.17
RDS.10 RDS.25 RDS.38
RDS.5 RDS.6 RDS.9 RDS.13 RDS.20 RDS.21 RDS.22 RDS.36
S3.1 S3.2 S3.3 S3.8 S3.5 S3.6 S3.12 S3.9 S3.13 S3.14 S3.17
Opensearch.1 Opensearch.2 Opensearch.3 Opensearch.7 Opensearch.8 Opensearch.4 Opensearch.5 Opensearch.6 Opensearch.10
ECS.8 ECS.4 ECS.5 ECS.9 ECS.17 ECS.20 ECS.2 ECS.10 ECS.12 ECS.16
ELB.1 ELB.4 ELB.5 ELB.6 ELB.12 ELB.13 ELB.17 ELB.18 ECR.1 ECR.2 ECR.3
IAM.1 IAM.2 IAM.21 KMS.1 KMS.2 EC2.2 EC2.6 EC2.10 EC2.15
CloudWatch.15 CloudWatch.16 CloudWatch.17 SecretsManager.1 SecretsManager.4 KMS.3 KMS.4
CIS-2.2.3 CIS-2.2.1 CIS-2.2.2 CIS-2.2.4 CIS-2.1.4 CIS-1.15
CIS-1.16 CIS-1.17 CIS-3.7 CIS-5.3 CIS-5.4 CIS-5.5
"""


def test_the_document_is_current() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert rewritten(text) == text, "python -m tests.security_table"


def test_every_promised_control_is_checked_or_said_to_be_not_shown() -> None:
    known = {name for control in CONTROLS for name in (control.id, *control.also)} | {entry.id for entry in NOT_SHOWN}
    assert {name.replace("CIS-", "CIS ") for name in PROMISED.split()} <= known


def test_a_relaxation_names_a_control_that_is_checked() -> None:
    checked = {control.id for control in CONTROLS}
    named = {name for item in RELAXATIONS for name in re.split(", ", item.control)}
    assert named <= checked
