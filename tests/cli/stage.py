"""The command line, run in this process against a sandbox that is a process of its own."""

import io
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from twincal.cli.main import main

TODAY = "2027-03-01"
SOURCES = Path(__file__).resolve().parents[2] / "src"
COMMAND = (sys.executable, "-m", "twincal")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one line of JSON on standard output."""
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def said(self) -> str:
        """Everything that was said, blanks as single ones."""
        return " ".join(f"{self.out} {self.err}".split())


def command(*words: object) -> Ended:
    """One command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(word) for word in words])
    return Ended(code, out.getvalue(), err.getvalue())


def started(*words: object, **environment: str) -> subprocess.Popen[str]:
    """One command in a process of its own."""
    told = {**os.environ, "PYTHONPATH": str(SOURCES), **environment}
    line = [*COMMAND, *map(str, words)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=told)


class Sandbox:
    """`twincal sandbox --json`, its announcement, and its control."""

    def __init__(self, *options: str) -> None:
        self.process = started("sandbox", "--json", *options)
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        self.said: dict[str, Any] = json.loads(self.line)
        self._people = 0

    @property
    def now(self) -> datetime:
        """What time it is there."""
        return datetime.fromisoformat(self.ask("/clock")["now"])

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """GET, or POST of a body; the answer."""
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(self.said["control_url"] + path, data=data) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def person(self) -> str:
        """Somebody new in both systems; the mailbox, which is the username too."""
        self._people += 1
        mailbox = f"person{self._people}@northwind.example"
        self.ask("/people", {"name": f"Person {self._people}", "mailbox": mailbox, "salesforce_username": mailbox})
        return mailbox

    def act(self, system: str, who: str, action: str, **more: Any) -> dict[str, Any]:
        """What a person does."""
        done: dict[str, Any] = self.ask("/act", {"system": system, "who": who, "action": action, **more})
        return done

    def book(self, who: str, subject: str, *, day: int = 5, **more: Any) -> dict[str, Any]:
        """An item of one hour at nine on a day of March, made in Outlook."""
        times = {
            name: {"dateTime": f"2027-03-{day:02}T{hour:02}:00:00", "timeZone": "UTC"} for name, hour in (("start", 9), ("end", 10))
        }
        return self.act("exchange", who, "book", event={"subject": subject, **times, **more})

    def both(self, who: str) -> tuple[list[str], list[str]]:
        """The subjects in both calendars of a person."""
        state = self.ask(f"/state?mailbox={who}")
        return sorted(e["subject"] for e in state["exchange"]), sorted(e["Subject"] for e in state["salesforce"])

    def stop(self) -> tuple[int, str, str]:
        """SIGTERM; the exit code, the rest of standard output, and standard error."""
        self.process.terminate()
        out, err = self.process.communicate()
        return self.process.returncode, out, err


@dataclass
class Twincal:
    """The command line on one home, at the time it is in the sandbox."""

    home: Path
    sandbox: Sandbox
    later: timedelta = field(default=timedelta())

    def __call__(self, *words: object) -> Ended:
        return command(*self.before, *words)

    @property
    def before(self) -> tuple[str, ...]:
        """The options that stand before the command."""
        return "--home", str(self.home), "--now", (self.sandbox.now + self.later).isoformat()

    def does(self, *words: object) -> Ended:
        """A command that ends well."""
        ended = self(*words)
        assert ended.code == 0, ended
        return ended

    def refuses(self, *words: object, code: int = 2) -> str:
        """What a command says that ends with this code: on standard error alone, and no traceback."""
        ended = self(*words)
        assert ended.code == code, ended
        assert not ended.out, ended
        assert ended.err.strip() and "Traceback" not in ended.err, ended
        return " ".join(ended.err.split())
