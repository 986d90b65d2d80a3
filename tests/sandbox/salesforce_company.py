"""An org for tests: a clock that stands still, an administrator, Ann and Bob, an account, three Contacts and a Lead."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from twincal.sandbox.salesforce import Org, salesforce_app

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DATA = "/services/data/v68.0"
CLIENT_ID, SECRET = "app", "app-secret"


class StillClock:
    """A clock that moves only when told."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The moment last set."""
        return self.moment

    def pass_by(self, **span: float) -> None:
        """Lets time pass."""
        self.moment += timedelta(**span)


@dataclass
class Company:
    """The org and the ids of those who live in it."""

    clock: StillClock
    org: Org
    admin: str
    ann: str
    bob: str
    account: str
    contacts: list[str]
    lead: str

    def book(self, *, by: str | None = None, **fields: Any) -> str:
        """An hour of Ann's time, unless the fields say otherwise; returns the event's id."""
        times = {"StartDateTime": "2026-11-24T09:00:00Z", "DurationInMinutes": 60}
        chosen = times if not {"StartDateTime", "ActivityDate", "ActivityDateTime"} & set(fields) else {}
        return self.org.insert("Event", {"Subject": "Talk", **chosen, **fields}, by=by or self.ann)

    def event(self, event_id: str) -> dict[str, Any]:
        """The event's columns."""
        return self.org.get("Event", event_id)

    def relations(self, event_id: str) -> dict[str, tuple[bool, bool, str | None]]:
        """Of each person or record: related, invited, status."""
        rows = self.org.relations.of(event_id)
        return {row["RelationId"]: (row["IsParent"], row["IsInvitee"], row["Status"]) for row in rows}


def company(**options: Any) -> Company:
    """A fresh company; `options` set the org up."""
    clock = StillClock()
    org = Org(clock)
    for name, value in options.items():
        setattr(org.options, name, value)
    admin = org.add_user("integration@acme.example", "Inte Gration", "integration@acme.example", profile="System Administrator")
    ann = org.add_user("ann@acme.example", "Ann Lee", "ann@acme.example")
    bob = org.add_user("bob@acme.example", "Bob Ray", "bob@acme.example")
    org.register_app(CLIENT_ID, secret=SECRET, run_as=admin)
    account = org.insert("Account", {"Name": "Globex"}, by=admin)
    contacts = [
        org.insert(
            "Contact", {"FirstName": "Kim", "LastName": f"No{n}", "Email": f"Kim{n}@globex.example", "AccountId": account}, by=admin
        )
        for n in range(3)
    ]
    lead = org.insert("Lead", {"LastName": "Hope", "Company": "Initech", "Email": "hope@initech.example"}, by=admin)
    return Company(clock, org, admin, ann, bob, account, contacts, lead)


@asynccontextmanager
async def wire(there: Company, *, username: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """The org over HTTP, in the process, with a session of the administrator or of the user named."""
    token = there.org.identity.open(username or "integration@acme.example", there.org.id)
    transport = httpx.ASGITransport(salesforce_app(there.org))
    async with httpx.AsyncClient(transport=transport, base_url="http://acme.test") as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def ask(
    client: httpx.AsyncClient, soql: str, *, everything: bool = False, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """The answer of a query, which must succeed."""
    answer = await client.get(f"{DATA}/{'queryAll' if everything else 'query'}", params={"q": soql}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
