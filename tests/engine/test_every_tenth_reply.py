"""Sixty items on each create path, the reply lost after every tenth write: nothing twice. Then requests that arrive late on top."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from tests.engine.stage import ANN, MINUTE, Stage, changes, of
from twincal.connectors.graph import writing as graph_writing
from twincal.connectors.salesforce import batches as salesforce_batches

pytestmark = pytest.mark.asyncio(loop_scope="module")
EXCHANGE, KEYED, REDUCED = "to exchange", "to salesforce", "to salesforce without the key field"
PATHS = pytest.mark.parametrize("path", [EXCHANGE, KEYED, REDUCED])
WHERE = {
    EXCHANGE: {"system": "graph", "path": "*batch"},
    KEYED: {"system": "salesforce", "path": "*/composite/sobjects"},
    REDUCED: {"system": "salesforce", "path": "*/composite/sobjects"},
}
MANY, LOST, LATE = 60, 6, 8
"""How many items; the reply of every tenth is lost, every seventh arrives late."""
SIXTY = [f"Call {number}" for number in range(MANY)]
THREE_ALIKE = [f"Standup {number % 20}" for number in range(MANY)]
"""Three times the same subject at the same time."""


@pytest.fixture(autouse=True)
def one_write_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every item is sent alone, so that every tenth request is every tenth item."""
    monkeypatch.setattr(graph_writing, "ABREAST", 1)
    monkeypatch.setattr(salesforce_batches, "ROWS_A_CALL", 1)


async def entered(stage: Stage, path: str, subjects: Sequence[str] = SIXTY) -> None:
    """New items on the side from which this path leads."""
    await stage.open(key_fields=path != REDUCED)
    for number, subject in enumerate(subjects):
        await (stage.enter if path == EXCHANGE else stage.book)(subject, day=4 + number % 20)


async def weather(stage: Stage, path: str, **switches: Any) -> None:
    await stage.weather(transport={**WHERE[path], **switches})


async def until_rest(stage: Stage, most: int = 6) -> None:
    """Cycle after cycle in this weather, until one writes nothing and nothing fails."""
    for _ in range(most):
        report = await stage.sync()
        if not changes(report) and not of(report).failed:
            return
    raise AssertionError(f"not at rest after {most} cycles: {report}")


@PATHS
@pytest.mark.parametrize("subjects", [SIXTY, THREE_ALIKE], ids=["sixty", "three alike"])
async def test_every_tenth_reply_is_lost_and_nothing_is_doubled(stage: Stage, path: str, subjects: list[str]) -> None:
    await entered(stage, path, subjects)
    await weather(stage, path, lose_reply_every=10)
    first = await stage.sync()
    assert (stage.struck, of(first).failed) == (LOST, LOST)
    assert Counter(row.code for row in await stage.history())["no_reply"] == 6
    await until_rest(stage)
    await stage.both(*subjects)
    await stage.weather()
    await stage.rest()
    await stage.both(*subjects)
    assert {row.code for row in await stage.history()} == {"F10"}


@pytest.mark.parametrize("path", [EXCHANGE, KEYED])
async def test_requests_that_arrive_after_the_lookup_double_nothing(stage: Stage, path: str) -> None:
    await entered(stage, path)
    await weather(stage, path, lose_reply_every=10, late_write_every=7, late_until_settled=True)
    first = await stage.sync()
    assert (stage.struck >= LOST + LATE, of(first).failed) == (True, LOST + LATE)
    assert len((await stage.subjects())[0 if path == EXCHANGE else 1]) == MANY - LATE
    await weather(stage, path, lose_reply_every=10)
    await stage.pass_time(MINUTE)
    await until_rest(stage)
    await stage.both(*SIXTY)
    await stage.sandbox.weather.settle()
    await stage.both(*SIXTY)
    await stage.weather()
    await stage.rest()
    await stage.both(*SIXTY)
    assert set((await stage.codes()).values()) == {"F10"}


@pytest.mark.parametrize(
    ("path", "forgetful", "code", "side"),
    [(REDUCED, {}, "F48", "Salesforce"), (EXCHANGE, {"transaction_amnesia": True}, "F47", "Exchange")],
    ids=["without the key field", "an Exchange that forgets transactions"],
)
async def test_a_late_double_is_told_and_never_multiplied(
    stage: Stage, path: str, forgetful: dict[str, bool], code: str, side: str
) -> None:
    await entered(stage, path)
    lost = {**WHERE[path], "lose_reply_every": 10}
    await stage.weather(transport={**lost, "late_write_every": 7, "late_until_settled": True}, graph=forgetful)
    assert of(await stage.sync()).failed == LOST + LATE
    await stage.weather(transport=lost, graph=forgetful)
    await stage.pass_time(MINUTE)
    await until_rest(stage)
    await stage.both(*SIXTY)
    await stage.sandbox.weather.settle()
    await stage.weather()
    await stage.rest()
    here, there = reversed(await stage.subjects()) if path == EXCHANGE else await stage.subjects()
    twice = Counter(there) - Counter(SIXTY)
    assert (here, twice.total(), set(twice.values())) == (sorted(SIXTY), LATE, {1})
    told = [row for row in await stage.history() if row.tab == "unresolved"]
    assert Counter(row.subject for row in told) == twice
    assert {row.code for row in told} == {code}
    assert all(f"stands twice in {side}" in row.reason for row in told)


async def test_a_late_double_goes_when_it_is_deleted_and_its_pair_stays(stage: Stage) -> None:
    await stage.open(key_fields=False)
    await stage.book("Dentist")
    await weather(stage, REDUCED, kinds=["late_write"], next=1, late_until_settled=True)
    await stage.sync()
    await stage.pass_time(MINUTE)
    await stage.rest()
    (linked,) = {event["Id"] for event in (await stage.state())[1]}
    await stage.sandbox.weather.settle()
    await stage.rest()
    (surplus,) = {event["Id"] for event in (await stage.state())[1]} - {linked}
    await stage.act("salesforce", ANN, "delete", id=surplus)
    await stage.rest()
    await stage.both("Dentist")
    assert await stage.codes() == {"Dentist": "F10"}
    await stage.enter("Dentist", hour=15)
    await stage.rest()
    await stage.both("Dentist", "Dentist")


async def test_without_the_key_field_a_create_waits_a_minute_before_it_is_sent_again(stage: Stage) -> None:
    await stage.open(key_fields=False)
    await stage.book("Dentist")
    await weather(stage, REDUCED, kinds=["late_write"], next=1, late_until_settled=True)
    await stage.sync()
    async with stage.twincal() as service:
        await service.sync()
    assert (await stage.subjects())[1] == []
    await stage.sandbox.weather.settle()
    await stage.rest()
    await stage.both("Dentist")
