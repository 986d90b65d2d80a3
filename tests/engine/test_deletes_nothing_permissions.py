"""A right is taken away: nothing is deleted, somebody is told which one, and when it is back, all is in step again."""

from datetime import timedelta

import pytest

from tests.engine.six_items import ALL, failure, in_step, in_step_again, nothing_deleted, reasons
from tests.engine.stage import ANN, BEN, CARLA, Stage
from twincal.core.faults import FaultCode, VendorFault

pytestmark = pytest.mark.asyncio(loop_scope="module")
OURS = "integration@northwind.example"
DAY = timedelta(days=1)
OUT_OF_SIGHT = "The event is out of sight in Salesforce (archived or not readable), and nothing shows that somebody deleted it."
DOCTOR = "Ask the administrator to grant what `twincal doctor` names."


async def user(stage: Stage, username: str, *, active: bool) -> None:
    """An administrator of the org lets a user sign in, or no longer."""
    found = stage.sandbox.org.user_named(username)
    assert found is not None
    await stage.act("salesforce", BEN, "update", object="User", id=found["Id"], fields={"IsActive": active})


async def test_events_that_may_no_longer_be_seen_are_out_of_sight(stage: Stage) -> None:
    await in_step(stage)
    await stage.control("/org", {"revoked": ["ViewAllData"]})
    blind = await stage.sync()
    await stage.change("Item 1", location={"displayName": "York"})
    edited = await stage.sync(full=True)
    await stage.pass_time(DAY)
    await nothing_deleted(stage, blind, edited, await stage.sync())
    assert await reasons(stage, "F42") == {OUT_OF_SIGHT}
    assert (await stage.row("Item 1")).remedy == "Give the account Twincal uses access to it."
    await stage.control("/org", {"revoked": []})
    await in_step_again(stage)
    assert (await stage.event("Item 1"))["Location"] == "York"


async def test_one_item_that_is_deleted_while_the_rest_is_out_of_sight_waits(stage: Stage) -> None:
    await in_step(stage)
    await stage.control("/org", {"revoked": ["ViewAllData"]})
    await stage.pass_time(DAY)
    await stage.sync()
    await stage.act("exchange", ANN, "remove", subject="Item 1")
    await stage.sync()
    assert await stage.subjects() == (sorted({*ALL} - {"Item 1"}), list(ALL))
    await stage.act("exchange", ANN, "restore", subject="Item 1")
    await stage.control("/org", {"revoked": []})
    await in_step_again(stage)


async def test_the_people_of_events_are_taken_away(stage: Stage) -> None:
    await in_step(stage)
    await stage.control("/org", {"hidden_objects": ["EventRelation"]})
    report = await stage.sync()
    await stage.pass_time(DAY)
    again = await stage.sync(full=True)
    await nothing_deleted(stage, report, again)
    assert failure(report) == failure(again)
    assert (failure(report).message, failure(report).remedy) == ("Salesforce: a permission is missing (INVALID_TYPE).", DOCTOR)
    await stage.control("/org", {"hidden_objects": []})
    await in_step_again(stage)


@pytest.mark.parametrize(
    ("taken", "code"),
    [
        pytest.param({"hidden_objects": ["Event"]}, "INVALID_TYPE", id="events"),
        pytest.param({"revoked": ["ApiEnabled"]}, "API_DISABLED_FOR_ORG", id="the interface"),
    ],
)
async def test_all_is_taken_away(stage: Stage, taken: dict[str, list[str]], code: str) -> None:
    await in_step(stage)
    await stage.control("/org", taken)
    report = await stage.sync()
    assert failure(report).message == f"Salesforce: a permission is missing ({code})."
    await stage.pass_time(DAY)
    with pytest.raises(VendorFault) as refused:  # once a day the org is described before anything else
        await stage.sync(full=True)
    assert (refused.value.code, refused.value.remedy) == (FaultCode.PERMISSION_MISSING, DOCTOR)
    await nothing_deleted(stage, report)
    await stage.control("/org", {key: [] for key in taken})
    await in_step_again(stage)


@pytest.mark.parametrize(
    "name", ["Subject", "StartDateTime", "IsPrivate", "Location", "WhoId", "WhatId", "IsArchived", "CreatedById"]
)
async def test_a_hidden_field_is_not_taken_for_an_empty_one(stage: Stage, name: str) -> None:
    await in_step(stage)
    await stage.control("/org", {"hidden_fields": [f"Event.{name}"]})
    report = await stage.sync()
    await stage.pass_time(DAY)
    again = await stage.sync(full=True)
    await nothing_deleted(stage, report, again)
    assert failure(again).message == f"Salesforce: a field is hidden from the account Twincal uses (INVALID_FIELD {name})."
    assert "`twincal doctor` names it" in failure(again).remedy
    await stage.control("/org", {"hidden_fields": []})
    await in_step_again(stage)


async def test_the_key_field_is_hidden(stage: Stage) -> None:
    await in_step(stage)
    await stage.control("/org", {"hidden_fields": ["Event.Twincal_Key__c"]})
    report = await stage.sync(full=True)
    assert failure(report).message.endswith("(INVALID_FIELD Twincal_Key__c).")
    await stage.pass_time(DAY)
    await nothing_deleted(stage, report, await stage.sync(full=True))
    await stage.control("/org", {"hidden_fields": []})
    await in_step_again(stage)


async def test_contacts_that_are_out_of_sight_stay_on_their_events(stage: Stage) -> None:
    carla = await stage.record("Contact", "Carla", CARLA)
    await stage.meet("Review", CARLA)
    await stage.rest()
    assert (await stage.event("Review"))["WhoId"] == carla
    for taken in ({"hidden_objects": ["Contact"]}, {"hidden_fields": ["Contact.Email"]}):
        await stage.control("/org", taken)
        await stage.sync(full=True)
        await stage.pass_time(DAY)
        await stage.sync(full=True)
        assert (await stage.event("Review"))["WhoId"] == carla
        await stage.control("/org", {key: [] for key in taken})
        await stage.rest()
        await stage.both("Review")
        assert (await stage.event("Review"))["WhoId"] == carla


async def test_what_may_no_longer_be_changed_is_unresolved_and_the_rest_goes_on(stage: Stage) -> None:
    await in_step(stage)
    await stage.control("/org", {"revoked": ["ModifyAllData"]})
    await stage.change("Item 1", location={"displayName": "Bath"})
    await stage.edit("Item 2", Location="York")
    report = await stage.sync()
    await nothing_deleted(stage, report)
    row = await stage.row("Item 1")
    assert (row.code, row.tab, row.remedy) == ("permission_missing", "unresolved", DOCTOR)
    assert (await stage.item("Item 2"))["location"]["displayName"] == "York"
    await stage.control("/org", {"revoked": []})
    await in_step_again(stage)
    assert (await stage.event("Item 1"))["Location"] == "Bath"


async def test_a_deletion_that_is_refused_is_not_taken_for_done(stage: Stage) -> None:
    await in_step(stage)
    await stage.control("/org", {"revoked": ["ModifyAllData"]})
    await stage.act("exchange", ANN, "remove", subject="Item 1")
    await stage.sync()
    assert (await stage.row("Item 1")).code == "permission_missing"
    await stage.act("exchange", ANN, "restore", subject="Item 1")
    await stage.control("/org", {"revoked": []})
    await in_step_again(stage)


async def test_our_account_is_deactivated(stage: Stage) -> None:
    await in_step(stage)
    await user(stage, OURS, active=False)
    report = await stage.sync(full=True)
    await nothing_deleted(stage, report)
    assert failure(report).message.startswith("Salesforce: the sign-in was refused (inactive_user")
    assert "`twincal doctor`" in failure(report).remedy
    await user(stage, OURS, active=True)
    await in_step_again(stage)


async def test_the_person_is_deactivated_in_salesforce(stage: Stage) -> None:
    await in_step(stage)
    await user(stage, ANN, active=False)
    report = await stage.sync()
    await stage.pass_time(DAY)
    await nothing_deleted(stage, report, await stage.sync(full=True))
    await stage.book("New", hour=15)
    await stage.sync()
    row = await stage.row("New")
    assert (row.code, row.tab) == ("value_refused", "unresolved")
    assert "INACTIVE_OWNER_OR_USER" in row.reason
    await stage.act("exchange", ANN, "remove", subject="New")
    await user(stage, ANN, active=True)
    await stage.pass_time(DAY)
    await in_step_again(stage)


async def test_logins_are_refused_for_a_while(stage: Stage) -> None:
    await in_step(stage)
    await stage.weather(salesforce={"refuse_logins": 50})
    report = await stage.sync(full=True)
    await nothing_deleted(stage, report)
    assert failure(report).message.startswith("Salesforce:")
    await stage.weather()
    await in_step_again(stage)


@pytest.mark.parametrize(
    ("quirks", "said"),
    [
        (
            {"unlicensed": [ANN]},
            "Exchange: the mailbox cannot be reached through Microsoft Graph (404 MailboxNotEnabledForRESTAPI).",
        ),
        ({"out_of_scope": [ANN]}, "Exchange: a permission is missing (403 ErrorAccessDenied)."),
        (
            {"out_of_scope": [ANN], "scope_denial_status": 404},
            "Exchange: the mailbox cannot be reached through Microsoft Graph (404 ErrorItemNotFound).",
        ),
    ],
)
async def test_a_mailbox_that_may_no_longer_be_read(stage: Stage, quirks: dict[str, object], said: str) -> None:
    await in_step(stage)
    await stage.weather(graph=quirks)
    report = await stage.sync()
    await stage.pass_time(DAY)
    again = await stage.sync(full=True)
    await nothing_deleted(stage, report, again)
    assert failure(report).message.startswith(said) and failure(again).message.startswith(said)
    await stage.weather()
    await in_step_again(stage)


async def test_the_sign_in_to_exchange_is_refused(stage: Stage) -> None:
    await in_step(stage)
    await stage.weather(transport={"kinds": ["unauthorized"], "system": "graph", "rate": 1.0, "tokens": True})
    report = await stage.sync(full=True)
    await nothing_deleted(stage, report)
    assert failure(report).message.startswith("Exchange: the sign-in was refused")
    await stage.weather()
    await in_step_again(stage)
