"""Calendar files of any quality: what can be read is imported, each other row is named with its line, and nothing breaks off."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.budget import examples
from tests.fuzz.hostile import TEXTS
from twincal.sandbox.clock import Clock
from twincal.sandbox.exchange import Exchange
from twincal.sandbox.switches import Refused
from twincal.sandbox.world.icalendar import ImportReport, import_ics

ANN = "ann@northwind.example"
ODD = (Path(__file__).parent.parent / "real" / "odd.ics").read_bytes().decode()
LINES = ODD.splitlines()
GOOD = "BEGIN:VEVENT\nUID:good\nDTSTART:20261124T090000Z\nDTEND:20261124T100000Z\nSUMMARY:Good\nEND:VEVENT"
NAMES = (
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "UID",
    "SUMMARY",
    "ORGANIZER",
    "ATTENDEE",
    "STATUS",
)
VALUES = (
    *TEXTS, "20261124", "20261124T090000", "20261124T090000Z", "99991231T235959Z", "00010101T000000",
    "20260230T000000", "P1D", "-P1D", "P999999999W", "PT1S", "FREQ=DAILY", "FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0",
    "FREQ=DAILY;COUNT=99999999", "FREQ=YEARLY;BYDAY=5MO", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;UNTIL=99991231",
    "FREQ=DAILY;UNTIL=x", "FREQ=MONTHLY;BYMONTHDAY=99", "FREQ=DAILY;BYSETPOS=400", "FREQ=DAILY;INTERVAL=" + "9" * 40,
    "mailto:ann@northwind.example", "mailto:", "CANCELLED", "20261124T090000Z/PT1H",
)  # fmt: skip
PARAMETERS = (
    "",
    ";VALUE=DATE",
    ";TZID=Europe/Paris",
    ";TZID=Nowhere",
    ";TZID=",
    ";TZID=../../etc/passwd",
    ';X="a;b:c"',
    ";VALUE=PERIOD",
)

lines = st.builds(
    lambda name, more, value: f"{name}{more}:{value}", st.sampled_from(NAMES), st.sampled_from(PARAMETERS), st.sampled_from(VALUES)
)


def imported(text: str) -> ImportReport | None:
    """What became of a file; None where it is no calendar. Every other end is a crash."""
    exchange = Exchange(Clock(datetime(2026, 11, 1, tzinfo=UTC)))
    exchange.add_mailbox(ANN, "Ann Archer")
    try:
        return import_ics(exchange, ANN, text)
    except Refused:
        return None


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """The odd file with lines that are gone, twice there, of another row, cut, or new."""
    found = list(LINES)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(found) - 1))
        kind = draw(st.sampled_from(("gone", "twice", "other", "cut", "new", "sign")))
        if kind == "gone":
            del found[at]
        elif kind == "twice":
            found.insert(at, found[at])
        elif kind == "other":
            found[at] = draw(st.sampled_from(LINES))
        elif kind == "cut":
            found[at] = found[at][: draw(st.integers(0, len(found[at])))]
        elif kind == "new":
            found.insert(at, draw(lines))
        else:
            place = draw(st.integers(0, len(found[at])))
            found[at] = found[at][:place] + draw(st.sampled_from(TEXTS)) + found[at][place:]
    return "\n".join(found)


@examples(60)
@given(mangled())
def test_a_mangled_file_is_imported_or_refused(text: str) -> None:
    imported(text)


@examples(150)
@given(st.lists(lines, max_size=8))
def test_an_odd_row_does_not_take_its_neighbour_with_it(odd: list[str]) -> None:
    row = "\n".join(["BEGIN:VEVENT", "UID:odd", "DTSTART:20261125T090000Z", *odd, "END:VEVENT"])
    report = imported("\n".join(["BEGIN:VCALENDAR", row, GOOD, "END:VCALENDAR"]))
    assert report is not None
    good = [fault for fault in report.faults if fault.uid == "good"]
    assert not good and report.singles >= 1


@examples(60)
@given(st.text(max_size=200) | st.sampled_from(TEXTS).map(lambda text: f"BEGIN:VCALENDAR\n{text}"))
def test_any_text_is_imported_or_refused(text: str) -> None:
    imported(text)


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 20_000,
        "BEGIN:VCALENDAR\n" + "END:VEVENT\n" * 20_000,
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261124T090000Z\nSUMMARY:x" + "\n y" * 50_000 + "\nEND:VEVENT\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\nX;A=" + '"a",' * 20_000 + ":v\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\nX" + ";A=b" * 20_000 + "\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\nSUMMARY:" + "\\" * 100_000 + "\nEND:VCALENDAR",
    ],
    ids=["opened", "closed", "folded", "quoted", "parameters", "backslashes"],
)
def test_much_of_one_thing_ends(text: str) -> None:
    imported(text)
