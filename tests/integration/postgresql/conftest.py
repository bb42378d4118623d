"""A real source (15) and target (16), whose user is as RDS's master: no superuser. Modules run as Ansible runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lab.servers import Server, postgresql

ROOT = Path(__file__).resolve().parents[3]
AWKWARD = Path(__file__).with_name("awkward.sql").read_text(encoding="utf-8")

MASTER_PASSWORD = "word-of-the-master-5d0e1f"


def connect(server: Server, dbname: str = "postgres") -> Any:
    """A superuser's session."""
    return psycopg.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        dbname=dbname,
        client_encoding="utf8",
        autocommit=True,
    )


def start_module(name: str, arguments: dict[str, Any], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A module's process, with its arguments on the way in."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "plugins" / "modules" / f"{name}.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / ".ansible" / "collections")]),
            **environment,
        },
    )
    assert process.stdin
    process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    process.stdin.close()
    process.stdin = None
    return process


@dataclass(frozen=True)
class Move:
    """One source database, one target database, and the modules between them."""

    source: Server
    target: Server
    name: str
    run_dir: Path
    user: str = "master"

    @property
    def passwords(self) -> dict[str, str]:
        """The environment that the modules' references lead to."""
        return {"SOURCE_PASSWORD": self.source.password, "TARGET_PASSWORD": MASTER_PASSWORD}

    def arguments(self, **more: Any) -> dict[str, Any]:
        ends = {
            "source": {"user": self.source.user, "password": "env://SOURCE_PASSWORD", "port": self.source.port},
            "target": {"user": self.user, "password": "env://TARGET_PASSWORD", "port": self.target.port},
        }
        for end in ends.values():
            end |= {"host": "127.0.0.1", "dbname": self.name, "sslmode": "disable"}
        for side in ("source", "target"):
            ends[side] |= more.pop(side, {})
        return {**ends, "run_dir": str(self.run_dir), **more}

    def start(self, module: str, **more: Any) -> subprocess.Popen[bytes]:
        return start_module(module, self.arguments(**more), self.passwords)

    def run(self, module: str, **more: Any) -> dict[str, Any]:
        """The module's result, with its exit code as `rc` and all that it printed as `output`."""
        process = self.start(module, **more)
        out, err = process.communicate(timeout=180)
        output = out.decode() + err.decode()
        try:
            result: dict[str, Any] = json.loads(out)
        except ValueError:
            raise AssertionError(output) from None
        return {**result, "rc": process.returncode, "output": output}

    def copy(self, **more: Any) -> dict[str, Any]:
        return self.run("postgresql_copy", **more)

    def compare(self, **more: Any) -> dict[str, Any]:
        return self.run("postgresql_compare", **more)

    def at_source(self, *statements: str) -> list[Any]:
        return _run(self.source, self.name, statements)

    def at_target(self, *statements: str) -> list[Any]:
        return _run(self.target, self.name, statements)


def _run(server: Server, name: str, statements: tuple[str, ...]) -> list[Any]:
    rows: list[Any] = []
    with connect(server, name) as session:
        for statement in statements:
            cursor = session.execute(statement.encode())
            rows = cursor.fetchall() if cursor.description else []
    return rows


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """PostgreSQL 15 with the awkward data in a template database."""
    with postgresql("15", tmp_path_factory.mktemp("pg") / "source") as server:
        with connect(server) as session:
            session.execute("CREATE DATABASE app")
        with connect(server, "app") as session:
            session.execute(AWKWARD.encode())
        yield server


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """PostgreSQL 16, empty, with a master as RDS's: may create databases and roles, and is no superuser."""
    with postgresql("16", tmp_path_factory.mktemp("pg") / "target") as server:
        with connect(server) as session:
            session.execute(f"CREATE ROLE master LOGIN CREATEDB CREATEROLE PASSWORD '{MASTER_PASSWORD}'".encode())
        yield server


def fresh(source: Server, target: Server, name: str, run_dir: Path, template: str | None = None) -> Move:
    """A database on each side, replaced if there; the source's from a template."""
    with connect(target) as session:
        session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        session.execute(f"CREATE DATABASE {name} OWNER master".encode())
    if template != name:
        with connect(source) as session:
            session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            session.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}".encode())
    return Move(source, target, name, run_dir)


@pytest.fixture
def move(source: Server, target: Server, tmp_path: Path) -> Move:
    """The awkward data, not yet copied."""
    made = fresh(source, target, "awkward", tmp_path / "runs", "app")
    made.at_source(
        "ALTER DATABASE awkward SET default_text_search_config = 'pg_catalog.english'",
        'ALTER DATABASE awkward SET search_path = public, "매출"',
    )
    return made


@pytest.fixture
def small(source: Server, target: Server, tmp_path: Path) -> Move:
    """A database with a few plain tables, not yet copied."""
    made = fresh(source, target, "small", tmp_path / "runs")
    made.at_source(
        "CREATE TABLE users (id int PRIMARY KEY, name text, email text)",
        "INSERT INTO users SELECT g, 'user ' || g, g || '@example.com' FROM generate_series(1, 200) g",
        "CREATE TABLE orders (id serial PRIMARY KEY, user_id int REFERENCES users, total numeric)",
        "INSERT INTO orders (user_id, total) SELECT g, g FROM generate_series(1, 100) g",
        "CREATE TABLE log (line text)",
        "INSERT INTO log SELECT 'line ' || g % 10 FROM generate_series(1, 100) g",
        "SELECT lo_from_bytea(4242, 'abc')",
    )
    return made
