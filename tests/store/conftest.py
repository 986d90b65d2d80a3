"""A store in memory, and one in a directory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from twincal.store.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    """A store that is gone after the test."""
    opened = Store.in_memory()
    yield opened
    opened.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where a data directory may be made."""
    return tmp_path / "home"
