"""A small company and a client for tests of the Graph sandbox."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from twincal.sandbox.exchange import Exchange
from twincal.sandbox.graph import graph_app

ANN, BOB, EVE = "ann@corp.example", "bob@corp.example", "eve@corp.example"
BASE = "http://graph.test"
START = datetime(2026, 11, 23, 8, tzinfo=UTC)


class StillClock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        """The moment in UTC."""
        return self.moment

    def tick(self, **step: float) -> None:
        """Go on."""
        self.moment += timedelta(**step)


def company() -> Exchange:
    """Three people and one app that may write."""
    exchange = Exchange(StillClock())
    exchange.add_mailbox(ANN, "Ann Archer", time_zone="W. Europe Standard Time", aliases=("a.archer@corp.example",))
    exchange.add_mailbox(BOB, "Bob Baker")
    exchange.add_mailbox(EVE, "Eve Evans", time_zone="America/New_York")
    exchange.register_app("app", secret="secret")
    return exchange


def meeting(subject: str = "Review", day: str = "2026-12-01", *people: str, **more: Any) -> dict[str, Any]:
    """The JSON of an hour in UTC."""
    attendees = [{"emailAddress": {"address": each}} for each in people]
    times = {"start": {"dateTime": f"{day}T09:00:00", "timeZone": "UTC"}, "end": {"dateTime": f"{day}T10:00:00", "timeZone": "UTC"}}
    return {"subject": subject, **times, **({"attendees": attendees} if people else {}), **more}


def weekly(number: int = 4, start: str = "2026-12-01", day: str = "tuesday") -> dict[str, Any]:
    """The JSON of a weekly rule."""
    return {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": [day]},
        "range": {"type": "numbered", "startDate": start, "numberOfOccurrences": number},
    }


def client(exchange: Exchange, **headers: str) -> httpx.AsyncClient:
    """A client inside the process, without a token."""
    transport = httpx.ASGITransport(app=graph_app(exchange))
    return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers)


@asynccontextmanager
async def signed_in(exchange: Exchange, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client inside the process that asked for a token with its secret."""
    form = {
        "client_id": "app", "client_secret": "secret", "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
    }  # fmt: skip
    async with client(exchange, **headers) as http:
        answer = await http.post(f"/{exchange.tenant}/oauth2/v2.0/token", data=form)
        assert answer.status_code == 200, answer.text
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield http


@contextmanager
def quirk(exchange: Exchange, **values: Any) -> Iterator[None]:
    """Switches turned for a while."""
    before = {name: getattr(exchange.quirks, name) for name in values}
    for name, value in values.items():
        setattr(exchange.quirks, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(exchange.quirks, name, value)


WINDOW = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2027-03-01T00:00:00Z"


async def delta_round(http: httpx.AsyncClient, link: str = "", who: str = ANN) -> tuple[list[dict[str, Any]], str, int]:
    """All rows of a round, the link of the next round, and the number of pages."""
    link = link or f"/v1.0/users/{who}/calendarView/delta?{WINDOW}"
    rows: list[dict[str, Any]] = []
    for pages in range(1, 200):
        answer = await http.get(link)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += page["value"]
        if "@odata.deltaLink" in page:
            return rows, page["@odata.deltaLink"], pages
        link = page["@odata.nextLink"]
    raise AssertionError("the round does not end")


def asking(path: str, **options: str) -> str:
    """A path with system query options; spaces as %20, since Graph takes `+` for a plus."""
    return path + "?" + "&".join(f"${name}={quote(value, safe='')}" for name, value in options.items())
