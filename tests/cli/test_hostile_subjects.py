"""A subject that would command the terminal is only read there: no control sign, and none that turns the reading round."""

import pytest

from tests.cli.stage import Twincal, command

ESCAPES = "Lunch\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\u2066\x7f\x08"
CONTROL = {
    *map(chr, range(32)),
    *map(chr, range(127, 160)),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f",
} - {"\n"}


def test_a_subject_does_not_command_the_terminal(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, ESCAPES)
    twincal.does("sync")
    for words in (("history", ann), ("explain", ann, "Lunch"), ("plan", ann), ("undo", ann, "Lunch"), ("history", ann, "--json")):
        ended = twincal.does(*words)
        assert not CONTROL & set(ended.out + ended.err), words
    assert "Lunch\ufffd" in twincal.does("history", ann).out


@pytest.mark.parametrize("words", [("explain", ESCAPES, "x"), ("settings", "set", f"mode={ESCAPES}"), ("--now", ESCAPES, "run")])
def test_neither_does_what_was_typed(bare: Twincal, words: tuple[str, ...]) -> None:
    ended = command("--home", bare.home, *words)
    assert ended.code == 2
    assert not CONTROL & set(ended.out + ended.err)
