"""Start and stop the pretend AWS, and hand out its administrator's environment."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lab.aws import hosts, pki
from lab.aws.settings import ACCOUNT, ADMINISTRATOR, GATEWAY_CONTAINER, HOST, NETWORK, REGION, SERVICES, Place, place
from lab.components import ensure
from lab.engine import Engine
from lab.errors import LabError

_START_SECONDS = 60


class AwsLabError(LabError):
    """The pretend AWS cannot be started, stopped or reached; the message says why and what to do."""


def _running(here: Place) -> int | None:
    """The process id of our emulator, or None. A recycled id is not ours: its command line decides."""
    try:
        pid = int(here.pid_file.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if b"lab.aws.launch" in command else None


def _check_ports(here: Place) -> None:
    for port in (here.port, here.https_port, here.http_port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise AwsLabError(
                    f"The pretend AWS needs {HOST}:{port}, which another program holds ({error.strerror}). "
                    f"Stop that program (`ss -ltnp sport = :{port}` names it), or choose another port with "
                    "REPLATFORM_AWS_PORT, REPLATFORM_AWS_HTTPS_PORT or REPLATFORM_AWS_HTTP_PORT."
                ) from error


def _environment(here: Place, docker_host: str | None, root: tuple[str, str]) -> dict[str, str]:
    """The emulator's own environment: nothing of the caller's AWS settings gets in."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    ours = {
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PYTHONUNBUFFERED": "1",
        "AUTH": "true", "BIND_HOST": HOST, "GATEWAY_PORT": str(here.port), "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT, "MINISTACK_AUTOCREATE_AWS_MANAGED": "1", "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0", "SERVICES": ",".join(SERVICES), "MINISTACK_RDS_IAM_PROXY": "0",
        "MOTO_ACCOUNT_ID": ACCOUNT, "MOTO_IAM_LOAD_MANAGED_POLICIES": "false",
        "AWS_ACCESS_KEY_ID": root[0], "AWS_SECRET_ACCESS_KEY": root[1], "AWS_DEFAULT_REGION": REGION,
        # ministack finds its tasks' network and address by looking at the container that it believes it runs in.
        "HOSTNAME": GATEWAY_CONTAINER, "DOCKER_NETWORK": NETWORK, "MINISTACK_DOCKER_TIMEOUT": "60",
    }  # fmt: skip
    if docker_host:
        ours["DOCKER_HOST"] = docker_host
    return {**inherited, **ours}


def _wait_until_up(here: Place, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HOST, here.port)) == 0:
                return
        time.sleep(0.1)
    tail = "\n".join(here.log_file.read_text(errors="replace").splitlines()[-15:])
    raise AwsLabError(f"The pretend AWS did not start within {_START_SECONDS} s. The end of {here.log_file}:\n{tail}")


def _client(here: Place, service: str, root: tuple[str, str]) -> Any:
    make: Any = boto3.client
    return make(
        service, endpoint_url=here.endpoint, region_name=REGION, verify=str(here.ca_file),
        aws_access_key_id=root[0], aws_secret_access_key=root[1],
        config=Config(retries={"total_max_attempts": 3}, connect_timeout=5, read_timeout=30),
    )  # fmt: skip


def _make_administrator(here: Place, root: tuple[str, str]) -> tuple[str, str]:
    """The one IAM user that a new account starts with here; the root's key is forgotten after this."""
    iam = _client(here, "iam", root)
    iam.create_user(UserName=ADMINISTRATOR)
    iam.attach_user_policy(UserName=ADMINISTRATOR, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName=ADMINISTRATOR)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def environment(here: Place, key: tuple[str, str]) -> dict[str, str]:
    """What a process needs in its environment to talk to the pretend AWS as the administrator."""
    return {
        "AWS_ENDPOINT_URL": here.endpoint,
        "AWS_ACCESS_KEY_ID": key[0],
        "AWS_SECRET_ACCESS_KEY": key[1],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CA_BUNDLE": str(here.bundle_file),
        # The same for clients that are not botocore: OpenSearch, the load balancer, a tool's own requests.
        "REQUESTS_CA_BUNDLE": str(here.bundle_file),
        "SSL_CERT_FILE": str(here.bundle_file),
        "CURL_CA_BUNDLE": str(here.bundle_file),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def read_environment() -> dict[str, str]:
    """The administrator's environment of the running pretend AWS, from `<cache>/lab/aws.env`."""
    here = place()
    try:
        lines = here.env_file.read_text().splitlines()
    except OSError as error:
        raise AwsLabError(f"{here.env_file} cannot be read ({error.strerror}): run `make lab`.") from error
    return dict(line.split("=", 1) for line in lines if "=" in line)


def up(engine: Engine | str | None = None) -> dict[str, str]:
    """Start the pretend AWS unless it runs; return the administrator's environment.

    `engine` is the lab's engine or its socket (`unix:///…`); None starts the control plane alone, without containers.
    """
    docker_host = engine.docker_host if isinstance(engine, Engine) else engine
    here = place()
    if _running(here):
        return read_environment()
    ensure("ministack")
    _check_ports(here)
    here.state.mkdir(parents=True, exist_ok=True)
    pki.ensure_authority(here.pki)
    root = (f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30))
    with here.log_file.open("wb") as log:
        process = subprocess.Popen(
            [str(here.python), "-m", "lab.aws.launch"], env=_environment(here, docker_host, root),
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    here.pid_file.write_text(str(process.pid))
    try:
        _wait_until_up(here, process)
        settings = environment(here, _make_administrator(here, root))
    except (BotoCoreError, ClientError) as error:
        down()
        raise AwsLabError(f"The pretend AWS started, but refused its own root user: {error}") from error
    except AwsLabError:
        down()
        raise
    text = "".join(f"{name}={value}\n" for name, value in settings.items())
    with os.fdopen(os.open(here.env_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    return settings


def down() -> None:
    """Stop the pretend AWS: what it held is gone, and `up` starts with an empty account."""
    here = place()
    pid = _running(here)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and _alive(pid):
            time.sleep(0.1)
        if _alive(pid):
            os.kill(pid, signal.SIGKILL)
    if here.state.exists():
        hosts.clear()  # a killed emulator could not
    here.pid_file.unlink(missing_ok=True)
    here.env_file.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def status() -> dict[str, Any]:
    """{running, pid, endpoint, account, region, environment_file}; no secret in it."""
    here = place()
    pid = _running(here)
    return {
        "running": pid is not None,
        "pid": pid,
        "endpoint": here.endpoint,
        "account": ACCOUNT,
        "region": REGION,
        "environment_file": str(here.env_file),
    }
