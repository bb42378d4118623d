"""The lab's certificate authority: it signs the gateway, the databases and the domain, as Amazon's does on AWS."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import ssl
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = dt.timedelta(days=365)


def _write(path: Path, data: bytes, mode: int = 0o644) -> None:
    temporary = path.with_suffix(f"{path.suffix}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as out:
        out.write(data)
    temporary.replace(path)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + _LIFETIME)
    )


def ensure_authority(folder: Path) -> Path:
    """Make the lab's CA in `folder` if it is not there or about to expire; return the certificate's path."""
    certificate, key_file, bundle = folder / "ca.pem", folder / "ca.key", folder / "bundle.pem"
    if certificate.exists() and key_file.exists() and bundle.exists():
        until = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
        if until > dt.datetime.now(dt.UTC) + dt.timedelta(days=30):
            return certificate
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "replatform lab CA")])
    authority = (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
                key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = authority.public_bytes(serialization.Encoding.PEM)
    _write(key_file, _key_pem(key), 0o600)
    _write(certificate, pem)
    # The machine's own store, whatever the environment points at: a previous bundle of ours must not be nested in.
    store = Path(ssl.get_default_verify_paths().openssl_cafile)
    system = next((p for p in (Path("/etc/ssl/certs/ca-certificates.crt"), store) if p.exists()), None)
    _write(bundle, (system.read_bytes().rstrip() + b"\n" if system else b"") + pem)
    return certificate


def issue(folder: Path, names: Iterable[str]) -> tuple[bytes, bytes]:
    """Sign a server certificate for `names` (DNS names or IP addresses); return (certificate, key) as PEM."""
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    signer = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / 'ca.key'} is not a key of this lab: remove the folder and start the lab again")
    key = ec.generate_private_key(ec.SECP256R1())
    wanted = list(dict.fromkeys(names))
    certificate = (
        _builder(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wanted[0][:64])]), authority.subject, key.public_key()
        )
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in wanted]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), _key_pem(key)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def issue_files(folder: Path, stem: str, names: Iterable[str]) -> tuple[Path, Path]:
    """Sign a server certificate and keep it in `folder` as `<stem>.crt` and `<stem>.key` (mode 0600)."""
    certificate, key = issue(folder, names)
    _write(folder / f"{stem}.crt", certificate)
    _write(folder / f"{stem}.key", key, 0o600)
    return folder / f"{stem}.crt", folder / f"{stem}.key"
