"""The AWS floor: errors, references, whole-object comparison, waiting."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.replatform.aws.plugins.module_utils._aws import client, diff, errors, references, waiters

ROOT = Path(__file__).resolve().parents[3]


def test_an_error_says_what_where_and_next() -> None:
    error = errors.AwsError("it broke", "the cluster", "mend it.")
    assert str(error) == "it broke. Where: the cluster. Next: mend it."


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        ("AccessDeniedException", "User: x is not authorized to perform: ecs:UpdateService on y", "ecs:UpdateService"),
        ("ExpiredToken", "expired", "new credentials"),
        ("ThrottlingException", "slow down", "throttled"),
        ("ClusterNotFoundException", "no cluster", "correct what the message names"),
    ],
)
def test_calls_are_translated(code: str, message: str, hint: str) -> None:
    with pytest.raises(errors.CallError) as caught, errors.calling("UpdateService of web"):
        raise ClientError({"Error": {"Code": code, "Message": message}}, "UpdateService")
    assert errors.error_code(caught.value) == code
    assert hint in str(caught.value)
    assert "UpdateService of web" in str(caught.value)


def test_missing_credentials_name_the_variables() -> None:
    with pytest.raises(errors.CallError, match="AWS_PROFILE"), errors.calling("x"):
        raise NoCredentialsError


def test_a_connection_never_shows_its_keys() -> None:
    shown = repr(client.Connection.from_params({"region": "r", "secret_key": "hush", "access_key": "AKIA"}))
    assert "hush" not in shown
    assert "AKIA" not in shown


def test_unknown_profile_is_explained() -> None:
    with pytest.raises(errors.CallError, match="no-such-profile"):
        client.make_client("ecs", client.Connection(region="ap-northeast-2", profile="no-such-profile"))


def test_literals_are_returned_as_they_are() -> None:
    assert references.resolve("p@ss://word") == "p@ss://word"


def test_environment_references() -> None:
    assert references.resolve("env://PW", environ={"PW": "x"}) == "x"
    with pytest.raises(errors.SecretReferenceError, match=r"PW is not set.*env://PW"):
        references.resolve("env://PW", environ={})


def test_file_references(tmp_path: Path) -> None:
    secret = tmp_path / "pw"
    secret.write_text(" two words \n", encoding="utf-8")
    assert references.resolve(f"file://{secret}") == " two words "
    with pytest.raises(errors.SecretReferenceError, match="No such file"):
        references.resolve(f"file://{secret}-missing")
    with pytest.raises(errors.SecretReferenceError, match="three slashes"):
        references.resolve("file://relative")


class _Secrets:
    def __init__(self, text: str | None) -> None:
        self.text = text
        self.asked: list[str] = []

    def get_secret_value(self, **arguments: str) -> dict[str, Any]:
        self.asked.append(arguments["SecretId"])
        return {"SecretString": self.text} if self.text is not None else {"SecretBinary": b"x"}


@pytest.mark.parametrize("name", ["/replatform/test/app", "arn:aws:secretsmanager:eu-west-1:1:secret:/a/b-AbCdEf"])
def test_secret_references(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    secrets = _Secrets(json.dumps({"password": "p", "port": 5432}))
    regions: list[str | None] = []

    def connect(_service: str, connection: client.Connection) -> _Secrets:
        regions.append(connection.region)
        return secrets

    monkeypatch.setattr(references, "make_client", connect)
    assert references.resolve(f"secretsmanager://{name}#password") == "p"
    assert references.resolve(f"secretsmanager://{name}#port") == "5432"
    assert references.resolve(f"secretsmanager://{name}") == secrets.text
    assert set(secrets.asked) == {name}
    assert regions[0] == ("eu-west-1" if name.startswith("arn:") else None)


@pytest.mark.parametrize(("text", "reason"), [("hush", "not JSON"), ('{"a":"hush"}', "no key 'b'"), (None, "binary")])
def test_a_failed_secret_reference_never_shows_the_value(
    monkeypatch: pytest.MonkeyPatch, text: str | None, reason: str
) -> None:
    monkeypatch.setattr(references, "make_client", lambda *_: _Secrets(text))
    with pytest.raises(errors.SecretReferenceError, match=reason) as caught:
        references.resolve("secretsmanager://app#b")
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "secretsmanager://app#b" in str(caught.value)


def test_references_need_no_sdk() -> None:
    program = (
        "import sys\nsys.modules['boto3'] = sys.modules['botocore'] = sys.modules['botocore.exceptions'] = None\n"
        f"sys.path[:0] = [{str(ROOT / '.ansible' / 'collections')!r}]\n"
        "from ansible_collections.replatform.aws.plugins.module_utils._aws import references\n"
        "assert references.resolve('env://A', environ={'A': 'b'}) == 'b'\n"
        "try:\n    references.resolve('secretsmanager://x#y')\n"
        "except Exception as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "is missing" in done.stdout


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_json)
def test_canonical_is_stable_and_equal_to_itself(value: Any) -> None:
    once = diff.canonical(value)
    assert diff.canonical(once) == once
    assert list(diff.changes(once, once)) == []


@given(_json, _json)
def test_changes_are_seen_exactly_when_values_differ(left: Any, right: Any) -> None:
    before, after = diff.canonical(left), diff.canonical(right)
    assert bool(list(diff.changes(before, after))) == (diff.as_text(before) != diff.as_text(after))


def test_unordered_lists_compare_by_their_key() -> None:
    rule = {"c[].env": diff.by("name")}
    left = {"c": [{"env": [{"name": "b", "v": 1}, {"name": "a"}], "empty": []}]}
    right = {"c": [{"env": [{"name": "a"}, {"v": 1, "name": "b"}]}]}
    assert diff.canonical(left, rule) == diff.canonical(right, rule)
    assert diff.canonical(left) != diff.canonical(right)


def test_a_change_is_reported_with_its_path() -> None:
    found = list(diff.changes({"a": [{"b": 1}]}, {"a": [{"b": 2}], "c": "x"}))
    assert found == [diff.Change("a[0].b", 1, 2), diff.Change("c", None, "x")]


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_waiting_ends_with_the_value_and_shows_each_state_once() -> None:
    clock, lines = _Clock(), []
    states = iter([waiters.Pending("creating"), waiters.Pending("creating"), waiters.Pending("starting"), "up"])
    waited = waiters.wait_for(
        lambda: next(states), what="the domain", where="d", timeout=60, interval=5,
        progress=lambda line, seconds: lines.append((line, seconds)), clock=clock, sleep=clock.sleep,
    )  # fmt: skip
    assert (waited.value, waited.seconds) == ("up", 15)
    assert lines == [("the domain: creating", 0), ("the domain: starting", 10)]


def test_a_deadline_names_the_last_state_and_the_time() -> None:
    clock = _Clock()
    with pytest.raises(errors.DeadlineError, match=r"longer than 12 s; last seen: creating"):
        waiters.wait_for(
            lambda: waiters.Pending("creating"),
            what="the domain",
            where="d",
            timeout=12,
            clock=clock,
            sleep=clock.sleep,
        )
    assert clock.now == 12
