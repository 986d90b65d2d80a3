"""Reading by id and by mark: absence is never evidence of deletion."""

from datetime import UTC, datetime
from typing import Any

from tests.connectors.salesforce_script import FULL, ME, NOW, OTHER, OWNER, ScriptedOrg, answer, calendar_of, error, event, event_id
from twincal.core.item import AllDay, Item, Timed
from twincal.core.vocabulary import Operation, Side
from twincal.core.writes import Absent, Values, Write
from twincal.ports import Capabilities

DELETED_AT = "2026-11-24T11:00:00.000+0000"


async def read_one(*rows: dict[str, Any], log: Any = None, wanted: str = event_id(1)) -> Item | Absent:
    org = ScriptedOrg({"Event": list(rows)})
    org.paths["sobjects/Event/deleted/"] = log or answer(
        200, {"deletedRecords": [], "earliestDateAvailable": "", "latestDateCovered": ""}
    )
    answers = await calendar_of(org).read(OWNER, [wanted])
    assert org.asked[0][0] == "queryAll"
    assert list(answers) == [wanted]
    return answers[wanted]


async def test_a_live_row_is_an_item_with_its_text() -> None:
    found = await read_one(event(1, Description="Notes"))
    assert isinstance(found, Item)
    assert found.body.text == "Notes"


async def test_an_id_of_fifteen_characters_is_answered_under_its_name() -> None:
    found = await read_one(event(1), wanted=event_id(1)[:15])
    assert isinstance(found, Item)


async def test_a_row_in_the_recycle_bin_is_deleted_by_whom_the_deletion_noted() -> None:
    found = await read_one(event(1, IsDeleted=True, LastModifiedById=OTHER, stamp=DELETED_AT))
    assert isinstance(found, Absent)
    assert (found.deleted, found.by, found.at) == (True, OTHER, datetime(2026, 11, 24, 11, tzinfo=UTC))
    assert found.item is not None
    assert found.item.subject == "Demo"


async def test_a_last_editor_from_before_the_deletion_is_not_called_the_deleter() -> None:
    found = await read_one(event(1, IsDeleted=True, LastModifiedById=OTHER, SystemModstamp=DELETED_AT))
    assert isinstance(found, Absent)
    assert (found.deleted, found.by) == (True, "")


async def test_an_archived_row_is_absent_but_not_deleted() -> None:
    found = await read_one(event(1, IsArchived=True))
    assert isinstance(found, Absent)
    assert not found.deleted


async def test_a_row_of_another_owner_is_absent_but_not_deleted() -> None:
    found = await read_one(event(1, OwnerId=OTHER))
    assert isinstance(found, Absent)
    assert not found.deleted


async def test_an_id_without_a_row_is_no_evidence_of_deletion() -> None:
    assert await read_one() == Absent(event_id(1), deleted=False)


async def test_a_hard_deletion_is_known_from_the_log() -> None:
    log = answer(200, {"deletedRecords": [{"id": event_id(1), "deletedDate": DELETED_AT}], "earliestDateAvailable": ""})
    assert await read_one(log=log) == Absent(event_id(1), deleted=True, at=datetime(2026, 11, 24, 11, tzinfo=UTC))


async def test_a_log_that_is_not_to_be_had_is_no_evidence_either() -> None:
    assert await read_one(log=error(400, "INVALID_REPLICATION_DATE")) == Absent(event_id(1), deleted=False)


async def test_every_id_has_an_answer_and_long_lists_travel_in_a_body() -> None:
    org = ScriptedOrg({"Event": [event(n) for n in range(150)]})
    answers = await calendar_of(org).read(OWNER, [event_id(n) for n in range(150)])
    assert len(answers) == 150
    assert [(method, path) for method, path, _ in org.sent] == [("POST", "/services/data/v67.0/composite")]


async def test_what_is_no_id_is_never_asked_for() -> None:
    org = ScriptedOrg()
    assert await calendar_of(org).read(OWNER, ["x' OR Id != '"]) == {"x' OR Id != '": Absent("x' OR Id != '", deleted=False)}
    assert org.sent == []


async def test_marks_are_found_live_and_deleted() -> None:
    live = event(1, Twincal_Key__c="a:1")
    dead = event(2, Twincal_Key__c="b:1", IsDeleted=True, LastModifiedById=OWNER)
    other = event(3, Twincal_Key__c="A:1")
    org = ScriptedOrg({"Event": [live, dead, other]})
    found = await calendar_of(org).find(OWNER, ["b:1", "a:1", "c:1"])
    assert set(found) == {"a:1", "b:1"}
    assert [type(answer) for answer in found["a:1"] + found["b:1"]] == [Item, Absent]
    assert org.asked[0][0] == "queryAll"
    assert "Twincal_Key__c IN ('a:1','b:1','c:1')" in org.asked[0][1]


async def test_without_the_field_no_mark_is_looked_for() -> None:
    org = ScriptedOrg()
    assert await calendar_of(org, Capabilities(key_field=False)).find(OWNER, ["a:1"]) == {}
    assert org.sent == []


def create(times: Timed | AllDay, subject: str = "Demo") -> Write:
    values = Values(subject=subject, times=times)
    return Write(intent="i", side=Side.SALESFORCE, operation=Operation.CREATE, mark="a:1", values=values)


async def test_alike_is_what_our_account_made_since_with_this_subject_and_start() -> None:
    start = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    org = ScriptedOrg({"Event": [event(1, Subject="It's here"), event(2, Subject="Other")]})
    write = create(Timed(start, start), "  It's here  ")
    found = await calendar_of(org).find_alike(OWNER, write, NOW)
    assert [item.id for item in found] == [event_id(1)]
    soql = org.asked[0][1]
    assert f"OwnerId = '{OWNER}' AND IsAllDayEvent = false AND StartDateTime = 2026-11-24T09:30:00Z" in soql
    assert f"CreatedById = '{ME}' AND CreatedDate >= 2026-11-24T12:00:00Z" in soql


async def test_alike_all_day_goes_by_the_date() -> None:
    org = ScriptedOrg()
    day = datetime(2026, 11, 24, tzinfo=UTC).date()
    await calendar_of(org).find_alike(OWNER, create(AllDay(day, day)), NOW)
    assert "IsAllDayEvent = true AND ActivityDate = 2026-11-24" in org.asked[0][1]


async def test_alike_needs_to_know_who_we_are() -> None:
    org = ScriptedOrg({"Event": [event(1)]})
    start = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    nobody = Capabilities(key_field=FULL.key_field)
    assert await calendar_of(org, nobody).find_alike(OWNER, create(Timed(start, start)), NOW) == ()
