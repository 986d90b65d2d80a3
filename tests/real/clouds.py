"""Both clouds as somebody else's client sees them: plain HTTP, none of our connectors, ids that survive a move."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

API = "/services/data/v61.0/query?q="
FIELDS = "Id, OwnerId, Subject, Location, IsAllDayEvent, StartDateTime, EndDateTime, ShowAs, SystemModstamp"
DAY = timedelta(days=1)
Window = tuple[datetime, datetime]


@dataclass(frozen=True, order=True)
class Seen:
    """One instance as any calendar may show it: times in UTC with a `Z`; or the first and the last day, included, as dates."""

    subject: str
    place: str
    start: str
    end: str

    @property
    def all_day(self) -> bool:
        """Whether it is of whole days."""
        return "T" not in self.start

    @property
    def span(self) -> Window:
        """From when to when; whole days as if in UTC."""
        start, end = (datetime.fromisoformat(text) for text in (self.start, self.end))
        return (start.replace(tzinfo=UTC), end.replace(tzinfo=UTC) + DAY) if self.all_day else (start, end)

    def within(self, window: Window) -> bool:
        """Whether it reaches into a window."""
        start, end = self.span
        return start < window[1] and (end > window[0] or start == end >= window[0])


def written(start: datetime | date, end: datetime | date) -> tuple[str, str]:
    """Aware times, or the first day and the day after the last, as `Seen` has them."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        begin, finish = (f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (start, end))
        return begin, finish
    return f"{start:%Y-%m-%d}", f"{max(start, end - DAY):%Y-%m-%d}"


def fitted(text: str | None) -> str:
    """What Salesforce keeps of a subject or a place: 255 characters, no blanks around them (Object Reference, Event)."""
    return (text or "").strip()[:255].rstrip()


def of_graph(row: dict[str, Any]) -> Seen:
    """An event as Graph shows it when it is asked for UTC."""
    start, end = (datetime.fromisoformat(row[edge]["dateTime"][:19]).replace(tzinfo=UTC) for edge in ("start", "end"))
    times = written(start.date(), end.date()) if row["isAllDay"] else written(start, end)
    return Seen(fitted(row["subject"]), fitted(row["location"]["displayName"]), *times)


def of_salesforce(row: dict[str, Any]) -> Seen:
    """An Event. Of all-day ones the last day is included (Object Reference, Event: EndDateTime)."""
    start, end = (datetime.fromisoformat(row[edge]) for edge in ("StartDateTime", "EndDateTime"))
    times = written(start.date(), end.date() + DAY) if row["IsAllDayEvent"] else written(start, end)
    return Seen(row["Subject"] or "", row["Location"] or "", *times)


class Clouds:
    """A client with a token for each side."""

    def __init__(self, line: dict[str, Any], mailbox: str) -> None:
        graph, salesforce = line["graph"], line["salesforce"]
        self._mailbox, self._graph, self._instance = mailbox, graph["base_url"], salesforce["instance_url"]
        scope = "https://graph.microsoft.com/.default"
        self._tokens = {
            "graph": _token(f"{graph['authority']}/oauth2/v2.0/token", graph, scope=scope),
            "salesforce": _token(f"{salesforce['login_url']}/services/oauth2/token", salesforce),
        }

    def view(self, window: Window) -> dict[str, dict[str, Any]]:
        """What Exchange answers to calendarView, by id."""
        edges = {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in zip(("startDateTime", "endDateTime"), window, strict=True)}
        query = urllib.parse.urlencode({**edges, "$top": "1000"})
        url = f"{self._graph}/users/{self._mailbox}/calendarView?{query}"
        return {row["id"]: row for page in self._pages(url) for row in page["value"]}

    def _pages(self, url: str) -> Iterator[dict[str, Any]]:
        while url:
            page = self._get("graph", url)
            yield page
            url = page.get("@odata.nextLink", "")

    def event(self, event_id: str) -> dict[str, Any]:
        """One event of Exchange, or the master of a series."""
        place = f"{self._graph}/users/{self._mailbox}/events/{urllib.parse.quote(event_id, safe='')}"
        found: dict[str, Any] = self._get("graph", place)
        return found

    def records(self) -> dict[str, dict[str, Any]]:
        """Every Event of the whole org, whoever owns it, by id."""
        url = API + urllib.parse.quote(f"SELECT {FIELDS} FROM Event")
        found: dict[str, dict[str, Any]] = {}
        while url:
            page = self._get("salesforce", self._instance + url)
            found |= {row["Id"]: row for row in page["records"]}
            url = page.get("nextRecordsUrl", "")
        return found

    def _get(self, side: str, url: str) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[side]}", "Prefer": 'IdType="ImmutableId"'}
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return json.loads(answer.read())


def _token(url: str, told: dict[str, Any], **more: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": told["client_id"], "client_secret": told["client_secret"], **more}
    with urllib.request.urlopen(url, data=urllib.parse.urlencode(form).encode()) as answer:
        return str(json.loads(answer.read())["access_token"])
