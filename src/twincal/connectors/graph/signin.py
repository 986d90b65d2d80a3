"""Signing in to Entra with client credentials: a secret, or an assertion signed with a certificate."""

import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from twincal.connectors.decoding import UNREADABLE, understood
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Transport

LONGEST_ERROR = 40
"""Characters of OAuth's names of errors (`invalid_client`); what is longer is something else."""
LIFE = timedelta(minutes=10)
"""The longest an assertion may serve (Entra, certificate credentials)."""
SCOPE = "https://graph.microsoft.com/.default"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Credential(Protocol):
    """What proves who we are."""

    def fields(self, client_id: str, token_url: str, now: datetime) -> dict[str, str]:
        """The fields of the token request; `now` is aware and in UTC."""
        ...


@dataclass(frozen=True)
class Secret:
    """A client secret."""

    value: str = field(repr=False)

    def fields(self, client_id: str, token_url: str, now: datetime) -> dict[str, str]:
        """The secret itself; the moment plays no part."""
        return {"client_secret": self.value}


@dataclass(frozen=True)
class Certificate:
    """A certificate with its private key, both in one PEM text."""

    pem: str = field(repr=False)

    def fields(self, client_id: str, token_url: str, now: datetime) -> dict[str, str]:
        """An assertion signed PS256. Raises VendorFault SIGN_IN_REFUSED where the PEM cannot be used."""
        import jwt
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509 import load_pem_x509_certificate

        claims = {
            "aud": token_url,
            "iss": client_id,
            "sub": client_id,
            "jti": str(uuid.uuid4()),
            "nbf": int(now.timestamp()),
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE).timestamp()),
        }
        try:
            der = load_pem_x509_certificate(self.pem.encode()).public_bytes(Encoding.DER)
            thumbprint = urlsafe_b64encode(sha256(der).digest()).decode().rstrip("=")
            key = _private_part(self.pem)
            assertion = jwt.encode(claims, key, algorithm="PS256", headers={"x5t#S256": thumbprint})
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise VendorFault(Side.EXCHANGE, FaultCode.SIGN_IN_REFUSED, "the certificate or its key cannot be read") from error
        return {"client_assertion_type": ASSERTION, "client_assertion": assertion}


def _private_part(pem: str) -> str:
    start, end = pem.find("-----BEGIN"), -1
    while start != -1:
        end = pem.find("-----END", start)
        end = pem.find("-----", end + 8) + 5
        block = pem[start:end]
        if "PRIVATE KEY" in block:
            return block
        start = pem.find("-----BEGIN", end)
    raise ValueError("no private key in the PEM text")


def admin_consent_url(authority: str, client_id: str, *, back: str, state: str) -> str:
    """Where an administrator of the tenant grants what the application's registration asks for (Entra, admin consent)."""
    return f"{authority.rstrip('/')}/adminconsent?{urlencode({'client_id': client_id, 'state': state, 'redirect_uri': back})}"


class Token(Struct, frozen=True):
    """An access token and how many seconds it serves."""

    access_token: str
    expires_in: int = 3599

    def __repr__(self) -> str:
        return "Token(…)"


class _Refusal(Struct, frozen=True):
    error: str = ""
    error_codes: list[int] = []


_TOKEN, _REFUSAL = msgspec.json.Decoder(Token), msgspec.json.Decoder(_Refusal)


async def sign_in(transport: Transport, token_url: str, client_id: str, credential: Credential, now: datetime) -> Token:
    """A fresh token. Raises VendorFault SIGN_IN_REFUSED with Entra's own number, BAD_ANSWER where no token service answers,
    or the transport's faults."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "scope": SCOPE}
    form |= credential.fields(client_id, token_url, now)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    reply = await transport.send("POST", token_url, headers=headers, body=urlencode(form).encode())
    try:
        if reply.status == 200:
            return understood(_TOKEN, reply.body)
        told = understood(_REFUSAL, reply.body)
    except UNREADABLE as error:
        if reply.status == 200:
            raise VendorFault(Side.EXCHANGE, FaultCode.BAD_ANSWER, "token") from error
        told = _Refusal(error=str(reply.status))
    if reply.status >= 500 or reply.status == 429:
        raise VendorFault(Side.EXCHANGE, FaultCode.UNAVAILABLE, f"sign-in {reply.status}")
    numbers = " ".join(f"AADSTS{number}" for number in told.error_codes)
    known = told.error.replace("_", "").isalnum() and len(told.error) <= LONGEST_ERROR
    raise VendorFault(Side.EXCHANGE, FaultCode.SIGN_IN_REFUSED, f"{told.error if known else reply.status} {numbers}".strip())
