# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3's public access block of the whole account."""

from __future__ import annotations

from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import Call, Plan, look
from ansible_collections.replatform.aws.plugins.module_utils._resources.s3_bucket import BLOCKED


def read(client: Any, account: str) -> dict[str, Any]:
    """The live configuration; {} where none was ever set."""
    where = f"account {account}"
    absent = ("NoSuchPublicAccessBlockConfiguration",)
    answer = look(client, "get_public_access_block", where, absent, AccountId=account) or {}
    return answer.get("PublicAccessBlockConfiguration", {})


def plan(account: str, live: dict[str, Any]) -> Plan:
    """Everything is blocked: one call, or none."""
    call = Call("put_public_access_block", {"AccountId": account, "PublicAccessBlockConfiguration": dict(BLOCKED)})
    return Plan(f"S3 of account {account}", live, dict(BLOCKED), () if live == BLOCKED else (call,))
