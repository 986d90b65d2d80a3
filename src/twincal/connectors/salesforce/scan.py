"""A full reading: everything of some owners inside a window, and the cursor that polls continue from."""

from collections.abc import Sequence
from datetime import timedelta

from twincal.connectors.salesforce.client import Query
from twincal.connectors.salesforce.cursor import Cursor
from twincal.connectors.salesforce.org import Org
from twincal.connectors.salesforce.soql import bare, day, moment, one_of_ids, parts, select
from twincal.connectors.salesforce.wire import EventRow
from twincal.core.faults import VendorFault
from twincal.core.item import Item
from twincal.core.trees import Window
from twincal.ports import Look, Sight

OWNERS_A_QUERY = 300
SMALLEST_STRETCH = timedelta(days=1)


async def scan(org: Org, owners: Sequence[str], window: Window) -> Sight:
    """Everything these owners have inside the window. Archived rows are not shown: they are not in the calendar."""
    rows: dict[str, EventRow] = {}
    begun_at = None
    for chunk in parts(sorted(set(owners)), OWNERS_A_QUERY):
        rows |= {row.id: row for row in await _rows(org, chunk, window)}
        # The clock of the server at the *first* answer: whatever is committed later is shown by the first poll.
        begun_at = begun_at or org.client.server_time
    items: dict[str, list[Item]] = {bare(owner): [] for owner in owners}
    for row, item in await org.items(rows.values()):
        if window.meets(item):
            items.setdefault(bare(row.owner_id), []).append(item)
    looks = {owner: Look(items=tuple(items[bare(owner)]), full=True, window=window) for owner in owners}
    cursor = Cursor.starting(begun_at or org.client.clock.now(), rows.values(), org.overlap)
    return Sight(looks=looks, cursor=cursor.text())


async def _rows(org: Org, owners: Sequence[str], window: Window) -> list[EventRow]:
    """The rows; where the org finds the question too large, of half the owners or half the time at once."""
    try:
        return await org.client.query(Query(soql=_soql(org, owners, window), pages=org.pages))
    except VendorFault as fault:
        if not fault.detail.startswith("OPERATION_TOO_LARGE"):
            raise
        if len(owners) > 1:
            middle = len(owners) // 2
            return await _rows(org, owners[:middle], window) + await _rows(org, owners[middle:], window)
        if window.end - window.start <= SMALLEST_STRETCH:
            raise
    half = window.start + (window.end - window.start) / 2
    return await _rows(org, owners, Window(window.start, half)) + await _rows(org, owners, Window(half, window.end))


def _soql(org: Org, owners: Sequence[str], window: Window) -> str:
    """Timed rows by their instants, all-day rows by their dates (Object Reference, Event)."""
    timed = f"IsAllDayEvent = false AND StartDateTime < {moment(window.end)} AND EndDateTime >= {moment(window.start)}"
    whole = f"IsAllDayEvent = true AND ActivityDate <= {day(window.end)} AND EndDate >= {day(window.start)}"
    own = "IsChild = false AND IsRecurrence = false"
    owned = f"OwnerId IN {one_of_ids(owners)}"
    return select(org.columns, "Event", owned, own, f"(({timed}) OR ({whole}))", order="SystemModstamp, Id")
