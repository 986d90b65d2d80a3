"""A full reading: what is asked, what is shown, and what is left out."""

from datetime import UTC, date, datetime

import pytest

from tests.connectors.salesforce_script import (
    CONTACT,
    FULL,
    LEAD,
    OTHER,
    OWNER,
    SECOND,
    WINDOW,
    ScriptedOrg,
    answer,
    calendar_of,
    error,
    event,
    event_id,
    relation,
    relations,
)  # fmt: skip
from twincal.core.item import AllDay, Item, Timed
from twincal.core.trees import Window
from twincal.core.vocabulary import Kind, RecordKind, Role, ShowAs
from twincal.ports import Capabilities


async def items_of(*rows: dict[str, object], capabilities: Capabilities = FULL, org: ScriptedOrg | None = None) -> tuple[Item, ...]:
    org = org or ScriptedOrg()
    org.tables["Event"] = list(rows)
    sight = await calendar_of(org, capabilities).look([OWNER], None, WINDOW)
    return sight.looks[OWNER].items


async def test_a_timed_row_as_an_item() -> None:
    row = event(Location="Room 1", Description="a\r\nb", ShowAs="OutOfOffice", WhatId="006000000000001AAA", What={"Name": "Deal"})
    (item,) = await items_of(row)
    assert item.times == Timed(datetime(2026, 11, 24, 9, 30, tzinfo=UTC), datetime(2026, 11, 24, 10, 15, tzinfo=UTC))
    assert (item.subject, item.place, item.body.text, item.show_as) == ("Demo", "Room 1", "a\nb", ShowAs.OUT_OF_OFFICE)
    assert (item.what, item.what_name) == ("006000000000001AAA", "Deal")
    assert item.version == "2026-11-20T08:00:00.000+0000"
    assert item.source == f"https://acme.my.salesforce.com/{event_id(1)}"
    assert item.kind is Kind.APPOINTMENT
    assert item.organized_by_owner


@pytest.mark.parametrize(
    ("start", "end", "times"),
    [
        ("2026-11-24T00:00:00.000+0000", "2026-11-25T00:00:00.000+0000", AllDay(date(2026, 11, 24), date(2026, 11, 25))),
        ("2026-11-24T00:00:00.000+0000", "2026-11-24T00:00:00.000+0000", AllDay(date(2026, 11, 24), date(2026, 11, 24))),
        ("2026-11-24T00:00:00.000+0000", None, AllDay(date(2026, 11, 24), date(2026, 11, 24))),
        ("2026-11-24T23:00:00.000-0800", None, AllDay(date(2026, 11, 24), date(2026, 11, 24))),
    ],
)
async def test_an_all_day_row_is_its_dates(start: str, end: str | None, times: AllDay) -> None:
    (item,) = await items_of(event(IsAllDayEvent=True, StartDateTime=start, EndDateTime=end))
    assert item.times == times


async def test_the_end_may_have_to_be_reckoned() -> None:
    (item,) = await items_of(event(EndDateTime=None, DurationInMinutes=30))
    assert item.end == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


async def test_rows_that_are_no_appointments_are_left_out() -> None:
    shown = await items_of(
        event(1), event(2, IsChild=True), event(3, IsRecurrence=True), event(4, GroupEventType="3"),
        event(5, IsClientManaged=True), event(6, GroupEventType="0"), event(7, GroupEventType="1"),
    )  # fmt: skip
    assert [item.id for item in shown] == [event_id(1), event_id(6), event_id(7)]


async def test_one_row_that_makes_no_sense_does_not_stop_the_others() -> None:
    shown = await items_of(event(1, StartDateTime=None), event(2, EndDateTime="2026-11-24T09:00:00.000+0000"), event(3))
    assert [item.id for item in shown] == [event_id(3)]


async def test_people_are_named_by_record_and_address_in_one_more_call() -> None:
    org = ScriptedOrg(
        {
            "Contact": [{"Id": CONTACT, "Email": "Ann@X.example", "Name": "Ann"}],
            "Lead": [{"Id": LEAD, "Email": None, "Name": "Leo"}],
            "User": [{"Id": OTHER, "Email": "bo@acme.example", "Name": "Bo"}],
        }
    )
    people = relations(
        relation(CONTACT, parent=True), relation(LEAD, invitee=True), relation(OTHER, invitee=True),
        relation("023000000000001AAA", invitee=True), relation("001000000000001AAA", IsWhat=True, parent=True),
        relation(SECOND, parent=True, IsDeleted=True),
    )  # fmt: skip
    (item,) = await items_of(event(WhoId=CONTACT, EventRelations=people), org=org)
    assert [(p.record, p.address, p.name, p.record_kind, p.invited, p.role) for p in item.people] == [
        (CONTACT, "ann@x.example", "Ann", RecordKind.CONTACT, False, Role.REQUIRED),
        (LEAD, "", "Leo", RecordKind.LEAD, True, Role.REQUIRED),
        (OTHER, "bo@acme.example", "Bo", RecordKind.USER, True, Role.REQUIRED),
        ("023000000000001AAA", "", "", None, True, Role.RESOURCE),
    ]
    assert item.whos == (CONTACT,)
    assert item.kind is Kind.MEETING
    assert len(org.sent) == 2


async def test_the_primary_who_comes_first() -> None:
    people = relations(relation(SECOND, parent=True), relation(CONTACT, parent=True, invitee=True))
    (item,) = await items_of(event(WhoId=CONTACT, EventRelations=people))
    assert item.whos == (CONTACT, SECOND)


async def test_without_shared_activities_the_who_is_no_invitee_and_every_row_is_one() -> None:
    single = Capabilities(shared_activities=False, hidden_fields=("IsClientManaged", "IsRecurrence2"))
    row = event(WhoId=CONTACT, EventRelations=relations({"RelationId": LEAD, "Status": "New", "IsDeleted": False}))
    org = ScriptedOrg()
    (item,) = await items_of(row, capabilities=single, org=org)
    assert {p.record: p.invited for p in item.people} == {LEAD: True, CONTACT: False}
    assert item.whos == (CONTACT,)
    soql = org.asked[0][1]
    assert "IsInvitee" not in soql
    assert "IsRecurrence2" not in soql
    assert "Twincal" not in soql


async def test_the_question_names_owner_window_and_both_kinds_of_days() -> None:
    org = ScriptedOrg()
    await items_of(org=org)
    resource, soql = org.asked[0]
    assert resource == "query"
    assert f"OwnerId IN ('{OWNER}')" in soql
    assert "IsAllDayEvent = false AND StartDateTime < 2026-12-31T00:00:00Z AND EndDateTime >= 2026-11-01T00:00:00Z" in soql
    assert "IsAllDayEvent = true AND ActivityDate <= 2026-12-31 AND EndDate >= 2026-11-01" in soql


async def test_rows_outside_the_window_are_not_shown() -> None:
    first_day_after = event(IsAllDayEvent=True, StartDateTime="2026-12-31T00:00:00.000+0000", EndDateTime=None)
    assert await items_of(first_day_after) == ()


async def test_every_owner_asked_for_has_a_look_under_the_name_asked_with() -> None:
    org = ScriptedOrg({"Event": [event(1)]})
    sight = await calendar_of(org).look([OWNER[:15], OTHER], None, WINDOW)
    assert [item.id for item in sight.looks[OWNER[:15]].items] == [event_id(1)]
    assert sight.looks[OTHER].items == ()
    assert all(look.full and look.window == WINDOW for look in sight.looks.values())


async def test_pages_are_followed() -> None:
    org = ScriptedOrg()
    org.tables["Event"] = answer(
        200, {"done": False, "nextRecordsUrl": "/services/data/v67.0/query/01g-2000", "records": [event(1)]}
    )
    org.pages["/services/data/v67.0/query/01g-2000"] = answer(200, {"done": True, "records": [event(2)]})
    sight = await calendar_of(org).look([OWNER], None, WINDOW)
    assert [item.id for item in sight.looks[OWNER].items] == [event_id(1), event_id(2)]


async def test_a_lost_place_between_two_pages_begins_anew() -> None:
    org = ScriptedOrg()
    first = answer(200, {"done": False, "nextRecordsUrl": "/services/data/v67.0/query/01g-2000", "records": [event(1)]})
    whole = answer(200, {"done": True, "records": [event(1), event(2)]})
    answers = [first, whole]
    org.tables["Event"] = lambda _: answers.pop(0)
    org.pages["/services/data/v67.0/query/01g-2000"] = error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    sight = await calendar_of(org).look([OWNER], None, WINDOW)
    assert [item.id for item in sight.looks[OWNER].items] == [event_id(1), event_id(2)]


async def test_a_question_too_large_is_halved() -> None:
    org = ScriptedOrg()
    whole = Window(WINDOW.start, WINDOW.end)

    def rows(soql: str) -> object:
        if OWNER in soql and OTHER in soql:
            return error(400, "OPERATION_TOO_LARGE", "exceeded 100000 distinct who/what's")
        return [event(1 if OWNER in soql else 2, OwnerId=OWNER if OWNER in soql else OTHER)]

    org.tables["Event"] = rows  # type: ignore[assignment]
    sight = await calendar_of(org).look([OWNER, OTHER], None, whole)
    assert {owner: [i.id for i in look.items] for owner, look in sight.looks.items()} == {
        OWNER: [event_id(1)],
        OTHER: [event_id(2)],
    }


async def test_many_invitees_come_in_pages_of_their_own() -> None:
    people = {
        "totalSize": 2,
        "done": False,
        "nextRecordsUrl": "/services/data/v67.0/query/01r-1",
        "records": [relation(CONTACT, parent=True)],
    }
    org = ScriptedOrg()
    org.pages["/services/data/v67.0/query/01r-1"] = answer(200, {"done": True, "records": [relation(SECOND, parent=True)]})
    (item,) = await items_of(event(WhoId=CONTACT, EventRelations=people), org=org)
    assert item.whos == (CONTACT, SECOND)
