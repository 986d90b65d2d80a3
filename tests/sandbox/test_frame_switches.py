"""No switch of the sandbox is without a test that turns it."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from twincal.sandbox.exchange import ExchangeQuirks
from twincal.sandbox.salesforce import OrgOptions, SalesforceQuirks
from twincal.sandbox.weather import Front

TESTS = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def words() -> set[str]:
    """Every word of every other test."""
    pages = [page for page in TESTS.rglob("*") if page.suffix in {".py", ".md"} and page != Path(__file__).resolve()]
    return {word for page in pages for word in re.findall(r"\w+", page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("kind", [Front, ExchangeQuirks, OrgOptions, SalesforceQuirks])
def test_every_switch_is_turned_by_some_test(kind: type, words: set[str]) -> None:
    assert [each.name for each in fields(kind) if each.name not in words] == []
