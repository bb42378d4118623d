"""Throwaway servers for tests: real ones, on a free loopback port, gone at the end of the `with` block.

with postgresql("15", tmp_path / "pg") as server:
    connect(host=server.host, port=server.port, user=server.user, password=server.password)
    server.kill()     # as a crash would
    server.restart()  # same port, same data
"""

from __future__ import annotations

from lab.servers.daemon import Server, ServerError
from lab.servers.minio import minio
from lab.servers.opensearch import opensearch
from lab.servers.plain_search import plain_search
from lab.servers.postgresql import postgresql

__all__ = ["Server", "ServerError", "minio", "opensearch", "plain_search", "postgresql"]
