"""Which rows a reader gets to see: the recycle bin, the archive, sharing, and the view EventWhoRelation."""

from collections.abc import Iterable, Iterator

from twincal.sandbox.salesforce.access import GRANTS, Rights
from twincal.sandbox.salesforce.records import Records
from twincal.sandbox.salesforce.schema import Sobject
from twincal.sandbox.salesforce.storage import Row

NO_ID = "000000000000000AAA"
"""The id of a row that is no record."""


def rows_of(records: Records, sobject: Sobject, ids: Iterable[str] | None, rights: Rights) -> Iterable[Row]:
    """Rows of an object, all or those with these ids. EventWhoRelation is a view of the related people,
    UserPermissionAccess one of what whoever asks may do."""
    if sobject.name == "UserPermissionAccess":
        return [{"Id": NO_ID, "IsDeleted": False, **{column: rights.may(name) for name, column in GRANTS.items()}}]
    if sobject.name == "EventWhoRelation":
        rows = records.storage["EventRelation"].rows
        chosen = rows.values() if ids is None else (rows[each] for each in ids if each in rows)
        return (_who_relation(records, row) for row in chosen if row["IsParent"] and not row["IsWhat"])
    rows = records.storage[sobject.name].rows
    if ids is None:
        return list(rows.values())
    return [rows[each] for each in ids if each in rows]


def _who_relation(records: Records, row: Row) -> Row:
    return {**row, "Type": records.owner_table(row["RelationId"])}


def visible(records: Records, sobject: Sobject, rows: Iterable[Row], rights: Rights, *, everything: bool) -> Iterator[Row]:
    """Those a user's query finds: `query` hides deleted and archived rows, `queryAll` shows both until the bin is emptied."""
    everyone = rights.may("ViewAllData")
    for row in rows:
        if row["IsDeleted"]:
            if not everything or row.get("_Emptied"):
                continue
        elif not everything and row.get("IsArchived"):
            continue
        if everyone or sees(records, sobject, row, rights):
            yield row


def sees(records: Records, sobject: Sobject, row: Row, rights: Rights) -> bool:
    """Whether sharing shows a row to a user. Relations are seen by those who see the event."""
    if sobject.name == "Event":
        return rights.sees_event(row)
    if sobject.name in {"EventRelation", "EventWhoRelation"}:
        event = records.storage["Event"].rows.get(row["EventId"])
        return event is not None and rights.sees_event(event)
    return True
