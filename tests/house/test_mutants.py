"""Planted bugs: each still fits the code that it changes, and those that are found at once are."""

from multiprocessing import get_context
from pathlib import Path

import pytest

from tools.mutants.engine import Trial, tried
from tools.mutants.patches import WORLDS, Bug, Lost, Patch, bug, function, planted, rewritten
from tools.mutants.planted import BUGS
from tools.mutants.report import PAGE, rows_of, written
from twincal.core.fields import fitted

ROOT = Path(__file__).resolve().parents[2]
SPACES_KEPT = bug("spaces kept", "", Patch("twincal.core.fields:fitted", "text.strip()[:limit]", "text[:limit]"))


@pytest.mark.parametrize("planted_bug", BUGS, ids=lambda one: one.name)
def test_every_bug_fits_the_code_it_changes(planted_bug: Bug) -> None:
    assert planted_bug.patches and planted_bug.says
    for where, changed in rewritten(planted_bug).items():
        assert changed.__code__.co_code != function(where).__code__.co_code or changed.__code__ != function(where).__code__


def test_no_two_bugs_have_one_name() -> None:
    assert len({one.name for one in BUGS}) == len(BUGS) >= 30


def test_the_direct_tests_are_there() -> None:
    for one in BUGS:
        path, _, name = one.seen_by.partition("::")
        if one.seen_by != WORLDS:
            wanted = f"def {name.split('::')[-1].partition('[')[0]}(" if name else ""
            assert wanted in (ROOT / path).read_text(encoding="utf-8"), one.name


def test_the_page_tells_of_every_bug_and_none_lives_unexplained() -> None:
    rows = rows_of(PAGE.read_text(encoding="utf-8"))
    assert list(rows) == [one.name for one in BUGS]
    assert not [name for name, row in rows.items() if "alive after" in row]
    assert {name for name, row in rows.items() if "| nobody: " in row} <= {one.name for one in BUGS if one.why_alive}


def test_one_row_of_the_page_is_written_and_the_others_stay() -> None:
    two = [bug("first", "One."), bug("second", "Two.", why_alive="Nothing follows.")]
    page = written("", [Trial(name="second", tried=50)], two)
    assert rows_of(page) == {"second": "| second | Two. | nobody: Nothing follows. |  | 0.0 |\n"}
    both = written(page, [Trial(name="first", found_by="S1: L1#2 stands twice", seed=7, seconds=1.25)], two)
    assert list(rows_of(both)) == ["first", "second"]
    assert "| first | One. | S1 (worlds) | 7 | 1.2 |" in both
    assert written(both, [], two[1:]) == page


def test_a_bug_is_there_for_as_long_as_it_is_planted_and_for_everybody() -> None:
    with planted(SPACES_KEPT):
        assert fitted(" lunch", 255) == " lunch"
    assert fitted(" lunch", 255) == "lunch"


@pytest.mark.parametrize(
    ("where", "find"),
    [("twincal.core.fields:fitted", "text.lower()"), ("twincal.core.fields:fitted", "t"), ("twincal.core.fields:fated", "x")],
)
def test_a_patch_that_does_not_fit_any_more_is_told(where: str, find: str) -> None:
    with pytest.raises(Lost, match="tools/mutants"):
        rewritten(bug("lost", "", Patch(where, find, "")))


@pytest.mark.parametrize("name", ["base moves by itself", "Graph: missing answer counts as done"])
def test_a_bug_is_found(name: str) -> None:
    [one] = [one for one in BUGS if one.name == name]
    with get_context("fork").Pool(1) as pool:
        found: Trial = pool.apply(tried, (one, 200))
    assert found.found_by
