"""The pages of both authorization servers: who signs in, what is allowed, what went wrong. Plain HTML, forms, no scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from twincal.sandbox.signin.addresses import origin_of, with_answer

STYLE = "/control/calendars/page.css"
"""The sandbox's style, where the whole of it is served."""
ACCOUNT, ANSWER = "sandbox_account", "sandbox_answer"
"""Fields of the forms; an app's own parameters go along unchanged."""
CANCEL, ALLOW = "cancel", "allow"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser is sent: a page, or the way to somewhere else."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in."""

    id: str
    name: str
    login: str


@dataclass(frozen=True, slots=True)
class Form:
    """Where a page's form goes (`action`), the request it sends again, and the app's address that the answer may lead to."""

    action: str
    carried: Mapping[str, str]
    redirect_uri: str


class SignInPages:
    """The pages of one vendor. Everything is escaped."""

    def __init__(self, vendor: str) -> None:
        loader = FileSystemLoader(Path(__file__).parent / "templates")
        self._templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.globals.update(vendor=vendor, style=STYLE, account_field=ACCOUNT, answer_field=ANSWER)

    def choose(self, app: str, accounts: Sequence[Account], form: Form) -> Shown:
        """Who signs in?"""
        return self._page("choose.html", form.redirect_uri, app=app, accounts=accounts, form=form)

    def allow(self, app: str, wanted: Sequence[str], by: str, form: Form) -> Shown:
        """May this app do that? `by` is whoever answers."""
        return self._page("allow.html", form.redirect_uri, app=app, wanted=wanted, by=by, form=form)

    def post(self, redirect_uri: str, answer: Mapping[str, str | None]) -> Shown:
        """The answer as a form that is posted to the app."""
        said = {name: value for name, value in answer.items() if value is not None}
        return self._page("post.html", redirect_uri, action=redirect_uri, answer=said)

    def told(self, title: str, message: str, *, status: int = 200) -> Shown:
        """A sentence, and nowhere to go from there."""
        return self._page("told.html", "", status, title=title, message=message)

    def _page(self, template: str, redirect_uri: str, status: int = 200, **values: Any) -> Shown:
        # A browser applies `form-action` to where a form's answer redirects, too.
        goals = f"'self' {origin_of(redirect_uri)}" if redirect_uri else "'none'"
        policy = f"default-src 'none'; style-src 'self'; form-action {goals}; base-uri 'none'; frame-ancestors 'none'"
        headers = {
            "content-type": "text/html; charset=utf-8", "content-security-policy": policy, "x-content-type-options": "nosniff",
            "x-frame-options": "DENY", "referrer-policy": "no-referrer", "cache-control": "no-store",
        }  # fmt: skip
        return Shown(status, headers, self._templates.get_template(template).render(values).encode())


def redirected(address: str, answer: Mapping[str, str | None], *, separator: str = "?") -> Shown:
    """Back to the app."""
    headers = {"location": with_answer(address, answer, separator=separator), "cache-control": "no-store"}
    return Shown(302, headers)
