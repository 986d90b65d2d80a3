"""Reading by id and by mark: what stands there now, and what may be said of that which does not."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from twincal.connectors.salesforce.client import Query, decoded
from twincal.connectors.salesforce.codec import is_appointment, noted
from twincal.connectors.salesforce.columns import KEY_FIELD
from twincal.connectors.salesforce.org import Org
from twincal.connectors.salesforce.soql import bare, day, is_id, moment, one_of, parts, record_id, select
from twincal.connectors.salesforce.wire import DELETED, EventRow
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.fields import SUBJECT_LIMIT, fitted
from twincal.core.item import AllDay, Item
from twincal.core.writes import Absent, Write

MARKS_A_QUERY = 500
LOGGED = timedelta(days=14)
"""getDeleted reaches back 15 days (REST guide, Get Deleted); a day is left for clocks."""
SAME_MOMENT = timedelta(seconds=1)


async def read(org: Org, owner: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
    """Each id as it is now.

    A row in the recycle bin is deleted. An archived row is absent but not deleted: plain queries do not show it, `queryAll`
    does (SOAP guide, queryAll). An id nothing is found of is deleted only when getDeleted names it; a missing permission
    looks just the same.
    """
    rows = {bare(row.id): row for row in await org.rows(record for record in ids if is_id(record))}
    items = await org.items_by_id(list(rows.values()))
    unseen = [record for record in ids if bare(record) not in rows]
    log = await _deletions(org) if any(is_id(record) for record in unseen) else {}
    answers: dict[str, Item | Absent] = {
        record: Absent(record, deleted=bare(record) in log, at=log.get(bare(record))) for record in unseen
    }
    for record in ids:
        row = rows.get(bare(record))
        if row is not None:
            answers[record] = _answer(record, row, items.get(row.id), owner)
    return answers


async def find(org: Org, owner: str, marks: Sequence[str]) -> Mapping[str, tuple[Item | Absent, ...]]:
    """Events that carry these marks, in the calendar or in the recycle bin; nothing where the org has no field for them."""
    if not org.capabilities.key_field:
        return {}
    found: dict[str, list[Item | Absent]] = {}
    for chunk in parts(sorted(set(marks)), MARKS_A_QUERY):
        soql = select(org.columns, "Event", f"{KEY_FIELD} IN {one_of(chunk)}")
        rows = await org.client.query(Query(soql=soql, pages=org.pages, everything=True))
        items = await org.items_by_id(rows)
        for row in rows:
            # The field may have been made without regard to case; marks are lower case, and exact.
            mark = row.mark or ""
            if mark in chunk and is_appointment(row):
                found.setdefault(mark, []).append(_answer(row.id, row, items.get(row.id), owner))
    return {mark: tuple(answers) for mark, answers in found.items()}


async def find_alike(org: Org, owner: str, write: Write, since: datetime) -> tuple[Item, ...]:
    """Events of this owner that our own account created since, with the subject and start of this write."""
    times, subject = write.values.times, write.values.subject
    ours = org.capabilities.integration_user
    if not (isinstance(subject, str) and times and is_id(owner) and is_id(ours)):
        return ()
    if isinstance(times, AllDay):
        begins = f"IsAllDayEvent = true AND ActivityDate = {day(times.first)}"
    else:
        begins = f"IsAllDayEvent = false AND StartDateTime = {moment(times.start)}"
    by_us = f"CreatedById = {record_id(ours)} AND CreatedDate >= {moment(since)}"
    soql = select(org.columns, "Event", f"OwnerId = {record_id(owner)}", begins, by_us)
    items = await org.items(await org.client.query(Query(soql=soql, pages=org.pages)))
    wanted = fitted(subject, SUBJECT_LIMIT)
    return tuple(item for _, item in items if item.subject == wanted)


def is_of(owner: str, row: EventRow) -> bool:
    """Does this row lie in the owner's calendar?"""
    return not owner or bare(row.owner_id) == bare(owner)


def _answer(record: str, row: EventRow, item: Item | None, owner: str) -> Item | Absent:
    changed_at = noted(row.last_modified_date)
    if row.is_deleted:
        deleted_at = noted(row.system_modstamp)
        by = (row.last_modified_by_id or "") if _told_by_deletion(changed_at, deleted_at) else ""
        return Absent(record, deleted=True, by=by, at=deleted_at, changed_at=changed_at, item=item)
    if item is None or row.is_archived or not is_of(owner, row):
        return Absent(record, deleted=False, changed_at=changed_at, item=item)
    return item


def _told_by_deletion(changed_at: datetime | None, deleted_at: datetime | None) -> bool:
    """Was the last editor noted by the deletion itself? If not, it is somebody who merely edited the row before."""
    return changed_at is not None and (deleted_at is None or deleted_at - changed_at <= SAME_MOMENT)


async def _deletions(org: Org) -> dict[str, datetime]:
    """The log of deletions, hard ones included, as far as it is still there; what it cannot tell, nobody knows."""
    now = org.client.server_time or org.client.clock.now()
    span = {"start": (now - LOGGED).isoformat(timespec="seconds"), "end": now.isoformat(timespec="seconds")}
    try:
        reply = await org.client.get(f"sobjects/Event/deleted/?{urlencode(span)}")
    except VendorFault as fault:
        if fault.code in (FaultCode.BAD_REQUEST, FaultCode.PERMISSION_MISSING, FaultCode.GONE):
            return {}
        raise
    rows = decoded(DELETED, reply.body).deleted_records
    return {bare(row.id): noted(row.deleted_date) or now for row in rows}
