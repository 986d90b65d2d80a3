"""How an app proves itself at the token endpoint: by its secret, or by an assertion signed with its certificate."""

import base64
import time
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from twincal.sandbox.exchange.apps import App
from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.graph.calls import Call
from twincal.sandbox.graph.entra.errors import missing, no_app, unproven

BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# An assertion lives ten minutes; clocks may be five apart.
LONGEST_ASSERTION = 600
SKEW = 300


class Proofs:
    """The apps of one tenant and the assertions they have used."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._seen: set[str] = set()

    def proven(self, call: Call, form: dict[str, str], tenant: str) -> App:
        """The app that sends a form to the token endpoint. Raises SignInError."""
        name, secret = form.get("client_id"), form.get("client_secret")
        scheme, _, basic = call.headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "basic":
            name, _, secret = base64.b64decode(basic).decode("utf-8", "replace").partition(":")
        if not name:
            raise missing("client_id")
        app = self._exchange.apps.get(name)
        if app is None:
            raise no_app(name, tenant)
        if "client_assertion" in form:
            if form.get("client_assertion_type") != BEARER:
                raise missing("client_assertion_type")
            self._check_assertion(call, form["client_assertion"], app, tenant)
        elif not secret:
            raise unproven(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
        elif secret != app.secret:
            raise unproven(
                7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client "
                f"secret value, not the client secret ID, for a secret added to app '{name}'.",
            )  # fmt: skip
        return app

    def _check_assertion(self, call: Call, assertion: str, app: App, tenant: str) -> None:
        try:
            header = jwt.get_unverified_header(assertion)
        except jwt.InvalidTokenError:
            raise unproven(50027, "JWT token is invalid or malformed.") from None
        if app.certificate_pem is None:
            raise unproven(700027, "The certificate used to sign the client assertion is not registered on application.")
        certificate = x509.load_pem_x509_certificate(app.certificate_pem.encode())
        key = certificate.public_key()
        named = (header.get("x5t#S256"), header.get("x5t"))
        ours = tuple(
            base64.urlsafe_b64encode(certificate.fingerprint(kind)).decode().rstrip("=")
            for kind in (SHA256(), SHA1())  # noqa: S303 - the older thumbprint is SHA-1 by definition
        )
        if not any(given and given.rstrip("=") == own for given, own in zip(named, ours, strict=True)):
            raise unproven(
                700027, "The certificate with identifier used to sign the client assertion is not registered on "
                "application. [Reason - The key was not found.]",
            )  # fmt: skip
        if not isinstance(key, RSAPublicKey) or header.get("alg") not in {"RS256", "PS256"}:
            raise unproven(5002738, f"Invalid JWT token. '{header.get('alg')}' is not a supported signature algorithm.")
        try:
            claims = jwt.decode(
                assertion, key, algorithms=["RS256", "PS256"],
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )  # fmt: skip
        except jwt.InvalidTokenError:
            raise unproven(
                700027, "Client assertion failed signature validation. [Reason - The key was found, but use of the key "
                "to verify the signature failed.]",
            ) from None  # fmt: skip
        self._check_claims(call, claims, app, tenant)

    def _check_claims(self, call: Call, claims: dict[str, Any], app: App, tenant: str) -> None:
        if claims.get("iss") != app.client_id or claims.get("sub") != app.client_id:
            raise unproven(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
        if not _is_endpoint(str(claims.get("aud", "")), call, tenant):
            raise unproven(700023, "Client assertion audience claim does not match Realm issuer.")
        expires, begins = claims.get("exp"), claims.get("nbf", claims.get("iat"))
        # Either clock will do: the company's runs where a rehearsal put it, a stranger's library asks the machine.
        moments = (self._exchange.now().timestamp(), time.time())
        timely = isinstance(expires, int | float) and any(
            (begins or moment) - SKEW <= moment <= expires + SKEW for moment in moments
        )
        if not timely or (begins and expires - begins > LONGEST_ASSERTION + SKEW):
            raise unproven(700024, "Client assertion is not within its valid time range.")
        mark = claims.get("jti")
        if not mark:
            raise unproven(700029, "Client assertion has no 'jti' claim.")
        if self._exchange.quirks.assertion_replay_refused and mark in self._seen:
            raise unproven(700030, "Client assertion was used before.")
        self._seen.add(str(mark))


def _is_endpoint(audience: str, call: Call, tenant: str) -> bool:
    there, here = urlsplit(audience), urlsplit(call.base)
    paths = {f"/{tenant}/oauth2/v2.0/token", f"/{tenant}/v2.0", f"/{tenant}/oauth2/token"}
    known = {here.netloc.casefold(), "login.microsoftonline.com"}
    return there.path.casefold() in {path.casefold() for path in paths} and there.netloc.casefold() in known
