"""Zone names, Windows' and IANA's, by CLDR's table; a name nobody knows is UTC rather than a lost item."""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

UTC_NAMES = frozenset({"", "UTC", "tzone://Microsoft/Utc", "Z", "Etc/UTC"})


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The zone of a Windows or IANA name; UTC for custom names such as `tzone://Microsoft/Custom` and for unknown ones."""
    if name in UTC_NAMES:
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(win_tz.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
