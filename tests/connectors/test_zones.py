"""Zone names as Exchange tells them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest

from twincal.connectors.zones import UTC_NAMES, known_zone, windows_name, zone

SUMMER, WINTER = datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "summer", "winter"),
    [
        ("W. Europe Standard Time", 2, 1),
        ("Pacific Standard Time", -7, -8),
        ("India Standard Time", 5.5, 5.5),
        ("AUS Eastern Standard Time", 10, 11),
        ("Line Islands Standard Time", 14, 14),
        ("UTC-11", -11, -11),
        ("Europe/Berlin", 2, 1),
        ("America/Argentina/Buenos_Aires", -3, -3),
        ("Etc/GMT+12", -12, -12),
        ("UTC", 0, 0),
    ],
)
def test_windows_and_iana_names_are_known(name: str, summer: float, winter: float) -> None:
    found = known_zone(name)
    assert found is not None
    assert (SUMMER.astimezone(found).utcoffset(), WINTER.astimezone(found).utcoffset()) == (
        timedelta(hours=summer),
        timedelta(hours=winter),
    )


@pytest.mark.parametrize(("name", "iana"), [("w. europe STANDARD time", "Europe/Berlin"), ("Europe/lisbon", "Europe/Lisbon")])
def test_case_does_not_matter(name: str, iana: str) -> None:
    assert str(known_zone(name)) == iana


@pytest.mark.parametrize("name", sorted(UTC_NAMES))
def test_every_name_of_utc_is_utc(name: str) -> None:
    assert SUMMER.astimezone(known_zone(name)).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "tzone://Microsoft/Custom",
        "Customized Time Zone",
        "nowhere",
        "../../etc/passwd",
        "/etc/passwd",
        "Europe",
        "a" * 5000,
        "x\x00y",
        "Ä",
    ],
)
def test_a_name_nobody_knows_is_utc_rather_than_a_lost_item(name: str) -> None:
    assert known_zone(name) is None
    assert str(zone(name)) == "UTC"


def test_exchange_is_told_names_of_windows() -> None:
    assert windows_name("Europe/Berlin") == "W. Europe Standard Time"
    assert windows_name("America/Los_Angeles") == "Pacific Standard Time"
    assert windows_name("Mars/Olympus") == "Mars/Olympus"


@pytest.mark.parametrize(
    "iana", ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "Asia/Kolkata", "America/Sao_Paulo"]
)
def test_a_name_of_windows_leads_back_to_the_same_times(iana: str) -> None:
    back = known_zone(windows_name(iana))
    for moment in (SUMMER, WINTER):
        assert moment.astimezone(back).utcoffset() == moment.astimezone(known_zone(iana)).utcoffset()


def test_the_names_of_a_recorded_calendar_are_known(shared: Path) -> None:
    names: set[str] = set()
    for path in sorted((shared / "data").glob("*.ics")):
        for calendar in icalendar.Calendar.from_ical(path.read_bytes(), multiple=True):
            for part in calendar.walk("VEVENT"):
                names |= {
                    str(part[name].params["TZID"]) for name in ("DTSTART", "DTEND") if name in part and "TZID" in part[name].params
                }
    assert names
    unknown = {name for name in names if known_zone(name) is None}
    assert not unknown
