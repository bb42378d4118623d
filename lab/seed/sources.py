"""Where the three stores of a source are, and clients for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import psycopg
from botocore.config import Config
from opensearchpy import OpenSearch

WORKERS = 12
# Texts come out the same whatever the database's own settings are; the seed makes those odd on purpose.
SESSION = (
    "-c TimeZone=UTC -c DateStyle=ISO,YMD -c IntervalStyle=postgres -c extra_float_digits=3 -c bytea_output=hex"
    " -c search_path=public -c client_encoding=UTF8 -c client_min_messages=warning"
)

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class PostgresqlSource:
    host: str
    port: int
    user: str
    dbname: str
    password: str = field(default="", repr=False)

    def connect(self) -> Connection:
        """A connection in autocommit mode."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password or None,
            dbname=self.dbname,
            options=SESSION,
            connect_timeout=10,
            autocommit=True,
        )


@dataclass(frozen=True)
class ObjectsSource:
    """`bucket` is the application's; the seed makes `<bucket>-versioned` beside it."""

    endpoint_url: str
    bucket: str
    access_key: str
    secret_key: str = field(default="", repr=False)
    region: str = "us-east-1"
    ca_path: str | None = None

    @property
    def versioned_bucket(self) -> str:
        return f"{self.bucket}-versioned"

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            verify=self.ca_path or True,
            config=Config(max_pool_connections=WORKERS, s3={"addressing_style": "path"}),
        )


@dataclass(frozen=True)
class SearchSource:
    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca_path: str | None = None

    def client(self) -> OpenSearch:
        return OpenSearch(
            hosts=[self.url],
            http_auth=(self.user, self.password) if self.user else None,
            ca_certs=self.ca_path,
            timeout=120,
            ssl_show_warn=False,
        )


@dataclass(frozen=True)
class Sources:
    postgresql: PostgresqlSource
    objects: ObjectsSource
    search: SearchSource


@dataclass(frozen=True)
class Size:
    """How many documents (a row and a search document each), and for every how many of them there is a file."""

    name: str
    documents: int
    file_every: int


SIZES: Mapping[str, Size] = {
    "small": Size("small", 2_000, 1),
    "large": Size("large", 200_000, 4),
}


class SeedError(Exception):
    """The source cannot be seeded; the message says which store, why, and what to do."""
