"""Time zone names as Exchange takes and gives them: Windows names, IANA names, and the odd ones of custom zones."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

from twincal.sandbox.exchange.errors import GraphError

# Names under which Outlook stores a zone that it could not name; rules come from the mailbox's own zone.
CUSTOM = {"tzone://microsoft/custom", "customized time zone"}
UTC_NAMES = {"utc", "tzone://microsoft/utc", "coordinated universal time", "etc/utc", "z"}
_WINDOWS = {name.casefold(): iana for name, iana in win_tz.items()}


def zone_named(name: str, *, own: str = "UTC") -> tzinfo:
    """The rules behind a zone name; `own` is the mailbox's zone, which stands in for custom zones.

    Raises GraphError 400 TimeZoneNotSupportedException for a name that is in no table.
    """
    key = name.casefold()
    if key in UTC_NAMES:
        return UTC
    if key in CUSTOM:
        return UTC if own.casefold() in CUSTOM else zone_named(own)
    try:
        return ZoneInfo(_WINDOWS.get(key, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise GraphError(
            400,
            "TimeZoneNotSupportedException",
            f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'.",
        ) from None


def windows_names() -> list[str]:
    """The zone names a mailbox supports in Windows form."""
    return sorted({*win_tz, "UTC"})


def iana_names() -> list[str]:
    """The zone names a mailbox supports in IANA form: one for each Windows zone."""
    return sorted({*win_tz.values(), "UTC"})
