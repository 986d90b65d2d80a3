"""An item that was half of a pair once and is one no more, while the pair goes on under a key made of that item."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.contract.stores import LEDGERS, NOW, Desk
from tests.store.samples import created, creation, exchange, plan, salesforce
from twincal.core.decision import Step
from twincal.core.scene import Loss, Note
from twincal.core.vocabulary import Side
from twincal.ports import Sighting

FORMER, PRESENT = exchange(1), exchange(101)
LOSS = Loss("subject", "Cellar", NOW)


@pytest.fixture(params=LEDGERS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    opened = LEDGERS[request.param](tmp_path)
    yield opened
    opened.close()


async def settled(desk: Desk, person: str, step: Step, **more: object) -> None:
    await desk.ledger.scene(person, NOW, everything=True)
    run = await desk.ledger.begin(plan(person, [step]))
    await desk.ledger.finish(run, [replace(created(step, salesforce(1)), **more)], NOW)


async def replaced(desk: Desk) -> tuple[str, str]:
    """The person, and the key of a pair whose Exchange half is another one by now; the former one is back in the calendar."""
    person = await desk.person()
    await look(desk, person, FORMER)
    first = creation(FORMER, person)
    await settled(desk, person, first)
    await look(desk, person, PRESENT)
    link = created(first, salesforce(1)).link
    assert link is not None
    step = replace(creation(PRESENT, person), key=first.key, link=link, after=replace(link, exchange_id=PRESENT.id))
    await settled(desk, person, step, note=Note(key=first.key, losses=(LOSS,)))
    await look(desk, person, FORMER)
    assert not (await desk.ledger.scene(person, NOW, everything=False)).links
    return person, first.key


async def look(desk: Desk, person: str, *items: object, dropped: tuple[str, ...] = ()) -> None:
    sighting = Sighting(person=person, side=Side.EXCHANGE, items=items, dropped=dropped)  # type: ignore[arg-type]
    await desk.ledger.record([sighting], f"exchange:{person}", "c")


async def test_a_pair_is_judged_again_when_its_former_half_turns_private(desk: Desk) -> None:
    """Its row goes, since it may tell what is private now, and is written anew from what the pair says."""
    person, key = await replaced(desk)
    await look(desk, person, replace(FORMER, private=True))
    scene = await desk.ledger.scene(person, NOW, everything=False)
    assert [link.key for link in scene.links] == [key]
    assert PRESENT.id in scene.exchange


async def test_what_is_remembered_of_a_pair_stays_when_its_former_half_is_forgotten(desk: Desk) -> None:
    person, key = await replaced(desk)
    await look(desk, person, dropped=(FORMER.id,))
    scene = await desk.ledger.scene(person, NOW, everything=True)
    assert FORMER.id not in scene.exchange
    assert scene.notes[key].losses == (LOSS,)
