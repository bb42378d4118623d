"""Killed, locked out, refused: what is said, and that the same command goes on from there."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lab.servers import Server, postgresql
from tests.faults import Record
from tests.integration.postgresql.conftest import ROOT, Move, connect

pytestmark = pytest.mark.stores


def wait_for(condition: Any, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.fault("PostgreSQL: kill -9 of the copier, in a table without a key and in one with")
def test_killed_in_the_middle_it_goes_on_without_duplicates(small: Move, record_property: Record) -> None:
    small.at_source(
        "CREATE TABLE no_key (a int, b text)",
        "INSERT INTO no_key SELECT g, repeat('x', 200) FROM generate_series(1, 150000) g",
        "CREATE TABLE many (id int PRIMARY KEY, b text)",
        "INSERT INTO many SELECT g, repeat('y', 200) FROM generate_series(1, 150000) g",
    )
    copying = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%FROM STDIN%' AND state = 'active'"
    kills = 0
    for table in ("no_key", "many"):
        process = small.start("postgresql_copy", split_bytes=8_000_000, jobs=1)
        # Watched from another database: the copy's own must not see us.
        with connect(small.target) as session:
            wait_for(lambda s=session, t=table: s.execute(f"{copying} AND query LIKE '%{t}%'".encode()).fetchone()[0])
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        kills += 1
    done = small.copy(split_bytes=8_000_000)
    assert done["rc"] == 0, done["output"]
    assert done["partitions"]["copied"] < done["partitions"]["total"], "what was complete before the kills is kept"
    compared = small.compare(split_bytes=8_000_000)
    assert compared["verdict"] == "equal", compared["output"]
    assert small.at_target("SELECT count(*), count(DISTINCT a) FROM no_key") == [(150000, 150000)]
    assert kills == 2
    record_property("lost", compared["differences_total"])


@pytest.mark.fault("PostgreSQL: killed between the target's commit and the journal")
def test_a_commit_that_the_journal_missed_is_not_repeated(small: Move, record_property: Record) -> None:
    assert small.copy()["rc"] == 0
    [journal] = small.run_dir.glob("*/journal.sqlite")
    with contextlib.closing(sqlite3.connect(journal)) as database:
        database.execute("UPDATE partition SET digest = NULL WHERE id = 'public.log'")
        database.commit()
    again = small.copy()
    assert (again["rc"], again["partitions"]["copied"], again["changed"]) == (0, 1, False), again["output"]
    record_property("lost", small.compare()["differences_total"])


@pytest.mark.fault("PostgreSQL: the target ends the sessions that copy")
def test_a_restarted_target_is_waited_for(small: Move, target: Server, record_property: Record) -> None:
    small.at_source("INSERT INTO log SELECT repeat('z', 300) FROM generate_series(1, 200000)")
    process = small.start("postgresql_copy")
    with connect(target) as session, contextlib.suppress(psycopg.Error):
        wait_for(
            lambda: session.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%'").fetchone()[0]
        )
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'"
        )
    out, _err = process.communicate(timeout=120)
    assert process.returncode == 0, out
    record_property("lost", small.compare()["differences_total"])


@contextlib.contextmanager
def stalling_once(port: int) -> Iterator[int]:
    """A proxy whose first busy connection takes 1 MB, then nothing for 2 s, and is cut; later ones are whole."""
    stalled = threading.Event()

    def pump(inward: socket.socket, outward: socket.socket, stalls: bool) -> None:
        taken = 0
        with contextlib.suppress(OSError), inward, outward:
            while data := inward.recv(65536):
                taken += len(data)
                if stalls and taken > 1_000_000 and not stalled.is_set():
                    stalled.set()
                    time.sleep(2)
                    break
                outward.sendall(data)
            # Both directions, at once: closing alone would wait for the other thread.
            for end in (inward, outward):
                end.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = front.accept()
                far = socket.create_connection(("127.0.0.1", port))
                for ends in ((near, far, True), (far, near, False)):
                    threading.Thread(target=pump, args=ends, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as front:
        threading.Thread(target=serve, daemon=True).start()
        yield front.getsockname()[1]
    assert stalled.is_set(), "nothing was large enough to stall"


@pytest.mark.fault("PostgreSQL: the connection to the target stalls, then is cut, while rows are on their way")
def test_a_connection_that_stalls_and_is_cut_is_not_waited_for(small: Move, record_property: Record) -> None:
    small.at_source("INSERT INTO log SELECT repeat('z', 300) FROM generate_series(1, 200000)")
    with stalling_once(small.target.port) as port:
        copied = small.copy(target={"connect_to": f"127.0.0.1:{port}"})
    assert copied["rc"] == 0, copied["output"]
    compared = small.compare()
    assert compared["verdict"] == "equal"
    record_property("lost", compared["differences_total"])


def test_a_target_that_others_filled_is_refused(small: Move) -> None:
    small.at_target("CREATE TABLE theirs (id int)")
    refused = small.copy()
    assert refused["rc"] != 0
    assert "not empty (table public.theirs)" in refused["msg"]
    assert small.at_target("SELECT count(*) FROM pg_tables WHERE schemaname NOT LIKE 'pg%'") == [(5,)]


BAD_INPUT: list[tuple[str, dict[str, Any], list[str]]] = [
    ("source", {"password": "wrong-password-1"}, ["source", "password authentication failed", "env://NAME"]),
    ("target", {"password": "wrong-password-2"}, ["target", "password authentication failed", "Check user"]),
    ("target", {"port": 1}, ["target", "127.0.0.1:1/small", "refused", "can be reached"]),
    ("source", {"dbname": "nowhere"}, ["source", '"nowhere" does not exist', "Check dbname"]),
    ("target", {"password": "env://NOT_SET"}, ["target", "NOT_SET", "not set", "export NOT_SET"]),
    ("target", {"sslmode": "verify-full"}, ["target", "SSL", "sslrootcert"]),
    ("target", {"connect_to": "no-port"}, ["connect_to", "host:port"]),
]


def test_bad_input_is_one_clear_message_and_leaves_nothing(small: Move) -> None:
    for number, (side, change, words) in enumerate(BAD_INPUT):
        failed = small.run(("postgresql_copy", "postgresql_compare")[number % 2], **{side: change})
        assert failed["rc"] != 0
        assert all(word in failed["msg"] for word in words), failed["msg"]
        assert "Traceback" not in failed["output"]
        assert "wrong-password" not in failed["msg"]
    assert small.copy()["rc"] == 0


def test_a_source_role_that_cannot_read_gets_a_list(small: Move, source: Server) -> None:
    with connect(source) as session, contextlib.suppress(psycopg.errors.DuplicateObject):
        session.execute("CREATE ROLE reader LOGIN PASSWORD 'reader-word'")
    small.at_source("GRANT SELECT ON users TO reader", "CREATE SCHEMA closed", "CREATE TABLE closed.t (id int)")
    refused = small.copy(source={"user": "reader", "password": "reader-word"})
    assert refused["rc"] != 0
    for name in ("closed.t", "public.log", "public.orders", "sequence public.orders_id_seq"):
        assert name in refused["msg"]
    assert "public.users" not in refused["msg"]
    assert small.at_target("SELECT count(*) FROM pg_class WHERE relname = 'users'") == [(0,)]

    with connect(source) as session:
        session.execute("GRANT pg_read_all_data TO reader")
    small.at_source("SELECT lo_unlink(4242)")
    assert small.copy(source={"user": "reader", "password": "reader-word"})["rc"] == 0


def test_rows_that_a_policy_hides_are_an_error(small: Move, source: Server) -> None:
    with connect(source) as session, contextlib.suppress(psycopg.errors.DuplicateObject):
        session.execute("CREATE ROLE policed LOGIN PASSWORD 'policed-word' IN ROLE pg_read_all_data")
    small.at_source(
        "SELECT lo_unlink(4242)",
        "ALTER TABLE log ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY hiding ON log USING (false)",
    )
    refused = small.copy(source={"user": "policed", "password": "policed-word"})
    assert refused["rc"] != 0
    assert "hides rows of public.log from policed in the source" in refused["msg"]


def test_source_and_target_the_same_is_refused(small: Move) -> None:
    end = {"user": "postgres", "password": small.source.password, "port": small.source.port}
    refused = small.copy(target=end)
    assert refused["rc"] != 0
    assert "same database" in refused["msg"]


def test_check_mode_changes_nothing(small: Move) -> None:
    planned = small.copy(_ansible_check_mode=True)
    assert (planned["rc"], planned["changed"]) == (0, True), planned["output"]
    assert planned["partitions"]["total"] == 5
    assert small.at_target("SELECT count(*) FROM pg_class WHERE relname IN ('users', 'log')") == [(0,)]
    assert small.copy()["rc"] == 0
    assert not small.copy(_ansible_check_mode=True)["changed"]


def test_include_and_exclude_choose_content(small: Move) -> None:
    copied = small.copy(include=["public.*"], exclude=["public.log"])
    assert copied["rc"] == 0, copied["output"]
    assert small.at_target("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM log)") == [(200, 0)]
    assert small.compare(include=["public.*"], exclude=["public.log"])["verdict"] == "equal"


def test_an_owner_that_is_not_the_user_owns_all(move: Move, target: Server) -> None:
    with connect(target) as session:
        with contextlib.suppress(psycopg.errors.DuplicateObject):
            session.execute("CREATE ROLE app_role")
        session.execute("GRANT app_role TO master")
    refused = move.copy(owner="pg_monitor")
    assert refused["rc"] != 0
    assert "GRANT pg_monitor TO master" in refused["msg"]
    copied = move.copy(owner="app_role")
    assert copied["rc"] == 0, copied["output"]
    owners = move.at_target(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND relkind <> 'c'"
    )
    assert owners == [("app_role",)]
    for owner in ({"owner": "app_role"}, {}):
        compared = move.compare(**owner)
        assert compared["verdict"] == "equal", compared["output"]
    assert not move.copy(owner="app_role")["changed"]


def test_the_bookkeeping_can_be_dropped_at_the_end(small: Move) -> None:
    assert small.copy()["rc"] == 0
    last = small.copy(drop_bookkeeping=True)
    assert (last["rc"], last["changed"]) == (0, True), last["output"]
    assert small.at_target("SELECT to_regnamespace('_replatform')::text") == [(None,)]
    assert small.compare()["verdict"] == "equal"
    again = small.copy(drop_bookkeeping=True)
    assert (again["changed"], again["partitions"]["copied"]) == (False, 0)


def test_through_a_forwarded_port_the_name_is_still_checked(small: Move, tmp_path: Path) -> None:
    with postgresql("16", tmp_path / "tls", tls=True) as server:
        with connect(server) as session:
            session.execute("CREATE DATABASE small")
        end = {"user": server.user, "password": server.password, "sslmode": "verify-full", "port": 5432}
        end |= {"sslrootcert": str(server.ca_path), "connect_to": f"127.0.0.1:{server.port}"}
        wrong = small.copy(target={**end, "host": "db.example.com"})
        assert wrong["rc"] != 0
        assert "db.example.com" in wrong["msg"]
        right = small.copy(target={**end, "host": "localhost"})
        assert right["rc"] == 0, right["output"]


def ansible(small: Move, module: str) -> subprocess.Popen[str]:
    """The `ansible` command that runs a module on this machine."""
    command = [str(ROOT / ".venv" / "bin" / "ansible"), "localhost", "-i", "localhost,", "-c", "local", "-vvv"]
    command += ["-e", f"ansible_python_interpreter={sys.executable}"]
    command += ["-m", f"replatform.aws.{module}", "-a", json.dumps(small.arguments())]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    environment |= small.passwords
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.fault("PostgreSQL: kill -9 of Ansible, and the same copy at once")
def test_a_killed_ansible_leaves_no_second_writer(small: Move, record_property: Record) -> None:
    small.at_source("INSERT INTO log SELECT repeat('z', 1000) FROM generate_series(1, 400000)")
    with connect(small.target) as session:
        busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%FROM STDIN%' AND state = 'active'"
        parent = ansible(small, "postgresql_copy")
        wait_for(lambda: session.execute(busy).fetchone()[0])
        os.kill(parent.pid, signal.SIGKILL)
        again = small.copy()
        parent.communicate()
    assert again["rc"] == 0, again["output"]
    record_property("lost", small.compare()["differences_total"])
    assert small.at_target("SELECT count(*) FROM log") == [(400100,)]


@pytest.mark.fault("PostgreSQL: kill -9 of Ansible while an index is built at the end of the copy")
def test_a_killed_ansible_leaves_no_index_being_built(small: Move, record_property: Record) -> None:
    small.at_source(
        "CREATE FUNCTION slowly(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 FROM pg_sleep(0.05)'",
        "CREATE TABLE late (id int)",
        "CREATE INDEX ON late (slowly(id))",
        "INSERT INTO late VALUES (1)",
        "ALTER TABLE late ADD more int",
    )
    # Filled past the index, which would take as long here.
    small.at_source("UPDATE pg_index SET indisready = false WHERE indrelid = 'late'::regclass")
    small.at_source("INSERT INTO late SELECT generate_series(2, 600)")
    small.at_source("UPDATE pg_index SET indisready = true WHERE indrelid = 'late'::regclass")
    building = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND state = 'active'"
    with connect(small.target) as session:
        parent = ansible(small, "postgresql_copy")
        wait_for(lambda: session.execute(building).fetchone()[0])
        os.kill(parent.pid, signal.SIGKILL)
        wait_for(lambda: not session.execute(building).fetchone()[0], patience=12)
        parent.communicate()
    again = small.copy()
    assert again["rc"] == 0, again["output"]
    compared = small.compare()
    assert compared["verdict"] == "equal", compared["output"]
    record_property("lost", compared["differences_total"])


def test_ansible_runs_it_and_no_secret_is_shown(small: Move) -> None:
    for module in ("postgresql_copy", "postgresql_compare"):
        process = ansible(small, module)
        output, _none = process.communicate(timeout=180)
        assert process.returncode == 0, output
        kept = "".join(path.read_text(errors="replace") for path in small.run_dir.rglob("*") if path.is_file())
        for secret in small.passwords.values():
            assert secret not in output + kept
