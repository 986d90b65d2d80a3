"""Writing: what is sent, how often, and what each receipt says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.connectors.salesforce_script import (
    CONTACT,
    FULL,
    LEAD,
    ME,
    OTHER,
    OWNER,
    SECOND,
    Clock,
    ScriptedOrg,
    answer,
    calendar_of,
    error,
    event,
    event_id,
    refused,
    saved,
)
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.fields import face
from twincal.core.item import AllDay, Item, Timed
from twincal.core.vocabulary import Operation, Outcome, ShowAs, Side
from twincal.core.writes import Receipt, Values, Write
from twincal.ports import Capabilities

START = datetime(2026, 11, 24, 9, 30, 0, 123_456, tzinfo=UTC)
TIMED = Timed(START, START + timedelta(minutes=45))
READ = "2026-11-20T08:00:00.000+0000"
STAMP = "s" * 32 + ":00"
NO_REPLY = VendorFault(Side.SALESFORCE, FaultCode.NO_REPLY)


def create(number: int = 1, **values: Any) -> Write:
    return Write(
        intent=f"c{number}",
        side=Side.SALESFORCE,
        operation=Operation.CREATE,
        mark=f"k{number}:1",
        stamp=STAMP,
        values=Values(**{"subject": "Demo", "times": TIMED, **values}),
    )


def change(operation: Operation, number: int = 1, version: str = READ, **values: Any) -> Write:
    return Write(
        intent=f"{operation.value[0]}{number}",
        side=Side.SALESFORCE,
        operation=operation,
        mark=f"k{number}:1",
        stamp=STAMP,
        item_id=event_id(number),
        version=version,
        values=Values(**values),
    )


def update(number: int = 1, version: str = READ, **values: Any) -> Write:
    return change(Operation.UPDATE, number, version, **({"subject": "New"} | values))


def delete(number: int = 1, version: str = READ) -> Write:
    return change(Operation.DELETE, number, version)


async def written(org: ScriptedOrg, *writes: Write, clock: Clock | None = None, capabilities: Capabilities = FULL) -> list[Receipt]:
    return list(await calendar_of(org, capabilities, clock).write(OWNER, writes))


def methods(org: ScriptedOrg) -> list[str]:
    return [f"{method} {path.split('?')[0].removeprefix('/services/data/v67.0/')}" for method, path, _ in org.sent]


def record(org: ScriptedOrg) -> dict[str, Any]:
    (found,) = next(body for method, path, body in org.sent if path.endswith("composite/sobjects"))["records"]
    return dict(found)


async def test_a_create_is_sent_whole_and_read_back() -> None:
    org = ScriptedOrg({"Event": [event(1, LastModifiedById=ME)]})
    org.saves = [[saved(event_id(1))]]
    (receipt,) = await written(org, create(place="Room", body="Text", show_as=ShowAs.OUT_OF_OFFICE, whos=(CONTACT, SECOND)))
    assert record(org) == {
        "attributes": {"type": "Event"},
        "OwnerId": OWNER,
        "Twincal_Key__c": "k1:1",
        "Twincal_Stamp__c": STAMP,
        "Subject": "Demo",
        "IsAllDayEvent": False,
        "StartDateTime": "2026-11-24T09:30:00.000Z",
        "EndDateTime": "2026-11-24T10:15:00.000Z",
        "Location": "Room",
        "ShowAs": "OutOfOffice",
        "Description": "Text",
        "WhoId": CONTACT,
        "EventWhoIds": [CONTACT, SECOND],
    }
    assert org.sent[0][2]["allOrNone"] is False
    assert methods(org) == ["POST composite/sobjects", "GET queryAll"]
    assert org.headers["sforce-call-options"] == "client=Twincal"
    assert (receipt.outcome, receipt.item_id) == (Outcome.DONE, event_id(1))
    assert receipt.item is not None
    assert receipt.item.changed_by == ME


async def test_an_all_day_item_is_sent_as_its_dates_last_one_included() -> None:
    org = ScriptedOrg()
    org.saves = [[saved(event_id(1))]]
    await written(org, create(times=AllDay(date(2026, 11, 24), date(2026, 11, 25))))
    sent = record(org)
    assert (sent["IsAllDayEvent"], sent["StartDateTime"], sent["EndDateTime"]) == (
        True,
        "2026-11-24T00:00:00.000Z",
        "2026-11-25T00:00:00.000Z",
    )


async def test_texts_are_cut_to_what_the_fields_hold() -> None:
    org = ScriptedOrg()
    org.saves = [[saved(event_id(1))]]
    await written(org, create(subject="s" * 300, place="p" * 300, body="b" * 40_000))
    sent = record(org)
    assert [len(sent[name]) for name in ("Subject", "Location", "Description")] == [255, 255, 32_000]


async def test_without_shared_activities_and_our_fields_only_the_first_who_is_sent() -> None:
    org = ScriptedOrg()
    org.saves = [[saved(event_id(1))]]
    await written(org, create(whos=(LEAD,)), capabilities=Capabilities(shared_activities=False))
    sent = record(org)
    assert sent["WhoId"] == LEAD
    assert not {"EventWhoIds", "Twincal_Key__c", "Twincal_Stamp__c"} & sent.keys()


async def test_an_update_sends_what_changed_and_nothing_else() -> None:
    org = ScriptedOrg({"Event": [event(1)]})
    org.saves = [[saved(event_id(1))]]
    (receipt,) = await written(org, update(whos=(), what=""))
    assert record(org) == {
        "attributes": {"type": "Event"},
        "Id": event_id(1),
        "Twincal_Stamp__c": STAMP,
        "Subject": "New",
        "WhoId": None,
        "EventWhoIds": None,
        "WhatId": None,
    }
    assert methods(org) == ["GET queryAll", "PATCH composite/sobjects", "GET queryAll"]
    assert receipt.outcome is Outcome.DONE


async def test_creates_cost_a_call_for_each_200_and_one_to_read_back() -> None:
    org = ScriptedOrg({"Event": [event(n) for n in range(450)]})
    org.saves = [[saved(event_id(n)) for n in chunk] for chunk in (range(200), range(200, 400), range(400, 450))]
    receipts = await written(org, *(create(n) for n in range(450)))
    assert methods(org) == ["POST composite/sobjects"] * 3 + ["POST composite"]
    assert [receipt.item.id if receipt.item else "" for receipt in receipts] == [event_id(n) for n in range(450)]


async def test_rows_fail_one_by_one() -> None:
    org = ScriptedOrg({"Event": [event(1), event(3)]})
    duration = refused("FIELD_INTEGRITY_EXCEPTION", "Duration must be between 0 and 20160 minutes", ["DurationInMinutes"])
    org.saves = [[saved(event_id(1)), duration, saved(event_id(3))]]
    receipts = await written(org, create(1), create(2), create(3))
    assert [receipt.outcome for receipt in receipts] == [Outcome.DONE, Outcome.NOT_APPLIED, Outcome.DONE]
    assert (receipts[1].fault, receipts[1].detail) == (FaultCode.VALUE_REFUSED, "FIELD_INTEGRITY_EXCEPTION DurationInMinutes")
    assert receipts[1].item is None


async def test_a_duplicate_names_the_record_that_is_there() -> None:
    org = ScriptedOrg()
    standing = "duplicate value found: Twincal_Key__c duplicates value on record with id: 00UaB0000000001"
    org.saves = [[refused("DUPLICATE_VALUE", standing)]]
    (receipt,) = await written(org, create())
    assert (receipt.outcome, receipt.fault, receipt.item_id) == (Outcome.NOT_APPLIED, FaultCode.DUPLICATE, "00UaB0000000001UAA")
    assert receipt.detail == "DUPLICATE_VALUE"


@pytest.mark.parametrize(
    ("save", "fault"),
    [
        (NO_REPLY, FaultCode.NO_REPLY),
        (answer(503), FaultCode.UNAVAILABLE),
        (error(500, "UNKNOWN_EXCEPTION"), FaultCode.UNAVAILABLE),
        (answer(200, [{"success": True, "id": event_id(1), "errors": []}]), FaultCode.BAD_ANSWER),
        (answer(200, "what?"), FaultCode.BAD_ANSWER),
    ],
)
async def test_a_create_without_a_clear_answer_is_unknown_and_not_sent_again(save: Any, fault: FaultCode) -> None:
    org = ScriptedOrg()
    org.saves = [save]
    receipts = await written(org, create(1), create(2))
    assert [(r.outcome, r.fault) for r in receipts] == [(Outcome.UNKNOWN, fault)] * 2
    assert methods(org) == ["POST composite/sobjects"]


async def test_a_request_that_cannot_have_arrived_was_not_applied() -> None:
    org = ScriptedOrg()
    org.saves = [VendorFault(Side.SALESFORCE, FaultCode.UNAVAILABLE)]
    (receipt,) = await written(org, create())
    assert (receipt.outcome, receipt.fault) == (Outcome.NOT_APPLIED, FaultCode.UNAVAILABLE)


async def test_an_update_whose_reply_was_lost_is_known_by_its_stamp() -> None:
    rows = [event(1), event(2)]
    org = ScriptedOrg({"Event": lambda _: rows})
    org.saves = [NO_REPLY]
    rows[0]["Twincal_Stamp__c"] = STAMP
    receipts = await written(org, update(1), update(2))
    assert [receipt.outcome for receipt in receipts] == [Outcome.DONE, Outcome.UNKNOWN]


async def test_locked_rows_alone_are_sent_again() -> None:
    clock, org = Clock(), ScriptedOrg()
    org.saves = [[saved(event_id(1)), refused("UNABLE_TO_LOCK_ROW")], [saved(event_id(2))]]
    receipts = await written(org, create(1), create(2), clock=clock)
    assert [receipt.outcome for receipt in receipts] == [Outcome.DONE, Outcome.DONE]
    assert [r["Twincal_Key__c"] for r in org.sent[1][2]["records"]] == ["k2:1"]
    assert clock.slept == [0.5]


async def test_rows_that_stay_locked_are_given_back() -> None:
    org = ScriptedOrg()
    org.saves = [[refused("UNABLE_TO_LOCK_ROW")]] * 3
    (receipt,) = await written(org, create())
    assert (receipt.outcome, receipt.fault) == (Outcome.NOT_APPLIED, FaultCode.LOCKED)
    assert org.saves == []


async def test_at_the_daily_limit_nothing_more_is_sent() -> None:
    org = ScriptedOrg()
    org.saves = [error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")]
    receipts = await written(org, *(create(n) for n in range(450)))
    assert {(r.outcome, r.fault) for r in receipts} == {(Outcome.NOT_APPLIED, FaultCode.LIMIT_REACHED)}
    assert methods(org) == ["POST composite/sobjects"]


async def test_too_many_slow_calls_at_once_pass() -> None:
    org = ScriptedOrg()
    busy = error(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
    org.saves = [busy, [saved(event_id(1))]]
    (receipt,) = await written(org, create())
    assert receipt.outcome is Outcome.DONE


async def test_a_row_changed_since_it_was_judged_is_left_alone() -> None:
    org = ScriptedOrg({"Event": [event(1, stamp="2026-11-20T08:00:01.000+0000"), event(2)]})
    org.saves = [[saved(event_id(2))]]
    receipts = await written(org, update(1), update(2))
    assert [(r.outcome, r.fault) for r in receipts] == [(Outcome.NOT_APPLIED, FaultCode.CHANGED_MEANWHILE), (Outcome.DONE, None)]
    assert record(org)["Id"] == event_id(2)


async def test_an_edit_in_the_second_of_the_look_is_seen_though_the_stamp_is_the_same() -> None:
    org = ScriptedOrg({"Event": [event(1)]})
    seen = (await calendar_of(org).read(OWNER, [event_id(1)]))[event_id(1)]
    assert isinstance(seen, Item)
    org.tables["Event"] = [event(1, Subject="Edited at the same moment")]
    (receipt,) = await written(org, replace(update(1, version=seen.version), known=face(seen)))
    assert (receipt.outcome, receipt.fault) == (Outcome.NOT_APPLIED, FaultCode.CHANGED_MEANWHILE)


async def test_a_row_of_which_only_the_stamp_has_moved_on_is_changed() -> None:
    org = ScriptedOrg({"Event": [event(1)]})
    seen = (await calendar_of(org).read(OWNER, [event_id(1)]))[event_id(1)]
    assert isinstance(seen, Item)
    org.tables["Event"] = [event(1, stamp="2026-11-20T08:00:01.000+0000")]
    org.saves = [[saved(event_id(1))]]
    (receipt,) = await written(org, replace(update(1, version=seen.version), known=face(seen)))
    assert receipt.outcome is Outcome.DONE


async def test_a_row_changed_this_very_second_is_read_again_after_it() -> None:
    clock, org = Clock(), ScriptedOrg({"Event": [event(1, stamp="2026-11-24T12:00:00.000+0000")]})
    org.server_time = clock.now
    org.saves = [[saved(event_id(1))]]
    await written(org, update(1, version="2026-11-24T12:00:00.000+0000"), clock=clock)
    assert clock.slept == [1.0]
    assert methods(org) == ["GET queryAll", "GET queryAll", "PATCH composite/sobjects", "GET queryAll"]


@pytest.mark.parametrize("row", [{"IsDeleted": True}, {"OwnerId": OTHER}, None])
async def test_what_is_no_longer_there_is_not_changed(row: dict[str, Any] | None) -> None:
    org = ScriptedOrg({"Event": [event(1, **row)] if row else []})
    (receipt,) = await written(org, update(1))
    assert (receipt.outcome, receipt.fault) == (Outcome.NOT_APPLIED, FaultCode.GONE)


async def test_an_occurrence_of_a_lightning_series_is_never_changed_for_it_would_change_them_all() -> None:
    org = ScriptedOrg({"Event": [event(1, IsRecurrence2=True)]})
    (receipt,) = await written(org, update(1))
    assert (receipt.outcome, receipt.fault, receipt.detail) == (Outcome.NOT_APPLIED, FaultCode.VALUE_REFUSED, "IsRecurrence2")
    assert methods(org) == ["GET queryAll"]


async def test_a_deletion_is_checked_before_and_after() -> None:
    dead = event(1, IsDeleted=True, LastModifiedById=ME, stamp="2026-11-24T12:00:00.000+0000")
    rows = [[event(1)], [dead]]
    org = ScriptedOrg({"Event": lambda _: rows.pop(0)})
    org.saves = [[saved(event_id(1))]]
    (receipt,) = await written(org, delete(1))
    assert methods(org) == ["GET queryAll", "DELETE composite/sobjects", "GET queryAll"]
    assert org.sent[1][1].endswith(f"?ids={event_id(1)}&allOrNone=false")
    assert receipt == Receipt(intent="d1", outcome=Outcome.DONE, item_id=event_id(1))


async def test_a_row_changed_since_it_was_judged_is_not_deleted() -> None:
    org = ScriptedOrg({"Event": [event(1, stamp="2026-11-20T08:00:01.000+0000")]})
    (receipt,) = await written(org, delete(1))
    assert (receipt.outcome, receipt.fault) == (Outcome.NOT_APPLIED, FaultCode.CHANGED_MEANWHILE)
    assert methods(org) == ["GET queryAll"]


async def test_an_edit_that_went_with_a_deletion_is_told() -> None:
    rows = [[event(1)], [event(1, IsDeleted=True, Subject="Edited in between")]]
    org = ScriptedOrg({"Event": lambda _: rows.pop(0)})
    org.saves = [[saved(event_id(1))]]
    (receipt,) = await written(org, delete(1))
    assert (receipt.outcome, receipt.detail) == (Outcome.DONE, "edited-meanwhile")


async def test_what_is_deleted_already_is_done() -> None:
    org = ScriptedOrg({"Event": [event(1, IsDeleted=True)]})
    (receipt,) = await written(org, delete(1))
    assert receipt.outcome is Outcome.DONE
    assert "DELETE composite/sobjects" not in methods(org)


async def test_a_failed_reading_before_stops_changes_but_not_creates() -> None:
    org = ScriptedOrg({"Event": error(400, "MALFORMED_QUERY")})
    org.saves = [[saved(event_id(9))]]
    receipts = await written(org, update(1), create(9))
    assert [(r.outcome, r.fault) for r in receipts] == [(Outcome.NOT_APPLIED, FaultCode.BAD_REQUEST), (Outcome.DONE, None)]


async def test_a_session_that_has_ended_is_renewed_once_and_the_write_goes_on() -> None:
    org = ScriptedOrg()
    org.before = [error(401, "INVALID_SESSION_ID", "Session expired or invalid")]
    org.saves = [[saved(event_id(1))]]
    (receipt,) = await written(org, create())
    assert receipt.outcome is Outcome.DONE
    assert len(org.tokens) == 2


async def test_nothing_secret_or_personal_is_in_a_detail() -> None:
    org = ScriptedOrg()
    org.saves = [[refused("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Subject 'Ann is ill' is not allowed", ["Subject"])]]
    (receipt,) = await written(org, create(subject="Ann is ill"))
    assert receipt.detail == "FIELD_CUSTOM_VALIDATION_EXCEPTION Subject"
