"""The endpoints of one tenant's Entra ID: which request does what, discovery, and the token endpoint."""

from urllib.parse import parse_qsl

from twincal.sandbox.exchange.apps import App
from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.graph.calls import Call, Reply, json_reply
from twincal.sandbox.graph.entra.authorize import Authorize
from twincal.sandbox.graph.entra.consent import REFUSED, Consent
from twincal.sandbox.graph.entra.errors import SignInError, missing, no_tenant
from twincal.sandbox.graph.entra.proofs import Proofs
from twincal.sandbox.graph.entra.tokens import AUDIENCE, Tokens, issuer
from twincal.sandbox.signin.pages import Shown, SignInPages

RESOURCES = {f"{AUDIENCE}/.default", f"{AUDIENCE}//.default", "00000003-0000-0000-c000-000000000000/.default"}
"""How an app that acts as itself names Graph."""
USERINFO = ["oidc", "userinfo"]


class Entra:
    """The directory of one tenant."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._pages = SignInPages("Microsoft")
        self._proofs = Proofs(exchange)
        self._tokens = Tokens(exchange)
        self._authorize = Authorize(exchange, self._pages)
        self._consent = Consent(exchange, self._pages)

    def answer(self, call: Call) -> Reply | None:
        """The answer to a path below a tenant, or None when there is nothing. Raises GraphError at userinfo."""
        if call.segments == USERINFO:
            return json_reply(self._tokens.userinfo(call.headers.get("authorization", "")))
        tenant, *rest = call.segments or [""]
        path = "/".join(rest).casefold()
        if path in {"oauth2/v2.0/authorize", "oauth2/v2.0/logout", *REFUSED}:
            return self._browser(call, tenant, path)
        if path in {"v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"}:
            return self._discovery(call, tenant)
        if path == "discovery/v2.0/keys":
            return json_reply({"keys": [{**self._tokens.signing().jwk(), "issuer": issuer(call.base, self._exchange.tenant)}]})
        return self._token_endpoint(call, tenant) if path == "oauth2/v2.0/token" else None

    def bearer(self, header: str) -> App:
        """The app behind an Authorization header. Raises GraphError 401 InvalidAuthenticationToken."""
        return self._tokens.bearer(header)

    def _browser(self, call: Call, tenant: str, path: str) -> Reply:
        form = form_of(call)
        try:
            if not self._is_tenant(tenant):
                raise no_tenant(tenant)
            if path in REFUSED:
                return _replied(self._consent.answer(call.path, path, form))
            if path == "oauth2/v2.0/logout":
                return _replied(self._consent.leave(form))
            return _replied(self._authorize.answer(call.path, form))
        except SignInError as refusal:
            return _replied(
                self._pages.told("Sorry, but we're having trouble signing you in.", str(refusal), status=refusal.status)
            )

    def _discovery(self, call: Call, tenant: str) -> Reply:
        if not self._is_tenant(tenant):
            return self._refusal(no_tenant(tenant))
        root = f"{call.base}/{self._exchange.tenant}"
        return json_reply({
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": issuer(call.base, self._exchange.tenant),
            "request_uri_parameter_supported": False,
            "userinfo_endpoint": f"{call.base}/oidc/userinfo",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "email"],
            "tenant_region_scope": "EU",
        })  # fmt: skip

    def _token_endpoint(self, call: Call, tenant: str) -> Reply:
        try:
            if call.method != "POST":
                raise SignInError(400, "invalid_request", 900561, "The endpoint only accepts POST requests.")
            if not self._is_tenant(tenant):
                raise no_tenant(tenant)
            return self._token(call, tenant)
        except SignInError as refusal:
            return self._refusal(refusal)

    def _token(self, call: Call, tenant: str) -> Reply:
        form = form_of(call)
        grant = form.get("grant_type")
        if not grant:
            raise missing("grant_type")
        if grant not in {"client_credentials", "authorization_code", "refresh_token"}:
            raise SignInError(400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'.")
        app = self._proofs.proven(call, form, tenant)
        if grant == "client_credentials":
            _check_resource(form.get("scope", ""))
            answer = self._tokens.for_app(app)
        elif grant == "refresh_token":
            answer = self._tokens.for_person(self._tokens.refreshed(form.get("refresh_token", ""), app), call.base)
        else:
            answer = self._tokens.for_person(self._authorize.redeemed(form, app), call.base)
        return json_reply(answer, headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})

    def _is_tenant(self, tenant: str) -> bool:
        domains = {mailbox.address.partition("@")[2].casefold() for mailbox in self._exchange.mailboxes()}
        return tenant.casefold() in {self._exchange.tenant, *domains}

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


def form_of(call: Call) -> dict[str, str]:
    """The parameters of a request to sign in, from its address and its form; here `+` is a space."""
    return dict(parse_qsl(f"{call.query.text}&{call.body.decode('utf-8', 'replace')}", keep_blank_values=True))


def _check_resource(scope: str) -> None:
    if scope not in RESOURCES:
        raise SignInError(
            400, "invalid_scope", 1002012 if "/.default" not in scope else 500011,
            f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value "
            "with /.default suffixed to the resource identifier (application ID URI).",
        )  # fmt: skip


def _replied(shown: Shown) -> Reply:
    return Reply(shown.status, shown.body, shown.headers)
