"""Where the pretend AWS lives: addresses, folders, names. Read by the control side and by the emulator's process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
REGION = "ap-northeast-2"
ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
ADMINISTRATOR = "administrator"
STRANGER = "999999999999"
TAKEN_BUCKET = "replatform-lab-taken"
"""Names of buckets are shared by all accounts: this one belongs to a stranger's."""
NETWORK = "replatform-aws"
# The subnet of 169.254.170.2, where a Fargate task looks for its credentials: the gateway container takes that address.
NETWORK_SUBNET = "169.254.170.0/24"
NETWORK_GATEWAY = "169.254.170.1"
TASK_ENDPOINT = "169.254.170.2"
GATEWAY_CONTAINER = "replatform-aws-gateway"

# Only what the collection uses: fewer services start faster and open no ports of their own.
SERVICES = (
    "account", "acm", "autoscaling", "backup", "budgets", "cloudtrail", "cloudwatch", "ec2", "ecr", "ecs",
    "ecs-metadata", "elasticloadbalancing", "events", "iam", "imds", "kms", "logs", "opensearch", "rds",
    "resource-groups", "route53", "s3", "secretsmanager", "servicediscovery", "sns", "sqs", "ssm", "sts", "tagging",
    "wafv2",
)  # fmt: skip


def cache_folder() -> Path:
    """The lab's folder outside the checkout, which outlives a run."""
    named = os.environ.get("REPLATFORM_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "replatform-lab"


@dataclass(frozen=True)
class Place:
    """The ports and files of one pretend AWS.

    A test runs one of its own with REPLATFORM_AWS_STATE (a folder), REPLATFORM_AWS_PORT, REPLATFORM_AWS_HTTPS_PORT and
    REPLATFORM_AWS_HTTP_PORT in its environment.
    """

    port: int
    https_port: int
    http_port: int
    state: Path
    python: Path

    @property
    def endpoint(self) -> str:
        """The URL for AWS_ENDPOINT_URL."""
        return f"https://{HOST}:{self.port}"

    @property
    def env_file(self) -> Path:
        """The administrator's environment, mode 0600."""
        return self.state.parent / "aws.env"

    @property
    def pid_file(self) -> Path:
        """The emulator's process id."""
        return self.state / "launch.pid"

    @property
    def log_file(self) -> Path:
        """The emulator's output."""
        return self.state / "launch.log"

    @property
    def pki(self) -> Path:
        """The folder of the lab's certificate authority."""
        return self.state.parent / "ca"

    @property
    def ca_file(self) -> Path:
        """The lab's CA certificate alone: for `sslrootcert` and `curl --cacert`."""
        return self.pki / "ca.pem"

    @property
    def bundle_file(self) -> Path:
        """The machine's CA certificates and the lab's: for AWS_CA_BUNDLE and inside tasks."""
        return self.pki / "bundle.pem"

    @property
    def sockets(self) -> Path:
        """The folder of unix sockets that the gateway container forwards to."""
        return self.state / "sockets"


def _edge_port(privileged: int, fallback: int) -> int:
    """The port of an edge listener: AWS's own where the kernel lets this user take it."""
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    except OSError:
        first = 1024
    return privileged if os.geteuid() == 0 or privileged >= first else fallback


def place() -> Place:
    """The pretend AWS that the environment names."""
    cache = cache_folder()
    return Place(
        port=int(os.environ.get("REPLATFORM_AWS_PORT", "4566")),
        https_port=int(os.environ.get("REPLATFORM_AWS_HTTPS_PORT", "0")) or _edge_port(443, 8443),
        http_port=int(os.environ.get("REPLATFORM_AWS_HTTP_PORT", "0")) or _edge_port(80, 8080),
        state=Path(os.environ.get("REPLATFORM_AWS_STATE") or cache / "lab" / "aws"),
        python=cache / "ministack" / "bin" / "python",
    )
