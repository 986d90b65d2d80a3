"""What Salesforce makes of a text that does not fit is nobody's edit: the base is what was read back, not what was sent."""

from collections.abc import Iterator

import pytest

from tests.engine.mortality import ANN, USER, Bench
from twincal.core.item import Body
from twincal.core.vocabulary import Side


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("subject", "body"),
    [("Call  ", ""), ("Call " * 60, ""), ("Call", "Agenda " * 5000)],
    ids=["blanks at the end", "a long subject", "a long body"],
)
async def test_an_item_that_had_to_be_cut_is_deleted_with_its_event(bench: Bench, subject: str, body: str) -> None:
    await bench.open()
    bench.world.make(Side.EXCHANGE, subject, day=9, body=Body.of(body))
    await bench.sync()
    [event] = bench.world.salesforce.items(USER).values()
    assert (event.subject, event.body.text) != (subject, body), "nothing was cut"
    bench.world.remove(Side.EXCHANGE, subject)
    await bench.sync()
    assert (bench.world.exchange.items(ANN), bench.world.salesforce.items(USER)) == ({}, {})
