"""Every secret that a rehearsal knows or makes, and where one turns up."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from lab import source
from lab.aws import control as aws
from lab.paths import state_dir

from .watched import Watched

# A name with a secret behind it; a user's name or a bucket's is none.
SECRET = re.compile(r"password|secret|_key$|root_user", re.IGNORECASE)


def _of_the_source() -> dict[str, str]:
    values = source.read_env(source.facts_file())
    return {name: value for name, value in values.items() if SECRET.search(name)}


def _of_files() -> dict[str, str]:
    """Private keys, each by the line in its middle: the first ones say of which kind it is, the last are public."""
    found = {}
    for path in state_dir().rglob("*"):
        if path.is_file() and path.suffix in (".key", ".pem") and "PRIVATE KEY" in (text := path.read_text()):
            lines = text.split("PRIVATE KEY-----")[1].strip().splitlines()[:-1]
            found[str(path)] = lines[len(lines) // 2]
    return found


def _of_secrets_manager(client: Any) -> dict[str, str]:
    """Generated ones, RDS's and the domain's masters, and what the compose project had."""
    found = {}
    for page in client.get_paginator("list_secrets").paginate():
        for each in page["SecretList"]:
            kept = json.loads(client.get_secret_value(SecretId=each["ARN"])["SecretString"])
            found |= {f"{each['Name']} {word}": value for word, value in kept.items() if SECRET.search(word)}
    return found


def collect(watched: Watched, secretsmanager: Any) -> dict[str, str]:
    """Name to value."""
    session, administrator = watched.session(), aws.read_environment()
    keys = {
        "administrator's key": administrator["AWS_SECRET_ACCESS_KEY"],
        "deploy role's key": session["SecretAccessKey"],
        "deploy role's token": session["SessionToken"],
    }
    return _of_the_source() | _of_files() | _of_secrets_manager(secretsmanager) | keys


def _forms(value: str) -> Iterable[bytes]:
    """As it is, in a URL, and in base64 wherever in the encoded text it begins."""
    yield value.encode()
    yield quote(value, safe="").encode()
    yield json.dumps(value)[1:-1].encode()
    for before in range(3):
        encoded = base64.b64encode(b"." * before + value.encode())
        # The first and the last characters depend on what stands beside it.
        yield encoded[4 if before else 0 : (before + len(value)) // 3 * 4]


class Finder:
    """Looks for all of them at once. It names what it finds and does not say it: a test's output is a log too."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self.secrets = secrets
        self.names = {form: name for name, value in secrets.items() for form in _forms(value)}
        self.pattern = re.compile(b"|".join(re.escape(form) for form in sorted(self.names, key=len, reverse=True)))

    def names_in(self, content: bytes) -> set[str]:
        """The names of the secrets in it."""
        return {self.names[found] for found in self.pattern.findall(content)}

    def places(self, contents: Iterable[tuple[str, bytes]]) -> dict[str, set[str]]:
        """Where there is one: place to names."""
        found: dict[str, set[str]] = {}
        for place, content in contents:
            if names := self.names_in(content):
                found[place] = found.get(place, set()) | names
        return found
