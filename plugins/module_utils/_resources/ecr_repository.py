# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An ECR repository: scan on push, immutable tags, lifecycle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import (
    Call,
    Plan,
    TagCalls,
    differs,
    from_tag_list,
    look,
    own_tags,
    tag_list,
    wanted_tags,
)


@dataclass(frozen=True)
class Repository:
    """The desired repository. `keep_images` is how many images stay; kms_key None means AES256."""

    name: str
    immutable: bool
    scan_on_push: bool
    keep_images: int
    kms_key: str | None
    tags: Mapping[str, str] | None
    purge_tags: bool = True

    def view(self, tags: Mapping[str, str]) -> dict[str, Any]:
        """In the form in which two states are compared and shown."""
        return {
            "tag_mutability": "IMMUTABLE" if self.immutable else "MUTABLE",
            "scan_on_push": self.scan_on_push,
            "lifecycle": self._lifecycle(),
            "encryption": self.encryption(),
            "tags": dict(sorted(tags.items())),
        }

    def _lifecycle(self) -> dict[str, Any]:
        selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": self.keep_images}
        text = f"Keep the last {self.keep_images} images"
        rule = {"rulePriority": 1, "description": text, "selection": selection, "action": {"type": "expire"}}
        return {"rules": [rule]}

    def encryption(self) -> dict[str, Any]:
        """ECR's encryption configuration, which is fixed when the repository is created."""
        return {"encryptionType": "KMS", "kmsKey": self.kms_key} if self.kms_key else {"encryptionType": "AES256"}


def read(client: Any, name: str) -> dict[str, Any] | None:
    """The live repository in the form of Repository.view plus its arn and uri, or None."""
    where = f"repository {name}"
    answer = look(client, "describe_repositories", where, ("RepositoryNotFoundException",), repositoryNames=[name])
    if answer is None:
        return None
    found = answer["repositories"][0]
    absent = ("LifecyclePolicyNotFoundException",)
    lifecycle = look(client, "get_lifecycle_policy", where, absent, repositoryName=name) or {}
    tags = look(client, "list_tags_for_resource", where, resourceArn=found["repositoryArn"])
    encryption = {k: v for k, v in (found.get("encryptionConfiguration") or {}).items() if v}
    return {
        "arn": found["repositoryArn"],
        "uri": found["repositoryUri"],
        "tag_mutability": found.get("imageTagMutability", "MUTABLE"),
        "scan_on_push": (found.get("imageScanningConfiguration") or {}).get("scanOnPush", False),
        "lifecycle": json.loads(lifecycle.get("lifecyclePolicyText") or "{}"),
        "encryption": encryption or {"encryptionType": "AES256"},
        "tags": from_tag_list(tags.get("tags")),
    }


def plan(desired: Repository, live: Mapping[str, Any] | None) -> Plan:
    """The calls that make the live repository the desired one. Raises AwsError where only a new one would do."""
    where = f"ECR repository {desired.name}"
    tags = wanted_tags((live or {}).get("tags", {}), desired.tags, desired.purge_tags)
    after = desired.view(tags)
    name = {"repositoryName": desired.name}
    policy = Call("put_lifecycle_policy", {**name, "lifecyclePolicyText": json.dumps(after["lifecycle"])})
    if live is None:
        create = {
            **name,
            "imageTagMutability": after["tag_mutability"],
            "imageScanningConfiguration": {"scanOnPush": desired.scan_on_push},
            "encryptionConfiguration": desired.encryption(),
            "tags": tag_list(tags),
        }
        return Plan(where, {}, after, (Call("create_repository", create), policy))
    before = {**{key: live[key] for key in after}, "tags": own_tags(live["tags"])}
    if differs(before["encryption"], after["encryption"]):
        raise AwsError(
            "the repository is encrypted with another key, and ECR cannot change that",
            where,
            "set ecr_kms_key to the repository's own key, or choose another name.",
        )
    return Plan(where, before, after, tuple(_changes(desired, live["arn"], before, after, policy)))


def _changes(
    desired: Repository, arn: str, before: Mapping[str, Any], after: Mapping[str, Any], policy: Call
) -> list[Call]:
    name = {"repositoryName": desired.name}
    calls = []
    if before["tag_mutability"] != after["tag_mutability"]:
        calls.append(Call("put_image_tag_mutability", {**name, "imageTagMutability": after["tag_mutability"]}))
    if before["scan_on_push"] != after["scan_on_push"]:
        scanning = {"scanOnPush": desired.scan_on_push}
        calls.append(Call("put_image_scanning_configuration", {**name, "imageScanningConfiguration": scanning}))
    if differs(before["lifecycle"], after["lifecycle"]):
        calls.append(policy)
    tagging = TagCalls({"resourceArn": arn}, tags="tags", keys="tagKeys")
    return [*calls, *tagging.between(before["tags"], after["tags"])]
