"""A few simulated weeks of the company over both protocols; `python -m tests.simulation.wire` plays as many as wanted."""

import pytest

from tests.simulation.wire.week import played


@pytest.mark.parametrize("seed", [304])
def test_a_week_ends_well(seed: int) -> None:
    week = played(seed)
    assert not week.violations, "\n".join((*week.violations, *week.story))
    assert week.rounds > 50 and week.struck > 0 and week.deaths > 0


def test_a_week_is_the_same_each_time() -> None:
    first, second = played(306), played(306)
    assert (first.digest, first.story, first.faults) == (second.digest, second.story, second.faults)
    assert not first.violations, "\n".join((*first.violations, *first.story))
