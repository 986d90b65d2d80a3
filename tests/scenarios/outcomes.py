"""What stands in both calendars in the end, and the mail that was sent."""

import re
from typing import Any

from tests.scenarios.stage import Stage
from tests.scenarios.words import DETAILS, ITEM, WHEN, Span, UnknownStep, details, listed, step

TAG = re.compile(r"<[^>]*>")


def readable(html: str) -> str:
    """The words of a body, without its markup."""
    return " ".join(TAG.sub(" ", html.split("</head>")[-1]).split())


def shown(values: dict[str, Any], wanted: dict[str, str]) -> None:
    """Each detail of the page as it stands there."""
    for key, value in wanted.items():
        if key not in values:
            raise UnknownStep(f"nothing is known of the detail `{key}`; known are {', '.join(values)}")
        assert values[key] == value, f"{key} is `{values[key]}`, not `{value}`"


def exchange_details(item: dict[str, Any]) -> dict[str, Any]:
    """An Exchange item in the page's words."""
    return {
        "place": item["location"]["displayName"],
        "text": readable(item["body"]["content"]),
        "show as": item["showAs"],
        "category": ", ".join(item["categories"]),
        "sensitivity": item["sensitivity"],
        "with": ", ".join(entry["emailAddress"]["address"] for entry in item["attendees"]),
        "length of subject": str(len(item["subject"])),
    }


def salesforce_details(event: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A Salesforce event in the page's words: the Name first, then everybody else it is related to."""
    parents = [row["RelationId"] for row in event["EventRelations"] if row["IsParent"] and not row["IsWhat"]]
    whos = [who for who in (event.get("WhoId"), *sorted(parents)) if who]
    return {
        "place": event.get("Location") or "",
        "text": event.get("Description") or "",
        "show as": event["ShowAs"],
        "private": "yes" if event["IsPrivate"] else "no",
        "name": ", ".join(dict.fromkeys(names.get(who, who) for who in whos)),
        "related to": names.get(event.get("WhatId") or "", ""),
        "owner": event["OwnerId"],
        "length of text": str(len(event.get("Description") or "")),
        "length of subject": str(len(event["Subject"])),
        "people": str(len(set(whos))),
    }


@step(rf"{ITEM} stands in Salesforce(?: {WHEN})?{DETAILS}")
async def in_salesforce(stage: Stage, subject: str, day: str | None, **given: Any) -> None:
    """Exactly one event with this subject (on this day), with these values."""
    event = await stage.event(subject, day)
    if given["on"] or given["first"]:
        wanted = Span(given).salesforce()
        told = {name: event[name] for name in wanted}
        assert told == wanted, f"it stands there at {told}"
    shown(salesforce_details(event, {ident: name for name, ident in stage.records.items()}), details(given["details"]))


@step(rf"{ITEM} stands in Exchange(?: {WHEN})?{DETAILS}")
async def in_exchange(stage: Stage, subject: str, day: str | None, **given: Any) -> None:
    """Exactly one item with this subject (on this day), with these values."""
    item = await stage.item(subject, day)
    if given["on"] or given["first"]:
        span = Span(given)
        wanted = (f"{span.start:%Y-%m-%dT%H:%M:%S}", f"{span.end:%Y-%m-%dT%H:%M:%S}", span.all_day)
        told = (item["start"]["dateTime"][:19], item["end"]["dateTime"][:19], item["isAllDay"])
        assert told == wanted, f"it stands there at {told}"
    shown(exchange_details(item), details(given["details"]))


@step(r"Exchange shows (?P<items>\d+) items? and Salesforce (?P<events>\d+) events?")
async def counts(stage: Stage, items: str, events: str) -> None:
    """Nothing else exists in Ann's two calendars."""
    exchange = [row["subject"] for row in await stage.calendar("exchange")]
    salesforce = [row.get("Subject") for row in await stage.calendar("salesforce")]
    assert (len(exchange), len(salesforce)) == (int(items), int(events)), f"Exchange: {exchange}; Salesforce: {salesforce}"
    stage.counted = True


@step(r"(?P<who>Ben)'s Salesforce calendar shows (?P<events>\d+) events?")
async def others(stage: Stage, who: str, events: str) -> None:
    """What a colleague's calendar holds."""
    assert len(await stage.calendar("salesforce", who)) == int(events)


MAILS = r"(?P<kind>invitation|update|cancellation|response) `(?P<subject>[^`]*)` to (?P<to>[^;]+)"


def mails(text: str) -> list[tuple[str, str, str]]:
    """`kind `subject` to address, address`, several between semicolons."""
    found = []
    for part in text.split(";"):
        match = re.fullmatch(MAILS, part.strip())
        if match is None:
            raise UnknownStep(f"a mail is written kind `subject` to address, this is not: {part}")
        found += [(match["kind"], match["subject"], address) for address in listed(match["to"])]
    return found


@step(r"Exchange mails because of Twincal: (?P<text>.*)")
async def our_mail(stage: Stage, text: str) -> None:
    """The mails that Twincal may cause. At the end these are all there are."""
    stage.expected_mail += mails(text)


@step(r"Exchange mails because of (?:Ann|Ben): (?P<text>.*)")
async def their_mail(stage: Stage, text: str) -> None:
    """The mails that people's own acts have caused so far, all of them."""
    sent = [(mail["kind"], mail["subject"], mail["to"]) for mail in await stage.mail() if mail["by"] == "person"]
    assert sorted(sent) == sorted(mails(text)), f"people have caused {sent}"
