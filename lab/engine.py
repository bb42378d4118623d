"""The container engine: Docker where it works and can pull images, otherwise a podman of the lab's own.

The lab's podman shares nothing with the user's: storage, settings and socket are in the cache folder. Through
its Docker API, `docker compose`, docker-py and the pretend AWS use it as if it were Docker.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError
from lab.paths import state_dir, storage_dir
from lab.processes import Background, run, wait_until

# Small, and needed anyway: whether it can be pulled decides between official images and stand-ins.
PROBE_IMAGE = "python:3.11-slim"
ECR_REGISTRY = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com"
ECR_ADDRESS = "127.0.0.1:4566"
PODMAN_PACKAGES = "iptables netavark aardvark-dns runc buildah podman debootstrap"

SERVICE = Background("podman")


@dataclass(frozen=True)
class Engine:
    """`kind` is docker or podman; `docker_host` the Docker API's address; `environment` what its clients need."""

    kind: str
    docker_host: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def is_podman(self) -> bool:
        return self.kind == "podman"

    def command(self, *arguments: str) -> list[str]:
        """A command line of the engine's own program."""
        return [self.kind, *arguments]

    def run(self, *arguments: str, what: str) -> str:
        return run(self.command(*arguments), what=what, environment=self.environment)

    def ask(self, *arguments: str) -> str | None:
        """The output, or None when the command fails: for questions whose answer may be no."""
        done = subprocess.run(
            self.command(*arguments),
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout if done.returncode == 0 else None


def docker_works() -> bool:
    """True when a Docker engine answers and the probe image is there or can be pulled."""
    if not shutil.which("docker"):
        return False
    for command, patience in (
        (["docker", "info"], 20),
        (["docker", "pull", "--quiet", PROBE_IMAGE], 300),
    ):
        try:
            if subprocess.run(command, capture_output=True, timeout=patience, check=False).returncode:
                return False
        except subprocess.TimeoutExpired:
            return False
    return True


def docker_host() -> str:
    """Where the user's Docker listens: DOCKER_HOST, or the current context's address."""
    if explicit := os.environ.get("DOCKER_HOST"):
        return explicit
    command = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unix:///var/run/docker.sock"


def socket_path() -> Path:
    """podman's socket; in /run or /tmp when the cache folder's path is too long for one (108 bytes)."""
    path = state_dir() / "podman.sock"
    if len(os.fsencode(path)) <= 100:
        return path
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or ("/run" if os.geteuid() == 0 else "/tmp"))  # noqa: S108
    return base / f"replatform-lab-{os.geteuid()}.sock"


def settings() -> dict[str, str]:
    """podman's settings files, by name: what works where systemd and cgroup delegation are missing."""
    storage, state = storage_dir(), state_dir()
    return {
        "containers.conf": (
            '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=16384:16384"]\n'
            # As Docker: this machine's own names (the pretend AWS's among them, on loopback) are not a container's.
            'base_hosts_file = "none"\n'
            '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
            # A short name means the image of that name that is here; no registry is asked.
            "compat_api_enforce_docker_hub = false\n"
            f'tmp_dir = "{state}/run/libpod"\nvolume_path = "{storage}/volumes"\n'
            f'[network]\nnetwork_backend = "netavark"\nnetwork_config_dir = "{storage}/networks"\n'
        ),
        "storage.conf": (
            f'[storage]\ndriver = "overlay"\ngraphroot = "{storage}/images"\nrunroot = "{state}/run/storage"\n'
        ),
        "registries.conf": (
            'short-name-mode = "permissive"\nunqualified-search-registries = []\n'
            f'[[registry]]\nprefix = "{ECR_REGISTRY}"\nlocation = "{ECR_ADDRESS}"\ninsecure = true\n'
            f'[[registry]]\nlocation = "{ECR_ADDRESS}"\ninsecure = true\n'
        ),
    }


def podman() -> Engine:
    """The lab's podman with its settings written; the service need not run."""
    missing = [name for name in ("podman", "runc", "buildah") if not shutil.which(name)]
    if missing or not _has_netavark():
        raise LabError(
            "There is no Docker engine that can pull images, and podman is not complete here "
            f"(missing: {', '.join(missing) or 'netavark'}). "
            f"Install it: sudo apt-get install -y --no-install-recommends {PODMAN_PACKAGES}"
        )
    if os.geteuid() != 0:
        raise LabError(
            "Without a Docker engine that can pull images, the lab runs podman, and that only as root: "
            "run `sudo make lab`, or install Docker and put yourself in its group."
        )
    # It would make the podman program a client of another engine.
    os.environ.pop("CONTAINER_HOST", None)
    state_dir().mkdir(parents=True, exist_ok=True)
    for name, text in settings().items():
        state_dir().joinpath(name).write_text(text)
    for folder in (storage_dir() / "networks", storage_dir() / "volumes"):
        folder.mkdir(parents=True, exist_ok=True)
    return Engine(
        "podman",
        f"unix://{socket_path()}",
        {
            "CONTAINERS_CONF": str(state_dir() / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(state_dir() / "storage.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(state_dir() / "registries.conf"),
            "DOCKER_HOST": f"unix://{socket_path()}",
        },
    )


def _has_netavark() -> bool:
    return any(Path(folder, "netavark").exists() for folder in ("/usr/lib/podman", "/usr/libexec/podman"))


def known() -> Engine | None:
    """The engine that the lab was started with, without starting anything."""
    record = state_dir() / "engine"
    if not record.exists():
        return None
    return podman() if record.read_text() == "podman" else Engine("docker", docker_host())


def forget_before_boot() -> None:
    """Removes what podman noted about running containers before the machine's last start: none of them lives."""
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text()
    record = state_dir() / "boot_id"
    if record.exists() and record.read_text() != boot_id:
        shutil.rmtree(state_dir() / "run", ignore_errors=True)
    record.write_text(boot_id)


def start() -> Engine:
    """The engine, ready to take work. The choice between Docker and podman is made once per lab."""
    engine = known()
    if engine is None:
        engine = Engine("docker", docker_host()) if docker_works() else podman()
        state_dir().mkdir(parents=True, exist_ok=True)
        state_dir().joinpath("engine").write_text(engine.kind)
    stamp, wanted = state_dir() / "podman.stamp", repr(settings())
    is_current = stamp.exists() and stamp.read_text() == wanted
    if engine.is_podman and not (is_current and SERVICE.pid() and answers()):
        # Containers do not notice: they are not children of the service.
        SERVICE.stop()
        stamp.write_text(wanted)
        forget_before_boot()
        socket_path().unlink(missing_ok=True)
        SERVICE.start(["podman", "system", "service", "--time=0", engine.docker_host], engine.environment)
        if not wait_until(answers, 30):
            raise LabError(f"podman's service does not answer on {engine.docker_host}:\n{SERVICE.log_tail()}")
    if engine.is_podman:
        remove_dead(engine)
    return engine


def remove_dead(engine: Engine) -> None:
    """Removes containers that were killed together with their monitors: podman calls them running for ever."""
    running = engine.run("ps", "--quiet", "--no-trunc", what="listing containers").split()
    if not running:
        return
    monitors = engine.run("inspect", "--format", "{{.ID}} {{.State.ConmonPid}}", *running, what="reading containers")
    dead = []
    for line in monitors.splitlines():
        container, pid = line.split()
        try:
            lives = container.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            lives = False
        if not lives:
            dead.append(container)
    if dead:
        remove = ("rm", "--force", "--time", "0", *dead)
        engine.ask(*remove)  # it may fail over the process that is missing, and has noticed it then
        engine.run(*remove, what="removing containers that were killed")


def answers() -> bool:
    """True when something accepts connections on podman's socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(socket_path()))
        except OSError:
            return False
    return True


def stop(engine: Engine, *, volumes: bool) -> None:
    """Ends the lab's podman and every container in it, for nobody else uses it; leaves the user's Docker alone."""
    if not engine.is_podman:
        return
    engine.run("rm", "--all", "--force", "--time", "20", what="removing the lab's containers")
    if volumes:
        engine.run("volume", "prune", "--force", what="removing the lab's volumes")
    engine.run("network", "prune", "--force", what="removing the lab's networks")
    SERVICE.stop()
    socket_path().unlink(missing_ok=True)
