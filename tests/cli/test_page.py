"""The page on the command line: every verb is there, and what it shows being typed can be typed."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.test_verbs import LEAVES, VERBS, Words, options

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "howto" / "command-line.md").read_text()
TYPED = [tuple(shlex.split(line)) for line in re.findall(r"^\$ twincal (.*)$", PAGE, re.MULTILINE)]
WRONG = [("settings", "set", "mdoe=match")]
"""Shown on purpose."""


def verb_of(line: Words) -> Words:
    """The verb a line begins with; empty where it begins with an option of `twincal` itself."""
    return max((path for path in LEAVES if line[: len(path)] == path), key=len, default=())


def test_every_verb_is_on_the_page() -> None:
    assert {verb_of(line) for line in TYPED} >= set(LEAVES), set(LEAVES) - {verb_of(line) for line in TYPED}


@pytest.mark.parametrize("line", TYPED, ids=" ".join)
def test_what_is_typed_has_options_that_exist(line: Words) -> None:
    known = {name for option in options(VERBS[verb_of(line)]) for name in option.opts}
    assert {word for word in line if word.startswith("-")} <= known, line


@pytest.mark.parametrize("line", [line for line in TYPED if line[:2] == ("settings", "set")], ids=" ".join)
def test_the_settings_on_the_page_can_be_set(line: Words) -> None:
    from twincal.core.settings_table import SETTINGS

    key, _, value = line[2].partition("=")
    if line[:3] in WRONG:
        assert key not in SETTINGS
    else:
        SETTINGS[key].parse(value)


def test_the_headings_of_the_contents_exist() -> None:
    anchors = {heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.*)$", PAGE, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", PAGE)) <= anchors
    assert "howto/command-line.md" in (DOCS / "index.md").read_text()
