"""Entra's authorize endpoint (*OAuth 2.0 authorization code flow*): who signs in, and the way back to the app.

A person is picked, no password asked. Nobody stays signed in, so `prompt=none` always finds nobody, and a `login_hint` that
names somebody picks them at once, as a session of theirs would, unless `prompt` asks for a page.
"""

import re
from datetime import timedelta

from twincal.sandbox.exchange.apps import App
from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.exchange.mailbox import Mailbox
from twincal.sandbox.graph.entra.errors import SignInError, malformed, missing, no_app
from twincal.sandbox.graph.entra.tokens import AUDIENCE, OFFLINE
from twincal.sandbox.signin.codes import PLAIN, S256, Ask, CodeRefusedError, Codes, Fault, Grant
from twincal.sandbox.signin.pages import ACCOUNT, ANSWER, CANCEL, Account, Form, Shown, SignInPages, redirected

CODE_LIFE = timedelta(minutes=10)
OWN_SCOPES = {"openid", "profile", "email", OFFLINE, "user.read"}
PROMPTS = {"none", "login", "consent", "select_account"}
CHALLENGE = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
SEPARATORS = {"query": "?", "fragment": "#"}
"""How an answer is put into the address, by response mode; `form_post` is a page of its own."""
REFUSALS = {
    Fault.UNKNOWN: (9002313, "Invalid request. Request is malformed or invalid."),
    Fault.OTHER_CLIENT: (70000, "Provided grant is invalid or malformed: it was issued to another application."),
    Fault.SPENT: (
        54005,
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
    ),
    Fault.EXPIRED: (70008, "The provided authorization code or refresh token has expired. Send a new interactive request."),
    Fault.OTHER_ADDRESS: (
        500112, "The reply address does not match the reply address provided when requesting Authorization code."
    ),
    Fault.VERIFIER: (501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request."),
}  # fmt: skip


class Authorize:
    """The endpoint of one tenant, and the codes it gave."""

    def __init__(self, exchange: Exchange, pages: SignInPages) -> None:
        self._exchange = exchange
        self._pages = pages
        self._codes = Codes(exchange.now, CODE_LIFE)

    def answer(self, path: str, form: dict[str, str]) -> Shown:
        """What a browser is sent. A SignInError is for a page: it says that there is no address to go back to."""
        app = app_of(self._exchange, form)
        redirect_uri = address_of(app, form)
        try:
            return self._signed_in(path, app, redirect_uri, form)
        except SignInError as refusal:
            said = {"error": refusal.error, "error_description": str(refusal), "state": form.get("state")}
            return self._back(redirect_uri, said, form.get("response_mode", ""))

    def redeemed(self, form: dict[str, str], app: App) -> Grant:
        """What a code at the token endpoint stands for. Raises SignInError."""
        for name in ("code", "redirect_uri"):
            if not form.get(name):
                raise missing(name)
        try:
            return self._codes.redeem(
                form["code"], client_id=app.client_id, redirect_uri=form["redirect_uri"], verifier=form.get("code_verifier")
            )
        except CodeRefusedError as refused:
            raise SignInError(400, "invalid_grant", *REFUSALS[refused.fault]) from None

    def _signed_in(self, path: str, app: App, redirect_uri: str, form: dict[str, str]) -> Shown:
        ask = _asked(app, redirect_uri, form)
        prompts = set(form.get("prompt", "").split())
        if form.get(ANSWER) == CANCEL:
            raise SignInError(400, "access_denied", 65004, "User declined to consent to access the app.")
        if prompts == {"none"}:
            raise SignInError(400, "login_required", 50058, "A silent sign-in request was sent but no user is signed in.")
        hint = "" if prompts else form.get("login_hint", "")
        person = self._person(form.get(ACCOUNT) or hint)
        if person is None:
            carried = Form(path, form, redirect_uri)
            return self._pages.choose(app.name or app.client_id, self._accounts(), carried)
        said = {"code": self._codes.give(ask, person.id), "state": ask.state, "session_state": _session(person)}
        return self._back(redirect_uri, said, form.get("response_mode", ""))

    def _person(self, key: str) -> Mailbox | None:
        try:
            found = self._exchange.mailbox(key)
        except GraphError:
            return None
        return None if found.is_room else found

    def _accounts(self) -> list[Account]:
        return [Account(box.id, box.name, box.address) for box in self._exchange.mailboxes() if not box.is_room]

    def _back(self, redirect_uri: str, said: dict[str, str | None], mode: str) -> Shown:
        if mode == "form_post":
            return self._pages.post(redirect_uri, said)
        return redirected(redirect_uri, said, separator=SEPARATORS.get(mode, "?"))


def app_of(exchange: Exchange, form: dict[str, str]) -> App:
    """The app that sends a browser here. Raises SignInError."""
    name = form.get("client_id")
    if not name:
        raise missing("client_id")
    app = exchange.apps.get(name)
    if app is None:
        raise no_app(name, exchange.tenant)
    return app


def address_of(app: App, form: dict[str, str]) -> str:
    """Where the browser is to go afterwards: an address the app has registered. Raises SignInError."""
    address = form.get("redirect_uri")
    if not address:
        raise SignInError(400, "invalid_request", 900971, "No reply address provided.")
    if not app.answers_at(address):
        raise SignInError(
            400, "invalid_request", 50011, f"The redirect URI '{address}' specified in the request does not match the "
            f"redirect URIs configured for the application '{app.client_id}'.",
        )  # fmt: skip
    return address


def _asked(app: App, redirect_uri: str, form: dict[str, str]) -> Ask:
    """The request, found in order. Raises SignInError."""
    kind = form.get("response_type")
    if not kind:
        raise missing("response_type")
    if kind != "code":
        raise SignInError(
            400, "unsupported_response_type", 700051, f"The response_type '{kind}' is not enabled for the application."
        )
    mode, prompts = form.get("response_mode", "query"), set(form.get("prompt", "").split())
    if mode not in {*SEPARATORS, "form_post"} or prompts - PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise malformed()
    challenge, method = _challenge(form)
    return Ask(
        app.client_id, redirect_uri, _scopes(form), state=form.get("state"), nonce=form.get("nonce"), challenge=challenge,
        method=method,
    )  # fmt: skip


def _scopes(form: dict[str, str]) -> tuple[str, ...]:
    scopes = form.get("scope", "").split()
    if not scopes:
        raise missing("scope")
    for scope in scopes:
        if scope.casefold() not in OWN_SCOPES and not scope.startswith(f"{AUDIENCE}/"):
            raise SignInError(
                400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid. "
                f"The scope '{scope}' is not valid.",
            )  # fmt: skip
    return tuple(dict.fromkeys(scopes))


def _challenge(form: dict[str, str]) -> tuple[str | None, str]:
    """PKCE: `S256`, or `plain`, which also is what no method means."""
    challenge, method = form.get("code_challenge"), form.get("code_challenge_method")
    if method not in {None, PLAIN, S256}:
        raise SignInError(400, "invalid_request", 50149, "Invalid Code_Challenge_method parameter.")
    if (challenge is None and method is not None) or (challenge is not None and not CHALLENGE.fullmatch(challenge)):
        raise SignInError(400, "invalid_request", 501491, "Invalid size of Code_Challenge parameter.")
    return challenge, method or PLAIN


def _session(person: Mailbox) -> str:
    """The `session_state` that Entra sends along: opaque, of no use to most."""
    return f"{person.id[9:]}-{person.id[:8]}"
