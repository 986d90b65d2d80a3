"""The people's part: the events both calendars hold at first, and the edits of a storm, the same for the same seed.

Every event carries a token such as `#00012` in its subject, which survives every edit: by it the two halves of a pair are
known, and a double is seen. No two edits of a storm ask for different values of one field on both sides, so that what
stands there in the end does not depend on who was looked at first.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from msgspec import Struct

EXCHANGE, SALESFORCE = "exchange", "salesforce"
SIDES = (EXCHANGE, SALESFORCE)
CONTACTS = 40
FIRST_START = datetime(2027, 3, 2, 6, tzinfo=UTC)
SLOT, LONG, LATER = timedelta(minutes=45), timedelta(minutes=30), timedelta(minutes=7)
MOST = 10_000
"""Events that find a slot of their own within the window."""
TOKEN = re.compile(r"#\d{5}")


class Edit(Struct, frozen=True, kw_only=True):
    """What a person does with one event: `book` makes it, `remove` deletes it, else some of its fields are changed."""

    side: str
    number: int
    act: str = "change"
    subject: str = ""
    later: timedelta = timedelta()
    location: str = ""
    body: str = ""
    guest: int | None = None


def token(number: int) -> str:
    """What the event of this number is known by."""
    return f"#{number:05}"


def token_in(subject: str) -> str:
    """The token in a subject, or the subject where there is none."""
    found = TOKEN.search(subject)
    return found[0] if found else subject


def contact(number: int) -> str:
    """The address of a Contact."""
    return f"person{number % CONTACTS}@acme.example"


def first_events(count: int) -> Iterator[Edit]:
    """What both calendars hold before the first sync: two in three made in Outlook, every fourth with a Contact."""
    for number in range(count):
        yield booking(SALESFORCE if number % 3 == 2 else EXCHANGE, number)


def booking(side: str, number: int) -> Edit:
    """A new event."""
    guest = number % CONTACTS if _has_guest(number) else None
    location = f"Room {number % 7}" if number % 5 == 0 else ""
    return Edit(
        side=side, number=number, act="book", subject=f"Meeting {token(number)}", location=location,
        body=f"The points of {token(number)}.", guest=guest,
    )  # fmt: skip


def _has_guest(number: int) -> bool:
    return number % 4 == 0


def storm(events: int, count: int, seed: int) -> list[Edit]:
    """Edits on both sides, each event meant by one of them or by two that do not disagree."""
    dice, found = Random(f"storm {seed}"), list[Edit]()
    numbers = dice.sample(range(events), min(events, count))
    fresh = events
    for place, number in enumerate(numbers[:count]):
        kind = KINDS[place % len(KINDS)]
        fresh += kind.startswith("book")
        found += _edits(kind, fresh - 1 if kind.startswith("book") else number)
    return found


KINDS = (
    "retitle exchange", "retitle salesforce", "both", "move exchange", "book exchange", "remove exchange", "move salesforce",
    "text", "book salesforce", "twice exchange", "remove salesforce", "guest", "place salesforce", "both", "retitle exchange",
    "place exchange", "retitle salesforce", "twice exchange", "move salesforce", "both", "place salesforce", "move exchange",
    "retitle salesforce", "retitle exchange", "book exchange", "both", "place salesforce", "move exchange", "twice exchange",
    "move salesforce", "retitle salesforce", "place exchange", "both", "retitle exchange", "guest", "text", "book salesforce",
)  # fmt: skip


def _edits(kind: str, number: int) -> list[Edit]:
    what, _, side = kind.partition(" ")
    name = f"{token(number)} of {side or 'both'}"
    match what:
        case "book":
            return [booking(side, number)]
        case "remove":
            # In Salesforce alone nobody deletes what has guests: a cancellation would have to be asked for first.
            return [Edit(side=EXCHANGE if _has_guest(number) else side, number=number, act="remove")]
        case "move":
            return [Edit(side=side, number=number, later=LATER)]
        case "place":
            return [Edit(side=side, number=number, location=f"Hall {name}")]
        case "text":
            return [Edit(side=EXCHANGE, number=number, body=f"Other points of {token(number)}.")]
        case "guest":
            return [Edit(side=EXCHANGE, number=number, guest=number + 1)]
        case "both":
            there = Edit(side=SALESFORCE, number=number, subject=f"Renamed {name}")
            return [Edit(side=EXCHANGE, number=number, location=f"Garden {name}"), there]
        case "twice":
            first = Edit(side=side, number=number, subject=f"Half renamed {name}")
            return [first, Edit(side=side, number=number, subject=f"Renamed at last {name}")]
    return [Edit(side=side, number=number, subject=f"Retitled {name}")]


def times(edit: Edit) -> tuple[datetime, datetime]:
    """Start and end of an event after this edit."""
    start = FIRST_START + SLOT * edit.number % timedelta(days=320) + edit.later
    return start, start + LONG


def as_graph(edit: Edit) -> dict[str, Any]:
    """What Outlook would be told: the fields the edit names."""
    told: dict[str, Any] = {}
    if edit.act == "book" or edit.later:
        for name, moment in zip(("start", "end"), times(edit), strict=True):
            told[name] = {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
    if edit.subject:
        told["subject"] = edit.subject
    if edit.location:
        told["location"] = {"displayName": edit.location}
    if edit.body:
        told["body"] = {"contentType": "text", "content": edit.body}
    if edit.guest is not None:
        told["attendees"] = [{"type": "required", "emailAddress": {"address": contact(edit.guest)}}]
    return told


def as_salesforce(edit: Edit, contacts: list[str]) -> dict[str, Any]:
    """What Salesforce would be told; `contacts` are the ids of the Contacts by number."""
    told: dict[str, Any] = {}
    if edit.act == "book" or edit.later:
        start, end = times(edit)
        told |= {"StartDateTime": f"{start:%Y-%m-%dT%H:%M:%SZ}", "EndDateTime": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    named = {"Subject": edit.subject, "Location": edit.location, "Description": edit.body}
    told |= {name: value for name, value in named.items() if value}
    return told | ({"WhoId": contacts[edit.guest % CONTACTS]} if edit.guest is not None else {})
