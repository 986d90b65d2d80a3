"""The authorize endpoint (*OAuth 2.0 Web Server Flow*): who logs in, whether the app may, and the way back to it.

A user is picked, no password asked. Nobody stays logged in; a `login_hint` that names a user picks them at once, as a session
of theirs would, unless `prompt` asks for a page. The app demands a proof key, as External Client Apps do at first.
"""

import re
from datetime import timedelta
from typing import Any

from twincal.sandbox.salesforce.identity import App, OAuthError
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.storage import Row
from twincal.sandbox.signin.codes import S256, Ask, CodeRefusedError, Codes, Fault, Grant
from twincal.sandbox.signin.pages import ACCOUNT, ALLOW, ANSWER, CANCEL, Account, Form, Shown, SignInPages, redirected

CODE_LIFE = timedelta(minutes=15)
SCOPES = {
    "api": "Manage user data via APIs",
    "refresh_token": "Perform requests at any time",
    "offline_access": "Perform requests at any time",
    "openid": "Access unique user identifiers",
    "id": "Access the identity URL service",
    "profile": "Access profile information",
    "email": "Access the email address",
}
"""What apps here may ask for, as the approval page puts it."""
PROMPTS = {"login", "consent", "select_account", "none"}
CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")
REFUSALS = {
    Fault.UNKNOWN: ("invalid_grant", "invalid authorization code"),
    Fault.OTHER_CLIENT: ("invalid_grant", "invalid authorization code"),
    Fault.SPENT: ("invalid_grant", "expired authorization code"),
    Fault.EXPIRED: ("invalid_grant", "expired authorization code"),
    Fault.OTHER_ADDRESS: ("redirect_uri_mismatch", "redirect_uri must match configuration"),
    Fault.VERIFIER: ("invalid_grant", "invalid code verifier"),
}


class Authorize:
    """The endpoint of one org, and the codes it gave."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._pages = SignInPages("Salesforce")
        self._codes = Codes(org.clock.now, CODE_LIFE)

    def answer(self, path: str, form: dict[str, str]) -> Shown:
        """What a browser is sent."""
        try:
            app = self._org.identity.app(form.get("client_id", ""))
            callback = _callback(app, form)
        except OAuthError as refusal:
            message = f"error={refusal.error}, error_description={refusal.description}"
            return self._pages.told("OAuth Error", message, status=400)
        try:
            return self._logged_in(path, app, callback, form)
        except OAuthError as refusal:
            said = {"error": refusal.error, "error_description": refusal.description, "state": form.get("state")}
            return redirected(callback, said)

    def redeemed(self, form: dict[str, str], app: App) -> Grant:
        """What a code at the token endpoint stands for. Raises OAuthError."""
        try:
            return self._codes.redeem(
                form.get("code", ""), client_id=app.client_id, redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier"),
            )  # fmt: skip
        except CodeRefusedError as refused:
            raise OAuthError(*REFUSALS[refused.fault]) from None

    def _logged_in(self, path: str, app: App, callback: str, form: dict[str, str]) -> Shown:
        ask = _asked(app, callback, form)
        prompts = set(form.get("prompt", "").split())
        carried, name = Form(path, form, callback), app.name or app.client_id
        if form.get(ANSWER) == CANCEL:
            raise OAuthError("access_denied", "end-user denied authorization")
        if "none" in prompts:
            raise OAuthError("login_required", "user is not logged in")
        hint = form.get("login_hint", "") if not prompts - {"consent"} else ""
        user = self._user(form.get(ACCOUNT) or hint)
        if user is None:
            return self._pages.choose(name, self._accounts(), carried)
        if self._must_ask(app, user, ask, again="consent" in prompts):
            if form.get(ANSWER) != ALLOW:
                wanted = list(dict.fromkeys(SCOPES[scope] for scope in ask.scopes))
                known = Form(path, {**form, ACCOUNT: user["Username"]}, callback)
                return self._pages.allow(name, wanted, user["Username"], known)
            self._org.identity.approve(app, user["Username"], ask.scopes)
        return redirected(callback, {"code": self._codes.give(ask, user["Username"]), "state": ask.state})

    def _must_ask(self, app: App, user: Row, ask: Ask, *, again: bool) -> bool:
        """Whether the user has to be asked. Raises OAuthError where only an administrator could let them."""
        identity, username = self._org.identity, user["Username"]
        if app.self_authorize:
            return again or not identity.has_approved(app, username, ask.scopes)
        if not identity.pre_authorized(app, username):
            raise OAuthError("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app")
        return False

    def _user(self, username: str) -> Row | None:
        found = self._org.user_named(username)
        return found if found and found["IsActive"] else None

    def _accounts(self) -> list[Account]:
        users: list[dict[str, Any]] = [row for row in self._org.records.storage["User"].rows.values() if row["IsActive"]]
        return [Account(row["Username"], row["Name"], row["Username"]) for row in users]


def _callback(app: App, form: dict[str, str]) -> str:
    address = form.get("redirect_uri")
    if not address:
        raise OAuthError("invalid_request", "missing required parameter: redirect_uri")
    if address not in app.callbacks:
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    return address


def _asked(app: App, callback: str, form: dict[str, str]) -> Ask:
    """The request, found in order. Raises OAuthError."""
    if form.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response type not supported")
    if set(form.get("prompt", "").split()) - PROMPTS:
        raise OAuthError("invalid_request", "invalid prompt")
    scopes = tuple(dict.fromkeys(form.get("scope", "").split())) or tuple(SCOPES)
    if not set(scopes) <= set(SCOPES):
        raise OAuthError("invalid_scope", "the requested scope is invalid, unknown, or malformed")
    challenge = form.get("code_challenge")
    if not challenge:
        raise OAuthError("invalid_request", "missing required code challenge")
    if form.get("code_challenge_method", S256) != S256 or not CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "invalid code challenge")
    return Ask(
        app.client_id, callback, scopes, state=form.get("state"), nonce=form.get("nonce"), challenge=challenge,
    )  # fmt: skip
