"""Nothing is left out: every rule has a scenario that reaches it, and every sentence of the user's document is quoted."""

import os
import re
from pathlib import Path

import pytest

from tests.scenarios.pages import scenarios
from twincal.core.explain import RULES

DOCUMENT = Path(os.environ.get("TWINCAL_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "user-document.txt"
ELSEWHERE = {
    "F27": "the pair leaves no row, since one half was private (SPEC 3.3); private-items.md shows both calendars",
    "F28": "as F27, the other way round",
    "F40": "nothing is left to list; tests/core",
    "G11": "it lets everything pass, so it never stands in a trail; tests/core",
}
"""Rules that no page can show in the history, and where they are shown instead. Those of an undo: tests/engine/test_undo.py;
those of a verification: tests/engine/test_verify.py and test_verify_pairs.py, over both protocols."""
HEADINGS = {
    "troubleshooting calendar sync exchange salesforce",
    "troubleshooting calendar sync scenarios",
    "leads and calendar sync",
    "associations in salesforce",
    "updating calendar body description content",
}


def asserted() -> set[str]:
    """Every code that a step names."""
    steps = (step.text for scenario in scenarios() for case in scenario.cases() for step in case.steps)
    return {code for text in steps for code in re.findall(r"\b[APFGL]\d\d\b", text)}


def test_every_rule_is_reached_by_a_scenario_over_http() -> None:
    wanted = {code for code in RULES if code[0] not in "UV"} - ELSEWHERE.keys()
    assert not wanted - asserted(), f"no scenario asserts {sorted(wanted - asserted())}"
    assert not asserted() & ELSEWHERE.keys(), "a scenario asserts it after all"


@pytest.mark.skipif(not DOCUMENT.exists(), reason=f"LEFT OUT: the user's document is not there ({DOCUMENT})")
def test_every_sentence_of_the_users_document_is_quoted() -> None:
    quoted = plain(" ".join(quote.words for scenario in scenarios() for quote in scenario.quotes))
    sentences = re.split(r"(?<=[.?!)])\s+|\n+", DOCUMENT.read_text(encoding="utf-8"))
    missing = [sentence for sentence in map(plain, sentences) if sentence and sentence not in quoted]
    assert set(missing) <= HEADINGS, missing


def plain(text: str) -> str:
    """Words alone, in lower case."""
    return re.sub(r"\W+", " ", text).strip().lower()
