"""Rounds of calendarView/delta: what Exchange shows as changed, cut into pages.

A round is a list of things to read again, not a feed of changes: a changed series comes whole, a deleted instance is
not announced, a tombstone holds only an id, and what lies outside the window shows up as removed.
"""

from datetime import datetime

from twincal.sandbox.exchange.item import Item, Ref
from twincal.sandbox.exchange.mailbox import Mailbox
from twincal.sandbox.exchange.pages import Round, Row
from twincal.sandbox.exchange.quirks import ExchangeQuirks

# Rounds a mailbox remembers so that a page can be asked for again.
REMEMBERED = 64
LARGEST_PAGE = 1000


def begin(
    mailbox: Mailbox,
    quirks: ExchangeQuirks,
    *,
    window: tuple[datetime, datetime],
    folder: str,
    since: int | None,
    now: int,
    size: int,
) -> int:
    """Start a round (`since` None: the first one) and return its number in the mailbox."""
    upper = _reach(mailbox, quirks, since, now)
    start, end = window
    if since is None:
        groups = _everything(mailbox, start, end, folder, quirks)
    else:
        groups = _changes(mailbox, quirks, (start, end), folder, (since, upper))
    groups += _false_tombstones(mailbox, folder, quirks)
    number = max(mailbox.rounds, default=0) + 1
    mailbox.rounds[number] = Round(start, end, folder, upper, _pages(groups, size, quirks))
    while len(mailbox.rounds) > REMEMBERED:
        del mailbox.rounds[min(mailbox.rounds)]
    return number


def _reach(mailbox: Mailbox, quirks: ExchangeQuirks, since: int | None, now: int) -> int:
    """Up to which version a round tells: with a lag, only what was known so many rounds ago."""
    mailbox.marks.append(now)
    del mailbox.marks[:-50]
    lag = quirks.delta_lag_rounds
    if since is None or lag <= 0:
        return now
    known = mailbox.marks[-1 - lag] if len(mailbox.marks) > lag else since
    return max(since, known)


def _named(item: Item, names: list[str]) -> bool:
    return bool(names) and bool({item.id, item.immutable_id, item.fields.get("subject")}.intersection(names))


def _withheld(item: Item, quirks: ExchangeQuirks) -> bool:
    return _named(item, quirks.withheld) or _named(item, quirks.delta_false_tombstones)


def _false_tombstones(mailbox: Mailbox, folder: str, quirks: ExchangeQuirks) -> list[list[Row]]:
    living = (item for item in mailbox.listing(folder) if _named(item, quirks.delta_false_tombstones))
    return [[Row(None, removed=(item.immutable_id, item.id))] for item in living]


def _rows(item: Item, start: datetime, end: datetime) -> list[Row]:
    if item.series is None:
        return [Row(Ref(item))] if item.span.touches(start, end) else []
    slots = item.series.instances(start, end)
    rows = [Row(Ref(item, slot), bare=slot not in item.series.departures) for slot in slots]
    return [Row(Ref(item)), *rows] if rows else []


def _everything(mailbox: Mailbox, start: datetime, end: datetime, folder: str, quirks: ExchangeQuirks) -> list[list[Row]]:
    items = (item for item in mailbox.listing(folder) if not _withheld(item, quirks))
    return [rows for item in items if (rows := _rows(item, start, end))]


def _changes(
    mailbox: Mailbox,
    quirks: ExchangeQuirks,
    window: tuple[datetime, datetime],
    folder: str,
    versions: tuple[int, int],
) -> list[list[Row]]:
    since, upper = versions
    groups: list[tuple[int, list[Row]]] = []
    for item in mailbox.listing(folder):
        if not since < item.version <= upper or _withheld(item, quirks):
            continue
        rows = _rows(item, *window)
        if not rows and (quirks.delta_outsiders_removed or item.created_version <= since):
            rows = [Row(None, removed=(item.immutable_id, item.id))]
        if rows:
            groups.append((item.version, rows))
    for gone in mailbox.gone.values():
        if since < gone.version <= upper:
            groups.append((gone.version, [Row(None, removed=(gone.immutable_id, gone.id))]))
    return [rows for _, rows in sorted(groups, key=lambda group: group[0])]


def _pages(groups: list[list[Row]], size: int, quirks: ExchangeQuirks) -> tuple[tuple[Row, ...], ...]:
    pages: list[tuple[Row, ...]] = []
    page: list[Row] = []
    for group in groups:
        if page and len(page) + len(group) > size:
            pages.append(tuple(page))
            page = []
        page.extend(group)
    pages.append(tuple(page))
    if quirks.delta_repeats_rows and pages[0]:
        pages[-1] = (*pages[-1], pages[0][0])
    if quirks.delta_empty_pages:
        pages = [each for full in pages for each in ((), full)]
    if 0 < quirks.delta_lost_page <= len(pages):
        pages[quirks.delta_lost_page - 1] = ()
    return tuple(pages)
