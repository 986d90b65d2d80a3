"""How long to look for trouble: TWINCAL_FUZZ times the ordinary number of examples, 1 unless set. `./dev fuzz` sets it.

With the ordinary budget the examples are the same in every run; with a larger one they are new each time, and what fails is
printed so that it can be written down as a test.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings

VARIABLE = "TWINCAL_FUZZ"
FACTOR = float(os.environ.get(VARIABLE, "1"))

Test = TypeVar("Test", bound=Callable[..., Any])


def examples(ordinary: int) -> Callable[[Test], Test]:
    """So many examples, times the budget. No example is timed: work is counted where it matters."""
    usual = FACTOR == 1
    chosen = settings(
        max_examples=max(1, int(ordinary * FACTOR)),
        derandomize=usual,
        database=None,
        deadline=None,
        print_blob=not usual,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )
    return lambda test: chosen(test)
