"""How a control is said: an id, what we set, and a check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .account import Account

Check = Callable[[Account], None]


@dataclass(frozen=True)
class Control:
    """One control. `sets`: what the roles make true, for docs/security.md."""

    id: str
    sets: str
    check: Check
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotShown:
    """What no check can show on the emulator, and why; `instead`: what is tested in its place."""

    id: str
    sets: str
    why: str
    instead: str


CONTROLS: list[Control] = []


def control(name: str, sets: str, *also: str) -> Callable[[Check], Check]:
    """Say that a function is the check of a control."""

    def keep(check: Check) -> Check:
        assert name not in {known.id for known in CONTROLS}, f"{name} is said twice"
        CONTROLS.append(Control(name, sets, check, also))
        return check

    return keep


# What the reference lists and the account of the rehearsal cannot show.
NOT_SHOWN = (
    NotShown(
        "S3.17",
        "a KMS key with a bucket key, where `s3_kms_key` names one; otherwise SSE-S3",
        "an option: keys are yours, and the rehearsal has none",
        "tests/unit/resources/test_plans.py (the request)",
    ),
    NotShown(
        "SecretsManager.1",
        "RDS rotates the master password every 7 days",
        "the emulator rotates nothing; the application's own passwords have nothing that rotates them (see below)",
        "RDS.ManagedPassword, and that a new version is a new deployment",
    ),
    NotShown("SecretsManager.4", "as SecretsManager.1", "as SecretsManager.1", "as SecretsManager.1"),
    NotShown(
        "KMS.3", "no key is made or deleted here", "keys are yours", "IAM.21 (no kms: action that deletes is given)"
    ),
    NotShown("KMS.4", "no key is made here", "keys are yours: switch their rotation on", ""),
    NotShown("CIS 1.17", "a role for AWS support", "the account's own, not an application's", ""),
)
