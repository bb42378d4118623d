"""ACM: an imported certificate is what its bytes say."""

from __future__ import annotations

import json
from typing import Any

from lab.aws.gaps import _hooks, gap


def _names(certificate: Any) -> list[str]:
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        extension = []
    names = [str(entry.value) for entry in extension if isinstance(entry, x509.DNSName)]
    common = [str(part.value) for part in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    return list(dict.fromkeys([*common, *names]))


def _checked(call: _hooks.Call) -> _hooks.Answer | None:
    """What ACM refuses: something that is no certificate or key, or a key of another certificate."""
    import base64
    import binascii

    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    def bytes_of(field: str) -> bytes:
        return base64.b64decode(call.params.get(field) or "")

    try:
        certificate = x509.load_pem_x509_certificate(bytes_of("Certificate"))
        key = serialization.load_pem_private_key(bytes_of("PrivateKey"), password=None)
    except (ValueError, TypeError, binascii.Error) as error:
        return _hooks.json_answer(f"The certificate or its key is not valid: {error}", 400, "ValidationException")
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if certificate.public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        return _hooks.json_answer("The certificate and the private key do not match.", 400, "ValidationException")
    return None


def _on_imported(_call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    from cryptography import x509
    from ministack.services import acm

    if answer[0] != 200:
        return answer
    record = acm._certificates[json.loads(answer[2])["CertificateArn"]]
    certificate = x509.load_pem_x509_certificate(record["_pem_body"].encode())
    names = _names(certificate)
    record["DomainName"], record["SubjectAlternativeNames"] = names[0] if names else "", names
    record["NotBefore"] = certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    record["NotAfter"] = certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    return answer


@gap(
    service="acm",
    lacks="an imported certificate's names and dates are invented, and any bytes are taken",
    restores="DomainName, SubjectAlternativeNames, NotBefore and NotAfter are the certificate's; one without its own "
    "key is refused",
    how="parsed after ministack's handler; the load balancers' edge chooses its certificate by these names",
)
def acm_imported_names() -> None:
    """Read what was imported."""
    _hooks.before("acm", "ImportCertificate")(_checked)
    _hooks.after("acm", "ImportCertificate")(_on_imported)
