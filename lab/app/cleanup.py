"""The background job that keeps the stores in step: PostgreSQL knows what exists, everything else is removed."""

from __future__ import annotations

import datetime
import logging
import threading

from .errors import StoreError
from .objects import ObjectStore
from .postgresql import PostgresStore
from .search import SearchStore
from .settings import CleanupSettings

LOG = logging.getLogger("app.cleanup")


class CleanupService:
    """Removes objects (under the application's prefix) and search documents that no row knows.

    Where PostgreSQL has not been copied yet, that is all of them: it stays off until every store is whole.
    """

    def __init__(
        self, settings: CleanupSettings, postgres: PostgresStore, objects: ObjectStore, search: SearchStore
    ) -> None:
        self._settings = settings
        self._postgres = postgres
        self._objects = objects
        self._search = search
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run now and then every interval, in a thread of its own; does nothing when switched off."""
        if not self._settings.enabled:
            LOG.info("Cleanup is off (CLEANUP_ENABLED).")
            return
        self._thread = threading.Thread(target=self._loop, name="cleanup", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=30)

    def run_once(self) -> tuple[int, int]:
        """Return how many objects and how many search documents were removed; StoreError ends a run half way."""
        # An upload in progress has its file before its row: what is younger than the grace time is left alone.
        before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=self._settings.grace_seconds)
        removed = (self._clean_objects(before), self._clean_search(before))
        if any(removed):
            LOG.warning("Cleanup removed %d objects and %d search documents that PostgreSQL does not know.", *removed)
        return removed

    def _clean_objects(self, before: datetime.datetime) -> int:
        removed = 0
        for keys in self._objects.pages(before):
            for key in self._postgres.unknown_keys(keys):
                self._objects.delete(key)
                removed += 1
        return removed

    def _clean_search(self, before: datetime.datetime) -> int:
        removed = 0
        for ids in self._search.pages(before):
            numbers = [int(one) for one in ids if one.isdecimal()]
            unknown = {str(one) for one in self._postgres.unknown_ids(numbers)}
            for one in ids:
                if one in unknown or not one.isdecimal():
                    self._search.delete(one)
                    removed += 1
        return removed

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self.run_once()
            except StoreError as error:
                LOG.error("Cleanup stopped at %s; it starts again in %s s.", error, self._settings.interval_seconds)
            self._stop.wait(self._settings.interval_seconds)
