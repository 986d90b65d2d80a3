"""getUpdated and getDeleted: which rows changed in a span of time. Both go by SystemModstamp."""

from datetime import datetime, timedelta

from twincal.sandbox.salesforce.errors import SalesforceError, no_type, plain
from twincal.sandbox.salesforce.moments import read_moment, write_moment
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.storage import Row
from twincal.sandbox.salesforce.visibility import sees
from twincal.sandbox.salesforce.wire.calls import Answer, Call

FURTHEST = timedelta(days=30)


def replication(org: Org, call: Call) -> Answer:
    """`/sobjects/X/updated` and `/sobjects/X/deleted` with `start` and `end`."""
    sobject = org.records.sobject(call.parts[1], 404)
    if not call.rights.reads(sobject):
        raise no_type(sobject.name, 404)
    start, end = _bounds(org, call)
    now = org.clock.now()
    earliest = now - timedelta(hours=org.quirks.delete_log_hours)
    gone = call.parts[2].lower() == "deleted"
    since = max(start, earliest) if gone else start
    table = org.records.storage[sobject.name]
    ids = table.sorted["SystemModstamp"].ids_from(table.rows, write_moment(since))
    last = write_moment(end)
    rows = [row for row in map(table.rows.__getitem__, ids) if row["SystemModstamp"] < last and row["IsDeleted"] == gone]
    rows = [row for row in rows if call.rights.may("ViewAllData") or sees(org.records, sobject, row, call.rights)]
    covered = write_moment(min(end, now))
    if not gone:
        return Answer(200, {"ids": [row["Id"] for row in rows], "latestDateCovered": covered})
    return Answer(
        200,
        {
            "deletedRecords": [_gone(row) for row in rows],
            "earliestDateAvailable": write_moment(earliest),
            "latestDateCovered": covered,
        },
    )


def _gone(row: Row) -> dict[str, str]:
    return {"id": row["Id"], "deletedDate": row.get("_Deleted") or row["SystemModstamp"]}


def _bounds(org: Org, call: Call) -> tuple[datetime, datetime]:
    start, end = (_moment(call, name) for name in ("start", "end"))
    if end - start <= timedelta(minutes=1):
        raise _refused("end date must be more than one minute after start date")
    if start < org.clock.now() - FURTHEST:
        raise _refused("start date can be 30 days in the past at most")
    return start, end


def _moment(call: Call, name: str) -> datetime:
    text = call.params.get(name)
    if text is None:
        raise plain("MISSING_ARGUMENT", f"Missing parameter: {name}")
    try:
        return read_moment(text)
    except ValueError:
        raise plain("INVALID_DATE_FORMAT", f"Invalid value for {name}: {text}") from None


def _refused(message: str) -> SalesforceError:
    return plain("INVALID_REPLICATION_DATE", message)
