"""The other side of the test: a sandbox in a process of its own, people who edit by its control, and what is to be seen."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from tools.bench.company import RESTING, TODAY, Company
from tools.kills.world import (
    CONTACTS,
    EXCHANGE,
    SALESFORCE,
    SIDES,
    Edit,
    as_graph,
    as_salesforce,
    contact,
    first_events,
    token,
    token_in,
)

WRITING = ("POST", "PATCH", "DELETE")
Picture = dict[str, dict[str, Any]]
"""What both calendars show, by side and token: the values people see."""


def mailbox_of(person: int) -> str:
    """The address and username of one of the people."""
    return f"person{person}@northwind.example"


class Stage:
    """The world and its people."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.company = Company(said)
        self.contacts: list[str] = []
        self.names: dict[str, str] = {}
        self.asked: Counter[str] = Counter()

    def another(self) -> "Stage":
        """The same world over a connection of its own, for another thread."""
        other = Stage(dict(self.company.said))
        other.contacts, other.names, other.asked = self.contacts, self.names, self.asked
        return other

    def fill(self, events: int, people: int = 1) -> None:
        """The same world anew: people with the same calendars, their Contacts, and a key field in the org."""
        self.forget_requests()
        self.company.post("/reset", {"world": "empty", "seed": 1, "today": str(TODAY)})
        self.company.post("/weather", {"calm": True})
        self.company.post("/org", {"key_fields": True})
        for person in range(people):
            mailbox = mailbox_of(person)
            self.company.post("/people", {"name": f"Person {person}", "mailbox": mailbox, "salesforce_username": mailbox})
        self.contacts = [self._contact(number) for number in range(CONTACTS)]
        self.names = {found: contact(number) for number, found in enumerate(self.contacts)}
        for person in range(people):
            self.edit(first_events(events), mailbox_of(person))
        self.company.let_pass(RESTING)
        self.forget_requests()

    def _contact(self, number: int) -> str:
        fields = {"LastName": f"Person {number}", "Email": contact(number)}
        order = {"system": SALESFORCE, "action": "insert", "object": "Contact", "fields": fields, "who": mailbox_of(0)}
        return str(self.company.post("/act", order)["Id"])

    def edit(self, edits: Iterable[Edit], mailbox: str) -> None:
        """What a person does, one edit after the other."""
        for edit in edits:
            known = "" if edit.act == "book" else self._named(edit, mailbox)
            self.company.post("/act", {"system": edit.side, "who": mailbox, **self._order(edit, known)})

    def _order(self, edit: Edit, known: str) -> dict[str, Any]:
        if edit.side == EXCHANGE:
            told = {} if edit.act == "remove" else {"event": as_graph(edit)}
            return {"action": edit.act, "id": known, **told}
        action = {"book": "insert", "remove": "delete", "change": "update"}[edit.act]
        return {"action": action, "id": known, "fields": {} if action == "delete" else as_salesforce(edit, self.contacts)}

    def _named(self, edit: Edit, mailbox: str) -> str:
        rows = self.subjects(mailbox)[edit.side]
        return next(str(row["id"]) for row in rows if not row["deleted"] and token_in(row["subject"]) == token(edit.number))

    def subjects(self, mailbox: str) -> dict[str, list[dict[str, Any]]]:
        """Every item in brief, deleted ones too."""
        found: dict[str, list[dict[str, Any]]] = self.company.get(f"/subjects?mailbox={mailbox}")
        return found

    def alone(self, mailbox: str) -> list[str]:
        """The tokens of events without a counterpart."""
        found = self.subjects(mailbox)
        here, there = ({token_in(row["subject"]) for row in found[side] if not row["deleted"]} for side in SIDES)
        return sorted(here ^ there)

    def state(self, mailbox: str) -> dict[str, Any]:
        """Both calendars as the vendors show them, versions too."""
        found: dict[str, Any] = self.company.get(f"/state?mailbox={mailbox}")
        return {side: found[side] for side in SIDES}

    def picture(self, mailbox: str) -> Picture:
        """What people see of both calendars, without ids and stamps; events of one token are listed together."""
        found: Picture = {side: {} for side in SIDES}
        state = self.state(mailbox)
        for event in state[EXCHANGE]:
            found[EXCHANGE].setdefault(token_in(event["subject"]), []).append(_of_exchange(event))
        for event in state[SALESFORCE]:
            found[SALESFORCE].setdefault(token_in(event["Subject"]), []).append(self._of_salesforce(event))
        return found

    def _of_salesforce(self, event: dict[str, Any]) -> dict[str, Any]:
        names = ("Subject", "StartDateTime", "EndDateTime", "IsAllDayEvent", "Location", "Description", "ShowAs")
        people = sorted(self.names.get(row["RelationId"], row["RelationId"]) for row in event["EventRelations"])
        return {name: event.get(name) for name in names} | {"people": people, "who": self.names.get(event.get("WhoId") or "")}

    def mails(self) -> Counter[str]:
        """Every mail Exchange would have sent: by whom, to whom, of which kind and event."""
        rows = self.company.get("/mail")
        return Counter(
            f"{row['by']}: {row['kind']} to {row['to']} from {row['mailbox']} about {token_in(row['subject'])}" for row in rows
        )

    # Requests

    def forget_requests(self) -> None:
        """Add what was asked to the tally, and count anew."""
        requests, writes = self.requests()
        self.asked += Counter(requests=requests, writes=writes)
        self.company.forget_requests()

    def requests(self) -> tuple[int, int]:
        """Requests since they were forgotten, and how many of them had a body to be carried out; sign-ins apart."""
        rows = [row for row in self.company.get("/requests") if "token" not in row["path"]]
        return sum(row["count"] for row in rows), sum(row["count"] for row in rows if row["method"] in WRITING)

    def delay(self, milliseconds: int) -> None:
        """From now on writes and batches are answered, and carried out, so much later."""
        front = {"kinds": ["delayed"], "delay_ms": milliseconds, "rate": 1.0, "writes_only": True}
        self.company.post("/weather", {"transport": [front] if milliseconds else []})

    def let_pass(self, seconds: float) -> None:
        """The vendors' clock goes on."""
        self.company.let_pass(timedelta(seconds=seconds))

    def now(self) -> str:
        """What time it is there."""
        return str(self.company.get("/clock")["now"])


def _of_exchange(event: dict[str, Any]) -> dict[str, Any]:
    people = sorted(one["emailAddress"]["address"] for one in event["attendees"])
    return {
        "subject": event["subject"], "start": event["start"], "end": event["end"], "isAllDay": event["isAllDay"],
        "location": event["location"]["displayName"], "body": event["body"]["content"], "showAs": event["showAs"], "people": people,
    }  # fmt: skip


def differences(wanted: Picture, found: Picture) -> list[str]:
    """What one picture shows otherwise than the other, a line an event and field; empty when they are equal."""
    lines = []
    for side in SIDES:
        for name in sorted(wanted[side].keys() | found[side].keys()):
            one, other = wanted[side].get(name, []), found[side].get(name, [])
            if len(one) != len(other):
                lines.append(f"{side} {name}: there {_times(len(other))}, undisturbed {_times(len(one))}")
            elif one != other:
                fields = [key for key in one[0] if one[0][key] != other[0][key]]
                lines.append(
                    f"{side} {name}: {', '.join(f'{key} is {other[0][key]!r}, undisturbed {one[0][key]!r}' for key in fields)}"
                )
    return lines


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
