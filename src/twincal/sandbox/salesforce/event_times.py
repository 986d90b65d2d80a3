"""Start, end, duration and their twins. Object Reference, Event: what may be sent together, and what follows from what.

Of a timed event ActivityDateTime, ActivityDate, EndDate and the missing one of EndDateTime and DurationInMinutes are
derived. An all-day event is a pair of dates: StartDateTime and EndDateTime carry midnight UTC of the first and of the
*last* day, the duration counts whole days. Without multiday events 1,440 minutes are the limit, with them 14 days.
"""

from typing import Any

from twincal.sandbox.salesforce.errors import SalesforceError, integrity
from twincal.sandbox.salesforce.moments import midnight, minutes_between, shifted
from twincal.sandbox.salesforce.options import OrgOptions, SalesforceQuirks
from twincal.sandbox.salesforce.storage import Row

DAY = 1440
STARTS = ("StartDateTime", "ActivityDateTime", "ActivityDate")
TIMES = {*STARTS, "EndDateTime", "DurationInMinutes", "IsAllDayEvent"}


def settle_times(row: Row, sent: Row, options: OrgOptions, quirks: SalesforceQuirks) -> None:
    """Completes the times of `row` (what was stored, with what was sent on top). Raises SalesforceError on contradiction."""
    if row.get("IsAllDayEvent"):
        _all_day(row, sent, options, quirks)
    else:
        _timed(row, sent, options)


def _start(row: Row, sent: Row) -> str:
    given = [(name, sent[name]) for name in STARTS if sent.get(name)]
    stored = row.get("_Start")
    if not given and stored is None:
        missing = [name for name in ("DurationInMinutes", "ActivityDateTime") if not sent.get(name)]
        raise SalesforceError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
    if not given:
        return str(stored)
    first = str(given[0][1])
    if given[0][0] == "ActivityDate":
        return midnight(first) if row.get("IsAllDayEvent") or stored is None else first[:10] + stored[10:]
    for name, value in given[1:]:
        if (value != first) if name == "ActivityDateTime" else (value != first[:10]):
            raise integrity(f"{name} must be null or match StartDateTime", name)
    return first


def _limit(options: OrgOptions) -> int:
    return 14 * DAY if options.multiday_events else DAY


def _refuse_length(sent: Row, options: OrgOptions) -> SalesforceError:
    field = "DurationInMinutes" if sent.get("DurationInMinutes") is not None else "EndDateTime"
    return integrity(f"Duration must be between 0 and {_limit(options)} minutes: Duration", field)


def _timed(row: Row, sent: Row, options: OrgOptions) -> None:
    start = _start(row, sent)
    end, duration = sent.get("EndDateTime"), sent.get("DurationInMinutes")
    if end is None and duration is None:
        duration = row.get("DurationInMinutes")
        if duration is None or "_Start" not in row:
            raise SalesforceError(
                "REQUIRED_FIELD_MISSING", "Required fields are missing: [DurationInMinutes]", ["DurationInMinutes"]
            )
    if end is not None:
        counted = minutes_between(start, end)
        if duration is not None and duration != counted:
            raise integrity("DurationInMinutes must agree with StartDateTime and EndDateTime", "DurationInMinutes")
        duration = counted
    if not 0 <= int(duration or 0) <= _limit(options) or (end is not None and end < start):
        raise _refuse_length(sent, options)
    end = end if end is not None else shifted(start, minutes=int(duration or 0))
    _write(row, start, end, int(duration or 0), start)


def _all_day(row: Row, sent: Row, options: OrgOptions, quirks: SalesforceQuirks) -> None:
    start = _date(_start(row, sent), "StartDateTime", sent, quirks)
    end, duration = sent.get("EndDateTime"), sent.get("DurationInMinutes")
    if end is not None:
        last = _date(end, "EndDateTime", sent, quirks)
        days = minutes_between(start, last) // DAY + 1
        if duration is not None and _days(duration) != days:
            raise integrity("DurationInMinutes must agree with StartDateTime and EndDateTime", "DurationInMinutes")
    else:
        days = _days(duration if duration is not None else row.get("DurationInMinutes") or DAY)
    if not 1 <= days <= _limit(options) // DAY:
        raise _refuse_length(sent, options)
    moment = start if quirks.all_day_moment else None
    _write(row, start, shifted(start, days=days - 1), days * DAY, moment)


def _days(duration: int) -> int:
    return max(-(-int(duration) // DAY), 1) if duration >= 0 else 0


def _date(moment: str, field: str, sent: Row, quirks: SalesforceQuirks) -> str:
    if moment[10:] != "T00:00:00.000+0000" and not quirks.all_day_truncates and field in sent:
        raise integrity("All-day events start and end at midnight UTC", field)
    return midnight(moment)


def _write(row: Row, start: str, end: str, duration: int, moment: str | None) -> None:
    changes: dict[str, Any] = {
        "StartDateTime": start,
        "EndDateTime": end,
        "DurationInMinutes": duration,
        "ActivityDateTime": moment,
        "ActivityDate": start[:10],
        "EndDate": end[:10],
        "_Start": start,
    }
    row.update(changes)
