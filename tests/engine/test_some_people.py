"""The org is polled for everybody at once: what happens to one person while only others are looked at is not passed over."""

from datetime import timedelta

import pytest

from tests.engine.stage import ANN, BEN, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def both_known(stage: Stage) -> None:
    await stage.open()
    async with stage.twincal() as service:
        await service.add_person(BEN, BEN)
    await stage.enter("Call", who=BEN)
    await stage.sync()
    await stage.both("Call", who=BEN)


async def test_an_edit_made_before_somebody_else_was_synced_alone_is_carried_over(stage: Stage) -> None:
    await both_known(stage)
    await stage.edit("Call", by=BEN, who=BEN, Location="Roof")
    await stage.sync(ANN)
    await stage.pass_time(timedelta(hours=1))
    await stage.sync()
    assert (await stage.item("Call", BEN))["location"]["displayName"] == "Roof"


async def test_what_happened_while_somebody_was_not_active_is_seen_when_they_are_again(stage: Stage) -> None:
    await both_known(stage)
    async with stage.twincal() as service:
        await service.set_active(BEN, active=False)
    await stage.enter("Meanwhile", who=BEN, day=5)
    for _ in range(3):
        await stage.pass_time(timedelta(hours=1))
        await stage.sync()
    async with stage.twincal() as service:
        await service.set_active(BEN, active=True)
    await stage.sync()
    await stage.both("Call", "Meanwhile", who=BEN)


async def test_who_has_a_salesforce_user_without_a_calendar_is_told_so(stage: Stage) -> None:
    await stage.open()
    eve = "eve@northwind.example"
    order = {"name": "Eve Chat", "mailbox": eve, "salesforce_username": eve, "profile": "Chatter Free User"}
    stage.people[eve] = await stage.control("/people", order)
    async with stage.twincal() as service:
        await service.add_person(eve, eve)
    await stage.book("Call", who=eve)
    await stage.sync()
    row = await stage.row("Call", eve)
    assert (row.code, row.tab) == ("value_refused", "unresolved")
    assert "OP_WITH_INVALID_USER_TYPE_EXCEPTION" in row.reason
