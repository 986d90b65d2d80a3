"""Single rows of imported files: what they become in Exchange, and what is said of rows that cannot be read."""

from datetime import UTC, datetime
from typing import Any

import pytest

from twincal.sandbox.clock import Clock
from twincal.sandbox.exchange import Exchange, GraphError
from twincal.sandbox.exchange.rendering import render
from twincal.sandbox.switches import Refused
from twincal.sandbox.world.icalendar import ImportReport, import_ics

ANN, BEN = "ann@northwind.example", "ben@northwind.example"
TIMES = "DTSTART:20260302T090000Z\nDTEND:20260302T100000Z\n"
ZONE = """BEGIN:VTIMEZONE
TZID:Ship time
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20991231T000000Z
TZOFFSETFROM:+0330
TZOFFSETTO:+0230
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0230
TZOFFSETTO:+0330
END:DAYLIGHT
END:VTIMEZONE
"""


def event(*lines: str) -> str:
    return "BEGIN:VEVENT\n" + "\n".join(line.strip() for line in lines) + "\nEND:VEVENT\n"


def company(text: str, head: str = "") -> tuple[Exchange, ImportReport]:
    exchange = Exchange(Clock(datetime(2026, 3, 1, 8, tzinfo=UTC)))
    exchange.add_mailbox(ANN, "Ann Smith", aliases=("a.smith@northwind.example",), time_zone="Europe/Berlin")
    exchange.add_mailbox(BEN, "Ben Lee")
    return exchange, import_ics(exchange, ANN, f"BEGIN:VCALENDAR\n{head}{text}END:VCALENDAR\n")


def shown(exchange: Exchange) -> list[dict[str, Any]]:
    bounds = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    return [render(ref) for ref in exchange.mailbox(ANN).view(*bounds)]


def only(text: str, head: str = "") -> dict[str, Any]:
    exchange, report = company(text, head)
    assert report.faults == []
    (found,) = shown(exchange)
    return found


def test_what_a_row_says_is_kept() -> None:
    found = only(event(
        "UID:1", TIMES, "SUMMARY:Plan\\, part 2", "LOCATION:Room\\; left", "DESCRIPTION:First\\nSec", " ond", "CLASS:PRIVATE",
        "CATEGORIES:Salesforce,No\\, really", "PRIORITY:1", "TRANSP:TRANSPARENT",
        "BEGIN:VALARM\nTRIGGER:-PT1H30M\nACTION:DISPLAY\nEND:VALARM",
    ).replace("Sec\nond", "Sec\n ond"))  # fmt: skip
    assert (found["subject"], found["location"]["displayName"]) == ("Plan, part 2", "Room; left")
    assert "Second" in found["body"]["content"]
    assert (found["sensitivity"], found["showAs"], found["importance"]) == ("private", "free", "high")
    assert found["categories"] == ["Salesforce", "No, really"]
    assert (found["isReminderOn"], found["reminderMinutesBeforeStart"]) == (True, 90)


@pytest.mark.parametrize(
    ("line", "shows"),
    [
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", "oof"), ("STATUS:TENTATIVE", "tentative"), ("STATUS:CANCELLED", "free"),
        ("TRANSP:OPAQUE", "busy"), ("X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE", "workingElsewhere"),
    ],
)  # fmt: skip
def test_how_the_time_is_shown(line: str, shows: str) -> None:
    assert only(event("UID:1", TIMES, line))["showAs"] == shows


def test_html_is_preferred_and_importance_of_outlook_too() -> None:
    found = only(
        event("UID:1", TIMES, "DESCRIPTION:plain", "X-ALT-DESC;FMTTYPE=text/html:<b>rich</b>", "X-MICROSOFT-CDO-IMPORTANCE:0")
    )
    assert "<b>rich</b>" in found["body"]["content"]
    assert found["importance"] == "low"


def test_meetings_keep_their_people_and_nobody_hears_of_it() -> None:
    exchange, _ = company(event(
        "UID:1", TIMES, 'ORGANIZER;CN="Doe, Jo":mailto:jo@customer.example',
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:jo@customer.example",
        "ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=TENTATIVE;CN=Ben:MAILTO:ben@northwind.example",
        "ATTENDEE;CUTYPE=ROOM:mailto:room@northwind.example", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a.smith@northwind.example",
        "ATTENDEE:invalid:nomail",
    ))  # fmt: skip
    (found,) = shown(exchange)
    assert found["organizer"]["emailAddress"] == {"name": "Doe, Jo", "address": "jo@customer.example"}
    assert found["isOrganizer"] is False
    people = [(each["emailAddress"]["address"], each["type"], each["status"]["response"]) for each in found["attendees"]]
    assert people == [
        (BEN, "optional", "tentativelyAccepted"), ("room@northwind.example", "resource", "none"), (ANN, "required", "accepted"),
    ]  # fmt: skip
    assert exchange.mail == []
    assert list(exchange.mailbox(BEN).listing()) == []


@pytest.mark.parametrize("organizer", ["ann@northwind.example", "A.Smith@northwind.example", "ann.private@mail.example"])
def test_the_owners_own_meetings_are_the_owners(organizer: str) -> None:
    text = event("UID:1", TIMES, f"ORGANIZER:mailto:{organizer}", f"ATTENDEE:mailto:{organizer}", "ATTENDEE:mailto:jo@x.example")
    found = only(text, head="X-WR-CALNAME:ann.private@mail.example\n")
    assert found["isOrganizer"] is True
    assert [each["emailAddress"]["address"] for each in found["attendees"]] == ["jo@x.example"]


def test_zones() -> None:
    exchange, report = company(
        event("UID:1", "SUMMARY:custom", "DTSTART;TZID=Ship time:20260702T090000")
        + event("UID:2", "SUMMARY:path", "DTSTART;TZID=/mozilla.org/20070129_1/America/New_York:20260702T090000")
        + event("UID:3", "SUMMARY:floating", "DTSTART:20260702T090000")
        + event("UID:4", "SUMMARY:windows", "DTSTART;TZID=Tokyo Standard Time:20260702T090000")
        + event("UID:5", "SUMMARY:series", "DTSTART;TZID=Ship time:20261023T090000\nRRULE:FREQ=DAILY;COUNT=3"),
        head=ZONE,
    )
    assert report.faults == []
    assert [(each["subject"], each["start"]["dateTime"][5:16]) for each in shown(exchange)] == [
        ("windows", "07-02T00:00"), ("custom", "07-02T05:30"), ("floating", "07-02T07:00"), ("path", "07-02T13:00"),
        ("series", "10-23T05:30"), ("series", "10-24T05:30"), ("series", "10-25T06:30"),
    ]  # fmt: skip
    assert {each["originalStartTimeZone"] for each in shown(exchange) if each["subject"] == "custom"} == {
        "tzone://Microsoft/Custom"
    }


def test_an_override_that_cancels_deletes_the_instance_and_a_stray_one_is_an_item() -> None:
    series = event("UID:1", "SUMMARY:A", TIMES, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260302")
    gone = event("UID:1", "SUMMARY:A", "RECURRENCE-ID:20260303T090000Z", "DTSTART:20260303T090000Z", "STATUS:CANCELLED")
    stray = event("UID:1", "SUMMARY:B", "RECURRENCE-ID:20260901T090000Z", "DTSTART:20260901T110000Z")
    ranged = event("UID:1", "SUMMARY:C", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260304T090000Z", "DTSTART:20260304T110000Z")
    exchange, report = company(ranged + series + gone + stray)
    assert [(each["subject"], each["start"]["dateTime"][:13]) for each in shown(exchange)] == [
        ("C", "2026-03-04T11"), ("B", "2026-09-01T11"),
    ]  # fmt: skip
    assert (report.series, report.exceptions, report.deleted_instances, report.singles) == (1, 1, 2, 1)
    assert [note.reason[:20] for note in report.notes] == ["RANGE is not followe", "the series has no in"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("SUMMARY:no start", "an event without DTSTART"),
        ("DTSTART;VALUE=DATE:20260302\nDURATION:-P2D", "it ends before it starts"),
        ("DTSTART:2026-03-02", "'2026-03-02' is no date or time"),
        ("DTSTART;TZID=Mars/Base:20260302T090000", "the time zone 'Mars/Base' is neither known nor defined in the file"),
        ("DTSTART:20260302T090000Z\nDTEND:20260301T090000Z", "it ends before it starts"),
        ("DTSTART:20260302T090000Z\nDTEND;VALUE=DATE:20260303", "DTSTART and DTEND are not both dates or both times"),
        ("DTSTART:20260302T090000Z\nDURATION:an hour", "'an hour' is no duration"),
        (TIMES + "RRULE:FREQ=SOMETIMES", "the recurrence rule 'FREQ=SOMETIMES' has no known FREQ"),
        (TIMES + "RRULE:FREQ=DAILY;INTERVAL=x", "INTERVAL=X is no number"),
        (TIMES + "RRULE:FREQ=DAILY;COUNT=0", "the recurrence rule 'FREQ=DAILY;COUNT=0' repeats less than once"),
        (TIMES + "RRULE:FREQ=DAILY;UNTIL=soon", "UNTIL=SOON is no date or time"),
        (TIMES + "RRULE:FREQ=MONTHLY;BYDAY=XX", "the recurrence rule 'FREQ=MONTHLY;BYDAY=XX' cannot be read"),
        (TIMES + "RDATE:never", "'never' is no date or time"),
        ("DTSTART;TZID=Asia/Tokyo:00010101T000000", "its time is out of the range a calendar can hold"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_imported(lines: str, reason: str) -> None:
    _, report = company(event("UID:good", TIMES) + event("UID:bad", lines) + event("UID:also good", TIMES))
    assert [(fault.uid, fault.reason[: len(reason)]) for fault in report.faults] == [("bad", reason)]
    assert report.faults[0].line > 5
    assert report.singles == 2


def test_a_bad_exception_date_does_not_cost_the_series() -> None:
    exchange, report = company(
        event("UID:1", TIMES, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:never,20260303T090000Z", "EXDATE:20260304T090000Z")
    )
    assert [each["start"]["dateTime"][:10] for each in shown(exchange)] == ["2026-03-02", "2026-03-03"]
    assert [(note.line, note.reason) for note in report.notes] == [(7, "'never' is no date or time; this EXDATE is passed over")]


def test_a_file_that_is_cut_off_and_lines_that_are_none() -> None:
    exchange, report = company("BEGIN:VEVENT\nUID:1\nthis is nothing\n" + TIMES + "END:VEVENT\nBEGIN:VEVENT\nUID:2\n" + TIMES)
    assert [(fault.uid, fault.reason) for fault in report.faults] == [("2", "the event never ends: the file is cut off")]
    assert [(note.line, note.reason) for note in report.notes] == [
        (4, "'this is nothing' is no iCalendar line; the line is passed over")
    ]
    assert len(shown(exchange)) == 1


def test_what_is_no_event_is_counted() -> None:
    _, report = company("BEGIN:VTODO\nUID:t\nEND:VTODO\nBEGIN:VJOURNAL\nEND:VJOURNAL\nBEGIN:VTODO\nEND:VTODO\n")
    assert report.passed_over == {"VTODO": 2, "VJOURNAL": 1}


def test_what_is_no_calendar_and_whose_there_is_not() -> None:
    exchange, _ = company("")
    with pytest.raises(Refused, match="BEGIN:VCALENDAR"):
        import_ics(exchange, ANN, "Dear Ann,")
    with pytest.raises(GraphError, match="nobody"):
        import_ics(exchange, "nobody@x.example", "BEGIN:VCALENDAR\nEND:VCALENDAR")
