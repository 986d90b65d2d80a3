"""How rows of the history are sorted, searched, folded and paged: by columns of their own beside the packed row, so that a page
costs the same whether a person has a hundred rows or a hundred thousand."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from twincal.core.decision import Entry
from twincal.core.listing import Sort, Wanted
from twincal.core.matching import Standing
from twincal.store.packing import key_bytes, seconds, series_reference
from twincal.store.tables import history

TEXTS = ("subject", "organizer", "participants", "matched", "related_to")
COLUMN: dict[Sort, ColumnElement[Any]] = {
    **{Sort(name): history.c[name] for name in TEXTS},
    Sort.START: history.c.starts,
    Sort.END: history.c.ends,
    Sort.ORIGIN: history.c.origin,
    Sort.CODE: history.c.code,
    Sort.FIRST_SEEN: history.c.first_seen,
    Sort.LAST_ATTEMPT: history.c.last_attempt,
    Sort.ATTEMPTS: history.c.attempts,
    Sort.NEXT_ATTEMPT: history.c.next_attempt,
    Sort.RETRY_ENDS: history.c.retry_ends,
}


def shelved(entry: Entry) -> dict[str, Any]:
    """The columns of a row that it is sorted, searched and folded by."""
    return {
        "starts": _second(entry.start),
        "ends": _second(entry.end),
        "origin": entry.origin.value,
        "attempts": entry.attempts,
        "retry_ends": _second(entry.retry_ends),
        "subject": entry.subject.casefold(),
        "organizer": entry.organizer.casefold(),
        "participants": " ".join(one.address for one in entry.participants).casefold(),
        "matched": ", ".join(record.name for record in entry.matched).casefold(),
        "related_to": entry.related_to.casefold(),
        "waiting": " ".join(one.address for one in entry.participants if one.verdict == Standing.UNMATCHED.value),
        "series": series_reference(entry.series) if entry.series else None,
    }


def _second(moment: date | datetime | None) -> int | None:
    if moment is None:
        return None
    whole = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return seconds(whole)


def page(columns: tuple[Any, ...], who: int, wanted: Wanted, anchor: Any) -> Select[Any]:
    """The rows of one page. `anchor` is the value in the sorted column of the row that the page stands behind."""
    column = COLUMN[wanted.sort]
    order = (column.desc(), history.c.key.desc()) if wanted.descending else (column, history.c.key)
    keys = select(history.c.key).where(*_filters(who, wanted)).order_by(*order)
    if wanted.after is not None:
        keys = keys.where(_behind(column, anchor, key_bytes(wanted.after), descending=wanted.descending))
    if wanted.limit is None:
        return keys.with_only_columns(*columns)
    # Keys are sorted first and whole rows read afterwards: a sort that carried every row along would cost several times as much.
    return select(*columns).where(history.c.person == who, history.c.key.in_(keys.limit(wanted.limit))).order_by(*order)


def anchor_of(connection: Connection, who: int, wanted: Wanted) -> Any:
    """The value that a page continues behind."""
    if wanted.after is None:
        return None
    where = (history.c.person == who, history.c.key == key_bytes(wanted.after))
    return connection.scalar(select(COLUMN[wanted.sort]).where(*where))


def size(connection: Connection, who: int, wanted: Wanted) -> int:
    """How many rows there are on all pages."""
    return connection.scalar(select(func.count()).select_from(history).where(*_filters(who, wanted))) or 0


def _behind(column: ColumnElement[Any], anchor: Any, key: bytes, *, descending: bool) -> ColumnElement[bool]:
    """Rows behind this one. Rows without a value stand first, as SQLite sorts them."""
    there = history.c.key < key if descending else history.c.key > key
    if anchor is None:
        level = and_(column.is_(None), there)
        return level if descending else or_(level, column.is_not(None))
    level = and_(column == anchor, there)
    return or_(column < anchor, column.is_(None), level) if descending else or_(column > anchor, level)


def _filters(who: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [history.c.person == who]
    if wanted.tab is not None:
        found.append(history.c.tab == wanted.tab.value)
    if wanted.code is not None:
        found.append(history.c.code == wanted.code)
    if wanted.search:
        part = wanted.search.casefold()
        found.append(or_(*(history.c[name].contains(part, autoescape=True) for name in TEXTS)))
    return found
