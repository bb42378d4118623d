"""The lab's one exception: the message says what is wrong and what to do."""

from __future__ import annotations


class LabError(Exception):
    """Something in the lab does not start, stop or answer."""
