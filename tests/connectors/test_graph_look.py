"""Looking at a mailbox: what a delta round means, row by row and page by page."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from tests.connectors.graph_script import (
    ANN,
    DELTA,
    GRAPH,
    MAILBOX,
    SPAN,
    WINDOW,
    Answer,
    Row,
    ScriptedGraph,
    answer,
    calendar_of,
    error,
    event,
    link,
    master,
    moment,
    occurrence,
    page,
    preferring,
    removed,
)
from twincal.connectors.graph.client import GraphClient
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import AllDay, Timed
from twincal.core.trees import Window
from twincal.ports import Look, Reply, Sight

FIRST = f"GET {DELTA}?{SPAN}"
INSTANCES = f"GET {MAILBOX}/events/m/instances"
PLAIN = f"GET {MAILBOX}/calendarView"


async def looked(graph: ScriptedGraph, cursor: str | None = None, window: Window = WINDOW) -> Sight:
    return await calendar_of(graph).look([ANN], cursor, window)


async def shown(*rows: Row, **answers: Answer) -> Look:
    """A first look at one page."""
    graph = ScriptedGraph({FIRST: page(*rows, delta="d1"), **answers})
    return (await looked(graph)).looks[ANN]


def by_id(look: Look) -> dict[str, str]:
    return {item.id: item.subject for item in look.items}


class TestRounds:
    async def test_the_first_look_asks_for_the_window_and_the_next_follows_the_link(self) -> None:
        graph = ScriptedGraph({FIRST: page(event("e1"), delta="d1"), f"GET {DELTA}?$deltatoken=d1": page(delta="d2")})
        sight = await looked(graph)
        assert (sight.looks[ANN].full, sight.looks[ANN].window, by_id(sight.looks[ANN])) == (True, WINDOW, {"e1": "Demo"})
        second = await looked(graph, sight.cursor)
        assert graph.asked() == [FIRST, f"GET {DELTA}?$deltatoken=d1"]
        assert second.looks[ANN] == Look(window=WINDOW)
        graph.answers[f"GET {DELTA}?$deltatoken=d2"] = page(removed("e1"), delta="d3")
        assert (await looked(graph, second.cursor)).looks[ANN] == Look(gone=("e1",), window=WINDOW)

    async def test_every_request_asks_for_immutable_ids_utc_text_and_the_page_size(self) -> None:
        graph = ScriptedGraph({FIRST: page(following="s1"), f"GET {DELTA}?$skiptoken=s1": page(delta="d1")})
        await looked(graph)
        assert [headers["Prefer"] for headers in graph.headers] == [preferring(50)] * 2
        assert 'IdType="ImmutableId"' in preferring(50)
        assert 'outlook.timezone="UTC"' in preferring(50)
        assert 'outlook.body-content-type="text"' in preferring(50)

    async def test_an_empty_page_is_not_the_end(self) -> None:
        graph = ScriptedGraph(
            {
                FIRST: page(following="s1"),
                f"GET {DELTA}?$skiptoken=s1": page(following="s2"),
                f"GET {DELTA}?$skiptoken=s2": page(event("e1"), delta="d1"),
            }
        )
        assert by_id((await looked(graph)).looks[ANN]) == {"e1": "Demo"}

    async def test_of_an_id_that_comes_twice_the_last_row_counts(self) -> None:
        graph = ScriptedGraph(
            {
                FIRST: page(event("a", subject="old"), removed("b"), event("c"), following="s1"),
                f"GET {DELTA}?$skiptoken=s1": page(event("a", subject="new"), event("b"), removed("c"), delta="d1"),
            }
        )
        look = (await looked(graph)).looks[ANN]
        assert by_id(look) == {"a": "new", "b": "Demo"}
        assert look.gone == ("c",)

    async def test_a_window_that_moved_past_the_frozen_one_is_told_as_an_expired_cursor(self) -> None:
        """The caller then reads in full with a margin of its own; a round begun here would lapse again the next day."""
        graph = ScriptedGraph({FIRST: page(delta="d1")})
        cursor = (await looked(graph)).cursor
        later = Window(WINDOW.start + timedelta(days=1), WINDOW.end + timedelta(days=1))
        with pytest.raises(VendorFault) as told:
            await looked(graph, cursor, later)
        assert told.value.code is FaultCode.CURSOR_EXPIRED
        assert len(graph.sent) == 1, "nothing was asked with the old window"
        fresh = f"GET {DELTA}?startDateTime=2026-11-02T00:00:00Z&endDateTime=2027-01-01T00:00:00Z"
        graph.answers[fresh] = page(event("e1"), delta="d9")
        sight = await looked(graph, None, later)
        assert (sight.looks[ANN].full, sight.looks[ANN].window) == (True, later)

    async def test_a_window_inside_the_frozen_one_goes_on_with_the_frozen_one(self) -> None:
        graph = ScriptedGraph({FIRST: page(delta="d1"), f"GET {DELTA}?$deltatoken=d1": page(delta="d2")})
        cursor = (await looked(graph)).cursor
        sight = await looked(graph, cursor, Window(WINDOW.start + timedelta(days=3), WINDOW.end))
        assert graph.asked()[-1] == f"GET {DELTA}?$deltatoken=d1"
        assert (sight.looks[ANN].full, sight.looks[ANN].window) == (False, WINDOW)

    @pytest.mark.parametrize(
        "cursor", ["", "no json", "{}", '{"version":99,"link":"x","start":"2026-11-01T00:00:00Z","end":"2026-12-31T00:00:00Z"}']
    )
    async def test_a_cursor_nobody_knows_begins_a_fresh_round(self, cursor: str) -> None:
        graph = ScriptedGraph({FIRST: page(event("e1"), delta="d1")})
        assert (await looked(graph, cursor)).looks[ANN].full

    @pytest.mark.parametrize(
        "refusal",
        [
            error(410, "SyncStateNotFound"),
            error(410, "SyncStateNotFound", {"location": f"{GRAPH}{DELTA}?{SPAN}"}),
            answer(410),
            error(400, "InvalidDeltaToken"),
            error(400, "syncStateInvalid"),
            error(410, "resyncRequired"),
        ],
    )
    async def test_a_token_that_has_lapsed_is_told_as_an_expired_cursor(self, refusal: Reply) -> None:
        graph = ScriptedGraph({FIRST: page(delta="d1"), f"GET {DELTA}?$deltatoken=d1": refusal})
        cursor = (await looked(graph)).cursor
        with pytest.raises(VendorFault) as told:
            await looked(graph, cursor)
        assert told.value.code is FaultCode.CURSOR_EXPIRED
        assert (await looked(graph)).looks[ANN].full, "without the cursor the calendar is read in full"

    async def test_a_link_to_another_host_is_not_followed(self) -> None:
        graph = ScriptedGraph({FIRST: answer(200, {"value": [], "@odata.deltaLink": "https://graph.microsoft.com.evil.example/x"})})
        cursor = (await looked(graph)).cursor
        with pytest.raises(VendorFault) as told:
            await looked(graph, cursor)
        assert told.value.code is FaultCode.CURSOR_EXPIRED
        assert len(graph.sent) == 1, "the token never left for the other host"


class TestSeries:
    async def test_bare_occurrences_are_what_their_master_says(self) -> None:
        people = [{"type": "required", "status": {}, "emailAddress": {"name": "Bo", "address": "Bo@Acme.example"}}]
        exception = event("x", "2026-11-18T14:00:00", "2026-11-18T15:00:00", type="exception", seriesMasterId="m", subject="Moved")
        look = await shown(
            master("m", subject="Weekly", attendees=people, location={"displayName": "Room 4"}, showAs="free"),
            occurrence("o1", "2026-11-09T09:00:00"),
            exception | {"originalStart": "2026-11-16T09:00:00Z"},
            occurrence("o2", "2026-11-23T09:00:00"),
        )
        assert by_id(look) == {"o1": "Weekly", "x": "Moved", "o2": "Weekly"}, "the master, of 2019, is no item"
        assert look.series == {"m": frozenset({"o1", "x", "o2"})}
        first, moved, second = look.items
        assert (second.place, second.show_as, [p.address for p in second.people]) == (
            "Room 4",
            first.show_as,
            ["bo@acme.example"],
        )
        assert (second.series, second.original_start) == ("m", datetime(2026, 11, 23, 9, tzinfo=UTC))
        assert second.times == Timed(datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC))
        assert (moved.place, moved.original_start) == ("", datetime(2026, 11, 16, 9, tzinfo=UTC))
        assert look.gone == ()

    async def test_the_mark_of_the_master_is_not_the_mark_of_its_instances(self) -> None:
        look = await shown(
            master("m", transactionId="t-1"), occurrence("o1", "2026-11-09T09:00:00"), occurrence("o2", "2026-11-16T09:00:00")
        )
        assert {item.created_by for item in look.items} == {""}

    async def test_whole_days_repeat_as_dates(self) -> None:
        ends = {"end": moment("2026-11-10T00:00:00")}, {"end": moment("2026-11-17T00:00:00")}
        rows = [occurrence("o1", "2026-11-09T00:00:00") | ends[0], occurrence("o2", "2026-11-16T00:00:00") | ends[1]]
        first = {"start": moment("2026-11-02T00:00:00"), "end": moment("2026-11-03T00:00:00")}
        look = await shown(master("m", isAllDay=True) | first, *rows)
        assert [(item.times, item.original_start) for item in look.items] == [
            (AllDay(date(2026, 11, 9), date(2026, 11, 9)), date(2026, 11, 9)),
            (AllDay(date(2026, 11, 16), date(2026, 11, 16)), date(2026, 11, 16)),
        ]

    @pytest.mark.parametrize(
        "rows", [[master("m")], [occurrence("o1", "2026-11-09T09:00:00")], [event("x", type="exception", seriesMasterId="m")]]
    )
    async def test_a_series_that_comes_in_part_is_read_whole(self, rows: list[Row]) -> None:
        whole = [
            event(f"o{n}", f"2026-11-{n:02}T09:00:00", f"2026-11-{n:02}T10:00:00", type="occurrence", seriesMasterId="m")
            for n in (9, 16)
        ]
        look = await shown(*rows, **{INSTANCES: page(*whole)})
        assert by_id(look) == {"o9": "Demo", "o16": "Demo"}
        assert look.series == {"m": frozenset({"o9", "o16"})}

    async def test_instances_on_several_pages_are_all_read(self) -> None:
        def instances(request: Row) -> Reply:
            if "$skip" in request["url"]:
                return answer(200, {"value": [event("o2", type="occurrence", seriesMasterId="m")]})
            return answer(
                200,
                {
                    "value": [event("o1", type="occurrence", seriesMasterId="m")],
                    "@odata.nextLink": f"{GRAPH}{MAILBOX}/events/m/instances?$skip=1",
                },
            )

        look = await shown(master("m"), **{INSTANCES: instances})
        assert look.series == {"m": frozenset({"o1", "o2"})}

    async def test_the_instances_are_asked_for_in_the_window_and_with_immutable_ids(self) -> None:
        graph = ScriptedGraph({FIRST: page(master("a+b/c="), delta="d1"), f"GET {MAILBOX}/events/a%2Bb%2Fc%3D/instances": page()})
        sight = await looked(graph)
        ((request,),) = graph.batches
        assert request["url"] == f"{MAILBOX}/events/a%2Bb%2Fc%3D/instances?{SPAN}&$top=500"
        assert 'IdType="ImmutableId"' in request["headers"]["Prefer"]
        assert sight.looks[ANN].series == {"a+b/c=": frozenset()}

    async def test_a_series_deleted_meanwhile_is_gone_with_all_its_instances(self) -> None:
        look = await shown(master("m"), **{INSTANCES: error(404, "ErrorItemNotFound")})
        assert (look.gone, look.series, look.items) == (("m",), {"m": frozenset()}, ())

    async def test_a_series_that_cannot_be_read_fails_the_look(self) -> None:
        with pytest.raises(VendorFault) as told:
            await shown(master("m"), **{INSTANCES: error(403, "ErrorAccessDenied")})
        assert told.value.code is FaultCode.PERMISSION_MISSING

    async def test_endless_instances_fail_the_look(self) -> None:
        body = {
            "value": [event("o1", type="occurrence", seriesMasterId="m")],
            "@odata.nextLink": f"{GRAPH}{MAILBOX}/events/m/instances?$skip=1",
        }
        with pytest.raises(VendorFault) as told:
            await shown(master("m"), **{INSTANCES: answer(200, body)})
        assert told.value.code is FaultCode.BAD_ANSWER


class TestClaims:
    async def test_a_tombstone_is_a_claim_even_of_what_was_never_seen(self) -> None:
        look = await shown(event("e1"), removed("never-seen"), removed("m"))
        assert set(look.gone) == {"never-seen", "m"}
        assert by_id(look) == {"e1": "Demo"}

    async def test_what_lies_outside_the_window_is_claimed_as_gone(self) -> None:
        look = await shown(event("far", "2027-05-01T09:00:00", "2027-05-01T10:00:00"), event("near"))
        assert (look.gone, by_id(look)) == (("far",), {"near": "Demo"})

    async def test_a_cancelled_meeting_is_an_item_that_says_so(self) -> None:
        (item,) = (await shown(event("e1", isCancelled=True, isOrganizer=False))).items
        assert item.cancelled
        assert not item.organized_by_owner


class TestMisbehaviour:
    async def test_the_same_page_again_and_again_is_read_by_calendar_view(self) -> None:
        loop: list[Reply | Exception] = [page(event("e1"), following=f"s{number}") for number in range(1, 5)]
        graph = ScriptedGraph({f"GET {DELTA}": loop, PLAIN: page(event("e1"), event("o1", type="occurrence", seriesMasterId="m"))})
        sight = await looked(graph)
        assert graph.asked()[-1] == f"{PLAIN}?{SPAN}&$top=50"
        assert len(graph.sent) == 3, "a repeated page is noticed at once"
        look = sight.looks[ANN]
        assert (look.full, by_id(look), look.series) == (True, {"e1": "Demo", "o1": "Demo"}, {"m": frozenset({"o1"})})
        graph.answers[f"GET {DELTA}"] = page(event("e2"), delta="d1")
        again = await looked(graph, sight.cursor)
        assert graph.asked()[-1] == FIRST, "the next look tries delta again"
        assert again.looks[ANN].full

    async def test_a_round_without_a_last_link_is_read_by_calendar_view(self) -> None:
        graph = ScriptedGraph({FIRST: page(event("e1")), PLAIN: page(event("e2"))})
        assert by_id((await looked(graph)).looks[ANN]) == {"e2": "Demo"}

    async def test_empty_pages_without_end_are_read_by_calendar_view(self) -> None:
        graph = ScriptedGraph({f"GET {DELTA}": page(following="s"), PLAIN: page(event("e2"))})
        assert by_id((await looked(graph)).looks[ANN]) == {"e2": "Demo"}
        assert len(graph.sent) == 102, "a hundred empty pages are lawful, one more is none, and one request for calendarView"

    async def test_a_calendar_view_without_end_fails_the_look(self) -> None:
        endless = answer(200, {"value": [event("e1")], "@odata.nextLink": f"{GRAPH}{MAILBOX}/calendarView?$skip=1"})
        graph = ScriptedGraph({f"GET {DELTA}": page(event("e1"), following="s"), PLAIN: endless})
        with pytest.raises(VendorFault) as told:
            await looked(graph)
        assert told.value.code is FaultCode.BAD_ANSWER

    async def test_more_pages_than_any_calendar_has_are_read_by_calendar_view(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twincal.connectors.graph.pages.MOST_PAGES", 3)
        endless: list[Reply | Exception] = [page(event(f"e{number}"), following=f"s{number}") for number in range(9)]
        graph = ScriptedGraph({f"GET {DELTA}": endless, PLAIN: page(event("e"))})
        assert by_id((await looked(graph)).looks[ANN]) == {"e": "Demo"}
        assert len(graph.sent) == 4

    @pytest.mark.parametrize("body", [b"", b"<html>", b'{"value": 3}', b'{"value": [', b"[]"])
    async def test_what_is_no_page_is_a_bad_answer(self, body: bytes) -> None:
        with pytest.raises(VendorFault) as told:
            await looked(ScriptedGraph({FIRST: Reply(status=200, headers={}, body=body)}))
        assert told.value.code is FaultCode.BAD_ANSWER

    @pytest.mark.parametrize(
        "odd",
        [
            {"id": 7, "type": "singleInstance"},
            {"type": "singleInstance"},
            event("odd", attendees="none"),
            event("odd") | {"start": None},
            event("odd") | {"start": moment("99999-01-01T00:00:00")},
            event("odd") | {"start": {"dateTime": "", "timeZone": "UTC"}},
        ],
    )
    async def test_one_odd_row_does_not_take_the_others_with_it(self, odd: Row) -> None:
        look = await shown(event("e1"), odd, event("e2"))
        assert [item.id for item in look.items] == ["e1", "e2"]
        assert look.gone == ()

    async def test_an_odd_occurrence_does_not_take_its_siblings_with_it(self) -> None:
        odd = occurrence("odd", "2026-11-16T09:00:00") | {"start": moment("0000-00-00T00:00:00")}
        look = await shown(master("m"), occurrence("o1", "2026-11-09T09:00:00"), odd, occurrence("o2", "2026-11-23T09:00:00"))
        assert [item.id for item in look.items] == ["o1", "o2"]
        assert "odd" in look.series["m"], "it is there, though nobody can tell when"

    async def test_skipped_rows_are_counted(self) -> None:
        graph = ScriptedGraph({FIRST: page(event("e1"), event("odd") | {"start": None}, {"id": []}, delta="d1")})
        calendar = calendar_of(graph)
        await calendar.look([ANN], None, WINDOW)
        client: GraphClient = calendar._client
        assert client.skipped == 2


async def test_the_cursor_holds_its_window_and_nothing_of_the_items() -> None:
    graph = ScriptedGraph({FIRST: page(event("e1", subject="Secret plans"), delta="d1")})
    told = msgspec.json.decode((await looked(graph)).cursor)
    assert told == {"version": 1, "link": link(delta="d1"), "start": "2026-11-01T00:00:00Z", "end": "2026-12-31T00:00:00Z"}
