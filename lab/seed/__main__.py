"""`python -m lab.seed`: passwords come from the application's own variables, never from the command line."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from .seeder import DEFAULT_SEED, seed
from .sources import SIZES, ObjectsSource, PostgresqlSource, SearchSource, SeedError, Sources

EPILOG = """
Passwords and keys are read from the environment: POSTGRES_PASSWORD, MINIO_ACCESS_KEY, MINIO_SECRET_KEY,
OPENSEARCH_USER, OPENSEARCH_INITIAL_ADMIN_PASSWORD; and, for the account that the seed makes, APP_ADMIN_USER and
APP_ADMIN_PASSWORD.
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.seed", description=__doc__, epilog=EPILOG)
    parser.add_argument("--size", choices=sorted(SIZES), default="small", help="how much (default: small)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="the same number gives the same content")
    parser.add_argument("--postgresql-url", required=True, help="postgresql://user@host:port/database")
    parser.add_argument("--s3-url", required=True, help="http://host:port of MinIO")
    parser.add_argument(
        "--bucket", required=True, help="the application's bucket; <bucket>-versioned is made beside it"
    )
    parser.add_argument("--opensearch-url", required=True, help="http(s)://host:port")
    parser.add_argument("--ca", help="file with the CA of stores that speak TLS")
    parser.add_argument("--wipe", action="store_true", help="delete EVERYTHING in the three stores first")
    parser.add_argument("--unreadable", action="store_true", help="add indices that no move can carry (no _source)")
    return parser.parse_args()


def sources(options: argparse.Namespace, env: Mapping[str, str]) -> Sources:
    """The stores of the options, with passwords from the environment; SeedError names what is missing."""
    url = urlsplit(options.postgresql_url)
    if not url.hostname or url.password:
        raise SeedError(
            "--postgresql-url has to be postgresql://user@host:port/database; the password is POSTGRES_PASSWORD."
        )
    return Sources(
        PostgresqlSource(
            host=url.hostname,
            port=url.port or 5432,
            user=unquote(url.username or "postgres"),
            dbname=unquote(url.path.strip("/")) or "postgres",
            password=env.get("POSTGRES_PASSWORD", ""),
        ),
        ObjectsSource(
            endpoint_url=options.s3_url,
            bucket=options.bucket,
            access_key=_required(env, "MINIO_ACCESS_KEY"),
            secret_key=_required(env, "MINIO_SECRET_KEY"),
            ca_path=options.ca,
        ),
        SearchSource(
            url=options.opensearch_url,
            user=env.get("OPENSEARCH_USER", ""),
            password=env.get("OPENSEARCH_INITIAL_ADMIN_PASSWORD", ""),
            ca_path=options.ca,
        ),
    )


def main() -> int:
    options = arguments()
    done: Counter[str] = Counter()
    started = time.monotonic()
    shown = [started]

    def progress(store: str, count: int) -> None:
        done[store] += count
        if time.monotonic() - shown[0] >= 10:
            shown[0] = time.monotonic()
            print(f"{shown[0] - started:.0f} s: {dict(done)}", flush=True)

    try:
        admin = (os.environ.get("APP_ADMIN_USER", "admin"), _required(os.environ, "APP_ADMIN_PASSWORD"))
        seed(
            sources(options, os.environ),
            options.size,
            number=options.seed,
            admin=admin,
            wipe_first=options.wipe,
            unreadable=options.unreadable,
            progress=progress,
        )
    except SeedError as error:
        print(f"lab.seed: {error}", file=sys.stderr)
        return 1
    print(f"Seeded {options.size} (seed {options.seed}) in {time.monotonic() - started:.1f} s: {dict(done)}")
    return 0


def _required(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        raise SeedError(f"The environment variable {name} is not set.")
    return env[name]


if __name__ == "__main__":
    raise SystemExit(main())
