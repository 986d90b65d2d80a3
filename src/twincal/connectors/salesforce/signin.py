"""Signing in to an org: client credentials, a signed assertion, or somebody's consent. No password is ever used.

A reply names no lifetime: a token serves until a request is answered 401 INVALID_SESSION_ID (Help, OAuth JWT bearer flow).
"""

from base64 import urlsafe_b64encode
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from twincal.connectors.addresses import is_instance_of
from twincal.connectors.decoding import UNREADABLE, understood
from twincal.connectors.salesforce.soql import is_id, long_id
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Reply, Transport

LIFE = timedelta(minutes=3)
"""How long an assertion serves: Salesforce refuses those that live longer than a few minutes."""

EXPLAINED = frozenset(
    {
        "user hasn't approved this consumer",
        "authentication failure",
        "expired access/refresh token",
        "audience is invalid",
        "client identifier invalid",
        "invalid client credentials",
        "no client credentials user enabled",
        "grant type not supported",
        "user is inactive",
        "login rate exceeded",
        "invalid assertion",
    }
)
"""Descriptions that are safe to show: known wordings without a name or a value in them."""


@dataclass(frozen=True)
class Session:
    """A token and where it is used. `user_id` and `organization_id` are empty where the reply names no identity,
    `refresh_token` where it brought none."""

    instance_url: str
    token: str = field(repr=False)
    user_id: str = ""
    organization_id: str = ""
    refresh_token: str = field(default="", repr=False)


class SignIn(Protocol):
    """A way to get a token."""

    def request(self, now: datetime) -> tuple[str, dict[str, str]]:
        """The address of the token endpoint and the form to post; `now` is aware and in UTC."""
        ...


@dataclass(frozen=True)
class ClientCredentials:
    """One integration user, the Run-As user of the app. `login_url` is the org's My Domain address."""

    login_url: str
    client_id: str
    client_secret: str = field(repr=False)

    def request(self, now: datetime) -> tuple[str, dict[str, str]]:
        """The address and the form; the moment plays no part."""
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        return _token_url(self.login_url), form


@dataclass(frozen=True)
class JwtBearer:
    """A pre-authorised user, vouched for with the app's key (RS256). `audience` is `login_url` unless given."""

    login_url: str
    client_id: str
    username: str
    private_key: str = field(repr=False)
    audience: str = ""

    def request(self, now: datetime) -> tuple[str, dict[str, str]]:
        """The address and the form with an assertion that serves for three minutes from `now`."""
        import jwt

        claims = {
            "iss": self.client_id,
            "sub": self.username,
            "aud": self.audience or self.login_url.rstrip("/"),
            "exp": int((now + LIFE).timestamp()),
        }
        try:
            assertion = jwt.encode(claims, self.private_key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise VendorFault(Side.SALESFORCE, FaultCode.SIGN_IN_REFUSED, "the private key cannot be read") from error
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        return _token_url(self.login_url), form


@dataclass(frozen=True)
class AuthorizationCode:
    """What somebody's consent in the browser brought: the code, which serves once, for the address it was sent back to
    (OAuth web server flow with PKCE)."""

    login_url: str
    client_id: str
    client_secret: str = field(repr=False)
    code: str = field(repr=False)
    verifier: str = field(repr=False)
    back: str

    def request(self, now: datetime) -> tuple[str, dict[str, str]]:
        """The address and the form; the moment plays no part."""
        form = {
            "grant_type": "authorization_code", "code": self.code, "redirect_uri": self.back, "code_verifier": self.verifier,
            "client_id": self.client_id, "client_secret": self.client_secret,
        }  # fmt: skip
        return _token_url(self.login_url), form


class Kept(Protocol):
    """Where a refresh token is kept between two sign-ins."""

    def alone(self) -> AbstractAsyncContextManager[str]:
        """The token of the moment; until the end nobody else has it, for where tokens rotate each serves once."""
        ...

    async def keep(self, token: str) -> None:
        """Put a new token in its place."""
        ...


@dataclass(frozen=True)
class RefreshToken:
    """The user who once gave consent. A reply that brings a new refresh token has ended the one before (refresh token
    rotation), so the new one is kept before anything else is done."""

    login_url: str
    client_id: str
    client_secret: str = field(repr=False)
    kept: Kept = field(repr=False)

    async def session(self, transport: Transport) -> Session:
        """Get a token. Raises VendorFault as `sign_in` does."""
        async with self.kept.alone() as token:
            form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id,
                    "client_secret": self.client_secret}  # fmt: skip
            session = await _asked(transport, _token_url(self.login_url), form)
            if session.refresh_token not in ("", token):
                await self.kept.keep(session.refresh_token)
            return session


def consent_url(login_url: str, client_id: str, *, back: str, state: str, verifier: str) -> str:
    """Where somebody gives consent: the address to send their browser to. They sign in anew, because the user who is signed in
    there is rarely the one whom the sync is to act as."""
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code", "client_id": client_id, "redirect_uri": back, "scope": "api refresh_token", "state": state,
        "code_challenge": challenge, "code_challenge_method": "S256", "prompt": "login consent",
    }  # fmt: skip
    return f"{login_url.rstrip('/')}/services/oauth2/authorize?{urlencode(query)}"


class _Token(Struct, frozen=True):
    access_token: str
    instance_url: str
    id: str = ""
    refresh_token: str = ""


class _Refusal(Struct, frozen=True):
    error: str = ""
    error_description: str = ""


_TOKEN, _REFUSAL = msgspec.json.Decoder(_Token), msgspec.json.Decoder(_Refusal)


async def sign_in(transport: Transport, way: SignIn | RefreshToken, now: datetime) -> Session:
    """Get a token. Raises VendorFault SIGN_IN_REFUSED, THROTTLED, UNAVAILABLE or BAD_ANSWER."""
    if isinstance(way, RefreshToken):
        return await way.session(transport)
    return await _asked(transport, *way.request(now))


async def _asked(transport: Transport, url: str, form: dict[str, str]) -> Session:
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    try:
        reply = await transport.send("POST", url, headers=headers, body=urlencode(form).encode())
    except VendorFault as fault:
        # The transport serves several sides; a lost reply here leaves nothing behind, so it counts as unavailable.
        detail = ", ".join(word for word in ("sign-in", fault.detail) if word)
        raise VendorFault(Side.SALESFORCE, FaultCode.UNAVAILABLE, detail) from fault
    if reply.status != 200:
        raise _refused(reply)
    try:
        token = understood(_TOKEN, reply.body)
    except UNREADABLE as error:
        raise VendorFault(Side.SALESFORCE, FaultCode.BAD_ANSWER, "token") from error
    if not is_instance_of(url, token.instance_url):
        raise VendorFault(Side.SALESFORCE, FaultCode.BAD_ANSWER, "an instance that is not Salesforce's")
    organization, user = _identity(token.id)
    return Session(token.instance_url.rstrip("/"), token.access_token, user, organization, token.refresh_token)


def _token_url(login_url: str) -> str:
    return f"{login_url.rstrip('/')}/services/oauth2/token"


def _identity(url: str) -> tuple[str, str]:
    """Organization and user of an identity address (`.../id/00D.../005...`)."""
    ids = url.rstrip("/").rsplit("/", 2)[-2:]
    if len(ids) == 2 and all(is_id(text) for text in ids):
        return long_id(ids[0]), long_id(ids[1])
    return "", ""


def _refused(reply: Reply) -> VendorFault:
    if reply.status >= 500:
        return VendorFault(Side.SALESFORCE, FaultCode.UNAVAILABLE, f"sign-in, HTTP {reply.status}")
    try:
        refusal = understood(_REFUSAL, reply.body)
    except UNREADABLE:
        refusal = _Refusal()
    known = refusal.error_description in EXPLAINED
    error = refusal.error if refusal.error.replace("_", "").isalpha() else f"HTTP {reply.status}"
    detail = f"{error}: {refusal.error_description}" if known else error
    code = FaultCode.THROTTLED if refusal.error == "rate_limit_exceeded" else FaultCode.SIGN_IN_REFUSED
    return VendorFault(Side.SALESFORCE, code, detail)
