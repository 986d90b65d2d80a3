"""Certificates and keys of the sandbox: a small authority, the server's certificate, and what an app proves itself with.

They are valid in real time, whatever the sandbox's clock says, because the client's TLS library looks at the real one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = EllipticCurvePrivateKey | RSAPrivateKey
LIFE = timedelta(days=30)
# A client whose clock is a little behind still accepts what was made just now.
LEEWAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificates:
    """The files of one sandbox, readable by their owner only, and the two public certificates that apps register.

    `client_file` holds the app's certificate and its private key; `jwt_key_file` the private key alone, as the
    Salesforce documentation has it (`server.key`).
    """

    ca_file: Path
    server_file: Path
    client_file: Path
    jwt_key_file: Path
    client_certificate: str
    jwt_certificate: str

    def server_context(self) -> SSLContext:
        """What the TLS port speaks with."""
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_file)
        return context


@cache
def _app_key(_purpose: str) -> RSAPrivateKey:
    # One a process and purpose: a sandbox for each test would otherwise spend its time looking for primes.
    return rsa_key(public_exponent=65537, key_size=2048)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=authority, crl_sign=authority, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _draft(name: str, key: Key, issuer: x509.Name, issuer_key: Key, *, authority: bool) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - LEEWAY).not_valid_after(now + LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=authority), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return builder.add_extension(identifier, critical=False)


def _server_certificate(key: Key, authority: x509.Name, authority_key: Key) -> x509.Certificate:
    draft = _draft("localhost", key, authority, authority_key, authority=False)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1"))]
    draft = draft.add_extension(x509.SubjectAlternativeName(names), critical=False)
    draft = draft.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return draft.sign(authority_key, SHA256())


def _own_certificate(name: str, key: Key, *, authority: bool) -> x509.Certificate:
    return _draft(name, key, _name(name), key, authority=authority).sign(key, SHA256())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: Key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _written(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text, encoding="ascii")
    return path


def make_certificates(folder: Path) -> Certificates:
    """Makes everything anew and writes it into `folder`. Raises OSError when that cannot be written."""
    authority_key, server_key = elliptic_key(SECP256R1()), elliptic_key(SECP256R1())
    authority = _own_certificate("Twincal sandbox authority", authority_key, authority=True)
    server = _server_certificate(server_key, authority.subject, authority_key)
    client_key, jwt_key = _app_key("entra"), _app_key("salesforce")
    client = _pem(_own_certificate("Twincal sandbox app", client_key, authority=False))
    jwt = _pem(_own_certificate("Twincal sandbox connected app", jwt_key, authority=False))
    return Certificates(
        ca_file=_written(folder / "ca.pem", _pem(authority)),
        server_file=_written(folder / "server.pem", _pem(server) + _key_pem(server_key)),
        client_file=_written(folder / "entra-app.pem", client + _key_pem(client_key)),
        jwt_key_file=_written(folder / "salesforce-jwt.key", _key_pem(jwt_key)),
        client_certificate=client,
        jwt_certificate=jwt,
    )
