"""What a terminal gets: tables that fit, colours, progress on standard error, and completion; and what a pipe gets."""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import termios
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout

import pytest

from tests.cli.stage import COMMAND, SOURCES, Twincal, command, started
from twincal.cli.main import main

DECIDED_ELSEWHERE = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM", "LINES", "GITHUB_ACTIONS")
"""Variables by which the machine that runs the tests could have a say in colours and sizes."""


def on_a_terminal(*words: object, columns: int, **environment: str) -> tuple[str, str]:
    """What a command prints on a terminal of this width on standard output; and what on standard error, a terminal too."""
    ends = [pty.openpty() for _ in range(2)]
    for _, slave in ends:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    told = {name: value for name, value in os.environ.items() if name not in DECIDED_ELSEWHERE}
    told |= {"PYTHONPATH": str(SOURCES), "TERM": "xterm-256color", "COLUMNS": str(columns), **environment}
    out, err = (slave for _, slave in ends)
    process = subprocess.Popen([*COMMAND, *map(str, words)], stdout=out, stderr=err, env=told, close_fds=True)
    for _, slave in ends:
        os.close(slave)
    with ThreadPoolExecutor(len(ends)) as readers:
        printed, said = readers.map(_read, [master for master, _ in ends])
    process.wait()
    return printed, said


def _read(master: int) -> str:
    """Everything a terminal gets until nobody writes to it any more."""
    parts = []
    try:
        while part := os.read(master, 65536):
            parts.append(part)
    except OSError:
        pass  # how Linux says that the other end is closed
    os.close(master)
    return b"".join(parts).decode()


def plain(text: str) -> str:
    """Text without what moves the cursor and sets colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


SUBJECT = "A rather long subject, to see whether it is folded where the terminal ends"


def test_colours_are_for_terminals(twincal: Twincal, ann: str) -> None:
    twincal.does("settings", "set", "mode=off")
    coloured, _ = on_a_terminal(*twincal.before, "sync", columns=80)
    assert "\x1b[33m" in coloured, coloured
    colourless, _ = on_a_terminal(*twincal.before, "sync", columns=80, NO_COLOR="1")
    assert "\x1b[3" not in colourless and "mode is Off" in plain(colourless), colourless
    piped = twincal.does("sync")
    assert "\x1b" not in piped.out + piped.err


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_tables_fit_the_terminal(twincal: Twincal, ann: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    twincal.sandbox.book(ann, SUBJECT)
    twincal.does("sync")
    monkeypatch.setenv("COLUMNS", str(columns))
    for words in (("sync",), ("history", ann), ("settings", "show"), ("plan", "--with", "mode=match"), ("explain", ann, "rather")):
        screen = Screen()
        with redirect_stdout(screen):
            assert main([*twincal.before, *words]) == 0
        lines = [line.rstrip() for line in plain(screen.getvalue()).splitlines()]
        assert any(lines) and max(map(len, lines)) <= columns, screen.getvalue()
        assert "…" not in screen.getvalue(), screen.getvalue()


class Screen(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_a_pipe_gets_whole_words_and_no_progress(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, SUBJECT)
    synced = twincal.does("sync")
    assert synced.err == ""
    piped = twincal.does("history", ann).out
    assert "\x1b" not in piped
    assert all(word in piped for word in SUBJECT.split()), piped


def test_progress_is_on_standard_error(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, "Counted")
    out, err = on_a_terminal(*twincal.before, "sync", "--json", columns=80)
    assert out.startswith("{") and len(out.splitlines()) == 1, out
    assert "Syncing" in plain(err), err
    assert all(len(line.rstrip()) <= 80 for line in plain(err).splitlines()), err


def test_shell_completion_is_offered() -> None:
    process = started("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert "_TWINCAL_COMPLETE" in out
    completed = started(_TWINCAL_COMPLETE="complete_bash", COMP_WORDS="twincal set", COMP_CWORD="1")
    assert "settings" in completed.communicate()[0]
    assert "--install-completion" in command("--help").out
