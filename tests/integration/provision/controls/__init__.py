"""The security controls of docs/security.md, each with a check that reads a live account through AWS's own API.

Ids are AWS's (Foundational Security Best Practices); `also` names those that ask for the same. A check gets the account
and asserts; it knows no variable of ours.
"""

from __future__ import annotations

from . import compute, database, identity, network, objects, registry, search, watch
from .account import Account
from .registry import Control

CONTROLS: tuple[Control, ...] = tuple(registry.CONTROLS)
NOT_SHOWN = registry.NOT_SHOWN

__all__ = [
    "CONTROLS",
    "NOT_SHOWN",
    "Account",
    "Control",
    "compute",
    "database",
    "identity",
    "network",
    "objects",
    "search",
    "watch",
]
