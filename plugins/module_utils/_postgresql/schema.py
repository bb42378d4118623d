# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a database consists of beside its rows, read from the catalogs, and how two of them differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Difference
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.catalog_queries import (
    AFTER_DATA,
    BEFORE_DATA,
    Kind,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import psycopg

Key = tuple[str, str]
"""Kind and name of an item, such as ("table", "public.users")."""


@dataclass(frozen=True)
class Item:
    """One definition.

    address: its catalog and oid on its own side, as pg_dump names them; oid 0 if it has none.
    parent: the table that it belongs to, empty if none.
    """

    kind: str
    name: str
    definition: str
    address: tuple[str, int] = ("", 0)
    parent: str = ""

    @property
    def own_name(self) -> str:
        """Its name within its table."""
        return self.name.removesuffix(f" on {self.parent}").removeprefix(f"{self.parent}.")

    @property
    def key(self) -> Key:
        return self.kind, self.name


Catalog = dict[Key, Item]

_VIEWS = ("view", "materialized view")

_TARGETS_OWN = ("extension", "database setting")
"""Kinds of which the target may have more than the source: its operator's business (RDS brings its own)."""


_RELATIONS = (
    "SELECT c.oid, format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid >= 16384"
)


def read_catalog(session: Any, kinds: Iterable[Kind] = (*BEFORE_DATA, *AFTER_DATA)) -> Catalog:
    """All definitions of the given kinds. What belongs to an extension comes with it and is left out."""
    classes = dict(session.execute("SELECT relname, oid FROM pg_catalog.pg_class WHERE relnamespace = 11").fetchall())
    members = set(session.execute("SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'").fetchall())
    relations = dict(session.execute(_RELATIONS).fetchall())
    found: Catalog = {}
    for kind in kinds:
        for oid, parent, name, definition in session.execute(kind.query.encode()):
            own = (classes.get(kind.catalog, oid if kind.name == "comment" else 0), oid)
            if kind.name == "comment":  # its address is what it is about
                own = (oid, parent)
            if own in members or (classes.get(kind.parent, 0), parent) in members:
                continue
            address = (kind.catalog, oid) if kind.catalog else ("", 0)
            item = Item(kind.name, name, definition, address, relations.get(parent, "") if kind.parent else "")
            found[item.key] = item
    return found


def same_words(target_session: Any, source: Catalog, target: Catalog) -> Catalog:
    """The source's catalog with its views worded as the target's server words them (PostgreSQL 16 qualifies less).

    The target parses the source's text into a temporary view, in a transaction that is rolled back.
    """
    reworded = dict(source)
    for key, item in source.items():
        other = target.get(key)
        if item.kind in _VIEWS and other and item.definition != other.definition:
            reworded[key] = replace(item, definition=_reworded(target_session, item.definition))
    return reworded


def _reworded(session: Any, definition: str) -> str:
    query, semicolon, options = definition.rpartition(";")
    try:
        with session.transaction(force_rollback=True):
            session.execute("SET LOCAL default_transaction_read_only = off")
            session.execute(f"CREATE TEMPORARY VIEW replatform_probe AS {query}".encode())
            [text] = session.execute("SELECT pg_get_viewdef('pg_temp.replatform_probe'::regclass)").fetchone()
    except psycopg.Error:  # the target lacks what the view reads, or forbids temporary objects: the texts decide
        return definition
    return f"{str(text).removesuffix(';')}{semicolon}{options}"


def unlike(source: Catalog, target: Catalog) -> Iterator[tuple[Key, str]]:
    """Keys that are not the same on both sides, each with missing, extra or changed."""
    for key in sorted(source.keys() | target.keys()):
        if key not in target:
            yield key, "missing"
        elif key not in source:
            if key[0] not in _TARGETS_OWN:
                yield key, "extra"
        elif source[key].definition != target[key].definition:
            yield key, "changed"


def differences(source: Catalog, target: Catalog) -> Iterator[Difference]:
    """The definitions that differ. A table or view that is missing or extra stands for all that belongs to it."""
    found = dict(unlike(source, target))
    whole = {name for (kind, name), how in found.items() if kind in ("table", *_VIEWS) and how != "changed"}
    for key, how in found.items():
        item = source.get(key) or target[key]
        if item.parent not in whole:
            yield Difference("definitions", f"{item.kind} {item.name}", how, _detail(source, target, key))


def _detail(source: Mapping[Key, Item], target: Mapping[Key, Item], key: Key) -> str:
    if key not in source or key not in target:
        return ""
    one, other = (" ".join(side[key].definition.split())[:200] for side in (source, target))
    return f"source: {one}; target: {other}"
