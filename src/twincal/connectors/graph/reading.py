"""Read items by id, and find them by our mark."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from twincal.connectors.graph.client import Answer, Call, GraphClient, literal, segment
from twincal.connectors.graph.codec import item_of
from twincal.connectors.graph.faults import fault_of
from twincal.connectors.graph.wire import MARK_PROPERTY, PAGE, ROW, STAMP_PROPERTY
from twincal.core.item import AllDay, Item, Times
from twincal.core.writes import Absent, Write

EXPAND = "$expand=" + (
    "singleValueExtendedProperties($filter=id%20eq%20"
    + literal(MARK_PROPERTY)
    + "%20or%20id%20eq%20"
    + literal(STAMP_PROPERTY)
    + ")"
)


async def read(client: GraphClient, mailbox: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
    """Each id as it is now. What is not in the calendar but can still be read stands in another folder or the archive."""
    place = f"/users/{segment(mailbox)}"
    calls = [Call(method="GET", path=f"{place}/calendar/events/{segment(one)}?{EXPAND}") for one in ids]
    answers = dict(zip(ids, await _abreast(client, calls), strict=True))
    missing = [one for one, answer in answers.items() if answer.status == 404]
    calls = [Call(method="GET", path=f"{place}/events/{segment(one)}") for one in missing]
    elsewhere = dict(zip(missing, await _abreast(client, calls), strict=True))
    return {one: _read(one, answer, elsewhere.get(one)) for one, answer in answers.items()}


async def _abreast(client: GraphClient, calls: Sequence[Call]) -> list[Answer]:
    """In chains while all is well, as most readings are; four abreast for the rest once one fails."""
    if len(calls) <= 4:
        return await client.batch(calls, chained=False) if calls else []
    answers = await client.batch(calls, chained=True)
    left = [place for place, answer in enumerate(answers) if answer.status == 424]
    again = await client.batch([calls[place] for place in left], chained=False) if left else []
    for place, answer in zip(left, again, strict=True):
        answers[place] = answer
    return answers


def _read(one: str, answer: Answer, elsewhere: Answer | None) -> Item | Absent:
    if answer.status == 404:
        return Absent(one, deleted=elsewhere is None or elsewhere.status == 404)
    if answer.status >= 400:
        raise fault_of(answer.status, bytes(answer.body), answer.pause)
    return item_of(ROW.decode(answer.body))


async def find(client: GraphClient, mailbox: str, marks: Sequence[str]) -> dict[str, tuple[Item | Absent, ...]]:
    """Items that carry a mark. What a person has deleted since cannot be found: Exchange keeps no trace of it."""
    calls = [Call(method="GET", path=_marked(mailbox, mark)) for mark in marks]
    answers = await client.batch(calls, chained=False) if calls else []
    found: dict[str, tuple[Item | Absent, ...]] = {}
    for mark, answer in zip(marks, answers, strict=True):
        if answer.status >= 400:
            raise fault_of(answer.status, bytes(answer.body), answer.pause)
        found[mark] = tuple(item_of(row) for row in PAGE.decode(answer.body).value)
    return found


def _marked(mailbox: str, mark: str) -> str:
    wanted = (
        f"singleValueExtendedProperties/Any(ep:%20ep/id%20eq%20{literal(MARK_PROPERTY)}%20and%20ep/value%20eq%20{literal(mark)})"
    )
    return f"/users/{segment(mailbox)}/events?$filter={wanted}&{EXPAND}"


async def find_alike(client: GraphClient, mailbox: str, write: Write, since: datetime) -> tuple[Item, ...]:
    """Items with the subject and times of a write that were created since; by whom, Exchange does not tell."""
    times = write.values.times
    if isinstance(times, msgspec.UnsetType):
        return ()
    start, end = times.span
    span = f"startDateTime={_zulu(start)}&endDateTime={_zulu(max(end, start + timedelta(minutes=1)))}"
    reply = await client.send("GET", f"/users/{segment(mailbox)}/calendarView?{span}&$top=200")
    found = []
    for row in PAGE.decode(reply.body).value:
        made = datetime.fromisoformat(row.created_date_time[:19]).replace(tzinfo=UTC) if row.created_date_time else None
        if made is not None and made >= since - timedelta(seconds=1) and row.subject == write.values.subject:
            item = item_of(row)
            if _same(item.times, times):
                found.append(item)
    return tuple(found)


def _same(one: Times, other: Times) -> bool:
    return isinstance(one, AllDay) is isinstance(other, AllDay) and one.span == other.span


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
