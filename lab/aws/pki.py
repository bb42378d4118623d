"""What the gateway, the databases and the domains show: certificates of the lab's CA, as Amazon's sign them on AWS."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab import certificates

_LIFETIME = dt.timedelta(days=365)
_SYSTEM_STORES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace a file at once, so that a reader sees the old or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as out:
        out.write(data)
    temporary.replace(path)


def ensure_authority(folder: Path) -> None:
    """The lab's CA in `folder`, and beside it `bundle.pem`: the machine's CA certificates and the lab's."""
    ca = certificates.authority(folder)
    system = next((Path(store) for store in _SYSTEM_STORES if Path(store).exists()), None)
    known = system.read_bytes().rstrip() + b"\n" if system else b""
    write(folder / "bundle.pem", known + ca.ca_path.read_bytes())


def issue(folder: Path, names: Iterable[str]) -> tuple[bytes, bytes]:
    """Sign a server certificate for `names` (DNS names or IP addresses); return (certificate, key) as PEM."""
    ca = certificates.authority(folder)
    authority = x509.load_pem_x509_certificate(ca.ca_path.read_bytes())
    signer = serialization.load_pem_private_key(ca.key_path.read_bytes(), password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{ca.key_path} is no key of this lab: remove {folder} and start the lab again")
    key = ec.generate_private_key(ec.SECP256R1())
    wanted, now = list(dict.fromkeys(names)), dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wanted[0][:64])]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in wanted]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(serialization.Encoding.PEM), pem


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def issue_files(folder: Path, stem: str, names: Iterable[str]) -> tuple[Path, Path]:
    """Sign a server certificate and keep it in `folder` as `<stem>.crt` and `<stem>.key` (mode 0600)."""
    certificate, key = issue(folder, names)
    write(folder / f"{stem}.crt", certificate)
    write(folder / f"{stem}.key", key, 0o600)
    return folder / f"{stem}.crt", folder / f"{stem}.key"
