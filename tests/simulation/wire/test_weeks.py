"""A few simulated weeks of the company over both protocols; `python -m tests.simulation.wire` plays as many as wanted."""

import pytest

from tests.simulation.wire.week import played


@pytest.mark.parametrize("seed", [1, 5])
def test_a_week_ends_well(seed: int) -> None:
    week = played(seed)
    assert not week.violations, "\n".join((*week.violations, *week.story))
    assert week.rounds > 50 and week.struck > 0


def test_a_week_is_the_same_each_time() -> None:
    first, second = played(2), played(2)
    assert (first.story, first.requests, first.writes) == (second.story, second.requests, second.writes)
