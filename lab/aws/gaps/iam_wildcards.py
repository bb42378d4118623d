"""IAM: what `*` and `?` in a policy match."""

from __future__ import annotations

import functools
import re

from lab.aws.gaps import gap


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """A wildcard pattern of IAM: `*` is any text, `?` any character, line breaks too."""
    parts = {"*": ".*", "?": "."}
    text = "".join(parts.get(character) or re.escape(character) for character in pattern)
    return re.compile(f"{text}\\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))


@gap(
    service="iam",
    lacks="`*` in a policy's Resource does not match a line break: an object whose key has one is denied",
    restores="`*` and `?` match every character",
    how="the pattern compiled anew",
)
def iam_wildcards() -> None:
    """Let wildcards match line breaks."""
    from ministack.core import iam_evaluator

    iam_evaluator._fnmatch_compile = compiled
