# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""References to secrets: an option holds where the secret lies, and only the module that needs it reads it.

literal                                     the value itself
env://NAME                                  a variable of the process (the control node's environment)
file:///path                                a file's text, without its last line break
secretsmanager://<arn-or-name>#<json-key>   a key of a secret in AWS Secrets Manager; without #key, its whole text
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError, SecretReferenceError, calling

_ENV, _FILE, _SECRET = "env://", "file://", "secretsmanager://"


def is_reference(value: str) -> bool:
    """True if `resolve` would look the value up instead of returning it."""
    return value.startswith((_ENV, _FILE, _SECRET))


def resolve(value: str, connection: Connection | None = None, environ: Mapping[str, str] | None = None) -> str:
    """The value behind a literal or a reference.

    connection: how to reach Secrets Manager (default: the environment). environ: default os.environ.
    Raises SecretReferenceError, which names the reference and never the value.
    """
    if value.startswith(_ENV):
        return _from_environment(value, os.environ if environ is None else environ)
    if value.startswith(_FILE):
        return _from_file(value)
    if value.startswith(_SECRET):
        return _from_secrets_manager(value, connection or Connection())
    return value


def _from_environment(reference: str, environ: Mapping[str, str]) -> str:
    name = reference.removeprefix(_ENV)
    if not name:
        raise SecretReferenceError("the reference names no variable", reference, "write it as env://NAME.")
    if name not in environ:
        raise SecretReferenceError(
            f"the environment variable {name} is not set",
            reference,
            f"export {name} where ansible-playbook is started.",
        )
    return environ[name]


def _from_file(reference: str) -> str:
    path = Path(reference.removeprefix(_FILE))
    if not path.is_absolute():
        raise SecretReferenceError(
            "the path is not absolute", reference, "write it as file:///folder/name (three slashes)."
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SecretReferenceError(
            f"the file cannot be read: {reason}", reference, "check the path and its owner on the control node."
        ) from None
    return text.removesuffix("\n").removesuffix("\r")


def _region_of(secret: str, connection: Connection) -> Connection:
    """An ARN carries its region, which wins over the environment's."""
    fields = secret.split(":")
    if secret.startswith("arn:") and len(fields) > 3 and fields[3] and not connection.region:
        return Connection(**{**connection.__dict__, "region": fields[3]})
    return connection


def _from_secrets_manager(reference: str, connection: Connection) -> str:
    secret, _hash, key = reference.removeprefix(_SECRET).partition("#")
    if not secret:
        raise SecretReferenceError(
            "the reference names no secret", reference, "write secretsmanager://<arn-or-name>#<key>."
        )
    try:
        client = make_client("secretsmanager", _region_of(secret, connection))
        with calling(f"GetSecretValue of {secret}"):
            text = client.get_secret_value(SecretId=secret).get("SecretString")
    except AwsError as error:
        raise SecretReferenceError(error.what, reference, error.next_step) from error
    if text is None:
        raise SecretReferenceError("the secret is binary", reference, "store it as text, or as a JSON object of texts.")
    return text if not key else _json_key(text, key, reference)


def _json_key(text: str, key: str, reference: str) -> str:
    # `from None`: a JSON error quotes the document, which is the secret.
    try:
        document = json.loads(text)
    except ValueError:
        raise SecretReferenceError(
            "the secret's text is not JSON", reference, "leave #key away, or store a JSON object."
        ) from None
    if not isinstance(document, dict) or key not in document:
        raise SecretReferenceError(
            f"the secret has no key {key!r}", reference, "check the key after # in the reference."
        )
    value = document[key]
    return value if isinstance(value, str) else json.dumps(value)
