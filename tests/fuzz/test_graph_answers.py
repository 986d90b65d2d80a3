"""Whatever Graph, or something that stands before it, answers: items, a named fault, or a row that is left out. Never a crash,
and never a good row lost with a bad one."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.graph_script import (
    ANN,
    DELTA,
    MAILBOX,
    NOW,
    WINDOW,
    Clock,
    ScriptedGraph,
    answer,
    event,
    link,
    master,
    occurrence,
    removed,
)
from tests.connectors.graph_script import calendar_of as calendar_behind
from tests.fuzz.budget import examples
from tests.fuzz.hostile import depth, encoded, mutated, spoiled, texts, values
from twincal.connectors.graph.calendar import GraphCalendar
from twincal.connectors.graph.client import GraphClient
from twincal.connectors.graph.signin import Secret
from twincal.core.faults import VendorFault
from twincal.core.fields import face
from twincal.core.item import Item
from twincal.core.vocabulary import Operation, Side
from twincal.core.writes import Values, Write
from twincal.ports import Reply

PEOPLE = [
    {"type": "required", "status": {"response": "none"}, "emailAddress": {"name": "Carla", "address": "carla@acme.example"}},
    {"type": "resource", "emailAddress": {"name": "Room 1", "address": "room1@northwind.example"}},
]
MARKED = [{"id": "String {9c1f8f0e-5d0b-4f57-9a0e-6f4f7c1d2b3a} Name TwincalMark", "value": "m1"}]
WHOLE = event(
    "middle",
    attendees=PEOPLE,
    categories=["Red"],
    body={"contentType": "html", "content": "<p>Agenda <a href='https://zoom.us/j/1'>join</a></p>"},
    singleValueExtendedProperties=MARKED,
)
ROWS = [
    WHOLE,
    event("day", "2026-11-24T00:00:00", "2026-11-25T00:00:00", isAllDay=True),
    removed("gone"),
    master(),
    occurrence("o1", "2026-11-23T09:00:00"),
]
FIRST, LAST = event("first"), event("last")
PAGE = {"@odata.context": "x", "value": [FIRST, *ROWS, LAST], "@odata.deltaLink": link(delta="d1")}
INSTANCES = {"value": [event("i1", seriesMasterId="m", type="occurrence")]}


class Answering:
    """Graph, whose data calls are answered by these bytes and headers, whatever was asked."""

    def __init__(
        self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, token: bytes = b"", token_status: int = 200
    ) -> None:
        self.token_status = token_status
        self.reply = Reply(status=status, headers=headers or {}, body=body)
        self.token = token or encoded({"access_token": "t", "expires_in": 3599})
        self.asked = 0

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        if "/oauth2/" in url:
            return Reply(status=self.token_status, headers={}, body=self.token)
        self.asked += 1
        return self.reply

    async def aclose(self) -> None:
        """Nothing is open."""


def calendar_of(transport: Any) -> GraphCalendar:
    return GraphCalendar(
        GraphClient(transport, tenant="northwind", client_id="app", credential=Secret("s"), clock=Clock(), jitter=lambda: 0.0),
        page_size=50,
    )


def looked(transport: Any, cursor: str | None = None) -> dict[str, Item] | VendorFault:
    """The items a look shows, or the fault it ends with; everything else is a crash."""
    try:
        sight = asyncio.run(calendar_of(transport).look([ANN], cursor, WINDOW))
    except VendorFault as fault:
        return fault
    found = {item.id: item for item in sight.looks[ANN].items}
    for item in found.values():
        assert face(item)  # what is seen can be compared and stored
    return found


def rows_answered(body: bytes) -> ScriptedGraph:
    """A tenant with this page, and a series that can be read."""
    page = Reply(status=200, headers={}, body=body)
    return ScriptedGraph({f"GET {DELTA}": page, f"GET {MAILBOX}/events/m/instances": answer(200, INSTANCES)})


@examples(250)
@given(mutated(ROWS))
def test_no_row_takes_its_neighbours_with_it(rows: Any) -> None:
    rows = rows if isinstance(rows, list) else [rows]
    page = encoded({**PAGE, "value": [FIRST, *rows, LAST]})
    outcome = looked(Answering(page))
    found = outcome if isinstance(outcome, dict) else {}
    if isinstance(outcome, VendorFault):  # a series is read again, and this tenant answers that with the page as well
        outcome = looked(_steady(page))
        assert isinstance(outcome, dict), outcome
        found = outcome
    assert {"first", "last"} <= found.keys()


def _steady(page: bytes) -> Any:
    """A tenant in which every series can be read, whatever its id."""

    class Steady(ScriptedGraph):
        def _answer(self, request: dict[str, Any]) -> Reply:
            if "/instances" in request["url"]:
                return answer(200, INSTANCES)
            return Reply(status=200, headers={}, body=page)

    return Steady()


@examples(150)
@given(mutated(PAGE, most=2))
def test_a_page_of_any_shape_is_items_or_a_fault(page: Any) -> None:
    looked(Answering(encoded(page)))


@examples(150)
@given(spoiled(encoded(PAGE)))
def test_broken_bytes_are_items_or_a_fault(raw: bytes) -> None:
    looked(Answering(raw))


@pytest.mark.parametrize("levels", [100, 2_000, 200_000])
@pytest.mark.parametrize("kind", ["[", "{"])
def test_a_document_without_bottom_is_a_fault(levels: int, kind: str) -> None:
    deep = depth(levels, kind)
    assert isinstance(looked(Answering(deep)), VendorFault)
    row = encoded(WHOLE)[:-1] + b', "x": ' + deep + b"}"
    outcome = looked(
        _steady(b'{"value": [' + encoded(FIRST) + b"," + row + b'], "@odata.deltaLink": "' + link(delta="d").encode() + b'"}')
    )
    assert isinstance(outcome, VendorFault) or "first" in outcome


def test_ten_thousand_attendees_are_an_item() -> None:
    crowd = [{"type": "required", "emailAddress": {"address": f"p{n}@acme.example"}} for n in range(10_000)]
    outcome = looked(Answering(encoded({**PAGE, "value": [FIRST, {**WHOLE, "attendees": crowd}, LAST]})))
    assert isinstance(outcome, dict)
    assert len(outcome["middle"].people) == 10_000


@examples(150)
@given(values, st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 409, 410, 412, 429, 500, 503]), texts)
def test_any_answer_to_any_call_is_a_receipt_or_a_fault(body: Any, status: int, pause: str) -> None:
    transport = Answering(encoded(body), status, {"retry-after": pause})
    write = Write(intent="i", side=Side.EXCHANGE, operation=Operation.CREATE, values=Values(subject="x"), mark="m" * 32, stamp="s")

    async def every() -> None:
        calendar = calendar_of(transport)
        for call in (
            lambda: calendar.read(ANN, ["a", "b/c=="]),
            lambda: calendar.find(ANN, ["mark"]),
            lambda: calendar.write(ANN, [write]),
            lambda: calendar.look([ANN], None, WINDOW),
        ):
            try:
                await call()
            except VendorFault:
                continue

    asyncio.run(every())


@examples(150)
@given(mutated({"responses": [{"id": "0", "status": 200, "headers": {"Retry-After": "1"}, "body": WHOLE}]}, most=3))
def test_a_batch_of_any_shape_is_items_or_a_fault(body: Any) -> None:
    async def read() -> None:
        try:
            await calendar_of(Answering(encoded(body))).read(ANN, ["middle"])
        except VendorFault:
            return

    asyncio.run(read())


@examples(100)
@given(mutated({"access_token": "t", "expires_in": 3599, "token_type": "Bearer"}, most=2))
def test_a_token_of_any_shape_is_a_token_or_a_fault(body: Any) -> None:
    looked(Answering(encoded(PAGE), token=encoded(body)))


@examples(80)
@given(texts | values.map(str))
def test_a_cursor_of_any_shape_is_read_or_forgotten(cursor: str) -> None:
    looked(_steady(encoded(PAGE)), cursor)


def test_times_are_those_that_were_told() -> None:
    outcome = looked(_steady(encoded(PAGE)))
    assert isinstance(outcome, dict)
    assert outcome["first"].start == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert NOW.tzinfo is UTC and calendar_behind(ScriptedGraph()) is not None


@examples(120)
@given(
    texts,
    texts,
    st.booleans(),
    st.sampled_from(("UTC", "Romance Standard Time", "Customized Time Zone", "Etc/GMT+12", "Europe/\0")),
)
def test_times_from_the_ends_of_the_calendar_are_times_or_left_out(start: str, end: str, all_day: bool, zone: str) -> None:
    times = {name: {"dateTime": text, "timeZone": zone} for name, text in (("start", start), ("end", end))}
    row = event("odd", isAllDay=all_day) | times
    outcome = looked(_steady(encoded({**PAGE, "value": [FIRST, row, {**row, "type": "exception", "seriesMasterId": "m"}, LAST]})))
    assert isinstance(outcome, dict) and {"first", "last"} <= outcome.keys()


@pytest.mark.parametrize("code", ["ann@acme.example wrote it", "a" * 200, "\r\nX: y", "ErrorItemNotFound: Lunch with Ann"])
def test_only_a_code_is_repeated_of_an_error(code: str) -> None:
    error = encoded({"error": {"code": code, "message": "Lunch with Ann"}, "error_codes": [7000215]})
    for outcome in (looked(Answering(error, 400)), looked(Answering(b"", token=encoded({"error": code}), token_status=401))):
        assert isinstance(outcome, VendorFault)
        assert code not in outcome.message and "Ann" not in outcome.message


def test_half_a_letter_takes_nothing_with_it() -> None:
    outcome = looked(_steady(encoded({**PAGE, "value": [FIRST, event("cut", subject="cut off \ud83d"), LAST]})))
    assert isinstance(outcome, dict)
    assert outcome["cut"].subject == "cut off \ufffd"


def test_an_answer_that_is_no_page_is_not_an_empty_calendar() -> None:
    assert isinstance(looked(Answering(b"{}")), VendorFault)
    assert isinstance(looked(Answering(b'{"message": "welcome"}')), VendorFault)


@pytest.mark.parametrize("life", [-(2**63), -1, 0, 2**63 - 1])
def test_a_token_may_say_any_life(life: int) -> None:
    with_life = Answering(encoded({**PAGE, "value": [FIRST]}), token=encoded({"access_token": "t", "expires_in": life}))
    assert isinstance(looked(with_life), dict)
