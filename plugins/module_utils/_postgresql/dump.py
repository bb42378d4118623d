# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The source's definitions as SQL: pg_dump's output, cut into its entries."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import (
    End,
    libpq_options,
    password_of,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.plan import BOOKKEEPING

Run = Callable[..., tuple[int, str, str]]
"""AnsibleModule.run_command: a command (and `environ_update`) to its exit code, output and complaints."""

_PLACES = ("/usr/lib/postgresql/*/bin/pg_dump", "/usr/pgsql-*/bin/pg_dump", "/opt/homebrew/opt/postgresql*/bin/pg_dump")

_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}

_HEADER = re.compile(
    r"^--\n-- TOC entry \d+ \(class (\d+) OID (\d+)\)\n(?:-- Dependencies: [\d ]+\n)?"
    r"-- Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: .*\n--\n",
    re.MULTILINE,
)

_TRAILER = re.compile(
    r"(-- Completed on [^\n]*\n\s*)?--\n-- PostgreSQL database dump complete\n--\s*(\\unrestrict \S+\s*)?\Z"
)


@dataclass(frozen=True)
class Entry:
    """One entry of a dump. catalog and oid: what it creates, 0 where it alters; type: pg_dump's word, such as INDEX."""

    catalog: int
    oid: int
    name: str
    type: str
    schema: str
    sql: str


def find_pg_dump(source_major: int, target_major: int, run: Run) -> str:
    """A pg_dump that can read the source: the one nearest to the target's version, which has to understand its SQL.

    Raises CopyError that names the command which installs one.
    """
    candidates = {shutil.which("pg_dump") or ""}
    for pattern in _PLACES:
        candidates |= {str(path) for path in Path("/").glob(pattern.lstrip("/"))}
    versions = {path: _major(path, run) for path in sorted(candidates) if path}
    fitting = {path: major for path, major in versions.items() if major >= source_major}
    if not fitting:
        there = ", ".join(f"{path} ({major})" for path, major in versions.items()) or "none"
        raise CopyError(
            f"The definitions are read with pg_dump of PostgreSQL {source_major} or newer; on this machine: {there}. "
            f"Install one: apt-get install postgresql-client-{source_major} (Debian, Ubuntu), "
            f"dnf install postgresql{source_major} (Amazon Linux), brew install postgresql@{source_major} (macOS)."
        )
    return min(fitting, key=lambda path: (abs(fitting[path] - target_major), path))


def _major(path: str, run: Run) -> int:
    _code, words, _complaints = run([path, "--version"])
    found = re.search(r"\) (\d+)", words)
    return int(found.group(1)) if found else 0


def read_entries(pg_dump: str, source: End, snapshot: str, section: str, run: Run) -> list[Entry]:
    """The entries of a section (pre-data or post-data), in an order in which they can be run."""
    # The password travels in the child's environment: not in its arguments, which every user of the machine can read.
    environment = {_VARIABLES[name]: value for name, value in libpq_options(source).items()}
    environment |= {"PGPASSWORD": password_of(source), "PGOPTIONS": ""}
    command = [pg_dump, f"--section={section}", f"--snapshot={snapshot}", "--verbose", "--encoding=UTF8"]
    command += ["--no-password", "--no-owner", "--no-privileges", "--no-tablespaces", "--no-security-labels"]
    command += ["--no-publications", "--no-subscriptions", "-B", f"--exclude-schema={BOOKKEEPING}"]
    code, text, complaints = run(command, environ_update=environment)
    if code:
        lines = [line for line in complaints.splitlines() if "error" in line or "detail" in line]
        reason = "; ".join(lines or complaints.splitlines()[-1:])
        raise CopyError(f"{pg_dump} of the source {source.name} failed: {reason}. Mend that and run it again.")
    return list(split_entries(text))


def split_entries(text: str) -> Iterator[Entry]:
    """Cut pg_dump's verbose plain output at the headers of its entries."""
    # What follows the last entry is words for people, and a command for psql.
    body = _TRAILER.sub("", text)
    headers = list(_HEADER.finditer(body))
    ends = [header.start() for header in headers[1:]] + [len(body)]
    for header, end in zip(headers, ends, strict=True):
        catalog, oid, name, kind, schema = header.groups()
        sql = body[header.end() : end].strip()
        if sql:
            yield Entry(int(catalog), int(oid), name, kind, "" if schema == "-" else schema, sql)
