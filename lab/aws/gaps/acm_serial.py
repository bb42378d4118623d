"""ACM: an imported certificate's serial number."""

from __future__ import annotations

import json

from lab.aws.gaps import _hooks, gap


def _describe(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    from cryptography import x509
    from ministack.services import acm

    status, headers, body = answer
    record = acm._certificates.get(call.params.get("CertificateArn", ""))
    if status != 200 or not record or record.get("Type") != "IMPORTED":
        return answer
    described = json.loads(body)
    serial = x509.load_pem_x509_certificate(record["_pem_body"].encode()).serial_number
    digits = f"{serial:x}".zfill(2 * ((serial.bit_length() + 7) // 8))
    described["Certificate"]["Serial"] = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    return status, headers, json.dumps(described).encode()


@gap(
    service="acm",
    lacks="DescribeCertificate has no Serial",
    restores="Serial is the imported certificate's, as pairs of hexadecimal digits",
    how="read from the certificate and put into the answer",
)
def acm_serial() -> None:
    """Answer with the serial number."""
    _hooks.after("acm", "DescribeCertificate")(_describe)
