"""OpenSearch Service: published logs, and what a change would cost."""

from __future__ import annotations

from typing import Any

from lab.aws.gaps import _hooks, gap

# Settings whose change means new nodes (a blue/green deployment), as the developer guide lists them.
_NEW_NODES = {
    "ClusterConfig": (
        "InstanceType",
        "DedicatedMasterEnabled",
        "DedicatedMasterType",
        "ZoneAwarenessEnabled",
        "WarmEnabled",
        "MultiAZWithStandbyEnabled",
    ),
    "EBSOptions": ("VolumeType",),
    "VPCOptions": ("SubnetIds",),
    "EncryptionAtRestOptions": ("Enabled",),
    "NodeToNodeEncryptionOptions": ("Enabled",),
    "AdvancedSecurityOptions": ("Enabled",),
}


def _record(call: _hooks.Call) -> dict[str, Any] | None:
    from ministack.services import opensearch

    name = call.params.get("DomainName") or call.path.split("/domain/")[-1].split("/")[0]
    found: dict[str, Any] | None = opensearch._domains.get(name)
    return found


def _keep_logs(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    record, logs = _record(call), call.params.get("LogPublishingOptions")
    if answer[0] == 200 and record is not None and logs:
        record["LogPublishingOptions"] = {**record.get("LogPublishingOptions", {}), **logs}
    return answer


@gap(
    service="opensearch",
    lacks="LogPublishingOptions are forgotten",
    restores="DescribeDomain lists them (no line is ever published)",
    how="kept in ministack's record",
)
def opensearch_published_logs() -> None:
    """Remember the published logs."""
    _hooks.after("opensearch", "CreateDomain", "UpdateDomainConfig")(_keep_logs)


def _deployment(record: dict[str, Any], wanted: dict[str, Any]) -> str:
    for group, keys in _NEW_NODES.items():
        live, asked = record.get(group) or {}, wanted.get(group) or {}
        if any(key in asked and asked[key] != live.get(key) for key in keys):
            return "Blue/Green"
    return "DynamicUpdate"


@gap(
    service="opensearch",
    lacks="DryRun is ignored: the change is made",
    restores="nothing changes, and DryRunResults says whether the change would replace the nodes",
    how="answered before ministack, by the settings that the developer guide names",
)
def opensearch_dry_run() -> None:
    """Answer a dry run."""

    @_hooks.before("opensearch", "UpdateDomainConfig")
    def answer(call: _hooks.Call) -> _hooks.Answer | None:
        from ministack.services import opensearch

        record = _record(call)
        if record is None or not call.params.get("DryRun"):
            return None
        kind = _deployment(record, call.params)
        text = "This change will require a blue/green deployment." if kind == "Blue/Green" else "No new nodes."
        results = {"DeploymentType": kind, "Message": text}
        return _hooks.json_answer({"DomainConfig": opensearch._domain_config(record), "DryRunResults": results})
