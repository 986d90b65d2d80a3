"""Every verb and every flag has a help text and is used by a test; a new one without either fails here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.cli.stage import Twincal, command
from tests.cli.uses import Line, lines_of
from twincal.cli.main import app

HERE = Path(__file__).parent
Words = tuple[str, ...]


def verbs(group: Any, path: Words = ()) -> Iterator[tuple[Words, Any]]:
    """The commands below a command, with the words that call them; the first is `twincal` itself."""
    yield path, group
    for name, below in getattr(group, "commands", {}).items():
        yield from verbs(below, (*path, name))


VERBS = dict(verbs(typer.main.get_command(app)))
LEAVES = [path for path, verb in VERBS.items() if not hasattr(verb, "commands")]


@pytest.fixture(scope="module")
def used() -> dict[Words, set[str]]:
    """The flags that tests use, by verb; a verb without flags is there too."""
    found: dict[Words, set[str]] = {}
    for file in HERE.glob("*.py"):
        for line in lines_of(file):
            for path in LEAVES:
                if calls(line, path):
                    found.setdefault(path, set()).update(flags(line))
    return found


def options(verb: Any) -> list[Any]:
    """The flags of a verb."""
    return [each for each in verb.params if each.param_type_name == "option"]


def calls(line: Line, path: Words) -> bool:
    """Whether a line calls a verb: its words stand before any other word, options of `twincal` apart."""
    begin = next((place for place, word in enumerate(line) if word == path[0]), -1)
    before = line[: max(begin, 0)]
    return begin >= 0 and line[begin : begin + len(path)] == path and (not before or before[0] in ("--home", "--now"))


def flags(line: Line) -> set[str]:
    """The flags in a line."""
    return {word.partition("=")[0] for word in line if word.startswith("-")}


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_a_verb_and_its_flags_are_used(path: Words, used: dict[Words, set[str]]) -> None:
    assert path in used, f"No test calls `twincal {' '.join(path)}`."
    unused = [option.opts[0] for option in options(VERBS[path]) if not set(option.opts) & used[path]]
    assert not unused, f"No test calls `twincal {' '.join(path)}` with {', '.join(unused)}."


def test_the_options_before_the_command_are_used() -> None:
    source = (HERE / "stage.py").read_text() + (HERE / "test_terminal.py").read_text()
    for option in options(VERBS[()]):
        assert any(f'"{name}"' in source for name in option.opts), option.opts


@pytest.mark.parametrize("path", VERBS, ids=lambda path: " ".join(path) or "twincal")
def test_a_verb_says_what_it_is_for(path: Words) -> None:
    verb = VERBS[path]
    assert verb.help and verb.help.strip().endswith("."), path
    for each in verb.params:
        told = getattr(each, "help", None)
        assert told and told.strip().endswith("."), (path, each.name, told)
    shown = command(*path, "--help")
    assert shown.code == 0 and not shown.err
    assert all(name in shown.out for each in options(verb) if not each.hidden for name in each.opts), shown.out


def test_a_verb_that_is_none_is_refused_with_what_is_near() -> None:
    for words, told in ((("histroy",), "history"), (("people", "ad"), "add"), (("sync", "--jsno"), "--json")):
        ended = command(*words)
        assert ended.code == 2 and told in ended.err and not ended.out, ended


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "--interval", "0"), "--interval"),
        (("run", "--interval", "often"), "--interval"),
        (("people", "add", "ann@northwind.example"), "--salesforce"),
        (("history",), "MAILBOX"),
        (("explain", "ann@northwind.example"), "ITEM"),
        (("settings", "set"), "KEY=VALUE"),
        (("connect", "salesforce", "--client-id", "x"), "--login-url"),
        (("demo", "--people", "many"), "--people"),
        (("restore",), "--accept"),
    ],
)
def test_what_is_missing_or_no_number_is_named(bare: Twincal, words: Words, told: str) -> None:
    assert told in bare.refuses(*words)
    assert not bare.home.exists()


READING = [
    "doctor",
    "plan",
    "history",
    "explain",
    "runs",
    "audit",
    "verify",
    "people list",
    "people find",
    "settings show",
    "sandbox",
    "demo",
]


@pytest.mark.parametrize("verb", [*READING, "sync", "release", "retry", "choose", "undo"])
def test_what_answers_answers_scripts_too(verb: str) -> None:
    assert any("--json" in option.opts for option in options(VERBS[tuple(verb.split())]))
