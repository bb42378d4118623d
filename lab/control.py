"""The order in which the lab's pieces start and stop, and the environment that leads to them."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

from lab import engine, source
from lab.aws import control as aws
from lab.aws import pki
from lab.aws.settings import ACCOUNT, REGION
from lab.components import ensure
from lab.components.build import STAMP, locked
from lab.engine import Engine
from lab.errors import LabError
from lab.images import ensure_images
from lab.paths import ROOT, state_dir, storage_dir, write_private
from lab.processes import Background
from lab.report import step

ALB_NAMES = (f"*.{REGION}.elb.amazonaws.com", "localhost", "127.0.0.1")
DEPLOY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/replatform/rehearsal/database-api-rehearsal-deploy"
"""The rehearsal's, as bootstrap.yml names it."""

HEALTH = Background("health")


def up(size: str) -> None:
    """Engine, images, source, pretend AWS, data: each started only if need be."""
    with locked("lab"):
        started = time.monotonic()
        with step("container engine"):
            running = engine.start()
        ensure_images(running)
        source.prepare()
        _issue_load_balancer_certificate()
        _start_health_checks(running)
        with step("image of the application"):
            source.build_app(running)
        with step("source: PostgreSQL, MinIO, OpenSearch, application"):
            source.up(running)
        with step("source: data"):
            source.fill(size)
        with step("pretend AWS"):
            _start_aws(running)
        print(f"The lab is up ({time.monotonic() - started:.0f} s, {running.kind}). Application: "
              f"http://{source.HOST}:{source.APP_PORT}  AWS: {aws.place().endpoint}")  # fmt: skip


def _issue_load_balancer_certificate() -> None:
    """What ACM would issue on AWS: `ca/alb.crt` and `ca/alb.key`, which the role alb imports."""
    here = aws.place()
    pki.ensure_authority(here.pki)
    certificate = here.pki / "alb.crt"
    if not certificate.exists() or certificate.stat().st_mtime < here.ca_file.stat().st_mtime:
        pki.issue_files(here.pki, "alb", ALB_NAMES)


def _start_health_checks(running: Engine) -> None:
    """Docker runs health checks by itself; podman wants somebody to ask for them."""
    if running.is_podman and HEALTH.pid() is None:
        HEALTH.start([sys.executable, "-m", "lab.health", str(engine.socket_path())], {"PYTHONPATH": str(ROOT)})


def _start_aws(running: Engine) -> None:
    """Starts the pretend AWS, afresh (with an empty account) when it is not made of what is here now."""
    stamp = state_dir() / "aws.stamp"
    fingerprint = _fingerprint(ROOT / "lab" / "aws") + (ensure("ministack") / STAMP).read_text()
    if aws.status()["running"] and (not stamp.exists() or stamp.read_text() != fingerprint):
        aws.down()
    aws.up(running.docker_host)
    stamp.write_text(fingerprint)


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def down() -> None:
    """Stops what the lab started; volumes, images and secrets stay."""
    with locked("lab"):
        _stop(volumes=False)


def clean() -> None:
    """Stops it, and removes data, secrets and state. What was built (components, images) stays in the cache."""
    with locked("lab"):
        _stop(volumes=True)
        with step("state"):
            shutil.rmtree(state_dir(), ignore_errors=True)
    left = storage_dir().parent
    print(f"What the lab has built stays in {left}. To remove that too: rm -rf {left}")


def _stop(*, volumes: bool) -> None:
    with step("pretend AWS"):
        aws.down()
    if engine.known() is None:
        return
    # podman's service must run to be asked for the removal of what it made.
    running = engine.start()
    with step("source"):
        source.down(running, volumes=volumes)
    with step("container engine"):
        HEALTH.stop()
        engine.stop(running, volumes=volumes)


def status() -> bool:
    """Prints one line per piece; true when all of it runs."""
    pieces = {"container engine": "not started"}
    running = engine.known()
    if running is not None:
        answers = not running.is_podman or engine.answers()
        pieces["container engine"] = f"{running.kind} at {running.docker_host}" if answers else "stopped"
        states = source.states(running) if answers else {}
        for service in ("app", "postgres", "minio", "opensearch"):
            pieces[f"source {service}"] = states.get(service, "stopped")
        if running.is_podman:
            pieces["health checks"] = f"pid {HEALTH.pid()}" if HEALTH.pid() else "stopped"
    facts = aws.status()
    pieces["pretend AWS"] = f"pid {facts['pid']} at {facts['endpoint']}" if facts["running"] else "stopped"
    for name, state in pieces.items():
        print(f"  {name:<20} {state}")
    wrong = ("stopped", "not started", "exited", "created", "unhealthy", "starting")
    return not any(word in state for state in pieces.values() for word in wrong)


def environment(profile: str = "") -> dict[str, str]:
    """The caller's environment with the source's credentials and the pretend AWS's, and nobody else's AWS settings.

    profile: `administrator`, or `deploy` (the role that bootstrap.yml makes), by AWS's own configuration files as a
    person has them. Empty: the administrator's keys, which are good before anything is made.
    """
    running = engine.known()
    if running is None or not source.facts_file().exists():
        raise LabError("The lab does not run. Start it: make lab")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BOTO_"))}
    program = Path(sys.executable).parent
    return (
        kept
        | source.read_env(source.facts_file())
        | (_profiled(aws.read_environment(), profile) if profile else aws.read_environment())
        | {"DOCKER_HOST": running.docker_host, "PATH": f"{program}{os.pathsep}{os.environ['PATH']}"}
        | running.environment
    )


def _profiled(settings: dict[str, str], profile: str) -> dict[str, str]:
    """The same with profiles in place of keys: an administrator, and the deploy role that he may assume."""
    keys = {name: settings.pop(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    credentials, config = state_dir() / "aws.credentials", state_dir() / "aws.config"
    lines = "".join(f"{name.lower()} = {value}\n" for name, value in keys.items())
    write_private(credentials, f"[administrator]\n{lines}")
    write_private(
        config,
        f"[profile administrator]\nregion = {REGION}\n"
        f"[profile deploy]\nregion = {REGION}\nsource_profile = administrator\nrole_arn = {DEPLOY_ROLE}\n",
    )
    files = {"AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_CONFIG_FILE": str(config)}
    return settings | files | {"AWS_PROFILE": profile}
