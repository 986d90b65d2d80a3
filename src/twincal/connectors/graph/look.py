"""Look: one delta round after another, each row made an item; plain calendarView where delta misbehaves.

A round is a list of what to look at again, not a list of changes (Graph, delta query for events): occurrences are bare rows,
a series comes whole or is read whole, a tombstone is a claim about something we may never have seen.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from twincal.connectors.decoding import UNREADABLE
from twincal.connectors.graph.batch import Call, readings
from twincal.connectors.graph.client import GraphClient, segment
from twincal.connectors.graph.codec import item_of, sibling_of, whole
from twincal.connectors.graph.pages import Misbehaved, items, page_of, pages, skipped
from twincal.connectors.graph.wire import EventRow
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import Item
from twincal.core.trees import Window
from twincal.core.vocabulary import Side
from twincal.ports import Look, Sight

CURSOR_VERSION = 1
SERIES_PAGE = 500


class Cursor(Struct, frozen=True):
    """Where to continue: the delta link with the window that is frozen in it; no link where delta misbehaved."""

    version: int
    link: str
    start: datetime
    end: datetime

    @property
    def window(self) -> Window:
        """The window that is read."""
        return Window(self.start, self.end)


async def look(client: GraphClient, mailbox: str, cursor: str | None, window: Window, page_size: int) -> Sight:
    """What is new since the cursor; everything inside the window without one.

    Raises VendorFault CURSOR_EXPIRED also when the window has moved past the one that is frozen in the cursor: the caller
    knows how much room a fresh round should have.
    """
    known = _cursor(cursor)
    if known is not None and not known.window.covers(window):
        raise VendorFault(Side.EXCHANGE, FaultCode.CURSOR_EXPIRED, "the window has moved on")
    window = known.window if known else window
    link = known.link if known else ""
    fresh = not link
    path = link or f"/users/{segment(mailbox)}/calendarView/delta?{_span(window)}"
    try:
        rows, following = await _round(client, path, page_size)
    except Misbehaved:
        return await _plain(client, mailbox, window, page_size)
    except VendorFault as fault:
        if fault.code is not FaultCode.GONE:
            raise
        raise VendorFault(Side.EXCHANGE, FaultCode.MAILBOX_UNREACHABLE, fault.detail) from fault  # it is no item that was asked for
    return _sight(mailbox, await _looked(client, mailbox, rows, window, full=fresh), following, window)


async def _plain(client: GraphClient, mailbox: str, window: Window, page_size: int) -> Sight:
    """The whole window by calendarView: slower, but it has no memory that could be wrong. The next look tries delta again."""
    path = f"/users/{segment(mailbox)}/calendarView?{_span(window)}&$top={page_size}"
    rows: dict[str, EventRow] = {}
    try:
        async for page in pages(client, path, page_size):
            rows |= {row.id: row for row in page.value}
    except Misbehaved as endless:
        raise VendorFault(Side.EXCHANGE, FaultCode.BAD_ANSWER, "calendarView without end") from endless
    found = [item for item in items(client, rows.values()) if window.meets(item)]
    series: dict[str, set[str]] = {}
    for row in rows.values():
        series.setdefault(row.series_master_id or "", set()).add(row.id)
    whole = {master: frozenset(ids) for master, ids in series.items() if master}
    return _sight(mailbox, Look(items=tuple(found), series=whole, full=True, window=window), "", window)


def _sight(mailbox: str, found: Look, link: str, window: Window) -> Sight:
    cursor = Cursor(CURSOR_VERSION, link, window.start, window.end)
    return Sight(looks={mailbox: found}, cursor=msgspec.json.encode(cursor).decode())


def _cursor(text: str | None) -> Cursor | None:
    if not text:
        return None
    try:
        found = msgspec.json.decode(text, type=Cursor)
        serves = found.version == CURSOR_VERSION and found.start < found.end and found.start.tzinfo is not None
    except (*UNREADABLE, UnicodeEncodeError, TypeError):
        return None
    return found if serves else None


def _span(window: Window) -> str:
    return f"startDateTime={zulu(window.start)}&endDateTime={zulu(window.end)}"


def zulu(moment: datetime) -> str:
    """A moment as a query parameter."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _round(client: GraphClient, path: str, page_size: int) -> tuple[dict[str, EventRow], str]:
    """All rows of a round by id, the last of each id, and the link to the next round. Raises Misbehaved."""
    rows: dict[str, EventRow] = {}
    async for page in pages(client, path, page_size):
        for row in page.value:
            rows.pop(row.id, None)
            rows[row.id] = row
        if page.delta:
            return rows, page.delta
    raise Misbehaved


async def _looked(client: GraphClient, mailbox: str, rows: dict[str, EventRow], window: Window, *, full: bool) -> Look:
    gone = [row.id for row in rows.values() if row.removed is not None]
    shown = [row for row in rows.values() if row.removed is None]
    masters = {row.id: row for row in shown if row.type == "seriesMaster"}
    instances = [row for row in shown if row.type != "seriesMaster"]
    in_series: dict[str, list[EventRow]] = {master: [] for master in masters}
    for row in instances:
        if row.series_master_id:
            in_series.setdefault(row.series_master_id, []).append(row)
    # Only a master and instances together are a whole series; what came alone is read whole.
    partial = [master for master, members in in_series.items() if not members or master not in masters]
    again = await _instances(client, mailbox, partial, window)
    found: list[Item] = list(items(client, (row for row in instances if not row.series_master_id)))
    series: dict[str, frozenset[str]] = {}
    for master, members in in_series.items():
        read = again.get(master, members)
        if read is None:
            gone.append(master)
            read = []
        found += items(client, read) if master in again else _members(client, masters[master], read)
        series[master] = frozenset(row.id for row in read)
    inside = [item for item in found if window.meets(item)]
    gone += [item.id for item in found if not window.meets(item)]
    return Look(items=tuple(inside), gone=tuple(gone), series=series, full=full, window=window)


def _members(client: GraphClient, master: EventRow, members: Sequence[EventRow]) -> Iterable[Item]:
    """The instances of a series that came whole: exceptions speak for themselves, occurrences are what the master says."""
    first: Item | None = None
    for row in members:
        try:
            if not row.bare:
                yield item_of(row)
            elif first is None:
                first = item_of(whole(row, master))
                yield first
            else:
                yield sibling_of(first, row)
        except (ValueError, OverflowError):
            skipped(client, row.id.encode(), "no usable times")


async def _instances(client: GraphClient, mailbox: str, masters: Sequence[str], window: Window) -> dict[str, list[EventRow] | None]:
    """Every instance of these series inside the window; None for a series that has just gone."""
    place = f"/users/{segment(mailbox)}/events"
    paths = [f"{place}/{segment(master)}/instances?{_span(window)}&$top={SERIES_PAGE}" for master in masters]
    answers = await readings(client, [Call(method="GET", path=path) for path in paths])
    found: dict[str, list[EventRow] | None] = {}
    for master, answer in zip(masters, answers, strict=True):
        if answer.fault is not None:
            if answer.fault.code is not FaultCode.GONE:
                raise answer.fault
            found[master] = None
            continue
        page = page_of(client, answer.body)
        rows = list(page.value)
        if page.next:
            try:
                async for further in pages(client, page.next, SERIES_PAGE):
                    rows += further.value
            except Misbehaved as endless:
                raise VendorFault(Side.EXCHANGE, FaultCode.BAD_ANSWER, "instances without end") from endless
        found[master] = rows
    return found
