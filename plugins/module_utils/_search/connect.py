# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The two ends: their options, their clients, and what their errors mean to a person."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.references import resolve
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError

try:
    import urllib3
    from opensearchpy import Transport, Urllib3AWSV4SignerAuth, Urllib3HttpConnection, exceptions
    from opensearchpy.serializer import JSONSerializer

    MISSING: ImportError | None = None
except ImportError as error:  # the module says what to install
    MISSING = error
    Urllib3HttpConnection = JSONSerializer = object  # type: ignore[misc,assignment]

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 300.0
"""Seconds. A refresh or a merge after a big bulk may hold an answer back for long."""


class TooLarge(CopyError):
    """413: the body is larger than what the target (or a proxy before it) takes."""


class Missing(CopyError):
    """404: what was asked for is not there."""


@dataclass(frozen=True)
class End:
    """One side's options, secrets resolved. `label` is source or target."""

    label: str
    url: str
    auth: str = "none"
    user: str = ""
    password: str = field(default="", repr=False)
    region: str = ""
    ca_path: str = ""
    connect_to: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    """Indices that have another name here than in the source."""

    @classmethod
    def of(cls, label: str, options: Mapping[str, Any]) -> End:
        """From a module's `source` or `target`. Raises CopyError where the options do not fit together."""
        parts = urlsplit(options["url"])
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise CopyError(f"{label}.url is {options['url']!r}. Write it like https://search.example.com:9200.")
        if parts.username or parts.password:
            raise CopyError(
                f"{label}.url carries a user or a password. Put them into {label}.user and {label}.password."
            )
        user, password = (_secret(label, name, options.get(name)) for name in ("user", "password"))
        auth = options.get("auth") or ("basic" if user else "none")
        if auth == "basic" and not (user and password):
            raise CopyError(f"{label}.auth is basic, but {label}.user or {label}.password is empty. Set both.")
        if auth == "sigv4" and not options.get("region"):
            raise CopyError(f"{label}.auth is sigv4, but {label}.region is not set. Set the domain's region.")
        texts: dict[str, Any] = {name: options.get(name) or "" for name in ("region", "ca_path", "connect_to")}
        return cls(label, options["url"].rstrip("/"), auth, user, password, **texts)

    @property
    def identity(self) -> str:
        """Scheme, host, port and path: what the proof calls this side."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}:{self.port}{parts.path}"

    @property
    def port(self) -> int:
        """The URL's port, or its scheme's."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def dial(self) -> tuple[str, int]:
        """Host and port to open connections to."""
        if not self.connect_to:
            return urlsplit(self.url).hostname or "", self.port
        host, _colon, port = self.connect_to.rpartition(":")
        if not host or not port.isdigit():
            raise CopyError(f"{self.label}.connect_to is {self.connect_to!r}. Write it like 127.0.0.1:9200.")
        return host.strip("[]"), int(port)


def _secret(label: str, name: str, value: str | None) -> str:
    try:
        return resolve(value) if value else ""
    except AwsError as error:
        raise CopyError(f"{label}.{name}: {error}") from error


class _Bytes(JSONSerializer):
    """Answers stay bytes: the caller decodes what it needs of them, and never a document."""

    def loads(self, s: Any) -> Any:
        return s


class _Connection(Urllib3HttpConnection):
    """opensearch-py's connection, but answers stay bytes, nothing is logged, and it may dial another address."""

    def __init__(self, dial: tuple[str, int], tls: ssl.SSLContext | None, **options: Any) -> None:
        self._dial, self._tls = dial, tls
        super().__init__(**options)

    def _create_urllib3_pool(self) -> None:
        limits: Any = {"timeout": urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT), "maxsize": 32}
        if self._tls:
            # The certificate is checked against the URL's name, also where a forwarded port is dialled.
            self.pool: Any = urllib3.HTTPSConnectionPool(
                *self._dial,
                ssl_context=self._tls,
                server_hostname=self.hostname,
                assert_hostname=self.hostname,
                **limits,
            )
        else:
            self.pool = urllib3.HTTPConnectionPool(*self._dial, **limits)

    def perform_request(
        self,
        method: str,
        url: str,
        params: Any = None,
        body: Any = None,
        timeout: Any = None,
        ignore: Any = (),
        headers: Any = None,
    ) -> Any:
        """As the base class, with the raw bytes of the answer. Raises opensearch-py's exceptions."""
        path = self.url_prefix + url + (f"?{urlencode(params, quote_via=quote)}" if params else "")
        host = self.host.partition("://")[2].removesuffix(":443" if self._tls else ":80")
        sent = {**self.headers, **(headers or {}), "host": host}
        try:
            if callable(self.http_auth):
                # Only the host is signed besides the body: a proxy may change the other headers.
                sent.update(self.http_auth(method, self.host + path, body, {"host": host}))
            answer = self.pool.request(method, path, body=body, retries=urllib3.Retry(False), headers=sent)
        except urllib3.exceptions.SSLError as error:
            raise exceptions.SSLError("N/A", str(error), error) from error
        except urllib3.exceptions.HTTPError as error:
            raise exceptions.ConnectionError("N/A", str(error), error) from error
        if not 200 <= answer.status < 300:
            kind = answer.headers.get("content-type", "")
            self._raise_error(answer.status, answer.data.decode("utf-8", "replace"), kind)
        return answer.status, answer.headers, answer.data


def _tls(end: End) -> ssl.SSLContext | None:
    if not end.url.startswith("https:"):
        return None
    try:
        return ssl.create_default_context(cafile=end.ca_path or None)
    except (OSError, ssl.SSLError) as error:
        raise CopyError(
            f"{end.label}.ca_path {end.ca_path}: not a readable file of PEM certificates ({error})."
        ) from None


def _auth(end: End) -> Any:
    if end.auth == "basic":
        return (end.user, end.password)
    if end.auth == "none":
        return None
    try:
        import botocore.session  # noqa: PLC0415  # a tenth of a second, and most ends do not need it
    except ImportError:
        raise CopyError(f"{end.label}.auth is sigv4, which needs the Python library botocore. Install it.") from None
    credentials = botocore.session.Session().get_credentials()
    if credentials is None:
        raise CopyError(
            f"{end.label}.auth is sigv4, but there are no AWS credentials. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or run on a host with a role."
        )
    return Urllib3AWSV4SignerAuth(credentials, end.region, "es")


class Client:
    """One side's server. Thread-safe. Every failure is a CopyError that says which side, what, and what to do."""

    def __init__(self, end: End) -> None:
        self.end = end
        self._sources = {actual: index for index, actual in end.names.items()}
        self.version: tuple[int, int] = (0, 0)
        self.distribution = "opensearch"
        self.has_data_streams = True
        parts = urlsplit(end.url)
        self._transport = Transport(
            [{"host": parts.hostname, "port": end.port, "url_prefix": parts.path, "use_ssl": parts.scheme == "https"}],
            connection_class=_Connection,
            serializer=_Bytes(),
            max_retries=0,
            dial=end.dial,
            tls=_tls(end),
            http_auth=_auth(end),
        )

    def at(self, index: str, *parts: str) -> str:
        """The path of a request about an index, which is called as in the source."""
        return path(self.actual(index), *parts)

    def actual(self, index: str) -> str:
        """What an index of the source is called here."""
        return self.end.names.get(index, index)

    def called(self, actual: str) -> str:
        """What the source calls the index that has this name here; one that it does not know cannot be called so."""
        return self._sources.get(actual, f"{actual} (not the source's)" if actual in self.end.names else actual)

    def raw(self, method: str, path: str, body: Any = None, headers: Any = None, **params: Any) -> bytes:
        """The answer's bytes. `path` is quoted by the caller (see `path()`)."""
        try:
            answer = self._transport.perform_request(method, path, params=params, body=body, headers=headers)
        except exceptions.TransportError as error:
            raise explain(self.end, f"{method} {path}", error) from error
        return answer if isinstance(answer, bytes) else b""

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The answer as JSON: for everything that holds no documents."""
        return json.loads(self.raw(method, path, body, **params) or b"{}")

    def greet(self) -> None:
        """Ask who is there; keep its version."""
        version = self.call("GET", "/").get("version", {})
        self.distribution = version.get("distribution", "elasticsearch")
        self.has_data_streams = version.get("build_flavor") != "oss"  # Elasticsearch's are not in its free part
        major, minor = str(version.get("number", "0.0")).split(".")[:2]
        self.version = (int(major), int(minor))

    @property
    def has_search_pipelines(self) -> bool:
        """Whether a default search pipeline could change what a search answers."""
        return self.distribution == "opensearch" and self.version >= (2, 9)

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()


def path(*parts: str) -> str:
    """A request path of quoted parts: `path("documents", "_bulk")`."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def reason_of(info: Any) -> str:
    """The innermost reason of an OpenSearch error, which is the one that helps."""
    error = info.get("error", info) if isinstance(info, dict) else info
    if not isinstance(error, dict):
        return str(error)
    text = f"{error.get('type', '')}: {error.get('reason', '')}".strip(": ")
    while isinstance(error.get("caused_by"), dict):
        error = error["caused_by"]
        text = f"{error.get('type', '')}: {error.get('reason', '')}"
    return text or "no reason given"


def explain(end: End, request: str, error: Any) -> CopyError:
    """What an error of opensearch-py means, where, and what to do."""
    where = f"{end.label} {end.identity}"
    if isinstance(error, exceptions.SSLError):
        return CopyError(
            f"TLS with the {where} failed: {error.error}. Check {end.label}.url and, where the server's certificate is "
            f"signed by an own authority, set {end.label}.ca_path to its certificate."
        )
    if isinstance(error, exceptions.ConnectionError):
        dialled = f" (dialled {end.connect_to})" if end.connect_to else ""
        return TransientError(
            f"the {where}{dialled} cannot be reached: {error.error}. "
            "Check the address, the server and the network path."
        )
    status, reason = error.status_code, reason_of(error.info)
    kind, text = _KINDS.get(status, (CopyError, "answered"))
    if status == 404 and "context" in reason:
        kind, text = TransientError, "lost the scroll's context"
    return kind(f"the {where} {text.format(label=end.label, user=end.user)} (HTTP {status} to {request}): {reason}")


_KINDS: dict[int, tuple[type[CopyError], str]] = {
    401: (
        CopyError,
        "does not accept the user {user!r} or its password: check {label}.user, {label}.password, {label}.auth",
    ),
    403: (
        CopyError,
        "does not allow it: give the user of {label} the permission that is named here, or lift the block",
    ),
    404: (Missing, "does not have it"),
    413: (TooLarge, "takes no body of that size: lower max_body"),
    429: (TransientError, "is overloaded"),
    502: (TransientError, "is not ready"),
    503: (TransientError, "is not ready"),
    504: (TransientError, "is not ready"),
}
