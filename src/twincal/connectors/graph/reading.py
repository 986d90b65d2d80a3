"""Read items by id, and find them by our mark."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from twincal.connectors.decoding import UNREADABLE, understood
from twincal.connectors.graph.batch import Answer, Call, batch, readings
from twincal.connectors.graph.client import GraphClient, literal, segment
from twincal.connectors.graph.codec import item_of
from twincal.connectors.graph.look import zulu
from twincal.connectors.graph.pages import Misbehaved, items, page_of, pages, skipped
from twincal.connectors.graph.wire import MARK_PROPERTY, ROW, STAMP_PROPERTY
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import AllDay, Item, Times
from twincal.core.vocabulary import Side
from twincal.core.writes import Absent, Write

EXPAND = (
    "$expand=singleValueExtendedProperties($filter=id%20eq%20"
    + literal(MARK_PROPERTY)
    + "%20or%20id%20eq%20"
    + literal(STAMP_PROPERTY)
    + ")"
)
ALIKE_PAGE = 200
CREATION_SLACK = timedelta(seconds=1)
"""Creation times may come without their fraction."""


async def read(client: GraphClient, mailbox: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
    """Each id as it is now. What is not in the calendar but can still be read stands in another folder or the archive; only
    `ErrorItemNotFound` says that something was deleted, never another 404."""
    place = f"/users/{segment(mailbox)}"
    wanted = list(dict.fromkeys(ids))
    calls = [Call(method="GET", path=f"{place}/calendar/events/{segment(one)}?{EXPAND}") for one in wanted]
    answers = dict(zip(wanted, await readings(client, calls), strict=True))
    missing = [one for one, answer in answers.items() if _not_there(answer)]
    elsewhere = await _elsewhere(client, place, missing) if missing else {}
    return {one: _read(client, one, answer, elsewhere.get(one)) for one, answer in answers.items()}


async def _elsewhere(client: GraphClient, place: str, missing: Sequence[str]) -> dict[str, Answer]:
    """The same ids in any folder. Whether Exchange denies access with 403 or as if nothing were there is documented nowhere, so
    the calendar itself has to answer beside them before anything is said to be deleted. Raises VendorFault where it does not."""
    calls = [Call(method="GET", path=f"{place}/events/{segment(one)}") for one in missing]
    *answers, calendar = await readings(client, [*calls, Call(method="GET", path=f"{place}/calendar?$select=id")])
    if _not_there(calendar):
        raise VendorFault(Side.EXCHANGE, FaultCode.MAILBOX_UNREACHABLE, f"{calendar.status} calendar")
    if calendar.fault is not None:
        raise calendar.fault
    return dict(zip(missing, answers, strict=True))


def _not_there(answer: Answer) -> bool:
    return answer.fault is not None and answer.fault.code is FaultCode.GONE


def _read(client: GraphClient, one: str, answer: Answer, elsewhere: Answer | None) -> Item | Absent:
    if elsewhere is not None:
        if elsewhere.fault is not None and not _not_there(elsewhere):
            raise elsewhere.fault
        return Absent(one, deleted=_not_there(elsewhere))
    if answer.fault is not None:
        raise answer.fault
    try:
        return item_of(understood(ROW, answer.body))
    except (ValueError, OverflowError, *UNREADABLE):
        # It is there, but no item can be made of it: not ours to touch, and nobody deleted it.
        skipped(client, one.encode(), "not an event")
        return Absent(one, deleted=False)


async def find(client: GraphClient, mailbox: str, marks: Sequence[str]) -> dict[str, tuple[Item | Absent, ...]]:
    """Items that carry a mark. What a person has deleted since cannot be found: Exchange keeps no trace of it."""
    answers = await batch(client, [Call(method="GET", path=_marked(mailbox, mark)) for mark in marks]) if marks else []
    found: dict[str, tuple[Item | Absent, ...]] = {}
    for mark, answer in zip(marks, answers, strict=True):
        if answer.fault is not None:
            raise answer.fault
        # The server compares values without regard to case.
        rows = page_of(client, answer.body).value
        found[mark] = tuple(item for item in items(client, rows) if item.mark == mark)
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
    # Whole days begin where the mailbox is: fourteen hours earlier or twelve later than in UTC.
    margin = timedelta(hours=14) if isinstance(times, AllDay) else timedelta(minutes=1)
    span = f"startDateTime={zulu(start - margin)}&endDateTime={zulu(end + margin)}"
    found: list[Item] = []
    try:
        async for page in pages(client, f"/users/{segment(mailbox)}/calendarView?{span}&$top={ALIKE_PAGE}", ALIKE_PAGE):
            rows = [row for row in page.value if _made_since(row.created_date_time, since)]
            found += [item for item in items(client, rows) if item.subject == write.values.subject and _same(item.times, times)]
    except Misbehaved as endless:
        raise VendorFault(Side.EXCHANGE, FaultCode.BAD_ANSWER, "calendarView without end") from endless
    return tuple(found)


def _made_since(created: str | None, since: datetime) -> bool:
    try:
        return bool(created) and datetime.fromisoformat(str(created)[:19]).replace(tzinfo=UTC) >= since - CREATION_SLACK
    except ValueError:
        return False


def _same(one: Times, other: Times) -> bool:
    return isinstance(one, AllDay) is isinstance(other, AllDay) and one.span == other.span
