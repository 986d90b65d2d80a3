"""Old rows that are put away, and logs that reach back no further: what is no longer shown is frozen, never deleted."""

from datetime import timedelta

import pytest

from tests.engine.six_items import ALL, in_step, in_step_again, nothing_deleted, reasons
from tests.engine.stage import ANN, BEN, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = timedelta(days=1)
LAST_MONTH, NEXT_MONTH = -20, 40
"""The first of six days, counted in March: three weeks ago, inside the window; and weeks ahead, so that time may pass."""
OUT_OF_SIGHT = "The event is out of sight in Salesforce (archived or not readable), and nothing shows that somebody deleted it."
MOVED_AWAY = (
    "It is no longer in the Exchange calendar (moved to another folder, archived or not readable), and nothing shows that "
    "somebody deleted it."
)


async def archived(stage: Stage) -> None:
    """Six past items in step, and Salesforce archives its halves."""
    await in_step(stage, day=LAST_MONTH)
    await stage.control("/org", {"archive_after_days": 5})
    assert (await stage.act("salesforce", BEN, "archive"))["archived"] == len(ALL)


async def brought_back(stage: Stage) -> None:
    """The org's support takes the rows out of the archive again."""
    await stage.control("/org", {"archive_after_days": 0})
    records = stage.sandbox.org.records
    for row in list(records.storage["Event"].rows.values()):
        records.adjust("Event", row["Id"], {"IsArchived": False}, row["LastModifiedById"])


async def test_archived_events_vanish_from_the_listing_and_are_frozen(stage: Stage) -> None:
    await archived(stage)
    poll = await stage.sync()
    await stage.pass_time(DAY)
    await nothing_deleted(stage, poll, await stage.sync())
    assert await reasons(stage, "F42") == {OUT_OF_SIGHT}
    await stage.rest()
    await brought_back(stage)
    await in_step_again(stage)


async def test_what_people_do_with_the_other_half_of_an_archived_event(stage: Stage) -> None:
    await archived(stage)
    await stage.pass_time(DAY)
    await stage.sync()
    await stage.change("Item 1", location={"displayName": "York"})
    await stage.act("exchange", ANN, "remove", subject="Item 2")
    await stage.rest()
    assert await stage.subjects() == (sorted({*ALL} - {"Item 2"}), list(ALL))
    assert "Location" not in (await stage.event("Item 1")) or not (await stage.event("Item 1"))["Location"]
    await stage.act("exchange", ANN, "restore", subject="Item 2")
    await brought_back(stage)
    await in_step_again(stage)
    assert (await stage.event("Item 1"))["Location"] == "York"


@pytest.mark.parametrize(
    ("hours", "emptied", "days"),
    [(360, False, 20), (2, True, 1), (2, True, 20)],
    ids=["bin and log of 15 days", "log of two hours", "both"],
)
async def test_deletions_that_no_log_tells_any_more_are_no_deletions(stage: Stage, hours: int, emptied: bool, days: int) -> None:
    """Twincal stood still for longer than Salesforce remembers (REST guide, Get Deleted: 15 days, under load down to two hours)."""
    await in_step(stage, day=NEXT_MONTH)
    await stage.weather(salesforce={"delete_log_hours": hours})
    for event in (await stage.state())[1]:
        await stage.act("salesforce", ANN, "delete", id=event["Id"])
    if emptied:
        await stage.act("salesforce", ANN, "empty_recycle_bin")
    await stage.pass_time(timedelta(days=days))
    report = await stage.sync()
    assert (await stage.subjects(), report.total("deleted").exchange) == ((list(ALL), []), 0)
    assert await reasons(stage, "F42") == {OUT_OF_SIGHT}
    await stage.weather()
    await stage.rest()
    assert await stage.subjects() == (list(ALL), [])


async def test_rows_that_are_erased_for_good_are_no_deletions(stage: Stage) -> None:
    await in_step(stage)
    for event in (await stage.state())[1]:
        await stage.act("salesforce", ANN, "hard_delete", id=event["Id"])
    await stage.pass_time(DAY)
    report = await stage.sync()
    assert (await stage.subjects(), report.total("deleted").exchange) == ((list(ALL), []), 0)
    assert await reasons(stage, "F42") == {OUT_OF_SIGHT}
    await stage.rest()
    assert await stage.subjects() == (list(ALL), [])


async def test_items_that_outlook_archives_are_frozen(stage: Stage) -> None:
    await in_step(stage)
    ids = [(await stage.act("exchange", ANN, "move_to_archive", subject=subject))["archived"] for subject in ALL]
    await stage.sync()
    await stage.pass_time(DAY)
    report = await stage.sync(full=True)
    assert (await stage.subjects(), report.total("deleted").salesforce) == (([], list(ALL)), 0)
    assert await reasons(stage, "F41") == {MOVED_AWAY}
    await stage.rest()
    assert len(ids) == len(ALL)
    exchange = stage.sandbox.exchange
    for item in list(exchange.mailbox(ANN).items.values()):
        exchange.move(ANN, item.id, exchange.mailbox(ANN).calendar_id)
    await in_step_again(stage)
