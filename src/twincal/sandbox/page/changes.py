"""What a form of the page asks for, as the act of a person: only what was changed is sent, as Outlook and Salesforce do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from twincal.sandbox.acts import Act
from twincal.sandbox.exchange.rendering import render
from twincal.sandbox.page.entry import Entry, When
from twincal.sandbox.page.week import Card, Owner, Side
from twincal.sandbox.salesforce.moments import midnight, write_moment
from twincal.sandbox.switches import Refused
from twincal.sandbox.world.bookings import DAYS

DAY, HOUR = 1440, 60
MOVES = {"day_earlier": -DAY, "day_later": DAY, "hour_earlier": -HOUR, "hour_later": HOUR}
ANSWERS = ("accept", "tentativelyAccept", "decline")
REPEATS = ("daily", "weekly")
MOST_TIMES = 99


def adding(owner: Owner, side: Side, entry: Entry, recurrence: dict[str, Any] | None) -> Act:
    """A new item, repeated where a recurrence is given. Raises Refused for Salesforce's side of a mailbox without a user."""
    if side == "exchange":
        event = {**_event(owner, entry, None), **({"recurrence": recurrence} if recurrence else {})}
        return Act(system="exchange", who=owner.address, action="book", event=event)
    return Act(system="salesforce", who=_username(owner), action="insert", fields=_fields(owner, entry, None))


def changing(owner: Owner, card: Card, entry: Entry) -> Act | None:
    """What makes an item say what the form says; None where it does so already."""
    if card.side == "exchange":
        event = _event(owner, entry, card)
        return Act(system="exchange", who=owner.address, action="change", id=card.id, event=event) if event else None
    fields = _fields(owner, entry, card)
    return Act(system="salesforce", who=_username(owner), action="update", id=card.id, fields=fields) if fields else None


def moving(owner: Owner, card: Card, move: str) -> Act:
    """An item at another time, as long as before. Raises Refused for whole days that would move by an hour."""
    when = card.entry.when
    if when.all_day and abs(MOVES[move]) < DAY:
        raise Refused("Whole days cannot move by an hour. Move it by a day, or give it times first.")
    later = when.moved(MOVES[move])
    if card.side == "exchange":
        return Act(system="exchange", who=owner.address, action="change", id=card.id, event=_outlook_times(owner, later))
    return Act(system="salesforce", who=_username(owner), action="update", id=card.id, fields=_salesforce_times(owner, later))


def removing(owner: Owner, card: Card) -> Act:
    """An item into the bin; a meeting of one's own is cancelled by that."""
    if card.side == "exchange":
        return Act(system="exchange", who=owner.address, action="remove", id=card.id)
    return Act(system="salesforce", who=_username(owner), action="delete", id=card.id)


def answering(owner: Owner, card: Card, answer: str) -> Act:
    """An answer to an invitation."""
    return Act(system="exchange", who=owner.address, action=answer, id=card.id)


def repeated(form: Mapping[str, str], when: When) -> dict[str, Any] | None:
    """The recurrence that a form asks for, in Graph's JSON. Raises Refused."""
    kind = form.get("repeats", "")
    if not kind:
        return None
    times = form.get("times", "").strip()
    if kind not in REPEATS or not times.isdecimal() or not 1 <= int(times) <= MOST_TIMES:
        raise Refused(f"'{times}' is not how often something can repeat. Write a number from 1 to {MOST_TIMES}.")
    weekly = {"daysOfWeek": [DAYS[when.first.weekday()]], "firstDayOfWeek": "monday"} if kind == "weekly" else {}
    limits = {"type": "numbered", "startDate": when.first.isoformat(), "numberOfOccurrences": int(times)}
    return {"pattern": {"type": kind, "interval": 1, **weekly}, "range": limits}


def _username(owner: Owner) -> str:
    if owner.person is None:
        raise Refused(f"{owner.mailbox.name} has no user in Salesforce. Choose a person.")
    return owner.person.salesforce_username


def _event(owner: Owner, entry: Entry, card: Card | None) -> dict[str, Any]:
    """Graph's JSON of what differs from the item as it stands; of everything where there is none yet."""
    old = card.entry if card else None
    event: dict[str, Any] = {}
    if old is None or entry.subject != old.subject:
        event["subject"] = entry.subject
    if old is None or entry.when != old.when:
        event |= _outlook_times(owner, entry.when)
    if entry.place != (old.place if old else ""):
        event["location"] = {"displayName": entry.place}
    if entry.notes != (old.notes if old else ""):
        event["body"] = {"contentType": "text", "content": entry.notes}
    if entry.private != (old.private if old else False):
        event["sensitivity"] = "private" if entry.private else "normal"
    if entry.categories != (old.categories if old else ()):
        event["categories"] = list(entry.categories)
    if set(entry.people) != set(old.people if old else ()):
        event["attendees"] = _attendees(owner, entry, card)
    return event


def _attendees(owner: Owner, entry: Entry, card: Card | None) -> list[dict[str, Any]]:
    """Everybody invited; those who were before stay as they are known."""
    known = render(owner.mailbox.find(card.id))["attendees"] if card else []
    there = {guest["emailAddress"]["address"]: guest for guest in known}
    return [there.get(address, {"type": "required", "emailAddress": {"address": address}}) for address in entry.people]


def _outlook_times(owner: Owner, when: When) -> dict[str, Any]:
    def time(wall: datetime) -> dict[str, str]:
        return {"dateTime": wall.isoformat(), "timeZone": owner.mailbox.time_zone}

    return {"isAllDay": when.all_day, "start": time(when.start), "end": time(when.end)}


def _fields(owner: Owner, entry: Entry, card: Card | None) -> dict[str, Any]:
    """Salesforce's fields that differ from the event as it stands; all that say something where there is none yet."""
    old = card.entry if card else None
    fields: dict[str, Any] = {}
    texts = {"Subject": "subject", "Location": "place", "Description": "notes", "WhoId": "who"}
    for column, name in texts.items():
        if getattr(entry, name) != (getattr(old, name) if old else ""):
            fields[column] = getattr(entry, name) or None
    if old is None or entry.when != old.when:
        fields |= _salesforce_times(owner, entry.when)
    if entry.private != (old.private if old else False):
        fields["IsPrivate"] = entry.private
    return fields


def _salesforce_times(owner: Owner, when: When) -> dict[str, Any]:
    if when.all_day:
        start, end = midnight(when.first.isoformat()), midnight(when.last.isoformat())
    else:
        start, end = (write_moment(moment) for moment in when.instants(owner.zone))
    return {"IsAllDayEvent": when.all_day, "StartDateTime": start, "EndDateTime": end}
