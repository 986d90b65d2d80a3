"""Zone names, Windows' and IANA's, by CLDR's table; a name nobody knows is UTC rather than a lost item."""

from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from tzlocal.windows_tz import tz_win, win_tz

UTC_NAMES = frozenset({"UTC", "tzone://Microsoft/Utc", "Z", "Etc/UTC"})
_BY_LOWER = {name.lower(): iana for name, iana in win_tz.items()}


@lru_cache(maxsize=512)
def known_zone(name: str) -> ZoneInfo | None:
    """The zone of a Windows or IANA name, whatever its case; None for an empty one, for custom names such as
    `tzone://Microsoft/Custom` or `Customized Time Zone`, and for what nobody knows."""
    if name in UTC_NAMES:
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(_BY_LOWER.get(name.lower(), name)) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        written = _iana_by_lower().get(name.lower())
        return ZoneInfo(written) if written else None


@cache
def _iana_by_lower() -> dict[str, str]:
    """IANA's names as people miswrite them: `Europe/lisbon` stands in real calendars."""
    return {name.lower(): name for name in available_timezones()}


def zone(name: str) -> ZoneInfo:
    """The zone of a name, UTC for one nobody knows."""
    return known_zone(name) or ZoneInfo("UTC")


def windows_name(iana: str) -> str:
    """The Windows name of an IANA zone, as Exchange likes to be told; the IANA name where CLDR has none."""
    return tz_win.get(iana, iana)
