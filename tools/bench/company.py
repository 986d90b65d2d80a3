"""The other side of a measurement: a sandbox in a process of its own, filled with events and Contacts."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

TODAY = date(2027, 3, 1)
MAILBOX = "ann@northwind.example"
CONTACTS = 40
RESTING = timedelta(hours=1)
"""How long nothing happens before a first run and before a quiet one, so that nobody's change is recent."""
TEXT = "We go through the open points of the last meeting and decide what comes next. " * 6
"""About 500 characters, as a plain invitation has."""


class Company:
    """A running sandbox: what it announced, and a connection to its control that stays open."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said
        place = urlsplit(said["control_url"])
        self._root = place.path
        self._connection = HTTPConnection(place.netloc)
        self.let_pass(timedelta())

    def let_pass(self, time: timedelta) -> None:
        """The clock goes on; a client that starts from now on starts its own there."""
        now = datetime.fromisoformat(self.get("/clock")["now"]) + time
        if time:
            self.post("/clock", {"now": f"{now:%Y-%m-%dT%H:%M:%SZ}"})
        self.said["now"] = f"{now:%Y-%m-%dT%H:%M:%SZ}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the control; what it answers. Raises RuntimeError with its sentence where it refuses."""
        raw = json.dumps(body) if body is not None else None
        self._connection.request(method, self._root + path, raw, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        told = json.loads(answer.read())
        if answer.status >= 400:
            raise RuntimeError(f"{path}: {told}")
        return told

    def post(self, path: str, body: Any) -> Any:
        """Have something done."""
        return self.ask("POST", path, body)

    def get(self, path: str) -> Any:
        """See something."""
        return self.ask("GET", path)

    def forget_requests(self) -> None:
        """Count anew."""
        self.ask("DELETE", "/requests")

    def requests(self) -> dict[str, int]:
        """Requests of data by system, sign-ins apart."""
        counts = {"graph": 0, "salesforce": 0}
        for row in self.get("/requests"):
            if "token" not in row["path"] and row["system"] in counts:
                counts[row["system"]] += row["count"]
        return counts

    def most_in_flight(self) -> int:
        """The most requests of one lane (a mailbox, or Salesforce) that were being answered at once."""
        return max(self.get("/in_flight").values(), default=0)

    def events(self, side: str) -> list[dict[str, Any]]:
        """The person's events as one side holds them."""
        found: list[dict[str, Any]] = self.get(f"/state?mailbox={MAILBOX}")[side]
        return found


@contextmanager
def running() -> Iterator[Company]:
    """A sandbox with one person in it, stopped at the end."""
    command = [sys.executable, "-m", "twincal", "sandbox", "--world", "empty", "--today", str(TODAY), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise RuntimeError("the sandbox has no output")
        yield Company(json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait()


def filled(company: Company, count: int, *, html: bool) -> None:
    """A company anew: one person with so many meetings in the next eleven months, each with one of forty Contacts."""
    company.post("/reset", {"world": "empty", "seed": 1, "today": str(TODAY)})
    company.let_pass(timedelta())
    company.post("/people", {"name": "Ann Archer", "mailbox": MAILBOX, "salesforce_username": MAILBOX})
    for number in range(CONTACTS):
        person = {"LastName": f"Person {number}", "Email": f"person{number}@acme.example"}
        company.post("/act", {"system": "salesforce", "action": "insert", "object": "Contact", "fields": person, "who": MAILBOX})
    for number in range(count):
        company.post("/act", {"system": "exchange", "who": MAILBOX, "action": "book", "event": event(number, html=html)})
    company.let_pass(RESTING)


def event(number: int, *, html: bool) -> dict[str, Any]:
    """One meeting, as Outlook would book it."""
    start = datetime(2027, 3, 2, 6, tzinfo=UTC) + timedelta(minutes=45 * number % (320 * 24 * 60))
    body = f"<html><body><p>{TEXT}</p>{MARKUP}</body></html>" if html else TEXT
    return {
        "subject": f"Meeting {number}",
        "start": {"dateTime": f"{start:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "end": {"dateTime": f"{start + timedelta(minutes=30):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "body": {"contentType": "html" if html else "text", "content": body},
        "attendees": [{"type": "required", "emailAddress": {"address": f"person{number % CONTACTS}@acme.example"}}],
    }


MARKUP = '<div style="font-family:Calibri;font-size:11pt;color:#1f497d"><span lang="EN-GB">An agenda point.</span></div>' * 72
"""With the text about 9 kB, as Outlook writes it."""
