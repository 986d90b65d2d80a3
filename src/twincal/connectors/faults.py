"""What the connectors share about failing: how long to wait before something is tried again."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 86_400.0
"""Seconds: nobody is kept away for longer by a header."""


def pause_asked(retry_after: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` asks for, told in seconds or as a date (RFC 9110, 10.2.3); None where it says nothing.

    `now` is the moment by the host's own clock where it is known (its `Date`), else by ours; aware.
    """
    text = (retry_after or "").strip()
    if not text:
        return None
    try:
        return min(max(0.0, float(text)), LONGEST)
    except ValueError:
        return _until(text, now)


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max(0.0, (moment - now).total_seconds()), LONGEST)
    except (ValueError, TypeError, OverflowError):
        return None


def pause_before(attempt: int, asked: float | None, jitter: Callable[[], float], longest: float) -> float:
    """Seconds to wait before the attempt after this one (the first is 1): never less than was asked for, otherwise twice as
    long each time up to `longest`; with a draw between 0 and 1 on top, so that many do not come back at one moment."""
    least = asked if asked is not None else min(2.0 ** (attempt - 1), longest)
    return least + jitter() * 0.5
