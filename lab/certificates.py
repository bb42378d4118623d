"""The lab's own certificate authority: what a store or the load balancer shows, and what a client trusts."""

from __future__ import annotations

import datetime
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Authority:
    """A CA in a folder: `ca.pem` is for everybody, `ca-key.pem` stays with its owner."""

    directory: Path

    @property
    def ca_path(self) -> Path:
        return self.directory / "ca.pem"

    @property
    def key_path(self) -> Path:
        return self.directory / "ca-key.pem"


@dataclass(frozen=True)
class Certificate:
    """Certificate and key (PKCS#8, not encrypted) as files."""

    cert_path: Path
    key_path: Path


def authority(directory: Path) -> Authority:
    """The CA in that folder, made when there is none or it ends within a week."""
    ca = Authority(directory)
    if ca.ca_path.exists() and ca.key_path.exists() and _is_fresh(ca.ca_path):
        return ca
    directory.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("replatform lab CA")
    builder = _builder(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    _write_private(ca.key_path, key)
    ca.ca_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return ca


def issue(ca: Authority, directory: Path, common_name: str, names: Sequence[str] = ()) -> Certificate:
    """A certificate for these host names and addresses: `<common_name>.pem` and `-key.pem` in the folder."""
    directory.mkdir(parents=True, exist_ok=True)
    issuer_key = serialization.load_pem_private_key(ca.key_path.read_bytes(), None)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{ca.key_path} is no key of this lab's CA: remove {ca.directory} and start again")
    issuer = x509.load_pem_x509_certificate(ca.ca_path.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(common_name), issuer.subject, key).add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    # Python's strict verification (3.13) wants the issuer's key named.
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = builder.add_extension(issuer_id, critical=False)
    # OpenSearch's nodes use one certificate both ways.
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = builder.add_extension(both, critical=False)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
        )
    issued = Certificate(directory / f"{common_name}.pem", directory / f"{common_name}-key.pem")
    _write_private(issued.key_path, key)
    issued.cert_path.write_bytes(builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return issued


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _is_fresh(path: Path) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.not_valid_after_utc > datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=7)


def _write_private(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
