# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What calls out to OpenSearch Service: reading a domain, asking what a change would cost, waiting for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import Plan, from_tag_list, look
from ansible_collections.replatform.aws.plugins.module_utils._aws.waiters import Pending, wait_for


def read(client: Any, name: str) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """DescribeDomain's answer and the domain's tags; (None, {}) where there is no domain of this name."""
    where = f"OpenSearch domain {name}"
    answer = look(client, "describe_domain", where, ("ResourceNotFoundException",), DomainName=name)
    if answer is None:
        return None, {}
    status = answer["DomainStatus"]
    if status.get("Deleted"):
        raise AwsError("the domain is being deleted", where, "wait until it is gone (some 15 minutes), then run again.")
    return status, from_tag_list(look(client, "list_tags", where, ARN=status["ARN"]).get("TagList"))


def dry_run(client: Any, plan: Plan) -> dict[str, str]:
    """What AWS says about the planned configuration change, without making it: {} where there is none.

    deployment: Blue/Green (new nodes, hours on a full domain), DynamicUpdate (in place), Undetermined or None.
    """
    for call in plan.calls:
        if call.operation == "update_domain_config":
            arguments: Mapping[str, Any] = {**call.arguments, "DryRun": True}
            answer = look(client, "update_domain_config", f"{plan.where} (dry run)", **arguments)
            results = answer.get("DryRunResults") or {}
            return {"deployment": results.get("DeploymentType", ""), "message": results.get("Message", "")}
    return {}


def wait_active(client: Any, name: str, timeout: float, interval: float) -> tuple[dict[str, Any], float]:
    """Wait until the domain has an endpoint and no change is under way; gives its state and the seconds waited."""
    where = f"OpenSearch domain {name}"

    def check() -> dict[str, Any] | Pending:
        status, _tags = read(client, name)
        if status is None:
            raise AwsError("the domain is gone", where, "see who deleted it (CloudTrail).")
        state = status.get("DomainProcessingStatus") or ("Processing" if status.get("Processing") else "Active")
        busy = status.get("Processing") or status.get("UpgradeProcessing")
        if busy or not endpoint(status):
            return Pending(f"{state}{_progress(client, name)}")
        return status

    waited = wait_for(
        check,
        what=f"{where} to become active",
        where=where,
        timeout=timeout,
        interval=interval,
        next_step="a domain of several nodes takes 15 to 30 minutes, a change may take hours: raise wait_timeout or "
        "run the same command again later; it goes on where it is.",
    )
    return waited.value, waited.seconds


def _progress(client: Any, name: str) -> str:
    answer = look(client, "describe_domain_change_progress", name, ("ResourceNotFoundException",), DomainName=name)
    details = (answer or {}).get("ChangeProgressStatus") or {}
    total = details.get("TotalNumberOfStages") or 0
    stages = details.get("ChangeProgressStages") or []
    done = sum(stage.get("Status") == "COMPLETED" for stage in stages)
    return f", stage {done} of {total}" if total else ""


def endpoint(status: Mapping[str, Any]) -> str:
    """The host name to connect to; '' while there is none. A domain in a VPC has it under `vpc`."""
    return str((status.get("Endpoints") or {}).get("vpc") or status.get("Endpoint") or "")


def facts(status: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a caller needs to connect. Empty texts where it does not exist yet."""
    return {
        "arn": (status or {}).get("ARN", ""),
        "endpoint": endpoint(status or {}),
        "processing": bool((status or {}).get("Processing")),
        "engine_version": (status or {}).get("EngineVersion", ""),
    }
