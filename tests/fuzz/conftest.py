"""Thousands of odd rows are looked at here; what the log says of each would bury what failed."""

from collections.abc import Iterator

import pytest

from twincal.logs import LEVEL, log


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """Errors alone are logged."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(LEVEL, "error")
        log.cache_clear()
        yield
    log.cache_clear()
