"""The keys that id tokens are signed with, published as JSON Web Keys."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

ALGORITHM = "RS256"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One RSA key and the id under which it is published."""

    private: RSAPrivateKey
    kid: str

    def sign(self, claims: dict[str, Any]) -> str:
        """The claims as a signed token."""
        return jwt.encode(claims, self.private, algorithm=ALGORITHM, headers={"kid": self.kid})

    def jwk(self) -> dict[str, str]:
        """Its public half."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA", "use": "sig", "alg": ALGORITHM, "kid": self.kid, "n": _unsigned(numbers.n), "e": _unsigned(numbers.e),
        }  # fmt: skip


@cache
def signing_key(purpose: str) -> SigningKey:
    """The key for a purpose: made when first asked for, and one a process, since a test would otherwise look for primes."""
    private = generate_private_key(public_exponent=65537, key_size=2048)
    modulus = private.public_key().public_numbers().n
    return SigningKey(private, hashlib.sha256(f"{purpose} {modulus}".encode()).hexdigest()[:27])


def _unsigned(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
