"""RDS: the master password that RDS manages in Secrets Manager."""

from __future__ import annotations

import json
import secrets
import string
from typing import Any
from xml.sax.saxutils import escape

from lab.aws.gaps import _hooks, _rds, gap
from lab.aws.settings import ACCOUNT, REGION

_leaving: dict[str, dict[str, Any] | None] = {}


def _new_password() -> str:
    return "".join(
        secrets.choice(string.ascii_letters + string.digits + "!#$%&()*+,-.:<=>?[]^_{|}~") for _place in range(28)
    )


def _secret_value(record: dict[str, Any], password: str) -> str:
    return json.dumps({"username": record["MasterUsername"], "password": password})


def _keep_secret(record: dict[str, Any], password: str, key: str) -> None:
    """Create or renew the instance's secret `rds!db-…` and note it in the record."""
    from ministack.services import secretsmanager

    known = record.get("MasterUserSecret")
    name = f"rds!db-{record['DbiResourceId'].removeprefix('db-').lower()}"
    value = _secret_value(record, password)
    if known:
        secretsmanager._put_secret_value({"SecretId": known["SecretArn"], "SecretString": value})
        return
    _status, _headers, body = secretsmanager._create_secret({
        "Name": name, "SecretString": value, "KmsKeyId": key,
        "Description": f"Secret associated with primary RDS DB instance: {record['DBInstanceArn']}",
        "Tags": [{"Key": "aws:rds:primaryDBInstanceArn", "Value": record["DBInstanceArn"]},
                 {"Key": "aws:secretsmanager:owningService", "Value": "rds"}],
    })  # fmt: skip
    record["MasterUserSecret"] = {
        "SecretArn": json.loads(body)["ARN"],
        "SecretStatus": "active",
        "KmsKeyId": key or f"arn:aws:kms:{REGION}:{ACCOUNT}:key/aws/secretsmanager",
    }


def _drop_secret(record: dict[str, Any]) -> None:
    from ministack.services import secretsmanager

    secret = record.pop("MasterUserSecret", None)
    if secret:
        secretsmanager._delete_secret({"SecretId": secret["SecretArn"], "ForceDeleteWithoutRecovery": True})


def _secret_xml(record: dict[str, Any]) -> str:
    secret = record.get("MasterUserSecret")
    if not secret:
        return ""
    fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in secret.items())
    return f"<MasterUserSecret>{fields}</MasterUserSecret>"


def _refused(call: _hooks.Call) -> _hooks.Answer | None:
    """What RDS refuses about a managed password."""
    managed = call.params.get("ManageMasterUserPassword")
    if managed == "true" and call.params.get("MasterUserPassword"):
        return _hooks.query_error(
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword when ManageMasterUserPassword is turned on.",
        )
    record = _rds.record(call.params.get("DBInstanceIdentifier", "")) if call.action == "ModifyDBInstance" else None
    if record and record.get("MasterUserSecret") and managed is None and call.params.get("MasterUserPassword"):
        return _hooks.query_error(
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword turned on.",
        )
    if managed == "false" and record and record.get("MasterUserSecret") and not call.params.get("MasterUserPassword"):
        return _hooks.query_error(
            "InvalidParameterCombination", "MasterUserPassword is required when ManageMasterUserPassword is turned off."
        )
    return None


def _generate(call: _hooks.Call) -> _hooks.Call | _hooks.Answer | None:
    refused = _refused(call)
    if refused is not None:
        return refused
    rotate = call.params.get("RotateMasterUserPassword") == "true"
    if call.params.get("ManageMasterUserPassword") == "true" or rotate:
        record = _rds.record(call.params.get("DBInstanceIdentifier", ""))
        if record and record.get("MasterUserSecret") and not rotate:
            return None  # turned on already
        return call.with_form(MasterUserPassword=_new_password())
    return None


def _keep(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    record = _rds.touched(call, answer)
    if record is None:
        return answer
    managed, rotate = call.params.get("ManageMasterUserPassword"), call.params.get("RotateMasterUserPassword")
    if "true" in (managed, rotate) and call.params.get("MasterUserPassword"):
        _keep_secret(record, call.params["MasterUserPassword"], call.params.get("MasterUserSecretKmsKeyId", ""))
    elif managed == "false":
        _drop_secret(record)
    return _rds.answered(call.action, record)


def _remember(call: _hooks.Call) -> None:
    identifier = call.params.get("DBInstanceIdentifier", "")
    _leaving[identifier] = _rds.record(identifier)


def _forget(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    record = _leaving.pop(call.params.get("DBInstanceIdentifier", ""), None)
    if answer[0] == 200 and record is not None:
        _drop_secret(record)
    return answer


@gap(
    service="rds",
    lacks="ManageMasterUserPassword of an instance is ignored (the password is `password`)",
    restores="a secret `rds!db-…` with username and password in Secrets Manager, MasterUserSecret in the answers, "
    "RotateMasterUserPassword; a password beside it is refused; the secret goes with the instance",
    how="a password is generated before ministack's handler, the secret written after it",
)
def rds_managed_master_password() -> None:
    """Let RDS manage the master password."""
    from ministack.services import rds

    instance_xml = rds._instance_xml
    rds._instance_xml = lambda record: instance_xml(record) + _secret_xml(record)
    _hooks.before("rds", "CreateDBInstance", "ModifyDBInstance")(_generate)
    _hooks.after("rds", "CreateDBInstance", "ModifyDBInstance")(_keep)
    _hooks.before("rds", "DeleteDBInstance")(_remember)
    _hooks.after("rds", "DeleteDBInstance")(_forget)
