"""Signing in to an org: client credentials or a signed assertion. No password is ever used.

A reply names no lifetime: a token serves until a request is answered 401 INVALID_SESSION_ID (Help, OAuth JWT bearer flow).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    """A token and where it is used. `user_id` and `organization_id` are empty where the reply names no identity."""

    instance_url: str
    token: str = field(repr=False)
    user_id: str = ""
    organization_id: str = ""


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


class _Token(Struct, frozen=True):
    access_token: str
    instance_url: str
    id: str = ""


class _Refusal(Struct, frozen=True):
    error: str = ""
    error_description: str = ""


_TOKEN, _REFUSAL = msgspec.json.Decoder(_Token), msgspec.json.Decoder(_Refusal)


async def sign_in(transport: Transport, way: SignIn, now: datetime) -> Session:
    """Get a token. Raises VendorFault SIGN_IN_REFUSED, THROTTLED, UNAVAILABLE or BAD_ANSWER."""
    url, form = way.request(now)
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
    return Session(token.instance_url.rstrip("/"), token.access_token, user, organization)


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
