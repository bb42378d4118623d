# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Definitions onto the target: what is missing is made, what differs is made anew, what is equal stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.catalog_queries import (
    AFTER_DATA,
    BEFORE_DATA,
    Kind,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import (
    End,
    connect,
    psycopg,
    speaking_to,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.dump import Entry
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.schema import (
    Catalog,
    Item,
    Key,
    read_catalog,
    same_words,
    unlike,
)

_REFUSED = "42501"
_ALREADY = ("42710", "42P06", "42P07", "42723")
_BUILDING = ("INDEX", "CONSTRAINT")
"""Entries that read whole tables and need nothing but them: built several at a time."""

_COLUMNS = ("column", "default")
"""Kinds that cannot be made anew without their table."""

_ROUNDS = 5
"""Dropping a type takes columns with it, whose tables then differ, and so on."""

_SKIPPED = ("ACL", "DEFAULT ACL", "MATERIALIZED VIEW DATA", "SECURITY LABEL", "DATABASE PROPERTIES", "BLOB")


@dataclass
class Restorer:
    """Brings the definitions over.

    entries: reads a section of the source's dump; called only when something has to be made.
    accepted: what the servers word differently right after it was made (kind, name, both texts).
    adjusted: what was not made as in the source, or was made anew: (item, reason).
    """

    target: End
    source_session: Any
    target_session: Any
    entries: Callable[[str], Sequence[Entry]]
    jobs: int
    accepted: list[list[str]] = field(default_factory=list)
    adjusted: list[tuple[str, str]] = field(default_factory=list)

    def before_data(self) -> bool:
        """Schemas, types, functions, tables, views, sequences. True if the target changed."""
        source, target = self._both(BEFORE_DATA)
        if not self._to_do(source, target):
            return False
        for _round in range(_ROUNDS):
            outdated = _outdated(self._to_do(source, target), source, target)
            if not outdated:
                break
            self._clear(outdated)
            source, target = self._both(BEFORE_DATA)
        missing = {key for key, how in self._to_do(source, target).items() if how == "missing"}
        due = self._due("pre-data", source, missing)
        with speaking_to(self.target, "creating the definitions"), self.target_session.transaction():
            for entry in due:
                self._run(self.target_session, entry)
        self._accept(BEFORE_DATA)
        return True

    def after_data(self) -> bool:
        """Indexes, constraints, triggers, policies, comments … True if the target changed."""
        source, before = self._both(AFTER_DATA)
        to_do = self._to_do(source, before)
        if not to_do:
            return False
        self._clear([before[key] for key, how in to_do.items() if how == "changed"])
        due = self._due("post-data", source, to_do)
        if any(kind == "comment" for kind, _name in to_do):
            due += [entry for entry in self._due("pre-data", source, ()) if entry.type == "COMMENT"]
        self._build([entry for entry in due if entry.type in _BUILDING])
        with speaking_to(self.target, "creating the definitions that come after the data"):
            for entry in due:
                if entry.type not in _BUILDING:
                    self._run(self.target_session, entry)
            for key in sorted(to_do.keys() & source.keys()):
                self._alter(source[key])
        self._accept(AFTER_DATA)
        return _texts(read_catalog(self.target_session, AFTER_DATA)) != _texts(before)

    def _both(self, kinds: tuple[Kind, ...]) -> tuple[Catalog, Catalog]:
        with speaking_to(self.target, "reading the definitions"):
            source = read_catalog(self.source_session, kinds)
            target = read_catalog(self.target_session, kinds)
            return same_words(self.target_session, source, target), target

    def _to_do(self, source: Catalog, target: Catalog) -> dict[Key, str]:
        """What is missing or changed; an extra column is a change of its table, other extras are left alone."""
        found = {}
        for key, how in unlike(source, target):
            item = source.get(key) or target[key]
            ours = how != "extra" or (item.kind in _COLUMNS and ("table", item.parent) in source)
            if ours and [*key, _text(source, key), _text(target, key)] not in self.accepted:
                found[key] = how
        return found

    def _accept(self, kinds: tuple[Kind, ...]) -> None:
        """What two servers word differently right after it was made is the same: it is not made anew each time."""
        source, target = self._both(kinds)
        for key, how in self._to_do(source, target).items():
            if how == "changed":
                self.accepted.append([*key, _text(source, key), _text(target, key)])

    def _due(self, section: str, source: Catalog, keys: Iterable[Key]) -> list[Entry]:
        """The entries of a section that make what is missing, or may be run again without harm."""
        with speaking_to(self.target, "reading the definitions"):
            rows = self.source_session.execute("SELECT relname, oid FROM pg_catalog.pg_class WHERE relnamespace = 11")
            classes = dict(rows.fetchall())

        def addresses(items: Iterable[Item]) -> set[tuple[int, int]]:
            return {(classes[item.address[0]], item.address[1]) for item in items if item.address[1]}

        wanted = addresses(source[key] for key in keys if key in source)
        others = addresses(source.values()) - wanted
        new_tables = {name.replace('"', "") for kind, name in keys if kind == "table"}
        due = []
        for entry in self.entries(section):
            attached = f"{entry.schema}.{entry.name}".replace('"', "")
            if entry.type == "TABLE ATTACH" and attached not in new_tables:
                continue
            # What the catalog queries do not know (a shell type, a view's rule) is tried: "already there" is no error.
            if (entry.catalog, entry.oid) not in others and entry.type not in _SKIPPED:
                due.append(entry)
        return due

    def _run(self, session: Any, entry: Entry) -> None:
        if entry.type == "COMMENT" and entry.name.startswith("EXTENSION "):
            return  # only a superuser owns an extension on RDS; its comment comes with it
        try:
            with session.transaction():
                session.execute(entry.sql.encode())
        except psycopg.Error as error:
            if error.sqlstate in _ALREADY:
                return
            if error.sqlstate == _REFUSED and entry.type in ("COMMENT", "EVENT TRIGGER"):
                self._adjust(f"{entry.type.lower()} {entry.name}", "the target refuses it to this user")
                return
            raise CopyError(
                f"The target {self.target.name} refused {entry.type.lower()} {entry.schema}.{entry.name}: "
                f"{' '.join(str(error).split())}. Mend that (on the target, or in the source's definition) "
                f"and run the same command again."
            ) from error

    def _adjust(self, item: str, reason: str) -> None:
        self.adjusted.append((item, reason))

    def _build(self, entries: Sequence[Entry]) -> None:
        """Indexes and keys, `jobs` at a time, each in a session of its own."""

        def build(entry: Entry) -> None:
            session = connect(self.target)
            try:
                self._run(session, entry)
            finally:
                session.close()

        with ThreadPoolExecutor(self.jobs, "index") as pool:
            for outcome in [pool.submit(build, entry) for entry in entries]:
                outcome.result()

    def _clear(self, items: Iterable[Item]) -> None:
        """Take away what differs, so that it is made anew; what depends on it goes too, and is then missing."""
        with speaking_to(self.target, "replacing definitions that have changed"):
            for item in items:
                statement = _drop(item)
                if statement:
                    self.target_session.execute(statement.encode())
                    self._adjust(f"{item.kind} {item.name}", "made anew, because it was not as in the source")

    def _alter(self, item: Item) -> None:
        """What has no entry of its own in the dump."""
        if item.kind == "database setting":
            self._set_database(item.name, item.definition)
        for statement in _alterations(item):
            self._run(self.target_session, Entry(0, 0, item.name, item.kind, "", statement))

    def _set_database(self, name: str, value: str) -> None:
        sql = psycopg.sql
        # A list (search_path) is stored as SQL would write it; everything else is one value.
        shown = sql.SQL(value) if name in ("search_path", "session_preload_libraries") else sql.Literal(value)
        statement = sql.SQL("ALTER DATABASE {} SET {} = {}").format(
            sql.Identifier(self.target.dbname), sql.Identifier(*name.split(".")), shown
        )
        try:
            with self.target_session.transaction():
                # The database belongs to the user who logged in, not to the role that owns the tables.
                self.target_session.execute("SET LOCAL ROLE NONE")
                self.target_session.execute(statement)
        except psycopg.Error as error:
            self._adjust(f"database setting {name}", f"the target refuses it: {str(error).strip()}")


def _text(catalog: Catalog, key: Key) -> str:
    return catalog[key].definition if key in catalog else ""


def _texts(catalog: Catalog) -> dict[Key, str]:
    return {key: item.definition for key, item in catalog.items()}


def _outdated(to_do: dict[Key, str], source: Catalog, target: Catalog) -> list[Item]:
    """What has to go before it can be made as in the source: a column that differs takes its table with it."""
    found = {}
    for key, how in to_do.items():
        item = source.get(key) or target[key]
        owner = ("table", item.parent) if item.kind in _COLUMNS else key
        if owner in target and (how != "missing" or item.kind in _COLUMNS):
            found[owner] = target[owner]
    return list(found.values())


_DROPS = {
    "table": "TABLE",
    "sequence": "SEQUENCE",
    "view": "VIEW",
    "materialized view": "MATERIALIZED VIEW",
    "type": "TYPE",
    "function": "ROUTINE",
    "index": "INDEX",
    "statistics": "STATISTICS",
}


def _drop(item: Item) -> str:
    if item.kind in _DROPS:
        return f"DROP {_DROPS[item.kind]} IF EXISTS {item.name} CASCADE"
    if item.kind in ("check", "constraint", "foreign key"):
        return f"ALTER TABLE IF EXISTS {item.parent} DROP CONSTRAINT IF EXISTS {item.own_name} CASCADE"
    if item.kind in ("trigger", "rule", "policy"):
        return f"DROP {item.kind.upper()} IF EXISTS {item.own_name} ON {item.parent} CASCADE"
    return ""


def _alterations(item: Item) -> list[str]:
    if item.kind == "row security":
        enabled = "ENABLE" if "ENABLE" in item.definition else "DISABLE"
        forced = "FORCE" if "FORCE" in item.definition else "NO FORCE"
        return [f"ALTER TABLE ONLY {item.name} {word} ROW LEVEL SECURITY" for word in (enabled, forced)]
    if item.kind == "replica identity":
        return [f"ALTER TABLE ONLY {item.name} REPLICA IDENTITY {item.definition}"]
    if item.kind == "check":  # part of CREATE TABLE in the dump, but the table may be there already
        return [f"ALTER TABLE {item.parent} ADD CONSTRAINT {item.own_name} {item.definition}"]
    if item.kind == "materialized contents" and item.definition == "never filled":
        return [f"REFRESH MATERIALIZED VIEW {item.name} WITH NO DATA"]
    return []
