"""The lab's pure parts: records of processes, podman's settings, health checks that are due, certificates, secrets."""

from __future__ import annotations

import ctypes
import json
import os
import ssl
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lab import engine, health, source
from lab.certificates import authority, issue
from lab.opensearch_node import bcrypt
from lab.paths import write_private
from lab.processes import Background, start_time


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPLATFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "lab"


def test_a_background_process_is_known_by_pid_and_start_time(state: Path) -> None:
    process = Background("sleeper")
    pid = process.start([sys.executable, "-c", "import time; time.sleep(60)"], {})
    assert process.pid() == pid
    recorded = json.loads(process.record.read_text())
    process.record.write_text(json.dumps(recorded | {"started": recorded["started"] + 1}))
    assert process.pid() is None, "a recycled pid must not be taken for ours"
    assert not process.stop()
    assert start_time(pid) is not None, "a process that is not ours must not be stopped"
    process.record.write_text(json.dumps(recorded))
    assert process.stop()
    assert start_time(pid) is None


def test_podmans_settings_keep_to_the_labs_own_folders(state: Path) -> None:
    settings = {name: tomllib.loads(text) for name, text in engine.settings().items()}
    own = str(state.parent)
    paths = [
        settings["storage.conf"]["storage"]["graphroot"],
        settings["storage.conf"]["storage"]["runroot"],
        settings["containers.conf"]["engine"]["tmp_dir"],
        settings["containers.conf"]["engine"]["volume_path"],
        settings["containers.conf"]["network"]["network_config_dir"],
    ]
    assert [path for path in paths if not path.startswith(own)] == []
    registries = settings["registries.conf"]
    assert registries["unqualified-search-registries"] == [], "a short name must never ask a registry"
    locations = {each.get("prefix", each["location"]): each["location"] for each in registries["registry"]}
    assert locations[engine.ECR_REGISTRY] == "127.0.0.1:4566"


def test_a_socket_path_fits_into_the_kernels_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLATFORM_CACHE", str(tmp_path / ("long" * 30)))
    assert len(os.fsencode(engine.socket_path())) < 108


@pytest.mark.parametrize(
    ("status", "seconds_ago", "expected"),
    [
        ("starting", 1.0, True),
        ("unhealthy", 1.0, True),
        ("healthy", 1.0, False),
        ("healthy", 15.0, True),
        ("", 99.0, False),
    ],
)
def test_which_health_checks_are_due(status: str, seconds_ago: float, expected: bool) -> None:
    container = {"Id": "a", "Status": status}
    assert health.due([container], {"a": 1000 - seconds_ago}, 1000) == (["a"] if expected else [])


def test_certificates_prove_their_names_and_no_other(tmp_path: Path) -> None:
    ca = authority(tmp_path / "ca")
    issued = issue(ca, tmp_path, "node", ["localhost", "127.0.0.1"])
    assert authority(tmp_path / "ca").ca_path.read_bytes() == ca.ca_path.read_bytes(), "a CA is made once"
    for name, fits in (("localhost", True), ("127.0.0.1", True), ("elsewhere", False)):
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(issued.cert_path, issued.key_path)
        assert handshake(server, ssl.create_default_context(cafile=str(ca.ca_path)), name) is fits
    assert stat.S_IMODE(ca.key_path.stat().st_mode) == 0o600


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> bool:
    """A TLS handshake in memory; False when the client refuses the certificate."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _turn in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return True


def test_a_password_hash_is_bcrypt_and_fits_only_its_password() -> None:
    hashed = bcrypt("a secret")
    assert hashed.startswith("$2b$") and len(hashed) == 60
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    assert crypt(b"a secret", hashed.encode()) == hashed.encode()
    assert crypt(b"another", hashed.encode()) != hashed.encode()


def test_secrets_are_made_once_and_for_the_owner_alone(state: Path) -> None:
    source.prepare()
    first = source.read_env(source.env_file())
    source.prepare()
    assert source.read_env(source.env_file()) == first
    for path in (source.env_file(), source.facts_file()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(source.folder().stat().st_mode) == 0o700
    users = source.folder().joinpath("internal_users.yml").read_text()
    assert first["OPENSEARCH_INITIAL_ADMIN_PASSWORD"] not in users


def test_a_private_file_replaces_a_public_one(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)


def test_the_compose_file_is_complete_and_binds_to_loopback_only(state: Path) -> None:
    source.prepare()
    program = Path(sys.executable).parent / "docker-compose"
    command = [str(program), "--file", str(source.COMPOSE_FILE), "--env-file", str(source.env_file())]
    command += ["config", "--format", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(state)}
    project = json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert set(project["services"]) == {"app", "postgres", "minio", "opensearch"}
    for name, service in project["services"].items():
        assert service["healthcheck"]["test"], name
        for port in service["ports"]:
            assert port["host_ip"] == "127.0.0.1", name
