# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can go wrong in a copy or a comparison, as one tree of exceptions."""

from __future__ import annotations


class CopyError(Exception):
    """The root: a module's `main()` catches exactly this and fails with the message.

    The message says what went wrong, where, and what to do next.
    """


class TransientError(CopyError):
    """A failure that may pass by itself (connection cut, 429, 503): the partition is tried again."""


class Stopped(CopyError):
    """The copy was told to stop: its playbook is gone, or another partition failed for good."""
