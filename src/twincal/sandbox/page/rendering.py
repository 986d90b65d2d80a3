"""The page as HTML: its templates, the headers of its answers, and what it says once after something was done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from twincal.sandbox.exchange import Exchange, GraphError
from twincal.sandbox.exchange.moments import instant
from twincal.sandbox.page.week import DAYS, Card, Owner, week_of
from twincal.sandbox.salesforce import Org, SalesforceError
from twincal.sandbox.world import Employee

HERE = Path(__file__).parent
PATH = "/control/calendars"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
WATCH_SECONDS = 5
MAILS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Companion:
    """What runs beside the sandbox and keeps both calendars in step, as far as the page offers it.

    `knows` says whether it looks after a mailbox; `sync` looks at that mailbox's calendars and answers whether that went well,
    and a sentence; `explanation` is the address that tells about one item (a mailbox's address, an id of either side).
    """

    name: str
    address: str
    knows: Callable[[str], Awaitable[bool]]
    sync: Callable[[str], Awaitable[tuple[bool, str]]]
    explanation: Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence about what was done, and whether it went well."""

    text: str
    good: bool


class Sayings:
    """Sentences that wait for the next page; each is shown once, and only the latest are kept."""

    MOST = 50

    def __init__(self) -> None:
        self._waiting: dict[str, Said] = {}

    def keep(self, text: str, *, good: bool) -> str:
        """The name under which the next page finds a sentence."""
        while len(self._waiting) >= self.MOST:
            del self._waiting[next(iter(self._waiting))]
        name = token_urlsafe(8)
        self._waiting[name] = Said(text, good)
        return name

    def take(self, name: str) -> Said | None:
        """The sentence, the first time it is asked for."""
        return self._waiting.pop(name, None)


class Renderer:
    """The templates of the page. Everything is escaped."""

    def __init__(self) -> None:
        loader = FileSystemLoader(HERE / "templates")
        self._templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.globals.update(path=PATH)

    async def css(self, _: Request) -> Response:
        """The style of the page."""
        return FileResponse(HERE / "static" / "page.css", headers=HEADERS)

    def failure(self, message: str, status: int, companion: Companion | None) -> Response:
        """A page that says why there is nothing to show."""
        return self.page("failure.html", status, {"message": message, "companion": companion})

    async def week(
        self, exchange: Exchange, org: Org, owner: Owner, people: list[Employee], *, first: date, today: date, form: Any,
        said: Said | None, watched: bool, companion: Companion | None, status: int,
    ) -> Response:  # fmt: skip
        """The week, with a form where one is open. A page that is watched is asked for again by itself."""
        kept = {"who": owner.address, "day": first.isoformat(), **({"watch": "1"} if watched else {})}

        def address(**changes: object) -> str:
            return f"{PATH}?{urlencode({**kept, **changes})}"

        synced = companion is not None and await companion.knows(owner.address)

        def explanation(card: Card) -> str:
            # A series as a whole is no item of either calendar; its instances are.
            known = synced and not card.whole_series
            return companion.explanation(owner.address, card.id) if companion and known else ""

        of_people = {person.mailbox.casefold() for person in people}
        values = {
            "owner": owner, "first": first, "today": today, "days": week_of(org, owner, first), "kept": kept, "form": form,
            "before": first - timedelta(days=DAYS), "after": first + timedelta(days=DAYS), "address": address,
            "explanation": explanation, "people": people, "said": said, "watched": watched, "companion": companion,
            "synced": synced, "others": [box for box in exchange.mailboxes() if box.address.casefold() not in of_people],
            "whos": _whos(org) if form and form.side == "salesforce" else {}, "mails": _mails(exchange, owner),
        }  # fmt: skip
        answer = self.page("calendars.html", status, values)
        if watched:
            answer.headers["Refresh"] = f"{WATCH_SECONDS}; url={address()}"
        return answer

    def page(self, template: str, status: int, values: Mapping[str, Any]) -> Response:
        """Any of the templates."""
        return HTMLResponse(self._templates.get_template(template).render(values), status, HEADERS)


def _whos(org: Org) -> dict[str, list[tuple[str, str]]]:
    """Whom an event of Salesforce may name: ids and names, by what they are."""
    rows = {f"{kind}s": org.records.storage[kind].rows.values() for kind in ("Contact", "Lead")}
    return {
        kind: sorted(
            ((row["Id"], row.get("Name") or "") for row in found if not row["IsDeleted"] and not row.get("IsConverted")),
            key=lambda one: one[1],
        )
        for kind, found in rows.items()
    }


def _mails(exchange: Exchange, owner: Owner) -> list[dict[str, str]]:
    """The last mails that Exchange sent from this mailbox, the latest first, with the time in its zone."""
    own = [mail for mail in exchange.mail if mail.mailbox == owner.address]
    return [
        {
            "at": f"{instant(mail.at).astimezone(owner.zone):%a %-d %b %H:%M}", "kind": mail.kind, "subject": mail.subject,
            "to": mail.to, "by": mail.by,
        }
        for mail in reversed(own[-MAILS_SHOWN:])
    ]  # fmt: skip


def told(error: Exception) -> str:
    """A refusal in the words of whoever refuses."""
    if isinstance(error, GraphError):
        return f"Outlook refuses: {error.message}"
    if isinstance(error, SalesforceError):
        return f"Salesforce refuses: {error.message}"
    return str(error)
