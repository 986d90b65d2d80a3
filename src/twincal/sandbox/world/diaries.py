"""Two years of diaries in Exchange: a year back and a year ahead of today."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from twincal.sandbox.exchange import Exchange
from twincal.sandbox.world.bookings import (
    Guest,
    at,
    booking,
    html,
    invited,
    journey,
    monthly,
    on_weekday,
    text,
    weekly,
    whole_days,
    yearly,
)  # fmt: skip
from twincal.sandbox.world.customers import Customer, Customers
from twincal.sandbox.world.names import CITIES, CUSTOMER_MEETINGS, OWN_WORK, POSTS, PRIVATE, ROOMS
from twincal.sandbox.world.staff import DOMAIN, Employee

YEAR = 364


class Diaries:
    """Fills everybody's calendar; `dice` decides, so that a seed gives the same company each time."""

    def __init__(self, exchange: Exchange, staff: list[Employee], customers: Customers, dice: Random, today: date) -> None:
        self._exchange, self._staff, self._customers, self._dice = exchange, staff, customers, dice
        self._start, self._today = today - timedelta(days=YEAR), today
        self._teams: dict[str, list[Employee]] = {}
        for person, post in zip(staff, POSTS, strict=True):
            self._teams.setdefault(post.team, []).append(person)

    def fill(self) -> None:
        """Everything, shared meetings first."""
        self._all_hands()
        for team in self._teams.values():
            self._team(team)
        for person in self._staff:
            self._own_series(person)
            self._customer_meetings(person)
            self._travels(person)
            self._private_life(person)
        self._oddities()

    def _book(self, person: Employee, event: dict[str, Any]) -> dict[str, Any]:
        return self._exchange.book(person.mailbox, event)

    def _day(self, first: int, last: int) -> date:
        """A working day so many days from today."""
        day = self._today + timedelta(days=self._dice.randrange(first, last))
        return day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())

    # What people do together

    def _all_hands(self) -> None:
        boss, *others = self._staff
        first = on_weekday(self._start.replace(day=1) + timedelta(days=7), 3)
        meeting = booking(
            "All hands", at(first, 15), 60, boss.time_zone, recurrence=monthly(first), attendees=invited(_guests(others)),
            body=html("Numbers of the month", "Questions", "<b>Please be on time</b>"), isOnlineMeeting=True,
        )  # fmt: skip
        self._book(boss, meeting)
        for name, day in {"Company holiday": self._day(40, 60), "Summer party": self._day(150, 200)}.items():
            for person in self._staff:
                self._book(person, whole_days(name, day, 1, person.time_zone, showAs="free"))

    def _team(self, team: list[Employee]) -> None:
        leader, *others = team
        first = on_weekday(self._start, self._dice.randrange(5))
        room = self._dice.choice([None, *ROOMS])
        things = invited([(room, room_address(room))], kind="resource") if room else []
        meeting = booking(
            "Team meeting", at(first, 10), 60, leader.time_zone, recurrence=weekly(first),
            attendees=invited(_guests(others)) + things, location={"displayName": room or "Teams"},
        )  # fmt: skip
        master = self._book(leader, meeting)
        self._unsettle(leader, master["id"])
        for colleague in others:
            first = on_weekday(self._start + timedelta(days=self._dice.randrange(7)), self._dice.randrange(5))
            until = self._today + timedelta(days=self._dice.randrange(30, YEAR))
            talk = booking(
                f"1:1 {leader.name.split()[0]} / {colleague.name.split()[0]}", at(first, self._dice.randrange(11, 17)), 30,
                leader.time_zone, recurrence=weekly(first, every=2, until=until), attendees=invited(_guests([colleague])),
            )  # fmt: skip
            self._book(leader, talk)

    def _unsettle(self, person: Employee, master: str) -> None:
        """A series as it is after a year: some instances moved, some renamed, some deleted."""
        window = self._today - timedelta(days=60), self._today + timedelta(days=200)
        bounds = [datetime.combine(day, datetime.min.time(), self._exchange.now().tzinfo) for day in window]
        instances = self._exchange.occurrences(person.mailbox, master, *bounds)
        for instance in self._dice.sample(instances, min(6, len(instances))):
            change = self._dice.choice(["later", "renamed", "deleted"])
            if change == "deleted":
                self._exchange.remove(person.mailbox, instance["id"])
            elif change == "renamed":
                self._exchange.change(person.mailbox, instance["id"], {"subject": f"{instance['subject']} (with guests)"})
            else:
                start, end = (datetime.fromisoformat(instance[each]["dateTime"][:19]) for each in ("start", "end"))
                later = timedelta(hours=self._dice.choice([1, 2, 3]))
                moved = {"start": _utc(start + later), "end": _utc(end + later)}
                self._exchange.change(person.mailbox, instance["id"], moved)

    # What everybody does alone

    def _own_series(self, person: Employee) -> None:
        first = on_weekday(self._start, self._dice.randrange(5))
        subject = self._dice.choice(OWN_WORK)
        series = booking(
            subject, at(first, self._dice.randrange(8, 10)), 90, person.time_zone, recurrence=weekly(first), showAs="busy",
            categories=self._dice.choice([[], [], ["Salesforce"], ["No sync"]]),
        )  # fmt: skip
        self._unsettle(person, self._book(person, series)["id"])
        birthday = self._start + timedelta(days=self._dice.randrange(YEAR))
        if birthday.month != 2:
            reminder = whole_days("Birthday of my mother", birthday, 1, person.time_zone, recurrence=yearly(birthday))
            self._book(person, {**reminder, "showAs": "free"})
        for _ in range(14):
            day = self._day(-YEAR, YEAR)
            work = booking(self._dice.choice(OWN_WORK), at(day, self._dice.randrange(8, 18), 30), 60, person.time_zone)
            marks: list[str] = self._dice.choice([[], [], [], ["Salesforce"], ["No sync"]])
            self._book(person, {**work, "categories": marks, "body": text("Quiet please")})

    def _customer_meetings(self, person: Employee) -> None:
        for number in range(24):
            guests = self._outsiders()
            day = self._day(-YEAR, YEAR) if number % 2 else self._day(-30, 120)
            subject = f"{guests[0].company}: {self._dice.choice(CUSTOMER_MEETINGS)}"
            meeting = booking(
                subject, at(day, self._dice.randrange(9, 17), self._dice.choice([0, 30])), self._dice.choice([30, 45, 60, 120]),
                person.time_zone, attendees=invited([(each.name, each.address) for each in guests]),
                location={"displayName": self._dice.choice(["Teams", guests[0].company, "Phone"])},
                body=html(f"Dear {guests[0].name.split()[0]},", "as agreed.", f"<i>{person.name}</i>"),
            )  # fmt: skip
            booked = self._book(person, meeting)
            if number == 5:
                self._exchange.remove(person.mailbox, booked["id"])
        host = self._dice.choice(self._customers.contacts)
        start = datetime.combine(self._day(1, 90), datetime.min.time(), self._exchange.now().tzinfo) + timedelta(hours=13)
        self._exchange.deliver(
            person.mailbox, organizer=host.address, attendees=[person.mailbox], subject=f"{host.company}: our proposal",
            start=start, end=start + timedelta(minutes=45),
        )  # fmt: skip

    def _outsiders(self) -> list[Customer]:
        known = self._dice.sample(self._customers.contacts, self._dice.choice([1, 1, 2, 3]))
        leads = self._dice.sample(self._customers.leads, self._dice.choice([0, 0, 1, 2]))
        pick = self._dice.choice([known, known, known + leads, leads or known, [self._dice.choice(self._customers.strangers)]])
        return list(pick)

    def _travels(self, person: Employee) -> None:
        for _ in range(3):
            city, zone = self._dice.choice(list(CITIES.items()))
            day = self._day(-200, 300)
            there = journey(f"Flight to {city}", at(day, 7, 15), person.time_zone, at(day, 23, 40), zone, showAs="oof")
            self._book(
                person, whole_days(f"Trip to {city}", day, 3, person.time_zone, showAs="oof", location={"displayName": city})
            )
            if zone not in {"Asia/Tokyo", "Pacific/Auckland", "Asia/Dubai"}:
                self._book(person, there)
            self._book(person, booking(f"Dinner in {city}", at(day + timedelta(days=1), 19), 120, zone))
        off = self._day(20, 300)
        self._book(person, whole_days("Holiday", off, self._dice.choice([5, 8, 12]), person.time_zone, showAs="oof"))

    def _private_life(self, person: Employee) -> None:
        for subject in self._dice.sample(PRIVATE, 3):
            own = booking(subject, at(self._day(-60, 120), 17, 30), 60, person.time_zone, sensitivity="private")
            self._book(person, own)
        secret = booking("Salary talk", at(self._day(5, 60), 9), 30, person.time_zone, sensitivity="confidential")
        self._book(person, secret)

    def _oddities(self) -> None:
        """One or two of what happens to everybody once."""
        away, ill, boss = self._staff[8], self._staff[17], self._staff[1]
        self._book(away, whole_days("Sabbatical", self._day(60, 90), 30, away.time_zone, showAs="oof"))
        self._book(ill, whole_days("Parental leave", self._day(100, 140), 60, ill.time_zone, showAs="oof"))
        guests = _guests(self._dice.sample(self._staff[3:], 5))
        called_off = booking("Strategy day", at(self._day(10, 30), 9), 480, boss.time_zone, attendees=invited(guests))
        self._exchange.remove(boss.mailbox, self._book(boss, called_off)["id"])


def room_address(room: str) -> str:
    """The address of a room's mailbox."""
    return f"{room.lower().replace(' ', '.')}@{DOMAIN}"


def _guests(people: Iterable[Employee]) -> list[Guest]:
    return [(person.name, person.mailbox) for person in people]


def _utc(moment: datetime) -> dict[str, str]:
    return {"dateTime": moment.isoformat(), "timeZone": "UTC"}
