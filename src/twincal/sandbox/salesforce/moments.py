"""Times as REST writes them: UTC, whole seconds, an offset without a colon. In this form their text sorts as time does."""

import re
from datetime import UTC, date, datetime, timedelta

from twincal.sandbox.salesforce.errors import plain

DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?\Z")


def write_moment(moment: datetime) -> str:
    """`2026-11-24T09:30:00.000+0000`; naive input counts as UTC, fractions of a second are cut."""
    at = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{at.year:04}-{at.month:02}-{at.day:02}T{at.hour:02}:{at.minute:02}:{at.second:02}.000+0000"


def read_moment(text: str) -> datetime:
    """The aware moment in UTC that a written one means; ValueError when it means none."""
    if DATE.match(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    if not MOMENT.match(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment_value(value: object, field: str) -> str:
    """A datetime column's value from JSON, in the form that is stored; JSON_PARSER_ERROR otherwise."""
    if isinstance(value, datetime):
        return write_moment(value)
    try:
        return write_moment(read_moment(value)) if isinstance(value, str) else _refuse("datetime", value, field)
    except (ValueError, OverflowError):
        return _refuse("datetime", value, field)


def date_value(value: object, field: str) -> str:
    """A date column's value from JSON; of a moment the UTC date counts."""
    if isinstance(value, datetime):
        return write_moment(value)[:10]
    if isinstance(value, date):
        return value.isoformat()
    try:
        return write_moment(read_moment(value))[:10] if isinstance(value, str) else _refuse("date", value, field)
    except (ValueError, OverflowError):
        return _refuse("date", value, field)


def _refuse(kind: str, value: object, field: str) -> str:
    raise plain(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from VALUE_STRING value {value} "
        f"or request may be missing a required field: {field}",
    )


def shifted(moment: str, *, days: int = 0, minutes: int = 0) -> str:
    """A stored moment moved by so many days and minutes."""
    return write_moment(read_moment(moment) + timedelta(days=days, minutes=minutes))


def midnight(day: str) -> str:
    """The stored moment that stands for a calendar date of an all-day event."""
    return f"{day[:10]}T00:00:00.000+0000"


def minutes_between(start: str, end: str) -> int:
    """Whole minutes from one stored moment to another, rounded down."""
    return int((read_moment(end) - read_moment(start)).total_seconds() // 60)
