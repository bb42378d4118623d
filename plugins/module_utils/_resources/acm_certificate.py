# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A certificate imported into ACM, found again by its tag Name and told apart by its serial number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import pages
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import Call, Plan, from_tag_list, look, tag_list

x509: Any
try:
    from cryptography import x509
except ImportError:
    x509 = None


@dataclass(frozen=True)
class Certificate:
    """PEM texts, and the certificate's serial number as a number."""

    name: str
    serial: int
    certificate: bytes = field(repr=False)
    private_key: bytes = field(repr=False)
    chain: bytes | None = field(repr=False)

    @classmethod
    def from_files(cls, name: str, certificate: str, private_key: str, chain: str | None) -> Certificate:
        """Read the files. Raises AwsError, which names the file and never its text."""
        pem = _read(certificate)
        return cls(name, _serial(pem, certificate), pem, _read(private_key), _read(chain) if chain else None)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        step = "check the path and its owner on the control node."
        raise AwsError(f"the file cannot be read: {error.strerror}", path, step) from None


def _serial(pem: bytes, path: str) -> int:
    if x509 is None:
        step = "install the collection's requirements/control.txt into the interpreter that Ansible uses."
        raise AwsError("the Python library cryptography is missing", "the Python that runs this task", step)
    try:
        return int(x509.load_pem_x509_certificate(pem).serial_number)
    except ValueError:
        raise AwsError("this is no certificate in PEM", path, "give the certificate's file, not the key's.") from None


def read(client: Any, name: str) -> dict[str, Any] | None:
    """The imported certificate with the tag Name, or None."""
    keys = ["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1"]
    found = pages(client, "list_certificates", "CertificateSummaryList", "ACM", Includes={"keyTypes": keys})
    for arn in [summary["CertificateArn"] for summary in found]:
        tags = look(client, "list_tags_for_certificate", arn, CertificateArn=arn).get("Tags")
        if from_tag_list(tags).get("Name") == name:
            detail = look(client, "describe_certificate", arn, CertificateArn=arn)["Certificate"]
            return {"arn": arn, "serial": int(detail.get("Serial", "0").replace(":", "") or "0", 16)}
    return None


def plan(desired: Certificate, live: Mapping[str, Any] | None, tags: Mapping[str, str]) -> Plan:
    """One import, or nothing. A certificate that is there keeps its ARN, so that listeners follow by themselves."""
    where = f"certificate {desired.name}"
    after = {"serial": f"{desired.serial:x}"}
    before = {"serial": f"{live['serial']:x}"} if live else {}
    if before == after:
        return Plan(where, before, after, ())
    arguments: dict[str, Any] = {"Certificate": desired.certificate, "PrivateKey": desired.private_key}
    if desired.chain:
        arguments["CertificateChain"] = desired.chain
    if live:
        arguments["CertificateArn"] = live["arn"]
    else:
        arguments["Tags"] = tag_list({**tags, "Name": desired.name})
    return Plan(where, before, after, (Call("import_certificate", arguments),))
