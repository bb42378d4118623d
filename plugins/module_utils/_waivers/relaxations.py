# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every variable that can make a control untrue, what it must be, and whether a reason is written beside it.

Controls are named as AWS does (Foundational Security Best Practices). A role's default is always secure, so a variable
that nobody sets relaxes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

_SHORTEST_REASON = 10  # "yes" and "ok" are no reasons
_ENDPOINTS = {"ec2", "ecr.api", "ecr.dkr", "logs", "secretsmanager"}


@dataclass(frozen=True)
class Relaxation:
    """A variable that can relax a control. must: what is secure, as a person reads it; secure: whether a value is."""

    variable: str
    control: str
    must: str
    secure: Callable[[Any], bool]

    @property
    def waiver(self) -> str:
        """The variable that holds the reason."""
        return f"{self.variable}_waiver"

    @property
    def sentence(self) -> str:
        """As it stands in the variable's description."""
        return f"{self.control}: must be {self.must}, or give the reason in `{self.waiver}`."


def _is(wanted: bool) -> Callable[[Any], bool]:
    return lambda value: boolean(value, strict=False) is wanted


def _at_least(least: int) -> Callable[[Any], bool]:
    return lambda value: int(value) >= least


def _empty(value: Any) -> bool:
    return not value


def _forces_tls(parameters: Mapping[str, Any]) -> bool:
    return str(parameters.get("rds.force_ssl", "")) == "1"


def _confined(overrides: Mapping[str, Mapping[str, Any]]) -> bool:
    return not any(
        boolean(override.get(name) or False)
        for override in overrides.values()
        for name in ("run_as_root", "writable_root")
    )


def _by_digest(images: Mapping[str, str]) -> bool:
    return all("@sha256:" in image for image in images.values())


def _named(patterns: list[str]) -> bool:
    return bool(patterns) and not any(pattern.strip("*") in ("", "_all") for pattern in patterns)


RELAXATIONS = (
    Relaxation("network_operator_cidrs", "EC2.19", "empty", _empty),
    Relaxation(
        "network_endpoints", "EC2.10", "with " + ", ".join(sorted(_ENDPOINTS)), lambda value: set(value) >= _ENDPOINTS
    ),
    Relaxation("network_flow_log_retention_days", "CloudWatch.16", "365 or more", _at_least(365)),
    Relaxation("iam_task_may_delete_versions", "S3.14", "false", _is(False)),
    Relaxation("s3_block_public_account", "S3.1", "true", _is(True)),
    Relaxation("rds_multi_az", "RDS.5", "true", _is(True)),
    Relaxation("rds_backup_retention_days", "RDS.11", "7 or more", _at_least(7)),
    Relaxation("rds_deletion_protection", "RDS.8", "true", _is(True)),
    Relaxation("rds_monitoring_interval", "RDS.6", "1 or more", _at_least(1)),
    Relaxation(
        "rds_master_username",
        "RDS.25",
        "neither postgres nor admin",
        lambda value: value not in ("postgres", "admin"),
    ),
    Relaxation("rds_parameters", "RDS.38", 'with rds.force_ssl "1"', _forces_tls),
    Relaxation("rds_sslmode", "RDS.38", "verify-full", lambda value: value == "verify-full"),
    Relaxation("copy_postgresql_target_sslmode", "RDS.38", "verify-full", lambda value: value == "verify-full"),
    Relaxation("opensearch_instance_count", "Opensearch.6", "3 or more", _at_least(3)),
    Relaxation("opensearch_zones", "Opensearch.6", "2 or more", _at_least(2)),
    Relaxation("opensearch_log_retention_days", "CloudWatch.16", "365 or more", _at_least(365)),
    Relaxation("opensearch_application_indices", "Opensearch.7", "named patterns, not every index", _named),
    Relaxation(
        "ecs_container_insights",
        "ECS.12",
        "enabled or enhanced",
        lambda value: value in ("enabled", "enhanced"),
    ),
    Relaxation(
        "alb_ssl_policy",
        "ELB.17",
        "a policy with TLS 1.3 and nothing below TLS 1.2",
        lambda value: (
            str(value).startswith(("ELBSecurityPolicy-TLS13-1-2-", "ELBSecurityPolicy-TLS13-1-3-"))
            and "-Ext" not in value
        ),
    ),
    Relaxation("alb_deletion_protection", "ELB.6", "true", _is(True)),
    Relaxation("cloudwatch_log_retention_days", "CloudWatch.16", "365 or more", _at_least(365)),
    Relaxation("deploy_overrides", "ECS.5, ECS.20", "without writable_root and run_as_root", _confined),
    Relaxation("deploy_images", "ECR.2", "images named by digest", _by_digest),
)


def unexplained(variables: Mapping[str, Any]) -> list[Relaxation]:
    """The relaxations in force without a reason. `variables`: those of the play that were set, and the waivers."""
    return [
        relaxation
        for relaxation in RELAXATIONS
        if relaxation.variable in variables
        and not _is_secure(relaxation, variables[relaxation.variable])
        and not _is_reason(variables.get(relaxation.waiver))
    ]


def _is_secure(relaxation: Relaxation, value: Any) -> bool:
    try:
        return relaxation.secure(value)
    except (AttributeError, TypeError, ValueError):
        return False  # of a type that the role will refuse


def _is_reason(given: Any) -> bool:
    return isinstance(given, str) and len(given.strip()) >= _SHORTEST_REASON
