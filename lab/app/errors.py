"""What can go wrong, as the API tells it."""

from __future__ import annotations


class StoreError(Exception):
    """A store failed. `store` is postgresql, objects or search; the reason holds no secret."""

    def __init__(self, store: str, reason: object) -> None:
        self.store = store
        self.reason = f"{type(reason).__name__}: {reason}" if isinstance(reason, Exception) else str(reason)
        super().__init__(f"{store}: {self.reason}")


class DocumentExistsError(Exception):
    """A document of this name is there already."""


class DocumentMissingError(Exception):
    """No document of this name, or it has no file."""
