"""A cursor that no longer serves: what people did since the last look is found by reading everything anew."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from msgspec.structs import replace

from tests.engine.mortality import ANN, USER, Bench, Killed, Life
from twincal.core.vocabulary import Side
from twincal.ports import Account

BEN, BENS_USER = "ben@northwind.example", "005BEN"


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


async def test_a_process_that_ends_between_two_people_loses_the_change_of_neither(bench: Bench) -> None:
    bench.world.directory.add_account(Account(id=BENS_USER, username=BEN, name="Ben Jones", email=BEN))
    await bench.process().add_person(BEN, BEN)
    await bench.open()
    bench.world.make(Side.SALESFORCE, "Call", day=9)
    call = replace(bench.world.find(Side.SALESFORCE, "Call"), id="", mark="")
    bens = bench.world.salesforce.put(BENS_USER, call, by=BENS_USER)
    await bench.sync()
    for owner, item in ((USER, bench.world.find(Side.SALESFORCE, "Call")), (BENS_USER, bens)):
        bench.world.salesforce.put(owner, replace(item, place="Roof"), by=owner)
    bench.world.salesforce.forget_changes()
    before, whole = bench.kept(), Life()
    await bench.process(whole).sync()
    looks = [number for number, point in enumerate(whole.points, 1) if point == "salesforce.look"]
    assert len(looks) > 2, "the org, and each of the two"
    for doom in looks:
        bench.back_to(before)
        with suppress(Killed):
            await bench.process(Life(doom)).sync()
        await bench.sync()
        places = {owner: [item.place for item in bench.world.exchange.items(owner).values()] for owner in (ANN, BEN)}
        assert places == {ANN: ["Roof"], BEN: ["Roof"]}, f"ended at await {doom}"
