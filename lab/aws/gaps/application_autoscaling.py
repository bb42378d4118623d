"""Application Auto Scaling, which ministack does not have."""

from __future__ import annotations

from typing import Any

from lab.aws.gaps import _hooks, gap
from lab.aws.settings import REGION


@gap(
    service="application-autoscaling",
    lacks="the whole service",
    restores="scalable targets and scaling policies of ECS services are kept and described; IAM is enforced",
    how="sent to moto in the emulator's process, which looks for the service in ministack (nothing scales by itself)",
)
def application_auto_scaling() -> None:
    """Register the service."""
    from moto.applicationautoscaling import models
    from moto.applicationautoscaling.exceptions import AWSValidationException

    def service_exists(_backend: Any, resource_id: str) -> bool:
        from ministack.services import ecs

        if resource_id.removeprefix("service/") not in ecs._services:
            raise AWSValidationException(f"ECS service doesn't exist: {resource_id}")
        return True

    models.ApplicationAutoscalingBackend._ecs_service_exists_for_target = service_exists
    _hooks.whole_service_to_moto(
        "application-autoscaling", f"application-autoscaling.{REGION}.amazonaws.com", "AnyScaleFrontendService."
    )
