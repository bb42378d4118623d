"""The application's own access, made in real stores: absent, same, changed; check mode; nothing secret is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ansible_collections.replatform.aws.plugins.module_utils._access import postgresql as pg
from ansible_collections.replatform.aws.plugins.module_utils._access import search
from ansible_collections.replatform.aws.plugins.module_utils._access.endpoint import AccessError, Endpoint
from lab.servers import Server, opensearch, postgresql

pytestmark = pytest.mark.stores
MASTER = "master-Secret-1"
WANTED = pg.Application("app", "first-Secret-1", "documents")


@pytest.fixture(scope="module", params=["15", "16"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("pg")
    with postgresql(request.param, folder / "server", tls=True) as server:
        with connected(server, server.user, server.password, "postgres") as opened:
            # RDS's master: powerful, and no superuser.
            opened.execute("CREATE ROLE master LOGIN CREATEDB CREATEROLE PASSWORD 'master-Secret-1'")
        yield server


def connected(server: Server, user: str, password: str, dbname: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=server.host, port=server.port, user=user, password=password, dbname=dbname, autocommit=True
    )


def login(server: Server, password: str = MASTER) -> pg.Login:
    where = Endpoint("localhost", 5432, f"127.0.0.1:{server.port}")  # the name of the certificate, a forwarded port
    return pg.Login(where, "master", password, "postgres", "verify-full", str(server.ca_path))


def test_postgresql_application_role(database: Server) -> None:
    planned = pg.converge(login(database), WANTED, check_mode=True)
    assert planned == pg.planned_from_nothing(WANTED)
    with pytest.raises(psycopg.OperationalError):
        connected(database, "app", WANTED.password, "postgres")

    assert pg.converge(login(database), WANTED, check_mode=False) == planned
    assert pg.converge(login(database), WANTED, check_mode=False) == []
    with connected(database, "app", WANTED.password, "documents") as opened:
        opened.execute("CREATE TABLE public.t (id int)")
    with connected(database, "master", MASTER, "documents") as opened:
        opened.execute("SET ROLE app")

    changed = pg.Application("app", "second-Secret-2", "documents")
    [statement] = pg.converge(login(database), changed, check_mode=False)
    assert statement.startswith("ALTER ROLE app")
    assert "Secret" not in statement
    assert pg.converge(login(database), changed, check_mode=False) == []
    with pytest.raises(psycopg.OperationalError):
        connected(database, "app", WANTED.password, "documents")

    with connected(database, "master", MASTER, "postgres") as opened:
        opened.execute("GRANT CONNECT ON DATABASE documents TO PUBLIC")
    assert pg.converge(login(database), changed, check_mode=False) == ["REVOKE ALL ON DATABASE documents FROM PUBLIC"]


def test_a_wrong_master_password_is_one_clear_message(database: Server) -> None:
    with pytest.raises(AccessError, match="master") as refused:
        pg.converge(login(database, "wrong"), WANTED, check_mode=False)
    assert "wrong" not in str(refused.value)
    assert refused.value.next_step


ACCESS = search.Access(
    "app", "app", "First-Secret-1!", ("cluster_composite_ops",), {"docs*": ("create_index", "crud")}, {}
)
COPY = "arn:aws:iam::123456789012:role/copy"


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("os")
    with opensearch("2.19.3", folder / "server", security=True) as server:
        yield server


def enter(server: Server, password: str | None = None) -> search.Login:
    where = Endpoint("localhost", 443, f"127.0.0.1:{server.port}")
    return search.Login(where, "basic", server.user, password or server.password, ca_path=str(server.ca_path))


def test_opensearch_security_user(domain: Server) -> None:
    planned = search.converge(enter(domain), ACCESS, check_mode=True)
    assert planned == search.planned_from_nothing(ACCESS)
    assert search.converge(enter(domain), ACCESS, check_mode=False) == planned
    assert search.converge(enter(domain), ACCESS, check_mode=False) == []

    own = search.Login(enter(domain).endpoint, "basic", "app", "First-Secret-1!", ca_path=str(domain.ca_path))
    with search.connect(own) as client:
        client.index(index="docs-1", id="1", body={"text": "문서"})
        with pytest.raises(Exception, match="security_exception"):
            client.index(index="other", id="1", body={})

    changed = search.Access(
        "app", "app", "Second-Secret-2!", ("cluster_monitor",), {"docs*": ("read",)}, {"all_access": (COPY,)}
    )
    steps = search.converge(enter(domain), changed, check_mode=False)
    assert steps == ["PUT role app", "PUT user app with password (hidden)", f"PUT mapping all_access: {COPY}"]
    assert search.converge(enter(domain), changed, check_mode=False) == []
    with search.connect(enter(domain)) as client:  # who was mapped before still is
        mapping = client.transport.perform_request("GET", "/_plugins/_security/api/rolesmapping/all_access")
    assert COPY in mapping["all_access"]["backend_roles"]
    assert "admin" in mapping["all_access"]["backend_roles"] + mapping["all_access"]["users"]


def test_a_wrong_master_user_is_one_clear_message(domain: Server) -> None:
    with pytest.raises(AccessError, match="master user"):
        search.converge(enter(domain, "wrong"), ACCESS, check_mode=False)
