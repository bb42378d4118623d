"""Three real stores with the small seed in them, and the application running against them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from lab.seed import ObjectsSource, PostgresqlSource, SearchSource, Sources, seed, seeded
from lab.servers import Server, minio, opensearch, postgresql
from lab.servers.daemon import free_port

from .digest import Digest, digest

ROOT = Path(__file__).resolve().parents[3]
ADMIN = ("admin", "a password for tests 비밀")
JWT_SECRET = "jwt-secret-for-tests-0123456789abcdef"


@dataclass(frozen=True)
class Stores:
    postgresql: Server
    minio: Server
    opensearch: Server
    sources: Sources


@dataclass(frozen=True)
class Seeded(Stores):
    """Stores with the small seed; `digest` is their content right after it."""

    digest: Digest


@dataclass(frozen=True)
class App:
    """The application in a process of its own."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def token(self) -> str:
        answer = requests.post(f"{self.url}/login", json={"username": ADMIN[0], "password": ADMIN[1]}, timeout=30)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token()}"}

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=40)


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder = tmp_path_factory.mktemp("source")
    with ExitStack() as stack:
        database = stack.enter_context(postgresql("15", folder / "postgresql", tls=True))
        objects = stack.enter_context(minio(folder / "minio"))
        search = stack.enter_context(opensearch("2.11.1", folder / "opensearch", security=True))
        sources = Sources(
            PostgresqlSource(database.host, database.port, database.user, "postgres", database.password),
            ObjectsSource(objects.url, "database-api-files", objects.user, objects.password),
            SearchSource(search.url, search.user, search.password, str(search.ca_path)),
        )
        yield Stores(database, objects, search, sources)


@pytest.fixture(scope="session")
def seeded_stores(stores: Stores) -> Seeded:
    assert not seeded(stores.sources)
    seed(stores.sources, "small", admin=ADMIN)
    return Seeded(**vars(stores), digest=digest(stores.sources))


@pytest.fixture(scope="session")
def environment(stores: Stores) -> dict[str, str]:
    """The application's variables as a compose file would set them, TLS checked wherever the server speaks it."""
    return {
        "POSTGRES_HOST": stores.postgresql.host,
        "POSTGRES_PORT": str(stores.postgresql.port),
        "POSTGRES_USER": stores.postgresql.user,
        "POSTGRES_PASSWORD": stores.postgresql.password,
        "POSTGRES_DB": "postgres",
        "POSTGRES_SSLROOTCERT": str(stores.postgresql.ca_path),
        "MINIO_ENDPOINT": f"{stores.minio.host}:{stores.minio.port}",
        "MINIO_ACCESS_KEY": stores.minio.user,
        "MINIO_SECRET_KEY": stores.minio.password,
        "MINIO_BUCKET_NAME": stores.sources.objects.bucket,
        "OPENSEARCH_HOST": stores.opensearch.host,
        "OPENSEARCH_PORT": str(stores.opensearch.port),
        "OPENSEARCH_USER": stores.opensearch.user,
        "OPENSEARCH_INITIAL_ADMIN_PASSWORD": stores.opensearch.password,
        "OPENSEARCH_USE_SSL": "true",
        "OPENSEARCH_CA": str(stores.opensearch.ca_path),
        "JWT_SECRET_KEY": JWT_SECRET,
        "JWT_ALGORITHM": "HS256",
        "JWT_ACCESS_TOKEN_EXPIRE_MINUTES": "60",
        "OPENAI_API_KEY": "openai-key-for-tests",
        "APP_ENV": "production",
        "APP_DEBUG": "true",
    }


Launch = Callable[[dict[str, str]], App]


@pytest.fixture
def launch(tmp_path: Path, environment: dict[str, str]) -> Iterator[Launch]:
    """Starts the application with variables over the usual ones; an empty text unsets one."""
    started: list[App] = []

    def start(more: dict[str, str]) -> App:
        app = start_app({**environment, **more}, tmp_path / f"app-{len(started)}.log")
        started.append(app)
        return app

    yield start
    for app in started:
        app.stop()


@pytest.fixture(scope="module")
def app(seeded_stores: Seeded, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    running = start_app(environment, tmp_path_factory.mktemp("app") / "app.log")
    yield running
    running.stop()


def start_app(variables: dict[str, str], log: Path) -> App:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "lab.app.main:app", "--host", "127.0.0.1", "--port", str(port)]
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(log.parent),
        **{key: value for key, value in variables.items() if value},
    }
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
    app = App(f"http://127.0.0.1:{port}/api", log, process)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{app.url}/health", timeout=30)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return app
    process.kill()
    raise AssertionError(f"The application did not start:\n{log.read_text()}")
