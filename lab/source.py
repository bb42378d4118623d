"""The source: the compose application with its secrets and certificates, built, started, and its connection facts."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import shutil
import sys
from pathlib import Path

import docker

from lab.certificates import authority, issue
from lab.components.build import locked
from lab.engine import Engine
from lab.errors import LabError
from lab.images import STAND_INS
from lab.opensearch_node import internal_users
from lab.paths import COMPOSE_FILE, COMPOSE_PROJECT, ROOT, cache_dir, state_dir, write_private
from lab.processes import run, wait_until
from lab.seed import ObjectsSource, PostgresqlSource, SearchSource, Sources, seed, seeded

APP = ROOT / "lab" / "app"
IMAGE = "database-fastapi-app:latest"
HOST = "127.0.0.1"
APP_PORT, POSTGRES_PORT, MINIO_PORT, OPENSEARCH_PORT = 18000, 25432, 29000, 29200
SERVICES, WELL = 4, "running, healthy"
DATABASE, BUCKET = "database_api", "database-api-files"


def folder() -> Path:
    return state_dir() / "source"


def env_file() -> Path:
    """Variables of compose.yml, for `docker compose --env-file`."""
    return state_dir() / "compose.env"


def facts_file() -> Path:
    """How to reach the three stores and the application, for inventories and the seeder."""
    return state_dir() / "source.env"


def read_env(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def prepare() -> None:
    """Secrets, certificates, connection facts; made once, for the stores keep the passwords that they started with."""
    folder().mkdir(parents=True, exist_ok=True)
    folder().chmod(0o700)
    if not env_file().exists():
        write_private(env_file(), _lines(_new_secrets()))
    values = read_env(env_file())
    _issue_certificate()
    users = folder() / "internal_users.yml"
    if not users.exists():
        users.write_text(internal_users({"admin": (values["OPENSEARCH_INITIAL_ADMIN_PASSWORD"], "admin")}))
    write_private(facts_file(), _lines(facts(values)))


def _issue_certificate() -> None:
    """OpenSearch's certificate, signed by the lab's CA as the pretend AWS's are; again when the CA is new."""
    ca = authority(state_dir() / "ca")
    certificates = folder() / "opensearch"
    trusted = certificates / "ca.pem"
    if trusted.exists() and trusted.read_bytes() == ca.ca_path.read_bytes():
        return
    issue(ca, certificates, "node", ["opensearch", "localhost", HOST])
    # The container's user is another than ours; the folder above lets nobody else in.
    certificates.joinpath("node-key.pem").chmod(0o644)
    shutil.copy(ca.ca_path, trusted)


def _new_secrets() -> dict[str, str]:
    """Random, and unlike any other word: a secret that turns up in a log is found by searching for it."""
    return {
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        "MINIO_ACCESS_KEY": f"lab{secrets.token_hex(8)}",
        "MINIO_SECRET_KEY": secrets.token_urlsafe(30),
        "OPENSEARCH_INITIAL_ADMIN_PASSWORD": f"{secrets.token_urlsafe(24)}-Aa1",
        "JWT_SECRET_KEY": secrets.token_urlsafe(48),
        "OPENAI_API_KEY": f"sk-lab-{secrets.token_urlsafe(24)}",
        "APP_ADMIN_PASSWORD": secrets.token_urlsafe(18),
        "LAB_SOURCE": str(folder()),
    }


def facts(values: dict[str, str]) -> dict[str, str]:
    """What the rehearsal's inventory refers to as env://NAME, and where the application is."""
    return values | {
        "MINIO_ROOT_USER": values["MINIO_ACCESS_KEY"],
        "MINIO_ROOT_PASSWORD": values["MINIO_SECRET_KEY"],
        "APP_ADMIN_USER": "admin",
        "SOURCE_APP_URL": f"http://{HOST}:{APP_PORT}",
    }


def stores(values: dict[str, str]) -> Sources:
    """The three stores as the seeder takes them; `values` are those of the facts file."""
    return Sources(
        PostgresqlSource(
            host=HOST, port=POSTGRES_PORT, user="postgres", dbname=DATABASE, password=values["POSTGRES_PASSWORD"]
        ),
        ObjectsSource(
            endpoint_url=f"http://{HOST}:{MINIO_PORT}",
            bucket=BUCKET,
            access_key=values["MINIO_ACCESS_KEY"],
            secret_key=values["MINIO_SECRET_KEY"],
        ),
        SearchSource(
            url=f"https://{HOST}:{OPENSEARCH_PORT}",
            user="admin",
            password=values["OPENSEARCH_INITIAL_ADMIN_PASSWORD"],
            ca_path=str(folder() / "opensearch" / "ca.pem"),
        ),
    )


def fill(size: str) -> bool:
    """Seeds the stores unless a seed has come to its end there; says whether it did. A broken seed starts afresh."""
    values = read_env(facts_file())
    sources = stores(values)
    if seeded(sources):
        return False
    admin = ("admin", values["APP_ADMIN_PASSWORD"])
    seed(sources, size, admin=admin, wipe_first=True)
    return True


def _lines(values: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


def compose(engine: Engine, *arguments: str, what: str) -> str:
    """`docker compose` for the source, over the engine's Docker API."""
    program = Path(sys.executable).parent / "docker-compose"
    command = [str(program)] if program.exists() else ["docker", "compose"]
    command += ["--file", str(COMPOSE_FILE), "--env-file", str(env_file()), "--progress", "plain"]
    environment = engine.environment | {"DOCKER_HOST": engine.docker_host}
    if engine.is_podman:
        environment["DOCKER_BUILDKIT"] = "0"
    return run([*command, *arguments], what=what, environment=environment)


def app_fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(APP.glob("*")):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def build_app(engine: Engine) -> bool:
    """Builds the application's image if its sources have changed; says whether it did.

    The wheels are fetched in any case: the rehearsal's deployment builds from the same folder, in this checkout.
    """
    if engine.is_podman:
        fetch_wheels()
    stamp = state_dir() / "app.stamp"
    fingerprint = app_fingerprint()
    present = engine.ask("image", "inspect", "--format", "{{.Id}}", IMAGE) is not None
    if present and stamp.exists() and stamp.read_text() == fingerprint:
        return False
    compose(engine, "build", "--quiet", "app", what="building the application's image")
    stamp.write_text(fingerprint)
    return True


def fetch_wheels() -> None:
    """The application's wheels into lab/app/wheels: where images are stand-ins, a build has no package index to ask."""
    requirements = (APP / "requirements.txt").read_text()
    store = cache_dir() / "wheels" / hashlib.sha256(requirements.encode()).hexdigest()[:16]
    with locked("wheels"):
        if not store.exists():
            scratch = store.with_name(f".{store.name}.new")
            shutil.rmtree(scratch, ignore_errors=True)
            # The tags of python:3.11-slim, whatever Python runs here.
            platforms = [f"--platform=manylinux{tag}_x86_64" for tag in ("_2_28", "_2_27", "_2_17", "2014")]
            run(
                [
                    sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--no-deps",
                    "--python-version=3.11", "--implementation=cp", *platforms,
                    "--dest", str(scratch), "--requirement", str(APP / "requirements.txt"),
                ],
                what="downloading the application's wheels",
                environment={},
            )  # fmt: skip
            scratch.rename(store)
        target = APP / "wheels"
        for wheel in target.glob("*.whl"):
            if not store.joinpath(wheel.name).exists():
                wheel.unlink()
        for wheel in store.glob("*.whl"):
            if not target.joinpath(wheel.name).exists():
                shutil.copy(wheel, target)


def fingerprint() -> str:
    """Of what the containers were made from: when it changes, a running source is stale."""
    digest = hashlib.sha256(COMPOSE_FILE.read_bytes() + env_file().read_bytes() + app_fingerprint().encode())
    for image in STAND_INS:
        digest.update(image.stamp().encode())
    return digest.hexdigest()


def up(engine: Engine) -> None:
    """Starts what is not running and returns when all four containers are healthy.

    A source that is well and not stale is left alone: over podman's API, `docker compose up` makes it anew.
    """
    stamp = state_dir() / "source.stamp"
    wanted = fingerprint()
    if is_well(states(engine)) and stamp.exists() and stamp.read_text() == wanted:
        return
    compose(engine, "up", "--detach", "--wait", "--wait-timeout", "300", what="starting the source")
    if not wait_until(lambda: is_well(states(engine)), 90, pause=1):
        sick = ", ".join(f"{name}: {state}" for name, state in states(engine).items() if state != WELL)
        logs = compose(engine, "logs", "--tail", "15", "--no-color", what="reading the source's logs")
        raise LabError(f"The source started, but is not healthy ({sick}). The end of its logs:\n{logs}")
    stamp.write_text(wanted)


def down(engine: Engine, *, volumes: bool) -> None:
    if env_file().exists():
        compose(engine, "down", "--remove-orphans", *(["--volumes"] if volumes else []), what="stopping the source")


def states(engine: Engine) -> dict[str, str]:
    """{service: state} of the source's containers: "running, healthy", or "exited" and the like."""
    label = f"com.docker.compose.project={COMPOSE_PROJECT}"
    found = {}
    try:
        with contextlib.closing(docker.DockerClient(base_url=engine.docker_host, timeout=30)) as client:
            for container in client.containers.list(all=True, filters={"label": label}, ignore_removed=True):
                state = container.attrs["State"]
                health = (state.get("Health") or {}).get("Status")
                is_checked = state["Status"] == "running" and health
                found[container.labels["com.docker.compose.service"]] = (
                    f"running, {health}" if is_checked else state["Status"]
                )
    except docker.errors.DockerException as error:
        raise LabError(f"The engine ({engine.kind}, {engine.docker_host}) does not list containers: {error}") from error
    return found


def is_well(current: dict[str, str]) -> bool:
    return len(current) == SERVICES and set(current.values()) == {WELL}
