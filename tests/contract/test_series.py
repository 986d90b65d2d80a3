"""Series: Exchange alone shows them, instance by instance; Salesforce's are items like all others."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.contract.asking import changing, item_there, read, seen, settled, written
from tests.contract.calendars import ADAPTERS, HOUR, START, Stage
from twincal.core.item import Item, Timed
from twincal.core.vocabulary import Operation, Outcome
from twincal.core.writes import Absent


@pytest.fixture(params=[name for name in ADAPTERS if "Salesforce" not in name])
async def repeating(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with ADAPTERS[request.param]() as opened:
        yield opened


async def test_every_instance_is_an_item_of_its_own(repeating: Stage) -> None:
    ids = await repeating.repeat("Weekly", 4)
    look, _ = await seen(repeating)
    assert [item.id for item in sorted(look.items, key=lambda item: item.start)] == ids
    assert len({item.series for item in look.items}) == 1
    assert {item.original_start for item in look.items} == {START + timedelta(weeks=number) for number in range(4)}
    assert look.series == {look.items[0].series: frozenset(ids)}


async def test_an_instance_that_was_deleted_is_missing_from_its_series(repeating: Stage) -> None:
    first, second, third = await repeating.repeat("Weekly", 3)
    cursor = await settled(repeating)
    (receipt,) = await written(repeating, changing(await item_there(repeating, second), Operation.DELETE))
    assert receipt.outcome is Outcome.DONE
    look, _ = await seen(repeating, cursor)
    told = second in look.gone or list(look.series.values()) == [frozenset({first, third})]
    assert told, "the port claims it as gone by one way or the other"
    gone = await read(repeating, second)
    assert isinstance(gone, Absent)
    assert gone.deleted
    assert isinstance(await read(repeating, third), Item)


async def test_an_edited_instance_stays_the_one_it_was(repeating: Stage) -> None:
    _, second, _ = await repeating.repeat("Weekly", 3)
    item = await item_there(repeating, second)
    moved = Timed(item.start + HOUR, item.end + HOUR)
    (receipt,) = await written(repeating, changing(item, times=moved, subject="Moved"))
    assert receipt.item is not None
    assert (receipt.item.id, receipt.item.subject, receipt.item.times) == (second, "Moved", moved)
    assert (receipt.item.series, receipt.item.original_start) == (item.series, item.original_start)
    look, _ = await seen(repeating)
    assert sorted(item.subject for item in look.items) == ["Moved", "Weekly", "Weekly"]


async def test_all_instances_can_be_written_at_once(repeating: Stage) -> None:
    ids = await repeating.repeat("Weekly", 6)
    writes = [changing(await item_there(repeating, one), place="Room 4") for one in ids]
    receipts = await written(repeating, *writes)
    assert [(receipt.outcome, receipt.item_id) for receipt in receipts] == [(Outcome.DONE, one) for one in ids]
    look, _ = await seen(repeating)
    assert {item.place for item in look.items} == {"Room 4"}


async def test_a_series_that_was_deleted_is_claimed_by_its_own_id_or_by_those_of_its_instances(repeating: Stage) -> None:
    ids = await repeating.repeat("Weekly", 3)
    kept = await repeating.make("Kept")
    series = (await item_there(repeating, ids[0])).series
    cursor = await settled(repeating)
    await repeating.end_series("Weekly")
    look, _ = await seen(repeating, cursor)
    assert series in look.gone or set(ids) <= set(look.gone)
    assert kept not in look.gone
    assert look.items == ()
    for one in ids:
        gone = await read(repeating, one)
        assert isinstance(gone, Absent)
        assert gone.deleted
