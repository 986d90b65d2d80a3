"""How much work the store is: statements that do not grow with the number of rows; CPU is printed, not limited."""

import time
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event

from tests.store.samples import NOW, created, creation, exchange, plan, salesforce, see, somebody
from twincal.store.store import Store


async def cycle(store: Store, person: str, count: int) -> dict[str, float]:
    """A first sync of so many items; CPU seconds by method."""
    items = [exchange(number) for number in range(count)]
    steps = [creation(item, person) for item in items]
    settled = [created(step, salesforce(number)) for number, step in enumerate(steps)]
    spent: dict[str, float] = {}

    def lap(name: str, since: float) -> float:
        spent[name] = time.process_time() - since
        return time.process_time()

    at = time.process_time()
    await see(store, person, *items)
    at = lap("record", at)
    await store.ledger.scene(person, NOW, everything=True)
    at = lap("scene", at)
    run = await store.ledger.begin(plan(person, steps))
    at = lap("begin", at)
    await store.ledger.finish(run, settled, NOW)
    at = lap("finish", at)
    await store.ledger.scene(person, NOW, everything=False)
    lap("quiet scene", at)
    return spent


async def statements(count: int) -> Counter[str]:
    """How many statements a first sync of so many items takes, by their first words."""
    store = Store.in_memory()
    person = await somebody(store)
    told: Counter[str] = Counter()

    def tell(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        told[" ".join(statement.split()[:3])] += 1

    event.listen(store.database._engine, "before_cursor_execute", tell)
    await cycle(store, person, count)
    store.close()
    return told


async def test_the_number_of_statements_does_not_grow_with_the_number_of_items() -> None:
    assert await statements(20) == await statements(400)


async def test_first_sync_of_ten_thousand(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    count = 10_000
    person = await somebody(store)
    spent = await cycle(store, person, count)
    with capsys.disabled():
        told = ", ".join(f"{name} {seconds / count * 1e6:.0f}" for name, seconds in spent.items())
        print(f"\nCPU of the store in microseconds an item: {told}")
    assert (await store.ledger.scene(person, NOW, everything=False)).totals.linked == count
