"""A mailbox that moves: every id is another one and no delta link is known; nothing is deleted, nothing comes twice."""

import pytest

from tests.engine.six_items import ALL, in_step, in_step_again, nothing_deleted
from tests.engine.stage import ANN, CARLA, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR = (("start", 14), ("end", 15))
KEYS = pytest.mark.parametrize("key_fields", [True, False], ids=["key fields", "reduced guarantee"])


async def ids(stage: Stage) -> tuple[set[str], set[str]]:
    """What stands in both calendars, by id."""
    exchange, salesforce = await stage.state()
    return {item["id"] for item in exchange}, {event["Id"] for event in salesforce}


@KEYS
async def test_items_under_other_ids_are_the_same_items(stage: Stage, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    await in_step(stage)
    here, there = await ids(stage)
    await stage.act("exchange", ANN, "migrate")
    report = await stage.sync()
    await nothing_deleted(stage, report)
    await in_step_again(stage)
    after = await ids(stage)
    assert here.isdisjoint(after[0]) and after[1] == there


@KEYS
async def test_what_was_edited_in_salesforce_during_the_move_still_counts(stage: Stage, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    await in_step(stage)
    await stage.act("exchange", ANN, "migrate")
    await stage.edit("Item 2", Location="Bath")
    report = await stage.sync()
    await nothing_deleted(stage, report)
    await in_step_again(stage)
    assert (await stage.item("Item 2"))["location"]["displayName"] == "Bath"


async def test_meetings_keep_their_contacts_and_mail_nobody(stage: Stage) -> None:
    carla = await stage.record("Contact", "Carla", CARLA)
    for number in range(6):
        await stage.meet(f"Review {number}", CARLA, day=4 + number)
    await stage.rest()
    _, there = await ids(stage)
    await stage.act("exchange", ANN, "migrate")
    await stage.rest()
    await stage.both(*(f"Review {number}" for number in range(6)))
    assert (await ids(stage))[1] == there
    assert {event["WhoId"] for event in (await stage.state())[1]} == {carla}
    assert await stage.mails() == []


async def test_a_series_keeps_its_events(stage: Stage) -> None:
    daily = {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": "2027-03-04", "numberOfOccurrences": 6},
    }
    await stage.book("Standup", recurrence=daily)
    await stage.rest()
    _, there = await ids(stage)
    await stage.act("exchange", ANN, "migrate")
    await stage.rest()
    await stage.both(*["Standup"] * 6)
    assert (await ids(stage))[1] == there


@KEYS
async def test_what_was_edited_in_outlook_during_the_move_still_counts(stage: Stage, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    await in_step(stage)
    _, there = await ids(stage)
    await stage.act("exchange", ANN, "migrate")
    await stage.change("Item 1", location={"displayName": "York"})
    await stage.change("Item 2", subject="Another 2")
    await stage.change("Item 3", **{at: {"dateTime": f"2027-03-20T{hour}:00:00", "timeZone": "UTC"} for at, hour in HOUR})
    report = await stage.sync()
    assert (report.total("deleted").salesforce, report.total("created").salesforce, report.held_plans) == (0, 0, ())
    await stage.rest()
    await stage.both(*(subject.replace("Item 2", "Another 2") for subject in ALL))
    assert (await ids(stage))[1] == there
    assert (await stage.event("Item 1"))["Location"] == "York"
    assert (await stage.event("Item 3"))["StartDateTime"].startswith("2027-03-20T14")


async def test_a_mailbox_that_comes_back_empty_is_not_believed(stage: Stage) -> None:
    await in_step(stage)
    await stage.act("exchange", ANN, "migrate")
    stage.sandbox.exchange.mailbox(ANN).items.clear()
    for full in (False, True):
        report = await stage.sync(full=full)
        assert (await stage.subjects(), [plan.code for plan in report.held_plans]) == (([], list(ALL)), ["L02"])


async def test_a_mailbox_that_is_filled_only_later_deletes_nothing_by_itself(stage: Stage) -> None:
    """What it is filled with may be known again, or stand beside the former events until an administrator releases those."""
    await in_step(stage)
    _, there = await ids(stage)
    await stage.act("exchange", ANN, "migrate")
    mailbox = stage.sandbox.exchange.mailbox(ANN)
    away = list(mailbox.items.values())
    mailbox.items.clear()
    assert [plan.code for plan in (await stage.sync()).held_plans] == ["L02"]
    for item in away:
        mailbox.put(item)
        stage.sandbox.exchange.change(ANN, item.id, {"importance": "high"})
    for full in (False, True, False):
        report = await stage.sync(full=full)
        assert there <= (await ids(stage))[1]
    for plan in report.held_plans:
        async with stage.twincal() as service:
            await service.release(plan.plan)
    await stage.rest()
    await stage.both(*ALL)
