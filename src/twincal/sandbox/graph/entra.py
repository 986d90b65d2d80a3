"""Entra ID: OpenID discovery, keys, and tokens for client credentials by secret or by signed assertion."""

import base64
import hashlib
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from twincal.sandbox.exchange.apps import App
from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.graph.calls import Call, Reply, json_reply

AUDIENCE = "https://graph.microsoft.com"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# An assertion lives ten minutes; clocks may be five apart.
LONGEST_ASSERTION = 600
SKEW = 300


class SignInError(Exception):
    """A refusal of the token endpoint: `error` in OAuth's words, `number` in Entra's."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(f"AADSTS{number}: {text}")
        self.status = status
        self.error = error
        self.number = number
        self.text = text


def _unproven(number: int, text: str) -> SignInError:
    return SignInError(401, "invalid_client", number, text)


class Entra:
    """The directory of one tenant."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._key = hashlib.sha256(f"twincal sandbox {exchange.seed}".encode()).digest()
        self._seen: set[str] = set()
        self._issued = 0

    def answer(self, call: Call) -> Reply | None:
        """The answer to a path below a tenant, or None when there is nothing."""
        tenant, *rest = call.segments or [""]
        path = "/".join(rest).casefold()
        if path in {"v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"}:
            return self._discovery(call, tenant)
        if path == "discovery/v2.0/keys":
            return json_reply({"keys": []})
        if path != "oauth2/v2.0/token":
            return None
        if call.method != "POST":
            return self._refusal(SignInError(400, "invalid_request", 900561, "The endpoint only accepts POST requests."))
        try:
            return self._token(call, tenant)
        except SignInError as refusal:
            return self._refusal(refusal)

    def _discovery(self, call: Call, tenant: str) -> Reply:
        if not self._is_tenant(tenant):
            return self._refusal(_no_tenant(tenant))
        root = f"{call.base}/{tenant}"
        return json_reply({
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{root}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "tenant_region_scope": "EU",
        })  # fmt: skip

    def _is_tenant(self, tenant: str) -> bool:
        domains = {mailbox.address.partition("@")[2].casefold() for mailbox in self._exchange.mailboxes()}
        return tenant.casefold() in {self._exchange.tenant, *domains}

    def _token(self, call: Call, tenant: str) -> Reply:
        form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        if not self._is_tenant(tenant):
            raise _no_tenant(tenant)
        grant = form.get("grant_type")
        if not grant:
            raise _missing("grant_type")
        if grant != "client_credentials":
            raise SignInError(400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'.")
        app = self._proven(call, form, tenant)
        scope = form.get("scope", "")
        if scope not in {f"{AUDIENCE}/.default", f"{AUDIENCE}//.default", "00000003-0000-0000-c000-000000000000/.default"}:
            raise SignInError(
                400, "invalid_scope", 1002012 if "/.default" not in scope else 500011,
                f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value "
                "with /.default suffixed to the resource identifier (application ID URI).",
            )  # fmt: skip
        seconds = self._exchange.quirks.token_seconds
        return json_reply({
            "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds,
            "access_token": self._issue(app, seconds),
        }, headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})  # fmt: skip

    def _proven(self, call: Call, form: dict[str, str], tenant: str) -> App:
        name, secret = form.get("client_id"), form.get("client_secret")
        scheme, _, basic = call.headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "basic":
            name, _, secret = base64.b64decode(basic).decode("utf-8", "replace").partition(":")
        if not name:
            raise _missing("client_id")
        app = self._exchange.apps.get(name)
        if app is None:
            raise SignInError(
                400, "unauthorized_client", 700016, f"Application with identifier '{name}' was not found in the "
                f"directory '{tenant}'. This can happen if the application has not been installed by the administrator "
                "of the tenant.",
            )  # fmt: skip
        if "client_assertion" in form:
            if form.get("client_assertion_type") != BEARER:
                raise _missing("client_assertion_type")
            self._check_assertion(call, form["client_assertion"], app, tenant)
        elif not secret:
            raise _unproven(
                7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            )
        elif secret != app.secret:
            raise _unproven(
                7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client "
                f"secret value, not the client secret ID, for a secret added to app '{name}'.",
            )  # fmt: skip
        return app

    def _check_assertion(self, call: Call, assertion: str, app: App, tenant: str) -> None:
        try:
            header = jwt.get_unverified_header(assertion)
        except jwt.InvalidTokenError:
            raise _unproven(50027, "JWT token is invalid or malformed.") from None
        if app.certificate_pem is None:
            raise _unproven(700027, "The certificate used to sign the client assertion is not registered on application.")
        certificate = x509.load_pem_x509_certificate(app.certificate_pem.encode())
        key = certificate.public_key()
        named = (header.get("x5t#S256"), header.get("x5t"))
        ours = tuple(
            base64.urlsafe_b64encode(certificate.fingerprint(kind)).decode().rstrip("=")
            for kind in (SHA256(), SHA1())  # noqa: S303 - the older thumbprint is SHA-1 by definition
        )
        if not any(given and given.rstrip("=") == own for given, own in zip(named, ours, strict=True)):
            raise _unproven(
                700027, "The certificate with identifier used to sign the client assertion is not registered on "
                "application. [Reason - The key was not found.]",
            )  # fmt: skip
        if not isinstance(key, RSAPublicKey) or header.get("alg") not in {"RS256", "PS256"}:
            raise _unproven(5002738, f"Invalid JWT token. '{header.get('alg')}' is not a supported signature algorithm.")
        try:
            claims = jwt.decode(
                assertion, key, algorithms=["RS256", "PS256"],
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )  # fmt: skip
        except jwt.InvalidTokenError:
            raise _unproven(
                700027, "Client assertion failed signature validation. [Reason - The key was found, but use of the key "
                "to verify the signature failed.]",
            ) from None  # fmt: skip
        self._check_claims(call, claims, app, tenant)

    def _check_claims(self, call: Call, claims: dict[str, Any], app: App, tenant: str) -> None:
        if claims.get("iss") != app.client_id or claims.get("sub") != app.client_id:
            raise _unproven(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
        if not _is_endpoint(str(claims.get("aud", "")), call, tenant):
            raise _unproven(700023, "Client assertion audience claim does not match Realm issuer.")
        expires, begins = claims.get("exp"), claims.get("nbf", claims.get("iat"))
        # Either clock will do: the company's runs where a rehearsal put it, a stranger's library asks the machine.
        moments = (self._exchange.now().timestamp(), time.time())
        timely = isinstance(expires, int | float) and any(
            (begins or moment) - SKEW <= moment <= expires + SKEW for moment in moments
        )
        if not timely or (begins and expires - begins > LONGEST_ASSERTION + SKEW):
            raise _unproven(700024, "Client assertion is not within its valid time range.")
        mark = claims.get("jti")
        if not mark:
            raise _unproven(700029, "Client assertion has no 'jti' claim.")
        if self._exchange.quirks.assertion_replay_refused and mark in self._seen:
            raise _unproven(700030, "Client assertion was used before.")
        self._seen.add(str(mark))

    def _issue(self, app: App, seconds: int) -> str:
        self._issued += 1
        now = int(self._exchange.now().timestamp())
        claims = {
            "aud": AUDIENCE, "iss": f"https://sts.windows.net/{self._exchange.tenant}/", "iat": now, "nbf": now,
            "exp": now + seconds, "appid": app.client_id, "idtyp": "app", "roles": list(app.roles),
            "tid": self._exchange.tenant, "uti": str(self._issued), "ver": "1.0",
        }  # fmt: skip
        return jwt.encode(claims, self._key, algorithm="HS256")

    def _refusal(self, refusal: SignInError) -> Reply:
        now = self._exchange.now()
        return json_reply({
            "error": refusal.error,
            "error_description": f"{refusal} Trace ID: 00000000-0000-0000-0000-000000000000 Timestamp: {now:%Y-%m-%d %H:%M:%SZ}",
            "error_codes": [refusal.number],
            "timestamp": f"{now:%Y-%m-%d %H:%M:%SZ}",
            "trace_id": "00000000-0000-0000-0000-000000000000",
            "correlation_id": "00000000-0000-0000-0000-000000000000",
        }, refusal.status)  # fmt: skip

    def bearer(self, header: str) -> App:
        """The app behind an Authorization header. Raises GraphError 401 InvalidAuthenticationToken."""
        scheme, _, token = header.partition(" ")
        if scheme.casefold() != "bearer" or not token:
            raise _unknown("Access token is empty.")
        try:
            claims = jwt.decode(
                token.strip(), self._key, algorithms=["HS256"],
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )  # fmt: skip
        except jwt.InvalidTokenError:
            raise _unknown("Access token validation failure. Invalid audience or signature.") from None
        app = self._exchange.apps.get(claims["appid"])
        if app is None or claims["exp"] <= self._exchange.now().timestamp():
            raise _unknown("Lifetime validation failed, the token is expired.")
        return App(app.client_id, None, None, tuple(claims["roles"]))


def _unknown(message: str) -> GraphError:
    return GraphError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": 'Bearer realm=""'})


def _missing(name: str) -> SignInError:
    return SignInError(400, "invalid_request", 900144, f"The request body must contain the following parameter: '{name}'.")


def _no_tenant(tenant: str) -> SignInError:
    return SignInError(
        400, "invalid_request", 90002, f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID "
        "and are signing into the correct cloud.",
    )  # fmt: skip


def _is_endpoint(audience: str, call: Call, tenant: str) -> bool:
    there, here = urlsplit(audience), urlsplit(call.base)
    paths = {f"/{tenant}/oauth2/v2.0/token", f"/{tenant}/v2.0", f"/{tenant}/oauth2/token"}
    known = {here.netloc.casefold(), "login.microsoftonline.com"}
    return there.path.casefold() in {path.casefold() for path in paths} and there.netloc.casefold() in known
