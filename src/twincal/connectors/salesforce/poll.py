"""One call for the whole org: what has changed since the cursor, whoever owns it.

A Composite asks five questions at once and counts as one call (REST guide, Composite). Each goes back some minutes behind the
latest change seen, because changes are committed out of order; what was shown before is left out. Of that overlap our own
writes are not even asked for: they were read back when they were made.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from twincal.connectors.salesforce.client import Query
from twincal.connectors.salesforce.codec import is_appointment
from twincal.connectors.salesforce.cursor import STREAMS, Cursor, digest
from twincal.connectors.salesforce.org import Org
from twincal.connectors.salesforce.soql import bare, is_id, moment, record_id, select
from twincal.connectors.salesforce.wire import PERSONS, RELATIONS, EventRow
from twincal.core.faults import VendorFault
from twincal.core.item import Item
from twincal.ports import Look, Sight

_PEOPLE = ("Contact", "Lead", "User")


async def poll(org: Org, owners: Sequence[str], text: str) -> Sight:
    """What is new of these owners; only owners with news have a look. Raises VendorFault, CURSOR_EXPIRED among others."""
    try:
        cursor = Cursor.of(text, org.client.clock.now())
    except VendorFault:
        org.directory.forget_all()
        raise
    answers = await org.client.ask([_question(org, stream, cursor) for stream in STREAMS])
    server_time = org.client.server_time or org.client.clock.now()
    shown: dict[str, list[Any]] = dict(zip(STREAMS, answers, strict=True))
    fresh = {stream: [row for row in rows if digest(row) not in cursor.seen] for stream, rows in shown.items()}
    changed = await _changed_events(org, fresh, shown["Event"])
    return Sight(
        looks=await _looks(org, owners, changed),
        cursor=cursor.moved(shown, server_time, org.overlap).text(),
        addresses=org.directory.forget(row for kind in _PEOPLE for row in fresh[kind]),
    )


def _question(org: Org, stream: str, cursor: Cursor) -> Query[Any]:
    latest = cursor.position(stream)
    since = f"SystemModstamp >= {moment(latest - org.overlap)}"
    order = "SystemModstamp, Id"
    if stream in _PEOPLE:
        soql = select("Id, Email, SystemModstamp", stream, since, order=order)
        return Query(soql=soql, pages=PERSONS, everything=True, optional=True)
    conditions = [since]
    ours = org.capabilities.integration_user
    if is_id(ours):
        conditions.append(f"(SystemModstamp >= {moment(latest)} OR LastModifiedById != {record_id(ours)})")
    if stream == "Event":
        return Query(soql=select(org.columns, stream, *conditions, order=order), pages=org.pages, everything=True)
    soql = select("Id, EventId, RelationId, SystemModstamp", stream, *conditions, order=order)
    return Query(soql=soql, pages=RELATIONS, everything=True)


async def _changed_events(org: Org, fresh: Mapping[str, list[Any]], shown: Iterable[EventRow]) -> list[EventRow]:
    """Events that changed, and those whose relations did: an invitee's change need not touch the event itself."""
    known = {bare(row.id): row for row in shown}
    changed = {bare(row.id): row for row in fresh["Event"]}
    touched = {bare(relation.event_id) for relation in fresh["EventRelation"] if is_id(relation.event_id)}
    changed |= {event: known[event] for event in touched & known.keys()}
    unread = touched - known.keys()
    if unread:
        changed |= {bare(row.id): row for row in await org.rows(unread)}
    return list(changed.values())


async def _looks(org: Org, owners: Sequence[str], changed: Iterable[EventRow]) -> dict[str, Look]:
    """The changes by owner. Archived rows are neither shown nor gone: archiving deletes nothing."""
    asked = {bare(owner): owner for owner in owners}
    rows = [row for row in changed if bare(row.owner_id) in asked and is_appointment(row)]
    items: dict[str, list[Item]] = {}
    gone: dict[str, list[str]] = {}
    for row, item in await org.items(row for row in rows if not (row.is_deleted or row.is_archived)):
        items.setdefault(asked[bare(row.owner_id)], []).append(item)
    for row in rows:
        if row.is_deleted:
            gone.setdefault(asked[bare(row.owner_id)], []).append(row.id)
    return {
        owner: Look(items=tuple(items.get(owner, ())), gone=tuple(gone.get(owner, ())))
        for owner in sorted(items.keys() | gone.keys())
    }
