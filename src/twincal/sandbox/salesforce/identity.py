"""Apps and access tokens: who may act, as whom, and for how long."""

import base64
import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import jwt
from cryptography import x509

from twincal.sandbox.salesforce.records import Now
from twincal.sandbox.signin.addresses import checked_address
from twincal.sandbox.signin.codes import Grant

LEEWAY = 60
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class OAuthError(Exception):
    """A refusal of the OAuth endpoints."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class App:
    """An External Client App. `approved` are the users whom an administrator pre-authorised, None for all of them;
    with `self_authorize` there are none such, and users are asked."""

    client_id: str
    secret: str | None
    certificate: x509.Certificate | None
    run_as: str | None
    approved: frozenset[str] | None
    name: str = ""
    callbacks: tuple[str, ...] = ()
    self_authorize: bool = False


@dataclass(slots=True)
class Session:
    """A token given out: to whom, for what, since when, how often it was used, and which refresh token it belongs to."""

    username: str
    since: datetime
    scopes: tuple[str, ...]
    refresh: str | None = None
    requests: int = 0


class Identity:
    """The org's apps and sessions. Both outlive a reset of the org: users are known by name."""

    def __init__(self, clock: Now, seed: int) -> None:
        self._clock = clock
        self._seed = seed
        self._apps: dict[str, App] = {}
        self._sessions: dict[str, Session] = {}
        self._refreshes: dict[str, Grant] = {}
        self._approvals: dict[tuple[str, str], frozenset[str]] = {}
        self._given = 0

    def register(
        self, client_id: str, secret: str | None, certificate_pem: str | bytes | None, run_as: str | None,
        approved: str | Sequence[str], name: str,
    ) -> None:  # fmt: skip
        """Adds an app, or sets one up anew all but its callbacks. `approved`: usernames, `all`, or `self`."""
        pem = certificate_pem.encode() if isinstance(certificate_pem, str) else certificate_pem
        certificate = x509.load_pem_x509_certificate(pem) if pem else None
        names = None if approved == "all" else frozenset(name.lower() for name in approved if approved != "self")
        callbacks = self._apps[client_id].callbacks if client_id in self._apps else ()
        self._apps[client_id] = App(client_id, secret, certificate, run_as, names, name, callbacks, approved == "self")

    def register_callbacks(self, client_id: str, addresses: Sequence[str]) -> None:
        """The addresses that people who sign in may be sent back to. Raises ValueError for one that Salesforce does not take."""
        if client_id not in self._apps:
            raise ValueError(f"No app has the consumer key {client_id}. There is: {', '.join(self._apps)}.")
        self._apps[client_id] = replace(self._apps[client_id], callbacks=tuple(map(checked_address, addresses)))

    def apps(self) -> list[App]:
        """All apps, in the order they came."""
        return list(self._apps.values())

    def app(self, client_id: str) -> App:
        """The app with this consumer key. Raises OAuthError."""
        if client_id not in self._apps:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        return self._apps[client_id]

    def proven(self, client_id: str, secret: str) -> App:
        """The app that proves itself by its secret. Raises OAuthError."""
        app = self.app(client_id)
        if app.secret is None or app.secret != secret:
            raise OAuthError("invalid_client", "invalid client credentials")
        return app

    def client_credentials(self, client_id: str, secret: str) -> str:
        """The username that an app runs as. Raises OAuthError."""
        app = self.proven(client_id, secret)
        if app.run_as is None:
            raise OAuthError("invalid_grant", "no client credentials user enabled")
        return app.run_as

    def jwt_bearer(self, assertion: str, audiences: set[str]) -> str:
        """The username that a signed assertion names. Raises OAuthError."""
        try:
            # gate: proof because who signed stands inside; the signature is verified below, before anything is granted
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.PyJWTError:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        app = self.app(str(claims.get("iss", "")))
        if app.certificate is None:
            raise OAuthError("invalid_grant", "invalid assertion")
        self._verify(assertion, app.certificate)
        if claims.get("aud") not in audiences:
            raise OAuthError("invalid_grant", "audience is invalid")
        if self._expired(claims.get("exp")):
            raise OAuthError("invalid_grant", "expired access/refresh token")
        username = str(claims.get("sub", ""))
        if not self.pre_authorized(app, username) and not self.has_approved(app, username, ()):
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        return username

    def _verify(self, assertion: str, certificate: x509.Certificate) -> None:
        options = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        try:
            jwt.decode(assertion, certificate.public_key(), algorithms=["RS256"], options=options)  # type: ignore[arg-type]
        except jwt.PyJWTError:
            raise OAuthError("invalid_grant", "invalid assertion") from None

    def _expired(self, expiry: object) -> bool:
        """By the org's clock and by the machine's: the org may live in another year than the client that signs."""
        if not isinstance(expiry, int | float):
            return True
        return expiry + LEEWAY < min(self._clock.now().timestamp(), time.time())

    # What users approve

    def pre_authorized(self, app: App, username: str) -> bool:
        """Whether an administrator lets a user use an app without being asked."""
        return not app.self_authorize and (app.approved is None or username.lower() in app.approved)

    def has_approved(self, app: App, username: str, scopes: Iterable[str]) -> bool:
        """Whether a user has allowed an app these scopes before."""
        known = self._approvals.get((app.client_id, username.lower()))
        return known is not None and known.issuperset(scopes)

    def approve(self, app: App, username: str, scopes: Iterable[str]) -> None:
        """A user allows an app these scopes."""
        key = (app.client_id, username.lower())
        self._approvals[key] = self._approvals.get(key, frozenset()).union(scopes)

    # Tokens

    def open(self, username: str, org_id: str, *, scopes: tuple[str, ...] = ("api",), refresh: str | None = None) -> str:
        """A new access token for a user."""
        token = f"{org_id[:15]}!AQ{self._new(username)}"
        self._sessions[token] = Session(username, self._clock.now(), scopes, refresh)
        return token

    def keep(self, grant: Grant) -> str:
        """A new refresh token for what a user said yes to."""
        token = f"5Aep{self._new(grant.who)}"
        self._refreshes[token] = grant
        return token

    def _new(self, username: str) -> str:
        self._given += 1
        digest = hashlib.sha256(f"{self._seed}/{self._given}/{username}".encode()).digest()
        return base64.urlsafe_b64encode(digest * 2).decode().rstrip("=").replace("-", ".")

    def refreshed(self, token: str, app: App, *, spend: bool) -> Grant:
        """What a refresh token of an app stands for; with `spend` for the last time. Raises OAuthError."""
        found = self._refreshes.get(token)
        if found is None or found.ask.client_id != app.client_id:
            raise OAuthError("invalid_grant", "expired access/refresh token")
        if spend:
            del self._refreshes[token]
        return found

    def revoke(self, token: str) -> bool:
        """Ends an access token, or a refresh token with all that came of it; says whether there was one."""
        if self._refreshes.pop(token, None):
            self._sessions = {each: session for each, session in self._sessions.items() if session.refresh != token}
            return True
        return self._sessions.pop(token, None) is not None

    def scopes_of(self, token: str) -> tuple[str, ...]:
        """What a living access token is for."""
        return self._sessions[token].scopes

    def use(self, token: str, *, minutes: int, requests: int) -> str | None:
        """The username behind a token, None when it is unknown, too old, or used up (`requests` above 0)."""
        session = self._sessions.get(token)
        if session is None:
            return None
        session.requests += 1
        too_old = abs(self._clock.now() - session.since) > timedelta(minutes=minutes)
        if too_old or (requests and session.requests > requests):
            del self._sessions[token]
            return None
        return session.username

    def renew(self) -> None:
        """Lets every session start anew, as after a reset of the org and its clock."""
        for session in self._sessions.values():
            session.since, session.requests = self._clock.now(), 0

    def close_all(self) -> None:
        """Ends every session; refresh tokens stay good."""
        self._sessions.clear()
