"""Stand-in images for where no image can be pulled: the same names, users, paths and variables as the official ones."""

from __future__ import annotations

from lab.images.standins import STAND_INS, ensure_images

__all__ = ["STAND_INS", "ensure_images"]
