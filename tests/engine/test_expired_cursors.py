"""A cursor that no longer serves: what people did since the last look is found by reading everything anew."""

from collections.abc import Iterator

import pytest

from tests.engine.mortality import Bench
from twincal.core.vocabulary import Side


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def subjects(bench: Bench) -> list[list[str]]:
    """What stands in Exchange and in Salesforce."""
    return [sorted(item.subject for item in calendar.items(owner).values()) for calendar, owner in bench.world.calendars()]


@pytest.mark.parametrize("side", list(Side), ids=lambda side: side.value)
async def test_what_happened_meanwhile_is_carried_over(bench: Bench, side: Side) -> None:
    await bench.open()
    for day, subject in enumerate(("Call", "Visit", "Lunch"), 9):
        bench.world.make(side, subject, day=day)
    await bench.sync()
    bench.world.remove(side, "Call")
    bench.world.change(side, "Visit", subject="Visit to York")
    bench.world.make(side, "Dentist", day=15)
    bench.world.calendars()[side is Side.SALESFORCE][0].forget_changes()
    await bench.sync()
    assert subjects(bench) == [["Dentist", "Lunch", "Visit to York"]] * 2
    bench.world.change(side, "Lunch", subject="Lunch with Bo")
    await bench.sync()
    assert subjects(bench) == [["Dentist", "Lunch with Bo", "Visit to York"]] * 2
    before = bench.world.written()
    await bench.sync(full=True)
    assert bench.world.written() == before
