"""Events as items and back: odd values lose nothing, dates pass through no zone, and what Microsoft shows can be read."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.graph_script import (
    ANN,
    MAILBOX,
    WINDOW,
    Row,
    ScriptedGraph,
    answer,
    calendar_of,
    client_of,
    error,
    event,
    moment,
    page,
)
from twincal.connectors.graph.codec import changed, created, instant, item_of
from twincal.connectors.graph.doctor import doctor
from twincal.connectors.graph.wire import MARK_PROPERTY, PAGE, ROW, STAMP_PROPERTY, Moment
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import AllDay, Item, Timed
from twincal.core.vocabulary import Kind, Operation, Role, ShowAs, Side
from twincal.core.writes import Absent, Values, Write
from twincal.ports import Reply

NOT_FOUND = error(404, "ErrorItemNotFound")


def item(**members: Any) -> Item:
    return item_of(ROW.decode(msgspec.json.encode(event(**members))))


def person(address: str | None, kind: str | None = "required", name: str = "Bo") -> Row:
    return {
        "type": kind,
        "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
        "emailAddress": {"name": name, "address": address},
    }


def test_a_whole_event_becomes_an_item() -> None:
    found = item(
        attendees=[person("Bo@Acme.example"), person("cy@acme.example", "Optional"), person("room4@northwind.example", "resource")],
        body={"contentType": "text", "content": "Agenda\r\n\r\nBring  slides \r\n"},
        categories=["Customer"],
        location={"displayName": "Room 4"},
        organizer={"emailAddress": {"name": "Ann Smith", "address": "Ann@Northwind.example"}},
        sensitivity="private",
        showAs="oof",
        transactionId="t-1",
    )
    assert found.times == Timed(datetime(2026, 11, 24, 9, 30, tzinfo=UTC), datetime(2026, 11, 24, 10, 15, tzinfo=UTC))
    assert [(p.address, p.role) for p in found.people] == [
        ("bo@acme.example", Role.REQUIRED),
        ("cy@acme.example", Role.OPTIONAL),
        ("room4@northwind.example", Role.RESOURCE),
    ]
    assert found.organizer is not None
    assert (found.organizer.address, found.organized_by_owner, found.kind) == (ANN, True, Kind.MEETING)
    assert found.body.text == "Agenda\n\nBring  slides"
    assert (found.private, found.show_as, found.place, found.categories) == (True, ShowAs.OUT_OF_OFFICE, "Room 4", ("Customer",))
    assert [p.name for p in found.people] == ["Bo", "Bo", "Bo"]
    assert (found.version, found.created_by) == ('W/"e1-1"', "transaction:t-1")
    assert found.source == "https://outlook.office365.com/owa/?itemid=e1"
    assert found.changed_at == datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("members", "attribute", "value"),
    [
        ({"subject": None}, "subject", ""),
        ({"sensitivity": "personal"}, "private", False),
        ({"sensitivity": "Confidential"}, "private", True),
        ({"showAs": "tentative"}, "show_as", ShowAs.BUSY),
        ({"showAs": "workingElsewhere"}, "show_as", ShowAs.FREE),
        ({"showAs": "unknown"}, "show_as", ShowAs.BUSY),
        ({"showAs": None}, "show_as", ShowAs.BUSY),
        ({"showAs": "FREE"}, "show_as", ShowAs.FREE),
        ({"attendees": None}, "people", ()),
        ({"attendees": [person("/o=ExchangeLabs/ou=x/cn=bo"), person(None), {"type": None, "emailAddress": None}]}, "people", ()),
        ({"organizer": None}, "organizer", None),
        ({"isOrganizer": False}, "organized_by_owner", False),
        ({"isOrganizer": None}, "organized_by_owner", True),
        ({"location": None}, "place", ""),
        ({"location": {"displayName": None}}, "place", ""),
        ({"lastModifiedDateTime": "0001-01-01T00:00:00Z"}, "changed_at", None),
        ({"lastModifiedDateTime": "soon"}, "changed_at", None),
        ({"iCalUId": None, "originalStartTimeZone": "tzone://Microsoft/Custom"}, "subject", "Demo"),
        ({"isOnlineMeeting": True}, "online_meeting", True),
        ({"body": {"contentType": "html", "content": '<a href="https://acme.zoom.us/j/1">Join</a>'}}, "online_meeting", True),
        ({"categories": None}, "categories", ()),
        ({"webLink": None}, "source", ""),
    ],
)
def test_odd_values_lose_no_item(members: Row, attribute: str, value: object) -> None:
    assert getattr(item(**members), attribute) == value


def test_html_is_read_where_text_was_asked_for() -> None:
    html = item(
        body={"contentType": "HTML", "content": "<html><head></head><body><p>Agenda</p><p>Bring&nbsp;slides</p></body></html>"}
    )
    text = item(body={"contentType": "text", "content": "Agenda\nBring slides\r\n"})
    assert html.body == text.body


@pytest.mark.parametrize("body", [None, {"contentType": "text", "content": None}, {"contentType": "html", "content": ""}])
def test_an_empty_body_is_known_to_be_empty(body: Row | None) -> None:
    assert (item(body=body).body.text, item(body=body).body.digest) == ("", b"")


def test_marks_are_read_from_the_properties() -> None:
    props = [{"id": MARK_PROPERTY, "value": "m:1"}, {"id": STAMP_PROPERTY, "value": "s"}, {"id": "other", "value": "x"}]
    found = item(singleValueExtendedProperties=props)
    assert (found.mark, found.stamp) == ("m:1", "s")


class TestTimes:
    @pytest.mark.parametrize(
        ("wall", "zone", "expected"),
        [
            ("2026-07-01T09:00:00.0000000", "UTC", "2026-07-01T09:00:00"),
            ("2026-07-01T09:00:00.9999999", "UTC", "2026-07-01T09:00:00"),
            ("2026-07-01T09:00:00", "W. Europe Standard Time", "2026-07-01T07:00:00"),
            ("2026-12-01T09:00:00", "W. Europe Standard Time", "2026-12-01T08:00:00"),
            ("2026-12-01T09:00:00", "America/New_York", "2026-12-01T14:00:00"),
            ("2026-12-01T09:00:00", "tzone://Microsoft/Utc", "2026-12-01T09:00:00"),
        ],
    )
    def test_a_wall_time_is_an_instant(self, wall: str, zone: str, expected: str) -> None:
        assert instant(Moment(wall, zone)) == datetime.fromisoformat(expected).replace(tzinfo=UTC)

    def test_of_an_unknown_zone_the_zone_of_the_event_serves(self) -> None:
        custom = Moment("2026-07-01T09:00:00", "Customized Time Zone")
        assert instant(custom, "W. Europe Standard Time") == datetime(2026, 7, 1, 7, tzinfo=UTC)
        assert instant(custom, "tzone://Microsoft/Custom") == datetime(2026, 7, 1, 9, tzinfo=UTC), "UTC rather than a lost item"

    @pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "W. Europe Standard Time", "nowhere"])
    def test_whole_days_pass_through_no_zone(self, zone: str) -> None:
        days = {"start": moment("2026-12-30T00:00:00", zone), "end": moment("2027-01-01T00:00:00", zone)}
        found = item_of(ROW.decode(msgspec.json.encode(event(isAllDay=True) | days)))
        assert found.times == AllDay(date(2026, 12, 30), date(2026, 12, 31))

    def test_what_ends_before_it_starts_has_no_length(self) -> None:
        found = item(start="2026-11-24T10:00:00", end="2026-11-24T09:00:00")
        assert found.times == Timed(found.start, found.start)
        days = item(isAllDay=True, start="2026-11-24T00:00:00", end="2026-11-24T00:00:00")
        assert days.times == AllDay(date(2026, 11, 24), date(2026, 11, 24))

    @pytest.mark.parametrize(
        ("zone", "stamp", "day"),
        [
            ("W. Europe Standard Time", "2026-11-23T23:00:00Z", date(2026, 11, 24)),
            ("Pacific Standard Time", "2026-11-24T08:00:00Z", date(2026, 11, 24)),
            ("tzone://Microsoft/Custom", "2026-11-23T23:00:00Z", date(2026, 11, 24)),
            ("tzone://Microsoft/Custom", "2026-11-24T10:00:00Z", date(2026, 11, 24)),
        ],
    )
    def test_the_original_day_of_a_whole_day_is_a_date(self, zone: str, stamp: str, day: date) -> None:
        found = item(
            isAllDay=True,
            start="2026-11-25T00:00:00",
            end="2026-11-26T00:00:00",
            seriesMasterId="m",
            originalStart=stamp,
            originalStartTimeZone=zone,
        )
        assert found.original_start == day

    def test_an_instance_of_a_timed_series_made_a_whole_day_keeps_its_instant(self) -> None:
        found = item(
            isAllDay=True,
            start="2026-11-25T00:00:00",
            end="2026-11-26T00:00:00",
            seriesMasterId="m",
            originalStart="2026-11-24T09:00:00Z",
        )
        assert found.original_start == datetime(2026, 11, 24, 9, tzinfo=UTC)


STARTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))  # noqa: DTZ001
TIMED = st.builds(lambda start, minutes: Timed(start, start + timedelta(minutes=minutes)), STARTS, st.integers(0, 50_000))
DAYS = st.builds(
    lambda first, more: AllDay(first, first + timedelta(days=more)),
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    st.integers(0, 30),
)
TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=40)


@given(st.builds(Values, subject=TEXT, times=TIMED | DAYS, place=TEXT, show_as=st.sampled_from(ShowAs), body=TEXT))
def test_what_is_written_reads_back_the_same(values: Values) -> None:
    write = Write(intent="i", side=Side.EXCHANGE, operation=Operation.CREATE, mark="m:1", stamp="i:0", values=values)
    body = created(write)
    wire = {"id": "e1", "type": "singleInstance", **body}
    for name in ("start", "end"):
        wire[name] = {**wire[name], "dateTime": f"{wire[name]['dateTime']}.0000000"}
    found = item_of(ROW.decode(msgspec.json.encode(wire)))
    assert (found.subject, found.times, found.place, found.show_as) == (values.subject, values.times, values.place, values.show_as)
    assert (found.mark, found.stamp) == ("m:1", "i:0")
    assert (found.body.text or "").split() == str(values.body).split()


def test_an_update_without_a_stamp_sends_the_fields_alone() -> None:
    write = Write(intent="i", side=Side.EXCHANGE, operation=Operation.UPDATE, mark="m:1", values=Values(place=""))
    assert changed(write) == {"location": {"displayName": ""}}


def events_in(told: Any) -> list[Row]:
    """Whole events anywhere in a document; placeholders aside."""
    if isinstance(told, list):
        return [row for part in told for row in events_in(part)]
    if not isinstance(told, dict):
        return []
    whole = "id" in told and "subject" in told and all("dateTime" in (told.get(name) or {}) for name in ("start", "end"))
    return ([told] if whole else []) + [row for part in told.values() for row in events_in(part)]


def test_every_event_of_microsofts_documents_can_be_read(shared: Path) -> None:
    documents = (shared / "reference" / "graph" / "examples").rglob("*.json")
    rows = events_in([json.loads(path.read_text()) for path in documents])
    assert len(rows) > 20
    for row in rows:
        found = item_of(ROW.decode(json.dumps(row)))
        assert found.id == row["id"]
        assert found.subject == (row["subject"] or "")


class TestReading:
    async def read(self, graph: ScriptedGraph, *ids: str) -> dict[str, Item | Absent]:
        return dict(await calendar_of(graph).read(ANN, ids))

    async def test_every_id_has_an_answer(self) -> None:
        graph = ScriptedGraph(
            {
                f"GET {MAILBOX}/calendar/events/here": answer(200, event("here")),
                f"GET {MAILBOX}/calendar/events/gone": NOT_FOUND,
                f"GET {MAILBOX}/events/gone": NOT_FOUND,
                f"GET {MAILBOX}/calendar/events/moved": NOT_FOUND,
                f"GET {MAILBOX}/events/moved": answer(200, event("moved")),
                f"GET {MAILBOX}/calendar/events/odd": answer(200, event("odd") | {"start": None}),
            }
        )
        found = await self.read(graph, "here", "gone", "moved", "odd", "here")
        assert isinstance(found["here"], Item)
        assert found["gone"] == Absent("gone", deleted=True)
        assert found["moved"] == Absent("moved", deleted=False), "another folder is no deletion"
        assert found["odd"] == Absent("odd", deleted=False), "what nobody can read is no deletion"

    async def test_the_marks_are_asked_for(self) -> None:
        graph = ScriptedGraph({f"GET {MAILBOX}/calendar/events/e1": answer(200, event("e1"))})
        await self.read(graph, "e1")
        url = graph.batches[0][0]["url"]
        assert "$expand=singleValueExtendedProperties($filter=id%20eq%20%27String%20%7B" in url
        assert "+" not in url, "a blank is %20 in Graph, never +"

    @pytest.mark.parametrize(
        ("status", "code"), [(404, "MailboxNotEnabledForRESTAPI"), (404, ""), (403, "ErrorAccessDenied"), (410, "x")]
    )
    async def test_another_refusal_is_no_deletion(self, status: int, code: str) -> None:
        with pytest.raises(VendorFault):
            await self.read(ScriptedGraph({f"GET {MAILBOX}/calendar/events/e1": error(status, code)}), "e1")
        graph = ScriptedGraph({f"GET {MAILBOX}/calendar/events/e1": NOT_FOUND, f"GET {MAILBOX}/events/e1": error(status, code)})
        with pytest.raises(VendorFault):
            await self.read(graph, "e1")

    @pytest.mark.parametrize(("denial", "code"), [
        (NOT_FOUND, FaultCode.MAILBOX_UNREACHABLE), (error(403, "ErrorAccessDenied"), FaultCode.PERMISSION_MISSING),
        (error(503, ""), FaultCode.UNAVAILABLE),
    ])  # fmt: skip
    async def test_where_the_calendar_itself_is_not_there_nothing_is_said_to_be_deleted(
        self, denial: Reply, code: FaultCode
    ) -> None:
        places = (f"GET {MAILBOX}/{folder}events/e{number}" for folder in ("", "calendar/") for number in range(6))
        missing: dict[str, Any] = dict.fromkeys(places, NOT_FOUND)
        for ids in (["e0"], [f"e{n}" for n in range(6)]):
            assert await self.read(ScriptedGraph(missing), *ids) == {one: Absent(one, deleted=True) for one in ids}
            with pytest.raises(VendorFault) as fault:
                await self.read(ScriptedGraph(missing | {f"GET {MAILBOX}/calendar": denial}), *ids)
            assert fault.value.code is code

    async def test_a_mailbox_is_escaped_wherever_it_is_asked(self) -> None:
        odd, path = "o+b/c@northwind.example", "/users/o%2Bb%2Fc@northwind.example"
        graph = ScriptedGraph(
            {
                f"GET {path}/calendarView/delta": answer(
                    200, {"value": [event("m", type="seriesMaster")], "@odata.deltaLink": "x"}
                ),
                f"GET {path}/events/m/instances": page(event("o1", type="occurrence", seriesMasterId="m")),
                f"GET {path}/calendar/events/e1": NOT_FOUND,
                f"GET {path}/events/e1": answer(200, event("e1")),
                f"GET {path}/events": page(),
            }
        )
        calendar = calendar_of(graph)
        assert [one.id for one in (await calendar.look([odd], None, WINDOW)).looks[odd].items] == ["o1"]
        assert await calendar.read(odd, ["e1"]) == {"e1": Absent("e1", deleted=False)}
        assert await calendar.find(odd, ["ab:1"]) == {"ab:1": ()}
        assert all(finding.well for finding in await doctor(client_of(graph), odd))

    async def test_nothing_to_read_asks_nothing(self) -> None:
        graph = ScriptedGraph()
        assert await self.read(graph) == {}
        assert graph.sent == []


class TestFinding:
    async def test_marks_are_compared_exactly(self) -> None:
        def marked(item_id: str, mark: str) -> Row:
            return event(item_id, singleValueExtendedProperties=[{"id": MARK_PROPERTY, "value": mark}])

        graph = ScriptedGraph({f"GET {MAILBOX}/events": page(marked("e1", "ab:1"), marked("e2", "AB:1"))})
        found = await calendar_of(graph).find(ANN, ["ab:1"])
        assert [one.id for one in found["ab:1"]] == ["e1"]
        url = graph.batches[0][0]["url"]
        assert "$filter=singleValueExtendedProperties/Any(ep:%20ep/id%20eq%20%27String" in url
        assert url.count("%27ab%3A1%27") == 1

    async def test_a_failure_to_look_is_no_absence(self) -> None:
        with pytest.raises(VendorFault) as told:
            await calendar_of(ScriptedGraph({f"GET {MAILBOX}/events": error(403, "ErrorAccessDenied")})).find(ANN, ["ab:1"])
        assert told.value.code is FaultCode.PERMISSION_MISSING

    async def test_alike_are_subject_times_and_a_creation_since(self) -> None:
        start = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
        times = Timed(start, start + timedelta(minutes=45))
        rows = [
            event("same"),
            event("older", createdDateTime="2026-11-20T07:59:58Z"),
            event("undated", createdDateTime=None),
            event("named", subject="Other"),
            event("later", end="2026-11-24T10:30:00"),
        ]
        graph = ScriptedGraph({f"GET {MAILBOX}/calendarView": page(*rows)})
        write = Write(
            intent="i", side=Side.EXCHANGE, operation=Operation.CREATE, mark="m:1", values=Values(subject="Demo", times=times)
        )
        found = await calendar_of(graph).find_alike(ANN, write, datetime(2026, 11, 20, 8, tzinfo=UTC))
        assert [one.id for one in found] == ["same"]
        assert graph.asked() == [
            f"GET {MAILBOX}/calendarView?startDateTime=2026-11-24T09:29:00Z&endDateTime=2026-11-24T10:16:00Z&$top=200"
        ]

    async def test_whole_days_are_looked_for_wherever_the_mailbox_is(self) -> None:
        write = Write(
            intent="i",
            side=Side.EXCHANGE,
            operation=Operation.CREATE,
            mark="m:1",
            values=Values(subject="x", times=AllDay(date(2026, 11, 24), date(2026, 11, 24))),
        )
        graph = ScriptedGraph({f"GET {MAILBOX}/calendarView": page()})
        assert await calendar_of(graph).find_alike(ANN, write, WINDOW.start) == ()
        assert "startDateTime=2026-11-23T10:00:00Z&endDateTime=2026-11-25T14:00:00Z" in graph.asked()[0]


def test_a_page_of_bare_rows_is_read_without_its_other_members() -> None:
    body = {"@odata.context": "x", "value": [{"id": "o1", "type": "occurrence", "unknown": {"a": [1]}}], "@odata.deltaLink": "l"}
    found = PAGE.decode(msgspec.json.encode(body))
    assert (found.value[0].bare, found.delta) == (True, "l")
