"""Our mark on an item is no proof that it is ours to take: people copy items, mark and all, and put old ones back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.engine.mortality import ANN, TODAY, USER, Bench, Fate, Killed, Life
from twincal.core.item import Timed
from twincal.core.vocabulary import Side

MAY = Timed(TODAY + timedelta(days=70), TODAY + timedelta(days=70, hours=1))
JUNE = Timed(TODAY + timedelta(days=100), TODAY + timedelta(days=100, hours=1))
FORGOTTEN = timedelta(days=40)
"""After so long nobody remembers which pairs have ended."""


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


async def pair(bench: Bench, born: Side) -> str:
    """A pair `Call` in May; the id of the half that we made."""
    await bench.open()
    bench.world.make(born, "Call", day=1, times=MAY)
    await bench.sync()
    return bench.world.find(born.other, "Call").id


async def ended(bench: Bench, side: Side) -> None:
    """The pair is deleted on this side, and so on the other one."""
    bench.world.remove(side, "Call")
    await bench.sync()


async def later(bench: Bench, away: timedelta = FORGOTTEN) -> None:
    """What is kept for a while only has gone."""
    bench.world.clock.moment += away
    await bench.sync(full=True)


def subjects(bench: Bench) -> list[list[str]]:
    """What stands in Exchange and in Salesforce."""
    return [sorted(item.subject for item in calendar.items(owner).values()) for calendar, owner in bench.world.calendars()]


async def at_rest(bench: Bench) -> None:
    for _ in range(3):
        await bench.sync()
    before = bench.world.written()
    await bench.sync(full=True)
    assert bench.world.written() == before


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.CARRIED_OUT], ids=lambda fate: fate.value)
async def test_a_copy_that_is_a_pair_of_its_own_is_not_adopted(bench: Bench, fate: Fate) -> None:
    """The event comes back from the bin long afterwards, and the reply to its new creation is lost."""
    made = await pair(bench, Side.SALESFORCE)
    exchange = bench.world.exchange
    exchange.put(ANN, replace(exchange.items(ANN)[made], id="", subject="Call Bo", times=JUNE))
    await bench.sync()
    [event] = [one.id for one in bench.world.salesforce.items(USER).values() if one.subject == "Call"]
    await ended(bench, Side.EXCHANGE)
    assert subjects(bench) == [["Call Bo"], ["Call Bo"]]
    await later(bench)
    bench.world.salesforce.restore(USER, event, by=USER)
    with pytest.raises(Killed):
        await bench.process(Life("exchange.write", fate)).sync()
    await at_rest(bench)
    assert subjects(bench) == [["Call", "Call Bo"], ["Call", "Call Bo"]]


async def test_what_stands_under_our_mark_as_another_pair_is_not_taken_from_it(bench: Bench) -> None:
    """The event comes back first and gets an item of its own; the item it was made for comes back when nobody remembers that
    it was."""
    event = await pair(bench, Side.EXCHANGE)
    first = bench.world.find(Side.EXCHANGE, "Call").id
    await ended(bench, Side.EXCHANGE)
    bench.world.salesforce.restore(USER, event, by=USER)
    await at_rest(bench)
    second = bench.world.find(Side.EXCHANGE, "Call").id
    await later(bench)
    bench.world.change(Side.EXCHANGE, "Call", subject="Call Bo")
    bench.world.exchange.restore(ANN, first)
    await at_rest(bench)
    assert [bench.world.exchange.items(ANN)[ident].subject for ident in (first, second)] == ["Call", "Call Bo"]
    bench.world.change(Side.EXCHANGE, "Call", place="York")
    await at_rest(bench)
    assert bench.world.salesforce.items(USER)[event].place == bench.world.exchange.items(ANN)[second].place == ""
