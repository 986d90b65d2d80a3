"""What an administrator allows an app, and the end of a session (*Admin consent*, *Single sign-out*)."""

from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.graph.entra.authorize import address_of, app_of
from twincal.sandbox.signin.pages import ALLOW, ANSWER, CANCEL, Form, Shown, SignInPages, redirected

REFUSED = {
    "adminconsent": ("permission_denied", "The admin canceled the request"),
    "v2.0/adminconsent": (
        "consent_required", "AADSTS65004: The resource owner or authorization server denied the request."
    ),
}  # fmt: skip
"""How each of the two endpoints says no."""


class Consent:
    """The endpoints of one tenant. Whoever opens the page answers as its administrator."""

    def __init__(self, exchange: Exchange, pages: SignInPages) -> None:
        self._exchange = exchange
        self._pages = pages

    def answer(self, path: str, endpoint: str, form: dict[str, str]) -> Shown:
        """The page that asks, or the way back; from the yes on, the app has its application permissions. Raises SignInError."""
        app = app_of(self._exchange, form)
        redirect_uri = address_of(app, form)
        common = {"tenant": self._exchange.tenant, "admin_consent": "True", "state": form.get("state")}
        if form.get(ANSWER) == CANCEL:
            error, description = REFUSED[endpoint]
            return redirected(redirect_uri, {"error": error, "error_description": description, **common})
        if form.get(ANSWER) == ALLOW:
            self._exchange.consent(app.client_id)
            return redirected(redirect_uri, {**common, "scope": form.get("scope")})
        carried = Form(path, form, redirect_uri)
        return self._pages.allow(app.name or app.client_id, app.roles, "an administrator of the directory", carried)

    def leave(self, form: dict[str, str]) -> Shown:
        """Back to an address that some app has registered, or a page: nobody stays signed in here anyway."""
        address = form.get("post_logout_redirect_uri", "")
        if any(app.answers_at(address) for app in self._exchange.apps.values()):
            return redirected(address, {"state": form.get("state")})
        return self._pages.told("You signed out", "It is a good idea to close all browser windows.")
