"""An identity provider that lies on demand. It shares nothing with the sandbox's: what the sandbox would never say is said here."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.engine.stage import ANN
from tests.web.browser import served
from tests.web.visitor import Page, Visitor
from twincal.core.vocabulary import Side
from twincal.engine.person import IdentityClient

TENANT = "7b1f0c7e-9f4e-4c05-a9d7-3a4a7d1f0001"
CLIENT, SECRET = "twincal-app", "the secret of the app"
KEY_ID = "k1"


@cache
def key(which: str) -> rsa.RSAPrivateKey:
    """A signing key; `which` only tells several apart."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """Says what `claims` holds, changed by whatever a test says; `told` is what it was asked at the token endpoint."""

    def __init__(self) -> None:
        self.url = ""
        self.told: dict[str, str] = {}
        self.honest()
        self.app = Starlette(
            routes=[
                Route("/document", self._describe),
                Route("/keys", self._keys),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def honest(self) -> None:
        """Say what is true from now on."""
        self.challenge = ""
        self.claims: dict[str, Any] = {}
        self.description: dict[str, Any] = {}
        self.leaves_out = ""
        self.answer: Response | None = None
        self.token: str | None = None
        self.signs_with = KEY_ID

    @property
    def issuer(self) -> str:
        """Its name, which holds the tenant as Entra's does."""
        return f"{self.url}/{TENANT}/v2.0"

    def client(self, **more: Any) -> IdentityClient:
        """How Twincal signs people in here."""
        given = {"side": Side.EXCHANGE, "document": f"{self.url}/document", "client_id": CLIENT, "account": TENANT,
                 "proof": lambda url: {"client_secret": SECRET}, **more}  # fmt: skip
        return IdentityClient(**given)

    async def sent(self, visitor: Visitor, path: str = "/sign-in/microsoft") -> dict[str, str]:
        """Somebody is sent here, and this is what they carry. What the token will say follows from it."""
        asked = dict(parse_qsl(urlsplit((await visitor.get(path)).where).query))
        self.challenge = asked["code_challenge"]
        moment = later()
        self.claims = {"iss": self.issuer, "aud": CLIENT, "sub": "pairwise", "iat": moment, "exp": moment + 3600, "tid": TENANT,
                       "nonce": asked["nonce"], "oid": "ann-1", "name": "Ann", "preferred_username": ANN}  # fmt: skip
        return asked

    async def back(self, visitor: Visitor, state: str, **more: str) -> Page:
        """Somebody comes back."""
        query = {"code": "c0de", "state": state, **more}
        return await visitor.get("/sign-in/microsoft/done?" + "&".join(f"{name}={value}" for name, value in query.items()))

    async def _describe(self, _: Request) -> Response:
        told = {"issuer": self.issuer, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys"}  # fmt: skip
        return JSONResponse({name: text for name, text in {**told, **self.description}.items() if name != self.leaves_out})

    async def _keys(self, _: Request) -> Response:
        return JSONResponse(
            {"keys": [{**RSAAlgorithm.to_jwk(key(KEY_ID).public_key(), as_dict=True), "kid": KEY_ID, "alg": "RS256"}]}
        )

    async def _token(self, request: Request) -> Response:
        self.told = {name: str(value) for name, value in (await request.form()).items()}
        if self.answer is not None:
            return self.answer
        wanted = urlsafe_b64encode(sha256(self.told["code_verifier"].encode()).digest()).decode().rstrip("=")
        if wanted != self.challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = self.token or jwt.encode(self.claims, key(self.signs_with), algorithm="RS256", headers={"kid": KEY_ID})
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "expires_in": 3599, "id_token": token})


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """A provider on a socket."""
    found = Provider()
    async with served(found.app) as found.url:
        yield found


def later(**by: float) -> int:
    """The real time, so much later: seconds since 1970."""
    return int((datetime.now(UTC) + timedelta(**by)).timestamp())
