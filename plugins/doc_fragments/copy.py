# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that the copy and the compare modules of all three stores share."""

from __future__ import annotations


class ModuleDocFragment:
    """The plain fragment is for all six modules, COMPARE for the three that compare."""

    DOCUMENTATION = r"""
options:
  run_dir:
    description:
      - Folder under which the run folder is made, such as C(.replatform/prod).
      - The run folder holds the journal, the progress, the dead letters and the proof.
      - Check mode makes none where the target's address is the stand-in that the filter
        P(replatform.aws.known_after_provision#filter) gives. The source is read alone then.
      - Its name is derived from source, target, O(include) and O(exclude), so that the same command resumes
        and the comparison finds the copy's journal.
    type: path
    required: true
  include:
    description:
      - Names (shell patterns) of what to move. Empty means everything.
    type: list
    elements: str
    default: []
  exclude:
    description:
      - Names (shell patterns) of what to leave out, of what O(include) lets through.
    type: list
    elements: str
    default: []
  jobs:
    description:
      - How many partitions to work on at the same time.
    type: int
    default: 4
"""

    COMPARE = r"""
options:
  allow_pending:
    description:
      - Whether the comparison succeeds while the target is equal to what was copied but the source has changed since.
      - V(true) is for the time before the cutover, while the source is live. The cutover itself needs V(false).
    type: bool
    default: false
"""
