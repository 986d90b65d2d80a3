"""The addresses of the page, below `/control/calendars`. Plain HTML without scripts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from twincal.sandbox.clock import Clock
from twincal.sandbox.exchange import Exchange, GraphError
from twincal.sandbox.page.entry import day_of
from twincal.sandbox.page.week import DAYS, Card, Owner, owner_of, week_of
from twincal.sandbox.salesforce import Org, SalesforceError
from twincal.sandbox.switches import Refused
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


class Stage(Protocol):
    """What the page works on: the sandbox."""

    clock: Clock
    exchange: Exchange
    org: Org
    people: list[Employee]


@dataclass(frozen=True, slots=True)
class Companion:
    """What runs beside the sandbox and keeps both calendars in step, as far as the page offers it.

    `sync` looks at one mailbox's calendars and answers whether that went well, and a sentence; `explanation` is the address
    that tells about one item (a mailbox's address, an id of either side).
    """

    name: str
    address: str
    sync: Callable[[str], Awaitable[tuple[bool, str]]]
    explanation: Callable[[str, str], str]


class Calendars:
    """The page. `companion` is set by whoever runs one beside the sandbox."""

    def __init__(self, stage: Stage) -> None:
        self.companion: Companion | None = None
        self._stage = stage
        loader = FileSystemLoader(HERE / "templates")
        self._templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def routes(self) -> list[Route]:
        """Its routes below `/control`."""
        return [
            Route("/calendars", self._answering(self.week), methods=["GET"]),
            Route("/calendars/page.css", _css, methods=["GET"]),
        ]

    def _answering(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            try:
                response = await handler(request)
            except (Refused, GraphError, SalesforceError) as error:
                response = self._page("failure.html", 404 if isinstance(error, GraphError) else 422, message=told(error))
            response.headers.update(HEADERS)
            return response

        return answered

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        text = self._templates.get_template(template).render(path=PATH, companion=self.companion, **values)
        return HTMLResponse(text, status)

    async def week(self, request: Request) -> Response:
        """`GET /calendars?who=…&day=…`: the week of a day, of one mailbox."""
        query = request.query_params
        if not self._stage.people:
            return self._page("failure.html", message="Nobody works here yet. POST /control/people adds somebody.")
        owner = self._owner(query)
        return self._shown(owner, self._first(owner, query))

    def _owner(self, asked: Mapping[str, str]) -> Owner:
        stage = self._stage
        return owner_of(stage.exchange, stage.people, asked.get("who") or stage.people[0].mailbox)

    def _first(self, owner: Owner, asked: Mapping[str, str]) -> date:
        """The Monday of the week that is asked for, else of the present one."""
        day = day_of(asked["day"], "The day") if asked.get("day") else self._today(owner)
        return day - timedelta(days=day.weekday())

    def _today(self, owner: Owner) -> date:
        return self._stage.clock.now().astimezone(owner.zone).date()

    def _shown(self, owner: Owner, first: date, status: int = 200, **values: Any) -> Response:
        stage = self._stage

        def address(**changes: object) -> str:
            return f"{PATH}?{urlencode({'who': owner.address, 'day': first, **changes})}"

        def explanation(card: Card) -> str:
            return self.companion.explanation(owner.address, card.id) if self.companion and owner.person else ""

        return self._page(
            "calendars.html", status, owner=owner, first=first, today=self._today(owner), days=week_of(stage.org, owner, first),
            before=first - timedelta(days=DAYS), after=first + timedelta(days=DAYS), address=address, explanation=explanation,
            people=stage.people, others=self._others(), **values,
        )  # fmt: skip

    def _others(self) -> list[Any]:
        """Mailboxes that belong to no person: rooms."""
        known = {person.mailbox.casefold() for person in self._stage.people}
        return [box for box in self._stage.exchange.mailboxes() if box.address.casefold() not in known]


async def _css(_: Request) -> Response:
    return FileResponse(HERE / "static" / "page.css", headers=HEADERS)


def told(error: Exception) -> str:
    """A refusal in the words of whoever refuses."""
    if isinstance(error, GraphError):
        return f"Outlook refuses: {error.message}"
    if isinstance(error, SalesforceError):
        return f"Salesforce refuses: {error.message}"
    return str(error)
