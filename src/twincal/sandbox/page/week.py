"""One person's week as Outlook and as Salesforce show it, side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from twincal.sandbox.exchange import Exchange
from twincal.sandbox.exchange.item import Ref
from twincal.sandbox.exchange.mailbox import Mailbox
from twincal.sandbox.exchange.rendering import View, render
from twincal.sandbox.exchange.zones import zone_named
from twincal.sandbox.page.entry import Entry, When, plain
from twincal.sandbox.salesforce import Org
from twincal.sandbox.salesforce.errors import not_found
from twincal.sandbox.salesforce.moments import read_moment, write_moment
from twincal.sandbox.switches import Refused
from twincal.sandbox.world import Employee

Side = Literal["exchange", "salesforce"]
DAYS = 7
# Ids that stay when an item moves, and bodies as text: what a person would see.
SEEN = View(text=True, immutable=True)
ANSWERED = {
    "accepted": "accepted", "tentativelyAccepted": "accepted with reserve", "declined": "declined", "notResponded": "not answered",
}  # fmt: skip
PATTERN_ROW = "3"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose week it is: a mailbox with its zone, and the Salesforce user of a person (a room has none)."""

    mailbox: Mailbox
    person: Employee | None
    zone: tzinfo

    @property
    def address(self) -> str:
        """The mailbox's address."""
        return self.mailbox.address


@dataclass(frozen=True, slots=True)
class Card:
    """One item on one side. `series` is the id of the series it belongs to, `asks` says that an invitation may be answered,
    `organizer` is somebody else's name, `people` the names of everybody it is with."""

    side: Side
    id: str
    entry: Entry
    people: tuple[str, ...] = ()
    organizer: str = ""
    series: str = ""
    whole_series: bool = False
    asks: bool = False
    answer: str = ""

    @property
    def answered(self) -> str:
        """What its owner answered to the invitation, in words; empty where nothing was asked."""
        return ANSWERED.get(self.answer, "")

    @property
    def label(self) -> str:
        """What it is called, where there is a subject."""
        return self.entry.subject or "(no subject)"

    def times(self, day: date) -> str:
        """When it is, as seen from a day that it touches."""
        when = self.entry.when
        if when.all_day:
            return "All day"
        begins = f"{when.begins:%H:%M}" if when.first == day else "…"
        ends = f"{when.ends:%H:%M}" if when.last == day or when.end.time() == time() else "…"
        return f"{begins}–{ends}"


@dataclass(frozen=True, slots=True)
class Day:
    """One day with what reaches into it on either side."""

    date: date
    exchange: list[Card]
    salesforce: list[Card]

    def rows(self) -> dict[Card, int]:
        """Rows, from 1, in which items that start at one time stand side by side."""
        found: dict[Card, int] = {}
        begun = 0
        for start in sorted({_order(card) for card in (*self.exchange, *self.salesforce)}):
            sides = [[card for card in side if _order(card) == start] for side in (self.exchange, self.salesforce)]
            found |= {card: begun + number for side in sides for number, card in enumerate(side, 1)}
            begun += max(len(side) for side in sides)
        return found


def side_named(name: str) -> Side:
    """The side that an address or a form names. Raises Refused."""
    if name == "exchange":
        return "exchange"
    if name == "salesforce":
        return "salesforce"
    raise Refused(f"There is no side '{name}'. There is exchange and salesforce.")


def owner_of(exchange: Exchange, people: Iterable[Employee], address: str) -> Owner:
    """The mailbox of an address. Raises GraphError 404 where there is none."""
    mailbox = exchange.mailbox(address)
    person = next((one for one in people if one.mailbox.casefold() == mailbox.address.casefold()), None)
    return Owner(mailbox, person, zone_named(mailbox.time_zone))


def week_of(org: Org, owner: Owner, first: date) -> list[Day]:
    """Seven days from the first one, in the zone of the mailbox; whole days lie on their dates, whatever the zone."""
    start = datetime.combine(first, time(), owner.zone).astimezone(UTC)
    outlook = outlook_cards(owner, start - timedelta(days=1), start + timedelta(days=DAYS + 1))
    salesforce = salesforce_cards(org, owner, start - timedelta(days=1), start + timedelta(days=DAYS + 1))
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return [Day(day, _on(outlook, day), _on(salesforce, day)) for day in days]


def _on(cards: Iterable[Card], day: date) -> list[Card]:
    found = [card for card in cards if card.entry.when.touches(day)]
    return sorted(found, key=lambda card: (*_order(card), card.label, card.id))


def _order(card: Card) -> tuple[bool, datetime]:
    """Whole days first, then by the start."""
    return not card.entry.when.all_day, card.entry.when.start


def outlook_cards(owner: Owner, start: datetime, end: datetime) -> list[Card]:
    """What stands in the mailbox's calendar between two moments, instance by instance."""
    return [outlook_card(owner, ref) for ref in owner.mailbox.view(start, end)]


def outlook_card(owner: Owner, ref: Ref) -> Card:
    """One event or instance as its owner sees it."""
    event, span = render(ref, SEEN), ref.span
    if span.all_day:
        first, after = span.days()
        when = When(first, after - timedelta(days=1))
    else:
        when = When.between(span.start, span.end, owner.zone)
    mails = [guest["emailAddress"] for guest in event["attendees"]]
    entry = Entry(
        subject=event["subject"] or "",
        when=when,
        place=event["location"]["displayName"],
        notes=plain(event["body"]["content"]),
        private=event["sensitivity"] in {"private", "confidential"},
        people=tuple(mail["address"] for mail in mails),
        categories=tuple(event["categories"]),
    )
    own = event["isOrganizer"]
    return Card(
        side="exchange", id=event["id"], entry=entry, people=tuple(mail["name"] for mail in mails),
        organizer="" if own else event["organizer"]["emailAddress"]["name"], series=event["seriesMasterId"] or "",
        whole_series=event["type"] == "seriesMaster", asks=not own and not event["isCancelled"],
        answer="" if own else event["responseStatus"]["response"],
    )  # fmt: skip


def salesforce_cards(org: Org, owner: Owner, start: datetime, end: datetime) -> list[Card]:
    """A person's own events between two moments; the hidden pattern row of a series is no event."""
    if owner.person is None:
        return []
    first, last = write_moment(start), write_moment(end)
    rows = org.records.storage["Event"].where("OwnerId", owner.person.salesforce_user_id)
    shown = [row for row in rows if str(row["StartDateTime"]) < last and str(row["EndDateTime"]) >= first]
    return [salesforce_card(org, owner, row) for row in shown if row.get("GroupEventType") != PATTERN_ROW]


def salesforce_card(org: Org, owner: Owner, row: dict[str, Any]) -> Card:
    """One event as its owner sees it."""
    start, end = read_moment(row["StartDateTime"]), read_moment(row["EndDateTime"])
    when = When(start.date(), end.date()) if row["IsAllDayEvent"] else When.between(start, end, owner.zone)
    entry = Entry(
        subject=row.get("Subject") or "",
        when=when,
        place=row.get("Location") or "",
        notes=plain(row.get("Description") or ""),
        private=bool(row.get("IsPrivate")),
        who=row.get("WhoId") or "",
    )
    related = dict.fromkeys([row.get("WhoId"), *(one["RelationId"] for one in org.relations.of(row["Id"])), row.get("WhatId")])
    names = [found["Name"] for each in related if each and (found := org.records.named(each))]
    return Card(side="salesforce", id=row["Id"], entry=entry, people=tuple(names))


def card_of(org: Org, owner: Owner, side: Side, ident: str) -> Card:
    """The item of an id. Raises GraphError or SalesforceError 404 where the owner has none."""
    if side == "exchange":
        return outlook_card(owner, owner.mailbox.find(ident))
    row = org.records.storage["Event"].live(ident)
    if row is None or owner.person is None or row["OwnerId"] != owner.person.salesforce_user_id:
        raise not_found()
    return salesforce_card(org, owner, row)
