# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings changed for speed: journaled before, restored after, read back; also after a kill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.journal import Journal


class Tuning:
    """The settings of one run that are not what they were. `place` says where one lies, such as `index documents`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def change(self, place: str, before: Any, apply: Callable[[], None]) -> None:
        """Change a setting for the time of the copy. `before` (a JSON value) is what `restore` will put back.

        A place that an earlier, killed run has changed keeps that run's `before`: what is there now is not it.
        """
        if place not in self._journal.tuned():
            self._journal.tune(place, before)
        apply()

    def outstanding(self) -> dict[str, Any]:
        """Places that are still changed, each with what to put back."""
        return self._journal.tuned()

    def restore(self, place: str, apply: Callable[[Any], Any]) -> None:
        """Put one place back: `apply(before)` sets it and answers what it then READ there, which must be the same."""
        before = self._journal.tuned().get(place)
        if before is None:
            return
        found = apply(before)
        if found != before:
            raise CopyError(
                f"{place}: set back to {before!r} after the copy, but the target now says {found!r}. "
                f"Set it by hand, then run the same command again."
            )
        self._journal.untune(place)
