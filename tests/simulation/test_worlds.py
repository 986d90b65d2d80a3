"""A minute of the middle tier: worlds without a violation, the same twice, and worlds in which a planted error is found."""

from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from tests.simulation.oracle import Violation
from tests.simulation.tapes import Tapes
from tests.simulation.world import Outcome, World
from tools.simulate.middle import tapes_of
from twincal.core import judgement
from twincal.core.fields import face
from twincal.core.item import Item
from twincal.engine import cycle
from twincal.engine.person import Person, Ports

WORLDS = 100
TWICE = range(20)
CLASSES = {f"F{number}" for number in range(1, 35)}


@cache
def played(seed: int) -> Outcome:
    return World(tapes_of(seed)).play()


@pytest.mark.parametrize("tens", range(WORLDS // 10))
def test_no_world_breaks_a_promise(tens: int) -> None:
    broken = {seed: played(seed).violation for seed in range(10 * tens, 10 * tens + 10) if played(seed).violation}
    assert not broken


def test_a_world_is_the_same_each_time_on_the_database_too() -> None:
    assert any(tapes_of(seed).database for seed in TWICE)
    for seed in TWICE:
        again = World(tapes_of(seed)).play()
        assert (again.digest, again.story, again.strikes) == (played(seed).digest, played(seed).story, played(seed).strikes)


def test_a_world_is_the_same_when_its_strikes_are_played() -> None:
    for seed in (1, 2, 3, 7):
        strikes = played(seed).strikes
        assert World(with_strikes(tapes_of(seed), strikes)).play().digest == played(seed).digest


def with_strikes(tapes: Tapes, strikes: tuple[tuple[str, int], ...]) -> Tapes:
    return Tapes(**{name: getattr(tapes, name) for name in tapes.__struct_fields__} | {"strikes": strikes})


def test_every_class_of_fault_strikes() -> None:
    struck: Counter[str] = Counter()
    for seed in range(WORLDS):
        struck.update(played(seed).faults)
    assert struck.keys() == CLASSES


def test_the_worlds_reach_what_is_rare() -> None:
    reached = frozenset[str]().union(*(played(seed).reached for seed in range(WORLDS)))
    assert reached >= WANTED


WANTED = {
    "conflict held", "guard held a class", "a deletion was carried over", "an intent stays open",
    "took over from a process that stood still", "ended because another process had taken over", "a series was moved",
    "recovery of a create in Salesforce found it", "recovery of a create in Salesforce found nothing",
    "recovery of a create in Exchange found it", "a restored home was accepted", "F18", "F20", "F22", "F34", "L02", "A03",
}  # fmt: skip


def _blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of what was open is settled, nor waited for."""

    async def nobody(person: Person, ports: Ports) -> frozenset[str]:
        for intent in await ports.ledger.open_intents(person.id):
            await ports.ledger.resolve_intent(person.id, intent.id, None, ports.clock.now())
        return frozenset()

    monkeypatch.setattr(cycle, "recover", nobody)


def _deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands there now is overwritten."""

    def anything(item: Item) -> bytes:
        return b"the same"

    monkeypatch.setattr("twincal.connectors.memory.face", anything)
    monkeypatch.setattr("twincal.core.drafting.face", anything)
    assert anything is not face


def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that loses a conflict is not kept."""

    def nothing(*given: object) -> dict[str, str]:
        return {}

    monkeypatch.setattr(judgement, "_lost", nothing)


PLANTED: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], int]] = {
    "nothing is recovered": (_blind, 120),
    "no precondition": (_deaf, 30),
    "silent conflict": (_silent, 30),
}
"""An error, and within how many worlds it has to be found."""


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_error_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, worlds = PLANTED[name]
    plant(monkeypatch)
    assert any(World(tapes_of(seed)).play().violation for seed in range(1, worlds))


def test_a_violation_says_which_promise_is_broken() -> None:
    assert str(Violation("S1: L1 stands 2 times in Salesforce")).startswith("S1")
