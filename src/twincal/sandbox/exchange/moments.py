"""Date-times on the wire of Graph: seven decimals, wall time beside a zone name, instants with Z."""

import re
from datetime import UTC, date, datetime

from twincal.sandbox.exchange.errors import GraphError, unreadable

# What Exchange says where there is no moment.
NEVER = "0001-01-01T00:00:00Z"
_SHAPE = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2}))?(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?$", re.IGNORECASE)


def parsed(text: str) -> datetime:
    """A date-time as Graph reads it; aware when the text has an offset, naive when it has none.

    Raises GraphError 400 RequestBodyRead for anything else.
    """
    shape = _SHAPE.match(text.strip())
    if shape is None:
        raise unreadable(f"Cannot convert the literal '{text}' to the expected type 'Edm.DateTimeOffset'.")
    day, minute, second, fraction, offset = shape.groups()
    plain = f"{day}T{minute or '00:00'}:{second or '00'}.{(fraction or '0')[:6].ljust(6, '0')}"
    try:
        return datetime.fromisoformat(plain + (offset or "").upper())
    except ValueError:
        raise unreadable(f"Cannot convert the literal '{text}' to the expected type 'Edm.DateTimeOffset'.") from None


def instant(text: str) -> datetime:
    """A moment of a query: an offset counts, none means UTC."""
    moment = parsed(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise GraphError(400, "ErrorInvalidRequest", f"The moment '{text}' is out of range.") from None


def wall(moment: datetime) -> str:
    """Wall time as the member `dateTime` holds it."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "0"


def stamp(moment: datetime) -> str:
    """An instant as createdDateTime and its like hold it: up to seven decimals, none when there are none."""
    plain = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return plain.rstrip("0").rstrip(".") + "Z" if "." in plain else plain + "Z"


def day(text: object) -> date:
    """A date of a recurrence range. Raises GraphError 400 RequestBodyRead."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        raise unreadable(f"Cannot convert the literal '{text}' to the expected type 'Edm.Date'.") from None
