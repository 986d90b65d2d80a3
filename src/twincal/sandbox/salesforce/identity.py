"""Apps and access tokens: who may act, as whom, and for how long."""

import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from cryptography import x509

from twincal.sandbox.salesforce.records import Now

LEEWAY = 60
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class OAuthError(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class App:
    """An External Client App. `approved` is None when every user is pre-authorised."""

    client_id: str
    secret: str | None
    certificate: x509.Certificate | None
    run_as: str | None
    approved: frozenset[str] | None


@dataclass(slots=True)
class Session:
    """A token given out: to whom, since when, and how often it was used."""

    username: str
    since: datetime
    requests: int = 0


class Identity:
    """The org's apps and sessions. Both outlive a reset of the org: users are known by name."""

    def __init__(self, clock: Now, seed: int) -> None:
        self._clock = clock
        self._seed = seed
        self._apps: dict[str, App] = {}
        self._sessions: dict[str, Session] = {}
        self._given = 0

    def register(
        self, client_id: str, secret: str | None, certificate_pem: str | bytes | None, run_as: str | None,
        approved: str | Sequence[str],
    ) -> None:  # fmt: skip
        """Adds an app, or sets one up anew."""
        pem = certificate_pem.encode() if isinstance(certificate_pem, str) else certificate_pem
        certificate = x509.load_pem_x509_certificate(pem) if pem else None
        names = None if approved == "all" else frozenset(name.lower() for name in approved)
        self._apps[client_id] = App(client_id, secret, certificate, run_as, names)

    def client_credentials(self, client_id: str, secret: str) -> str:
        """The username that an app runs as. Raises OAuthError."""
        app = self._app(client_id)
        if app.secret is None or app.secret != secret:
            raise OAuthError("invalid_client", "invalid client credentials")
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
        app = self._app(str(claims.get("iss", "")))
        if app.certificate is None:
            raise OAuthError("invalid_grant", "invalid assertion")
        self._verify(assertion, app.certificate)
        if claims.get("aud") not in audiences:
            raise OAuthError("invalid_grant", "audience is invalid")
        if self._expired(claims.get("exp")):
            raise OAuthError("invalid_grant", "expired access/refresh token")
        username = str(claims.get("sub", ""))
        if app.approved is not None and username.lower() not in app.approved:
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

    def _app(self, client_id: str) -> App:
        if client_id not in self._apps:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        return self._apps[client_id]

    def open(self, username: str, org_id: str) -> str:
        """A new access token for a user."""
        self._given += 1
        digest = hashlib.sha256(f"{self._seed}/{self._given}/{username}".encode()).digest()
        token = f"{org_id[:15]}!AQ{base64.urlsafe_b64encode(digest * 2).decode().rstrip('=').replace('-', '.')}"
        self._sessions[token] = Session(username, self._clock.now())
        return token

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
        """Ends every session."""
        self._sessions.clear()
