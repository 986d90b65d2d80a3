"""What a repair does not do: write where a switch or the mail rule forbids it, mark what Twincal has not made, remove a copy."""

import pytest

from tests.engine.planting import WITHOUT_MARK
from tests.engine.stage import ANN, CARLA, Stage, changes
from tests.engine.test_verify import verify
from twincal.connectors.graph.wire import MARK_PROPERTY

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def found(stage: Stage, *, mend: bool = False) -> list[tuple[str, str, bool]]:
    """What is wrong, by subject: the code, and whether it was mended."""
    return [(one.subject, one.code, one.mended) for one in (await verify(stage, mend=mend)).findings]


async def test_a_mark_is_not_written_where_it_might_mail_or_a_switch_forbids_it(stage: Stage) -> None:
    await stage.enter("Call")
    await stage.book("Review", day=5)
    await stage.sync()
    await stage.change("Call", attendees=[{"emailAddress": {"address": CARLA}}])
    await stage.sync()
    await stage.change("Call", **WITHOUT_MARK)
    await stage.edit("Review", Twincal_Key__c=None)
    await stage.set(prevent__update_in_salesforce="on")
    await stage.sync()
    before = await stage.versions()
    assert await found(stage, mend=True) == [("Call", "V03", False), ("Review", "V02", False)]
    assert await stage.versions() == before and await stage.mails() == []
    await stage.set(prevent__update_in_salesforce="off", notify_attendees="always")
    assert await found(stage, mend=True) == [("Call", "V03", True), ("Review", "V02", True)]
    assert await found(stage) == []


async def test_a_mark_that_was_written_anew_is_nothing_to_take_back(stage: Stage) -> None:
    await stage.book("Review")
    await stage.sync()
    key = (await stage.event("Review"))["Twincal_Key__c"]
    await stage.edit("Review", Twincal_Key__c=None)
    assert await found(stage, mend=True) == [("Review", "V02", True)]
    assert (await stage.event("Review"))["Twincal_Key__c"] == key
    assert (await stage.row("Review")).code == "V02"
    async with stage.twincal() as service:
        (run, *_) = await service.runs(ANN)
        (step,) = (await service.undo(ANN, run=run.run, do=True)).steps
        assert (run.updated, step.code, step.done) == (1, "U03", False)
    await stage.rest()


@pytest.mark.parametrize("key_fields", [True, False], ids=["an adopted pair", "an org without the fields"])
async def test_nothing_is_said_of_a_mark_that_was_never_written(stage: Stage, *, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    await stage.book("Review")
    if key_fields:
        await stage.enter("Review")
    await stage.sync()
    await stage.both("Review")
    assert await found(stage) == []


async def test_a_copy_that_carries_a_mark_is_told_and_left(stage: Stage) -> None:
    await stage.enter("Call")
    await stage.sync()
    mark = [{"id": MARK_PROPERTY, "value": f"{(await stage.row('Call')).item}:1"}]
    await stage.book("Copy", day=6, singleValueExtendedProperties=mark, categories=["No sync"])
    await stage.sync()
    assert [(one.subject, one.kind, one.code) for one in (await verify(stage, mend=True)).findings] == [("Copy", "twice", "V07")]
    assert (await stage.subjects())[0] == ["Call", "Copy"]
    await stage.change("Copy", categories=[])
    assert changes(await stage.sync()) == 1, "an item of its own"
    assert await found(stage) == []


async def test_an_event_that_became_private_gets_its_mask_in_exchange(stage: Stage) -> None:
    await stage.set(private_items="masked")
    await stage.enter("Dinner", Location="At Bo's")
    await stage.sync()
    await stage.edit("Dinner", IsPrivate=True)
    assert changes(await stage.sync()) == 0
    assert await found(stage) == [("Private", "V05", False)]
    assert await found(stage, mend=True) == [("Private", "V05", True)]
    item = await stage.item("Private")
    assert item["location"]["displayName"] == ""
    assert (await stage.event("Dinner"))["Location"] == "At Bo's"
    assert await found(stage) == []
    assert (await stage.row("Private")).code == "V05"
    await stage.rest()
