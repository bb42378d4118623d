"""The listeners of the emulator's process: the gateway, the load balancers' ports, and two sockets for the tasks.

    https  127.0.0.1:4566       the AWS API (the endpoint URL)
    https  127.0.0.1:443        load balancers; AWS's own host names
    http   127.0.0.1:80         load balancers' port 80
    https  sockets/https        as 443, for tasks (through the gateway container)
    http   sockets/http         task credentials and metadata, load balancers' port 80

A certificate is chosen by the name that the client asks for (SNI): a load balancer's name gets the certificate of its
HTTPS listener out of ACM, everything else the gateway's.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hypercorn.config import Config

from lab.aws import balancers, domain_front, domains, pki
from lab.aws.settings import HOST, REGION, TASK_ENDPOINT, Place

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def gateway_names() -> list[str]:
    """The names of the gateway's certificate: loopback, the tasks' address, and AWS's hosts of the region."""
    region = f"{REGION}.amazonaws.com"
    return [
        "localhost", HOST, TASK_ENDPOINT, "*.amazonaws.com", f"*.{region}", f"*.s3.{region}", "*.s3.amazonaws.com",
        f"*.dkr.ecr.{region}", f"*.{REGION}.es.amazonaws.com",
    ]  # fmt: skip


def _host(scope: dict[str, Any]) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")


def _load_balancer_host(host: str) -> str | None:
    """The DNS name of the load balancer that answers for `host`: its own name, or a name in its certificate."""
    return balancers.dns_name_for(host.rsplit(":", 1)[0].lower())


def edge_application(application: Application) -> Application:
    """Tell ministack which listener of a load balancer was dialled: it reads the port from the Host header."""

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            domain = domains.for_host(_host(scope).split(":", 1)[0].lower()) if scope["scheme"] == "https" else None
            if domain is not None:
                await domain_front.serve(domain, scope, receive, send)
                return
            name = _load_balancer_host(_host(scope))
            if name:
                port = 443 if scope["scheme"] == "https" else 80
                headers = [(key, value) for key, value in scope["headers"] if key != b"host"]
                scope = {**scope, "headers": [(b"host", f"{name}:{port}".encode()), *headers]}
        await application(scope, receive, send)

    return serve


class EdgeConfig(Config):
    """hypercorn's settings with a certificate per server name."""

    @classmethod
    def of(cls, here: Place) -> EdgeConfig:
        """The listeners of this place."""
        config = cls()
        certificate, key = pki.issue_files(here.pki, "gateway", gateway_names())
        config.certfile, config.keyfile = str(certificate), str(key)
        config.bind = [f"{HOST}:{here.port}", f"{HOST}:{here.https_port}", f"unix:{here.sockets / 'https'}"]
        config.insecure_bind = [f"{HOST}:{here.http_port}", f"unix:{here.sockets / 'http'}"]
        config.keep_alive_timeout = 75
        config.graceful_timeout = 2
        return config

    def create_ssl_context(self) -> ssl.SSLContext | None:
        """The gateway's TLS, which hands over to a load balancer's certificate by name."""
        context = super().create_ssl_context()
        if context is not None:
            context.sni_callback = _choose_certificate
        return context


_contexts: dict[str, ssl.SSLContext] = {}


def _choose_certificate(connection: Any, name: str | None, _context: ssl.SSLContext) -> None:
    material = balancers.certificate_for(name.lower()) if name else None
    if material is None:
        return
    certificate, key = material
    if certificate not in _contexts:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with tempfile.TemporaryDirectory() as folder:
            pair = Path(folder) / "pair.pem"
            pair.write_text(f"{key}\n{certificate}\n")
            context.load_cert_chain(pair)
        _contexts[certificate] = context
    connection.context = _contexts[certificate]
