"""A series is moved in Outlook: its events in Salesforce stay the same ones, whatever becomes of single instances meanwhile."""

import pytest

from tests.engine.stage import ANN, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
THREE_DAYS = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": "2027-03-04", "numberOfOccurrences": 3},
}


async def events(stage: Stage) -> dict[str, str]:
    """Start by id."""
    return {event["Id"]: event["StartDateTime"][:16] for event in (await stage.state())[1]}


async def moved(stage: Stage) -> None:
    """A week later, and from nine o'clock to two."""
    times = {name: {"dateTime": f"2027-03-11T{hour}:00:00", "timeZone": "UTC"} for name, hour in (("start", 14), ("end", 15))}
    recurrence = {**THREE_DAYS, "range": {**THREE_DAYS["range"], "startDate": "2027-03-11"}}
    await stage.change("Standup", **times, recurrence=recurrence)


async def test_events_of_a_moved_series_are_kept_when_their_updates_fail(stage: Stage) -> None:
    await stage.open()
    await stage.book("Standup", recurrence=THREE_DAYS)
    await stage.sync()
    before = await events(stage)
    assert sorted(before.values()) == ["2027-03-04T09:00", "2027-03-05T09:00", "2027-03-06T09:00"]
    await moved(stage)
    await stage.weather(transport={"kinds": ["request_lost"], "system": "salesforce", "path": "*/composite/sobjects", "next": 1})
    await stage.sync()
    assert stage.struck == 1
    await stage.rest()
    assert (await events(stage)).keys() == before.keys()
    assert sorted((await events(stage)).values()) == ["2027-03-11T14:00", "2027-03-12T14:00", "2027-03-13T14:00"]


async def test_an_ignored_instance_of_a_moved_series_does_not_count_as_deleted(stage: Stage) -> None:
    await stage.open()
    await stage.book("Standup", recurrence=THREE_DAYS)
    await stage.sync()
    row = sorted(await stage.history(), key=lambda row: row.start)[1]
    async with stage.twincal() as service:
        await service.ignore_item(ANN, row.item)
    await moved(stage)
    await stage.sync()
    await stage.act("salesforce", ANN, "update", id=row.salesforce_id, fields={"Description": "Notes"})
    await stage.rest()
    (after,) = [one for one in await stage.history() if one.salesforce_id == row.salesforce_id]
    assert (after.item, after.code) == (row.item, "A10")
    assert len(await events(stage)) == 3
