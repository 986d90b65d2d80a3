"""Whatever Salesforce, or something that stands before it, answers: items, a named fault, or a row that is left out. Never a
crash, and never the org stopped by one row."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.salesforce_script import (
    CONTACT,
    FULL,
    INSTANCE,
    LEAD,
    ME,
    NOW,
    OTHER,
    OWNER,
    WINDOW,
    Clock,
    event,
    event_id,
    refused,
    relation,
    relations,
    saved,
)  # fmt: skip
from tests.fuzz.budget import examples
from tests.fuzz.hostile import depth, encoded, mutated, spoiled, texts, values
from twincal.connectors.salesforce.calendar import SalesforceCalendar
from twincal.connectors.salesforce.client import SalesforceClient
from twincal.connectors.salesforce.directory import SalesforceDirectory
from twincal.connectors.salesforce.signin import ClientCredentials
from twincal.core.faults import VendorFault
from twincal.core.fields import face
from twincal.core.item import Item
from twincal.core.vocabulary import Operation, Side
from twincal.core.writes import Values, Write
from twincal.ports import Reply, Sight

TOKEN = {"access_token": "t", "instance_url": INSTANCE, "id": f"https://login.salesforce.com/id/00D000000000001EAA/{ME}"}
FIRST, LAST = event(1), event(9)
MIDDLE = event(
    5, WhoId=CONTACT, What={"Name": "Acme"}, Description="Agenda",
    EventRelations=relations(relation(CONTACT, parent=True), relation(LEAD), relation(OTHER, invitee=True)),
)  # fmt: skip
DAY = event(6, IsAllDayEvent=True, StartDateTime="2026-11-24T00:00:00.000Z", EndDateTime="2026-11-24T00:00:00.000Z")
DELETED = event(7, IsDeleted=True)
PERSON = {"Id": CONTACT, "Email": "carla@acme.example", "Name": "Carla", "SystemModstamp": "2026-11-20T08:00:00.000+0000"}
RELATION = {
    "Id": "0RE000000000001AAA",
    "EventId": event_id(5),
    "RelationId": LEAD,
    "SystemModstamp": "2026-11-20T08:00:00.000+0000",
}
ROWS = [MIDDLE, DAY, DELETED]


def paged(rows: Any) -> dict[str, Any]:
    """One page that is all there is."""
    return {"totalSize": 1, "done": True, "records": rows}


class Org:
    """An org that answers every query with these pages (a Composite with one for each question), and all else as it is told."""

    def __init__(
        self,
        pages: Mapping[str, bytes],
        *,
        otherwise: Reply | None = None,
        token: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.pages = pages
        self.otherwise = otherwise or Reply(status=200, headers={}, body=b"[]")
        self.token = token or encoded(TOKEN)
        self.headers = {"date": "Tue, 24 Nov 2026 12:00:00 GMT", **(headers or {})}

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        path = urlsplit(url).path
        if path.endswith("/oauth2/token"):
            return Reply(status=200, headers={}, body=self.token)
        if path.endswith("/composite") and self.pages:
            asked = [one["url"] for one in json.loads(body)["compositeRequest"]]
            parts = b",".join(b'{"httpStatusCode":200,"body":' + self._page(one) + b"}" for one in asked)
            return Reply(status=200, headers=self.headers, body=b'{"compositeResponse":[' + parts + b"]}")
        if "/query" in path and self.pages:
            return Reply(status=200, headers=self.headers, body=self._page(url))
        return Reply(status=self.otherwise.status, headers=self.headers | dict(self.otherwise.headers), body=self.otherwise.body)

    def _page(self, url: str) -> bytes:
        for name, page in self.pages.items():
            if f"+FROM+{name}+" in url.split("EventRelations%29")[-1]:
                return page
        return encoded(paged([]))

    async def aclose(self) -> None:
        """Nothing is open."""


def calendar_of(org: Org) -> SalesforceCalendar:
    client = SalesforceClient(org, ClientCredentials(INSTANCE, "app", "secret"), Clock(), jitter=lambda: 0.5)
    return SalesforceCalendar(client, FULL, SalesforceDirectory(client))


def looked(org: Org, cursor: str | None = None) -> Sight | VendorFault:
    """What a look shows, or the fault it ends with; everything else is a crash."""
    try:
        sight = asyncio.run(calendar_of(org).look([OWNER], cursor, WINDOW))
    except VendorFault as fault:
        return fault
    for item in _items(sight).values():
        assert face(item)
    return sight


def _items(sight: Sight) -> dict[str, Item]:
    return {item.id: item for look in sight.looks.values() for item in look.items}


def cursor_of_a_first_look() -> str:
    first = looked(Org({"Event": encoded(paged([]))}))
    assert isinstance(first, Sight)
    return first.cursor


@examples(200)
@given(mutated(ROWS), st.booleans())
def test_no_row_takes_its_neighbours_with_it(rows: Any, polled: bool) -> None:
    rows = rows if isinstance(rows, list) else [rows]
    org = Org({"Event": encoded(paged([FIRST, *rows, LAST]))})
    outcome = looked(org, cursor_of_a_first_look() if polled else None)
    assert isinstance(outcome, Sight), outcome
    assert {event_id(1), event_id(9)} <= _items(outcome).keys()
    assert isinstance(looked(org, outcome.cursor), Sight), "the cursor behind odd rows serves"


@examples(100)
@given(mutated([PERSON]), mutated([RELATION]))
def test_odd_people_and_relations_do_not_stop_a_poll(people: Any, links: Any) -> None:
    person, link = encoded(paged(people)), encoded(paged(links))
    org = Org({"Event": encoded(paged([FIRST, LAST])), "Contact": person, "Lead": person, "User": person, "EventRelation": link})
    outcome = looked(org, cursor_of_a_first_look())
    if isinstance(people, list) and isinstance(links, list):
        assert isinstance(outcome, Sight) and {event_id(1), event_id(9)} <= _items(outcome).keys()


@examples(100)
@given(mutated(paged([FIRST, *ROWS]), most=2))
def test_a_page_of_any_shape_is_items_or_a_fault(page: Any) -> None:
    looked(Org({"Event": encoded(page)}))


@examples(100)
@given(spoiled(encoded(paged([FIRST, *ROWS]))))
def test_broken_bytes_are_items_or_a_fault(raw: bytes) -> None:
    looked(Org({"Event": raw}))


@pytest.mark.parametrize("levels", [100, 2_000, 200_000])
@pytest.mark.parametrize("kind", ["[", "{"])
def test_a_document_without_bottom_is_a_fault(levels: int, kind: str) -> None:
    assert isinstance(looked(Org({"Event": depth(levels, kind)})), VendorFault)


@examples(120)
@given(texts, texts, st.booleans(), st.sampled_from((None, 0, -1, 2**31, 10**18)))
def test_times_from_the_ends_of_the_calendar_are_times_or_left_out(
    start: str, end: str, all_day: bool, minutes: int | None
) -> None:
    row = event(5, IsAllDayEvent=all_day, StartDateTime=start, EndDateTime=end, DurationInMinutes=minutes)
    outcome = looked(Org({"Event": encoded(paged([FIRST, row, {**row, "Id": event_id(6), "EndDateTime": None}, LAST]))}))
    assert isinstance(outcome, Sight) and {event_id(1), event_id(9)} <= _items(outcome).keys()


def test_half_a_letter_takes_nothing_with_it() -> None:
    outcome = looked(Org({"Event": encoded(paged([FIRST, event(5, Subject="cut off \ud83d"), LAST]))}))
    assert isinstance(outcome, Sight)
    assert _items(outcome)[event_id(5)].subject == "cut off \ufffd"


def test_a_stamp_from_the_end_of_time_does_not_stop_later_polls() -> None:
    far = event(5, SystemModstamp="9999-12-31T00:00:00.000+0000")
    outcome = looked(Org({"Event": encoded(paged([far]))}), cursor_of_a_first_look())
    assert isinstance(outcome, Sight)
    fresh = event(1, SystemModstamp="2026-11-24T12:00:05.000+0000")

    class Noting(Org):
        async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
            asked.append(url + body.decode())
            return await super().send(method, url, headers=headers, body=body)

    asked: list[str] = []
    assert isinstance(looked(Noting({"Event": encoded(paged([fresh]))}), outcome.cursor), Sight)
    assert any("2026-11-24T11" in one for one in asked) and not any("9999" in one for one in asked)


@examples(150)
@given(values, st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 409, 412, 429, 500, 503]), texts, texts)
def test_any_answer_to_any_call_is_a_receipt_or_a_fault(body: Any, status: int, pause: str, usage: str) -> None:
    headers = {"retry-after": pause, "sforce-limit-info": f"api-usage={usage}", "date": usage}
    org = Org({}, otherwise=Reply(status=status, headers=headers, body=encoded(body)))
    new = Write(intent="i", side=Side.SALESFORCE, operation=Operation.CREATE, values=Values(subject="x"), mark="m" * 32, stamp="s")

    async def every() -> None:
        calendar = calendar_of(org)
        for call in (
            lambda: calendar.look([OWNER], None, WINDOW),
            lambda: calendar.read(OWNER, [event_id(1), "no id"]),
            lambda: calendar.find(OWNER, ["mark"]),
            lambda: calendar.write(OWNER, [new]),
            lambda: calendar.write(
                OWNER, [Write(intent="d", side=Side.SALESFORCE, operation=Operation.DELETE, item_id=event_id(1), mark="")]
            ),
        ):
            try:
                await call()
            except VendorFault:
                continue

    asyncio.run(every())


@examples(100)
@given(mutated([saved(event_id(1)), refused("DUPLICATE_VALUE", "record with id: " + event_id(2), ["Key"])], most=3))
def test_a_collection_of_any_shape_is_receipts(body: Any) -> None:
    org = Org({"Event": encoded(paged([FIRST]))}, otherwise=Reply(status=200, headers={}, body=encoded(body)))
    writes = [
        Write(intent=f"i{n}", side=Side.SALESFORCE, operation=Operation.CREATE, values=Values(subject="x"), mark="m" * 32)
        for n in range(2)
    ]
    receipts = asyncio.run(calendar_of(org).write(OWNER, writes))
    assert [receipt.intent for receipt in receipts] == ["i0", "i1"]


@examples(100)
@given(mutated(ROWS), mutated({"deletedRecords": [{"id": event_id(3), "deletedDate": "2026-11-20T08:00:00.000+0000"}]}, most=2))
def test_every_id_that_is_read_has_an_answer(rows: Any, log: Any) -> None:
    org = Org({"Event": encoded(paged(rows))}, otherwise=Reply(status=200, headers={}, body=encoded(log)))
    try:
        told = asyncio.run(calendar_of(org).read(OWNER, [event_id(3), event_id(5)]))
    except VendorFault:
        return
    assert {event_id(3), event_id(5)} <= told.keys()


@examples(80)
@given(mutated(TOKEN, most=2))
def test_a_token_of_any_shape_is_a_token_or_a_fault(body: Any) -> None:
    looked(Org({"Event": encoded(paged([]))}, token=encoded(body)))


@examples(80)
@given(texts | mutated([1, 739_000, [1, 1, 1, 1, 1], "abc"]).map(lambda body: encoded(body).decode()))
def test_a_cursor_of_any_shape_is_continued_or_expired(cursor: str) -> None:
    looked(Org({"Event": encoded(paged([FIRST]))}), cursor)


def test_times_are_those_that_were_told() -> None:
    outcome = looked(Org({"Event": encoded(paged([FIRST]))}))
    assert isinstance(outcome, Sight)
    assert _items(outcome)[event_id(1)].start == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert NOW.tzinfo is UTC
