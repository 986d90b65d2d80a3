"""Look: one delta round after another, each row made an item; plain calendarView where delta misbehaves."""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec
from msgspec import Struct

from twincal.connectors.graph.client import PREFER, GraphClient, segment
from twincal.connectors.graph.codec import composed, item_of
from twincal.connectors.graph.wire import PAGE, RAW_PAGE, ROW, EventRow, Page
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import Item
from twincal.core.trees import Window
from twincal.core.vocabulary import Side
from twincal.logs import log
from twincal.ports import Look, Sight

MOST_PAGES = 2_000
CURSOR_VERSION = 1


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


class Misbehaved(Exception):
    """A delta round that never ends: the same page again and again, or more pages than any calendar has."""


async def look(client: GraphClient, mailbox: str, cursor: str | None, window: Window, page_size: int) -> Sight:
    """What is new since the cursor; everything inside the window without one, or when the window has moved past it."""
    known = _cursor(cursor)
    if known is None or not known.window.covers(window):
        return await _afresh(client, mailbox, window, page_size)
    if not known.link:
        return await _plain(client, mailbox, known.window, page_size)
    try:
        rows, link = await _round(client, known.link, page_size)
    except Misbehaved:
        return await _plain(client, mailbox, known.window, page_size)
    found = await _looked(client, mailbox, rows, known.window, full=False)
    return _sight(mailbox, found, Cursor(CURSOR_VERSION, link, known.start, known.end))


async def _afresh(client: GraphClient, mailbox: str, window: Window, page_size: int) -> Sight:
    path = f"/users/{segment(mailbox)}/calendarView/delta?{_span(window)}"
    try:
        rows, link = await _round(client, path, page_size)
    except Misbehaved:
        return await _plain(client, mailbox, window, page_size)
    found = await _looked(client, mailbox, rows, window, full=True)
    return _sight(mailbox, found, Cursor(CURSOR_VERSION, link, window.start, window.end))


async def _plain(client: GraphClient, mailbox: str, window: Window, page_size: int) -> Sight:
    """The whole window by calendarView: slower, but it has no memory that could be wrong."""
    path: str | None = f"/users/{segment(mailbox)}/calendarView?{_span(window)}&$top={page_size}"
    rows: dict[str, EventRow] = {}
    for _ in range(MOST_PAGES):
        page = await _page(client, path or "", page_size)
        rows |= {row.id: row for row in page.value}
        path = page.next
        if not path:
            break
    found = Look(items=tuple(_items(rows.values())), full=True, window=window)
    return _sight(mailbox, found, Cursor(CURSOR_VERSION, "", window.start, window.end))


def _sight(mailbox: str, found: Look, cursor: Cursor) -> Sight:
    return Sight(looks={mailbox: found}, cursor=msgspec.json.encode(cursor).decode())


def _cursor(text: str | None) -> Cursor | None:
    if not text:
        return None
    try:
        found = msgspec.json.decode(text, type=Cursor)
    except msgspec.MsgspecError:
        return None
    return found if found.version == CURSOR_VERSION else None


def _span(window: Window) -> str:
    return f"startDateTime={_zulu(window.start)}&endDateTime={_zulu(window.end)}"


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _round(client: GraphClient, path: str, page_size: int) -> tuple[dict[str, EventRow], str]:
    """All rows of a round by id, the last of each id, and the link to the next round. Raises Misbehaved."""
    rows: dict[str, EventRow] = {}
    seen: set[bytes] = set()
    for _ in range(MOST_PAGES):
        page = await _page(client, path, page_size)
        for row in page.value:
            rows.pop(row.id, None)
            rows[row.id] = row
        if page.delta:
            return rows, page.delta
        digest = blake2b("\n".join(f"{row.id} {row.etag}" for row in page.value).encode(), digest_size=8).digest()
        if not page.next or (page.value and digest in seen):
            raise Misbehaved
        seen.add(digest)
        path = page.next
    raise Misbehaved


async def _page(client: GraphClient, path: str, page_size: int) -> Page:
    reply = await client.send("GET", path, headers={"Prefer": f"{PREFER}, odata.maxpagesize={page_size}"})
    try:
        return PAGE.decode(reply.body)
    except msgspec.ValidationError:
        return _row_by_row(reply.body)
    except msgspec.DecodeError as error:
        raise VendorFault(Side.EXCHANGE, FaultCode.BAD_ANSWER, "page") from error


def _row_by_row(body: bytes) -> Page:
    """A page of which at least one row is odd: the others are kept."""
    try:
        page = RAW_PAGE.decode(body)
    except msgspec.MsgspecError as error:
        raise VendorFault(Side.EXCHANGE, FaultCode.BAD_ANSWER, "page") from error
    rows = []
    for raw in page.value:
        try:
            rows.append(ROW.decode(raw))
        except msgspec.MsgspecError:
            log().warning("row skipped", reason="not an event")
    return Page(rows, page.next, page.delta)


async def _looked(client: GraphClient, mailbox: str, rows: dict[str, EventRow], window: Window, *, full: bool) -> Look:
    gone = tuple(row.id for row in rows.values() if row.removed is not None)
    shown = [row for row in rows.values() if row.removed is None]
    masters = {row.id: row for row in shown if row.type == "seriesMaster"}
    instances = [row for row in shown if row.type != "seriesMaster"]
    for missing in {row.series_master_id for row in instances if row.bare and row.series_master_id} - masters.keys():
        masters[missing] = await _master(client, mailbox, missing)
    whole = [row for row in instances if not row.bare]
    whole += [composed(row, masters[row.series_master_id]) for row in instances if row.bare and row.series_master_id]
    series: dict[str, frozenset[str]] = {}
    for master in (row.id for row in shown if row.type == "seriesMaster"):
        ids = frozenset(row.id for row in instances if row.series_master_id == master)
        if not ids:
            again = await _instances(client, mailbox, master, window)
            whole += again
            ids = frozenset(row.id for row in again)
        series[master] = ids
    return Look(items=tuple(_items(whole)), gone=gone, series=series, full=full, window=window)


def _items(rows: Iterable[EventRow]) -> Iterable[Item]:
    for row in rows:
        try:
            yield item_of(row)
        except (ValueError, OverflowError):
            log().warning("row skipped", reason="no usable times")


async def _master(client: GraphClient, mailbox: str, master: str) -> EventRow:
    reply = await client.send("GET", f"/users/{segment(mailbox)}/events/{segment(master)}")
    return ROW.decode(reply.body)


async def _instances(client: GraphClient, mailbox: str, master: str, window: Window) -> list[EventRow]:
    """Every instance of a series inside the window; none when the series has just gone."""
    path: str | None = f"/users/{segment(mailbox)}/events/{segment(master)}/instances?{_span(window)}&$top=500"
    rows: list[EventRow] = []
    try:
        while path:
            page = await _page(client, path, 500)
            rows += page.value
            path = page.next
    except VendorFault as fault:
        if fault.code is not FaultCode.GONE:
            raise
    return rows
