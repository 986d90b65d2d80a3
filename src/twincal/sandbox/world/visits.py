"""What people book in Salesforce: appointments and calls with Who and What, some of them also in their Exchange calendar."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from twincal.sandbox.exchange import Exchange
from twincal.sandbox.salesforce import Org
from twincal.sandbox.world.bookings import booking
from twincal.sandbox.world.customers import Customers
from twincal.sandbox.world.staff import Employee

CALLS = ["Call: offer", "Visit", "Follow-up", "Handover", "Check the contract", "Prepare the offer", "Call back"]


class Visits:
    """Fills everybody's Salesforce calendar, half a year back and most of a year ahead."""

    def __init__(
        self, exchange: Exchange, org: Org, staff: list[Employee], customers: Customers, dice: Random, today: date
    ) -> None:
        self._exchange, self._org, self._staff, self._customers = exchange, org, staff, customers
        self._dice, self._today = dice, today

    def fill(self) -> None:
        """Everything."""
        for person in self._staff:
            for number in range(10):
                self._insert(person, {**self._timed(), **self._related(number)})
            self._insert(person, {"Subject": "Trade fair", **self._fair()})
            self._insert(person, {**self._timed(), "Subject": "Talk with the doctor", "IsPrivate": True})
            self._known_on_both_sides(person)
        colleague, host = self._staff[5], self._staff[4]
        shared = self._insert(host, {**self._timed(), "Subject": "Joint account planning"})
        relation = {"EventId": shared, "RelationId": colleague.salesforce_user_id}
        self._org.insert("EventRelation", relation, by=host.salesforce_user_id)

    def _insert(self, person: Employee, fields: dict[str, Any]) -> str:
        by = person.salesforce_user_id
        return self._org.insert("Event", {"OwnerId": by, **fields}, by=by)

    def _timed(self) -> dict[str, Any]:
        day = self._today + timedelta(days=self._dice.randrange(-60, 240))
        start = datetime.combine(day, time(self._dice.randrange(7, 17), self._dice.choice([0, 15, 30])), UTC)
        end = start + timedelta(minutes=self._dice.choice([15, 30, 60]))
        times = {"StartDateTime": _stamp(start), "EndDateTime": _stamp(end)}
        return {"Subject": self._dice.choice(CALLS), "ShowAs": "Busy", "Description": "Booked in Salesforce", **times}

    def _fair(self) -> dict[str, Any]:
        day = f"{self._today + timedelta(days=self._dice.randrange(5, 200))}T00:00:00.000Z"
        return {"IsAllDayEvent": True, "StartDateTime": day, "EndDateTime": day, "ShowAs": "OutOfOffice"}

    def _related(self, number: int) -> dict[str, Any]:
        """Plain appointments, appointments about a deal, and ones with a Contact or a Lead."""
        contact = self._dice.choice(self._customers.contacts)
        choices: list[dict[str, Any]] = [
            {},
            {"WhatId": self._dice.choice(self._customers.opportunities)},
            {"WhoId": contact.record},
            {"WhoId": contact.record, "WhatId": contact.account} if contact.account else {"WhoId": contact.record},
            {"WhoId": self._dice.choice(self._customers.leads).record},
        ]
        return choices[number % len(choices)]

    def _known_on_both_sides(self, person: Employee) -> None:
        """Copied by hand into both calendars: one that is plainly the same, and one that is there twice."""
        for subject, copies in (("Contract signing", 1), ("Weekly figures", 2)):
            day = self._today + timedelta(days=self._dice.randrange(3, 40))
            start = datetime.combine(day, time(14), UTC)
            for _ in range(copies):
                plain = start.replace(tzinfo=None)
                self._exchange.book(person.mailbox, booking(subject, plain, 30, "UTC"))
                end = start + timedelta(minutes=30)
                self._insert(person, {"Subject": subject, "StartDateTime": _stamp(start), "EndDateTime": _stamp(end)})


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
