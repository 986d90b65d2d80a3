"""Tokens of Entra: access tokens that Graph knows again, refresh tokens, and id tokens as *ID token claims reference* has them."""

import base64
import hashlib
import time
from collections.abc import Collection
from typing import Any

import jwt

from twincal.sandbox.exchange.apps import App
from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.exchange.mailbox import Mailbox
from twincal.sandbox.graph.entra.errors import SignInError
from twincal.sandbox.signin.codes import Grant
from twincal.sandbox.signin.keys import SigningKey, signing_key

AUDIENCE = "https://graph.microsoft.com"
OFFLINE = "offline_access"
ID_TOKEN_SECONDS = 3600
UNCHECKED = {"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False}


class Tokens:
    """What one tenant gives out."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._key = hashlib.sha256(f"twincal sandbox {exchange.seed}".encode()).digest()
        self._refreshes: dict[str, Grant] = {}
        self._issued = 0

    @staticmethod
    def signing() -> SigningKey:
        """The key of id tokens."""
        return signing_key("entra")

    def for_app(self, app: App) -> dict[str, Any]:
        """The answer to an app that acts as itself."""
        seconds = self._exchange.quirks.token_seconds
        token = self._access({"appid": app.client_id, "idtyp": "app", "roles": list(app.granted)}, seconds)
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}

    def for_person(self, grant: Grant, base: str) -> dict[str, Any]:
        """The answer to an app that somebody has signed in to."""
        person, scopes = self.person(grant.who), grant.ask.scopes
        seconds = self._exchange.quirks.token_seconds
        shown = " ".join(scope for scope in scopes if scope != OFFLINE)
        token = self._access({"appid": grant.ask.client_id, "idtyp": "user", "oid": person.id, "scp": shown}, seconds)
        answer = {
            "token_type": "Bearer", "scope": shown, "expires_in": seconds, "ext_expires_in": seconds, "access_token": token,
        }  # fmt: skip
        if OFFLINE in scopes:
            answer["refresh_token"] = self._refresh(grant)
        if "openid" in scopes:
            answer["id_token"] = self.signing().sign(self._identity(grant, person, base))
        return answer

    def refreshed(self, token: str, app: App) -> Grant:
        """What a refresh token of an app stands for; it may be used again. Raises SignInError."""
        grant = self._refreshes.get(token)
        if grant is None or grant.ask.client_id != app.client_id:
            raise SignInError(400, "invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
        return grant

    def person(self, oid: str) -> Mailbox:
        """Somebody who signed in before. Raises SignInError when they have left since."""
        try:
            return self._exchange.mailbox(oid)
        except GraphError:
            text = f"The user account {oid} does not exist in the directory."
            raise SignInError(400, "invalid_grant", 50034, text) from None

    def _access(self, claims: dict[str, Any], seconds: int) -> str:
        now = int(self._exchange.now().timestamp())
        tenant = self._exchange.tenant
        common = {
            "aud": AUDIENCE, "iss": f"https://sts.windows.net/{tenant}/", "iat": now, "nbf": now, "exp": now + seconds,
            "tid": tenant, "uti": self._next(), "ver": "1.0",
        }  # fmt: skip
        return jwt.encode(common | claims, self._key, algorithm="HS256")

    def _refresh(self, grant: Grant) -> str:
        token = "1." + base64.urlsafe_b64encode(hashlib.sha512(self._key + self._next().encode()).digest()).decode().rstrip("=")
        self._refreshes[token] = grant
        return token

    def _next(self) -> str:
        self._issued += 1
        return str(self._issued)

    def _identity(self, grant: Grant, person: Mailbox, base: str) -> dict[str, Any]:
        # The machine's time, as with certificates: whoever verifies an id token asks the real clock.
        now, tenant = int(time.time()), self._exchange.tenant
        claims = {
            "aud": grant.ask.client_id, "iss": issuer(base, tenant), "iat": now, "nbf": now, "exp": now + ID_TOKEN_SECONDS,
            **person_claims(person, grant.ask.client_id, grant.ask.scopes), "tid": tenant, "uti": self._next(), "ver": "2.0",
        }  # fmt: skip
        return claims | ({"nonce": grant.ask.nonce} if grant.ask.nonce else {})

    def _claims(self, header: str) -> dict[str, Any]:
        scheme, _, token = header.partition(" ")
        if scheme.casefold() != "bearer" or not token:
            raise _unknown("Access token is empty.")
        try:
            claims: dict[str, Any] = jwt.decode(token.strip(), self._key, algorithms=["HS256"], options=UNCHECKED)  # type: ignore[arg-type]
        except jwt.InvalidTokenError:
            raise _unknown("Access token validation failure. Invalid audience or signature.") from None
        if claims["appid"] not in self._exchange.apps or claims["exp"] <= self._exchange.now().timestamp():
            raise _unknown("Lifetime validation failed, the token is expired.")
        return claims

    def bearer(self, header: str) -> App:
        """The app that acts as itself, behind an Authorization header. Raises GraphError 401, or 403 for a person's token."""
        claims = self._claims(header)
        if "roles" not in claims:
            raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        return App(claims["appid"], None, None, tuple(claims["roles"]))

    def userinfo(self, header: str) -> dict[str, str]:
        """What OpenID's userinfo endpoint tells of whoever signed in. Raises GraphError 401."""
        claims = self._claims(header)
        if "oid" not in claims:
            raise _unknown("Access token validation failure. The token stands for no user.")
        person = self._exchange.mailbox(claims["oid"])
        given, _, family = person.name.rpartition(" ")
        return {
            "sub": subject(claims["appid"], person.id), "name": person.name, "given_name": given, "family_name": family,
            "email": person.address,
        }  # fmt: skip


def issuer(base: str, tenant: str) -> str:
    """Who issues id tokens; `base` is scheme and host as they were called."""
    return f"{base}/{tenant}/v2.0"


def subject(client_id: str, oid: str) -> str:
    """The pairwise name of a person: another one for each app."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{client_id} {oid}".encode()).digest()).decode().rstrip("=")


def person_claims(person: Mailbox, client_id: str, scopes: Collection[str]) -> dict[str, str]:
    """What an id token tells of a person, as far as the scopes reach."""
    claims = {"sub": subject(client_id, person.id)}
    if "profile" in scopes:
        claims |= {"name": person.name, "oid": person.id, "preferred_username": person.address}
    if "email" in scopes:
        claims["email"] = person.address
    return claims


def _unknown(message: str) -> GraphError:
    return GraphError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": 'Bearer realm=""'})
