"""What people do in Outlook and in Salesforce."""

from datetime import datetime, timedelta
from typing import Any

from tests.scenarios.stage import ADDRESSES, Stage
from tests.scenarios.words import DETAILS, ITEM, SUBJECT, WHEN, WHO, Span, UnknownStep, details, listed, step

ROLES = ("optional", "room")


def attendees(text: str) -> list[dict[str, Any]]:
    """People as Outlook names them; `optional` or `room` may stand before an address."""
    found = []
    for entry in listed(text):
        word, _, address = entry.rpartition(" ")
        if word not in ("", *ROLES):
            raise UnknownStep(f"nobody can be invited as {word}")
        kind = {"": "required", "room": "resource"}.get(word, word)
        found.append({"type": kind, "emailAddress": {"address": address}})
    return found


def recurrence(text: str, when: Span) -> dict[str, Any]:
    """`daily 3 times`, `weekly 4 times`, `weekly without end`."""
    how, *rest = text.split()
    pattern: dict[str, Any] = {"type": how, "interval": 1}
    if how == "weekly":
        pattern |= {"daysOfWeek": [f"{when.start:%A}".lower()]}
    limits: dict[str, Any] = {"type": "noEnd", "startDate": f"{when.start:%Y-%m-%d}"}
    if rest[0] != "without":
        limits |= {"type": "numbered", "numberOfOccurrences": int(rest[0])}
    return {"pattern": pattern, "range": limits}


def outlook(given: dict[str, str]) -> dict[str, Any]:
    """Details as the members of Graph's event."""
    told: dict[str, Any] = {}
    for key, value in given.items():
        match key:
            case "subject":
                told["subject"] = value
            case "with":
                told["attendees"] = attendees(value)
            case "place":
                told["location"] = {"displayName": value}
            case "category":
                told["categories"] = listed(value)
            case "text":
                told["body"] = {"contentType": "html", "content": value}
            case "show as":
                told["showAs"] = value
            case "sensitivity":
                told["sensitivity"] = value
            case _:
                raise UnknownStep(f"an item in Exchange has no detail `{key}`")
    return told


def salesforce(given: dict[str, str], records: dict[str, str]) -> dict[str, Any]:
    """Details as the fields of Event. Names stand for the records the page made."""
    told: dict[str, Any] = {}
    plain = {"subject": "Subject", "place": "Location", "text": "Description", "show as": "ShowAs"}
    for key, value in given.items():
        match key:
            case "subject" | "place" | "text" | "show as":
                told[plain[key]] = value
            case "name":
                told["WhoId"] = records[value] if value else None
            case "names":
                told["EventWhoIds"] = [records[name] for name in listed(value)]
            case "related to":
                told["WhatId"] = records[value]
            case "invited":
                told["UndecidedEventInviteeIds"] = [records[name] for name in listed(value)]
            case "private":
                told["IsPrivate"] = value == "yes"
            case _:
                raise UnknownStep(f"an event in Salesforce has no detail `{key}`")
    return told


@step(rf"{WHO} books {SUBJECT} {WHEN}{DETAILS}")
async def book(stage: Stage, who: str, subject: str, **given: Any) -> None:
    """A new item in Outlook."""
    span, more = Span(given), details(given["details"])
    event = {"subject": subject, **span.graph(more.pop("zone", "UTC"))}
    if "repeats" in more:
        event["recurrence"] = recurrence(more.pop("repeats"), span)
    await stage.act("exchange", who, "book", event={**event, **outlook(more)})


@step(rf"{WHO} books (?P<many>\d+) items {SUBJECT} {WHEN}{DETAILS}")
async def book_many(stage: Stage, who: str, many: str, subject: str, **given: Any) -> None:
    """Items of the same kind, one a day, numbered from 1."""
    start = datetime.fromisoformat(f"{given['on']}T00:00:00")
    for number in range(int(many)):
        on = f"{start + timedelta(days=number):%Y-%m-%d}"
        await book(stage, who, f"{subject} {number + 1}", **{**given, "on": on})


SEVERAL = SUBJECT + r" (?P<first>\d+) to (?P<last>\d+)"


def numbered(subject: str, first: str, last: str) -> list[str]:
    """The subjects of several items."""
    return [f"{subject} {number}" for number in range(int(first), int(last) + 1)]


@step(rf"{WHO} deletes {SEVERAL} in (?P<system>Exchange|Salesforce)")
async def delete_many(stage: Stage, who: str, subject: str, first: str, last: str, system: str) -> None:
    """Somebody selects many and presses Delete."""
    for one in numbered(subject, first, last):
        await (remove(stage, who, one, None) if system == "Exchange" else delete(stage, who, one, None, None))


@step(rf"{WHO} deletes one {SUBJECT} in (?P<system>Exchange|Salesforce)")
async def delete_one(stage: Stage, who: str, subject: str, system: str) -> None:
    """One of several that look the same."""
    if system == "Salesforce":
        await stage.act("salesforce", who, "delete", id=(await stage.events(subject))[-1]["Id"])
        return
    rows = [row for row in await stage.calendar("exchange", who) if row["subject"] == subject]
    await stage.act("exchange", who, "remove", id=rows[-1]["id"])


@step(rf"{WHO} changes {SEVERAL} in (?P<system>Exchange|Salesforce);(?P<given>.*)")
async def change_many(stage: Stage, who: str, subject: str, first: str, last: str, system: str, given: str) -> None:
    """The same edit of many."""
    for one in numbered(subject, first, last):
        await (change if system == "Exchange" else edit)(stage, who, one, None, given)


@step(rf"{WHO} restores {SEVERAL} in Salesforce")
async def restore_many(stage: Stage, who: str, subject: str, first: str, last: str) -> None:
    """All out of the recycle bin."""
    for one in numbered(subject, first, last):
        await stage.act("salesforce", who, "undelete", id=stage.gone[one])


async def named(stage: Stage, who: str, subject: str, day: str | None) -> dict[str, Any]:
    """How an act names an item: an instance by its id, else by the subject, which means the series itself."""
    return {"id": (await stage.item(subject, day, who))["id"]} if day else {"subject": subject}


@step(rf"{WHO} changes {ITEM} in Exchange;(?P<given>.*)")
async def change(stage: Stage, who: str, subject: str, day: str | None, given: str) -> None:
    """An edit in Outlook."""
    await stage.act("exchange", who, "change", **await named(stage, who, subject, day), event=outlook(details(given)))


@step(rf"{WHO} moves {ITEM} in Exchange, {WHEN}")
async def move(stage: Stage, who: str, subject: str, day: str | None, **given: Any) -> None:
    """Another time in Outlook."""
    await stage.act("exchange", who, "change", **await named(stage, who, subject, day), event=Span(given).graph())


@step(rf"{WHO} moves the series {SUBJECT} in Exchange, {WHEN}; repeats: (?P<repeats>[\w ]+)")
async def move_series(stage: Stage, who: str, subject: str, repeats: str, **given: Any) -> None:
    """Another time, day or length of a whole series."""
    span = Span(given)
    await stage.act("exchange", who, "change", subject=subject, event={**span.graph(), "recurrence": recurrence(repeats, span)})


@step(rf"{WHO} deletes {ITEM} in Exchange")
async def remove(stage: Stage, who: str, subject: str, day: str | None) -> None:
    """Deleted in Outlook; an organizer's deletion cancels."""
    await stage.act("exchange", who, "remove", **await named(stage, who, subject, day))


@step(rf"{WHO} (?P<answer>accepts|declines|archives) {SUBJECT}")
async def answer(stage: Stage, who: str, answer: str, subject: str) -> None:
    """An answer to an invitation, or Outlook's archive."""
    action = {"accepts": "accept", "declines": "decline", "archives": "move_to_archive"}[answer]
    await stage.act("exchange", who, action, subject=subject)


@step(rf"an invitation {SUBJECT} from (?P<organizer>\S+) arrives {WHEN}{DETAILS}")
async def deliver(stage: Stage, subject: str, organizer: str, **given: Any) -> None:
    """Somebody outside the company invites Ann."""
    span, more = Span(given), details(given["details"])
    await stage.pass_time()
    people = [ADDRESSES["Ann"], *listed(more.get("with", ""))]
    order = {"mailbox": ADDRESSES["Ann"], "organizer": organizer, "attendees": people, "subject": subject}
    await stage.control("/deliver", {**order, "start": span.start.isoformat(), "end": span.end.isoformat()})


@step(rf"{WHO} enters {SUBJECT} in Salesforce {WHEN}{DETAILS}")
async def enter(stage: Stage, who: str, subject: str, **given: Any) -> None:
    """A new event in Salesforce."""
    fields = salesforce(details(given["details"]), stage.records)
    done = await stage.act("salesforce", who, "insert", fields={"Subject": subject, **Span(given).salesforce(), **fields})
    stage.gone[subject] = done["Id"]


@step(rf"{WHO} changes {ITEM} in Salesforce;(?P<given>.*)")
async def edit(stage: Stage, who: str, subject: str, day: str | None, given: str) -> None:
    """An edit of Ann's event in Salesforce."""
    fields = salesforce(details(given), stage.records)
    await stage.act("salesforce", who, "update", id=(await stage.event(subject, day))["Id"], fields=fields)


@step(rf"{WHO} moves {ITEM} in Salesforce, {WHEN}")
async def drag(stage: Stage, who: str, subject: str, day: str | None, **given: Any) -> None:
    """Another time in Salesforce."""
    await stage.act("salesforce", who, "update", id=(await stage.event(subject, day))["Id"], fields=Span(given).salesforce())


@step(rf"{WHO} deletes {ITEM} in Salesforce(?P<forever> for good)?")
async def delete(stage: Stage, who: str, subject: str, day: str | None, forever: str | None) -> None:
    """Into the recycle bin, or past it."""
    event = (await stage.event(subject, day))["Id"]
    stage.gone[subject] = event
    await stage.act("salesforce", who, "delete", id=event)
    if forever:
        await stage.act("salesforce", who, "hard_delete", id=event)


@step(rf"{WHO} restores {SUBJECT} in Exchange")
async def take_back(stage: Stage, who: str, subject: str) -> None:
    """Out of Deleted Items."""
    await stage.act("exchange", who, "restore", subject=subject)


@step(rf"{WHO} restores {SUBJECT} in Salesforce")
async def restore(stage: Stage, who: str, subject: str) -> None:
    """Out of the recycle bin."""
    await stage.act("salesforce", who, "undelete", id=stage.gone[subject])


@step(r"there is the (?P<kind>Contact|Lead) (?P<name>[\w ]+) \((?P<address>\S+)\)(?: of (?P<owner>Ann|Ben))?")
async def person(stage: Stage, kind: str, name: str, address: str, owner: str | None) -> None:
    """Somebody who is not one of us, in Salesforce."""
    fields = {"LastName": name, "Email": address, **({"Company": "Initech", "Status": "Open"} if kind == "Lead" else {})}
    done = await stage.act("salesforce", owner or "Ben", "insert", object=kind, fields=fields)
    stage.records[name] = done["Id"]


@step(r"there are Contacts for (?P<addresses>\S+)")
async def many(stage: Stage, addresses: str) -> None:
    """A Contact for each of the addresses, named by it."""
    for address in listed(addresses):
        fields = {"LastName": address.split("@")[0], "Email": address}
        stage.records[address] = (await stage.act("salesforce", "Ben", "insert", object="Contact", fields=fields))["Id"]


@step(rf"{WHO} changes the (?P<kind>Contact|Lead) (?P<name>\w+); (?P<field>\w+): (?P<value>\S+)")
async def change_person(stage: Stage, who: str, kind: str, name: str, field: str, value: str) -> None:
    """A record of somebody is edited."""
    await stage.act("salesforce", who, "update", object=kind, id=stage.records[name], fields={field: value})


@step(r"there is the Account (?P<name>\w+)")
async def account(stage: Stage, name: str) -> None:
    """A company we do business with."""
    stage.records[name] = (await stage.act("salesforce", "Ben", "insert", object="Account", fields={"Name": name}))["Id"]


@step(r"the Lead (?P<name>\w+) is converted")
async def convert(stage: Stage, name: str) -> None:
    """The Lead becomes a Contact of the same name."""
    done = await stage.act("salesforce", "Ben", "convert_lead", object="Lead", id=stage.records[name])
    stage.records[name] = done["Id"]


@step(r"Salesforce archives old events")
async def archive(stage: Stage) -> None:
    """The platform's own housekeeping."""
    await stage.act("salesforce", "Ben", "archive")


@step(r"Salesforce's recycle bin is emptied")
async def empty_bin(stage: Stage) -> None:
    """Only the delete log still names what was in it."""
    await stage.act("salesforce", "Ben", "empty_recycle_bin")


@step(rf"Ann's Salesforce has the series {SUBJECT} weekly (?P<times>\d) times {WHEN}")
async def series(stage: Stage, subject: str, times: str, **given: Any) -> None:
    """A series as Salesforce keeps one: a row with the pattern, and a row for each instance that names it."""
    first, span = {"Subject": subject, **Span(given).salesforce()}, Span(given)
    pattern = await stage.act(
        "salesforce", "Ann", "plant", fields={**first, "OwnerId": stage.records["user Ann"], "IsRecurrence": True}
    )
    for week in range(int(times)):
        at = {name: f"{moment + timedelta(weeks=week):%Y-%m-%dT%H:%M:%S}.000+0000" for name, moment in span.ends.items()}
        fields = {**first, **at, "OwnerId": stage.records["user Ann"], "RecurrenceActivityId": pattern["Id"]}
        await stage.act("salesforce", "Ann", "plant", fields=fields)
