"""One home of Twincal and the processes that work on it: started, killed, stopped still, let go on."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from tools.kills.stage import Stage

COMMAND = (sys.executable, "-m", "twincal")
INTERVAL = "0.5"
LEASE = float(os.environ.get("TWINCAL_LEASE_SECONDS", "60"))
"""Seconds a lease lasts here."""
LONGEST = 1800.0
"""Seconds after which whatever is waited for is taken not to happen."""


class Stuck(Exception):
    """What was waited for did not happen; the message says what."""


def until(true: Callable[[], bool], what: str, *, pause: float = 0.05, longest: float = LONGEST) -> None:
    """Wait until something holds. Raises Stuck."""
    end = time.monotonic() + longest
    while not true():
        if time.monotonic() > end:
            raise Stuck(f"{what} did not happen within {longest:.0f} seconds")
        time.sleep(pause)


class Running:
    """One `twincal run`. What it says goes to a file, so that no pipe ever fills."""

    def __init__(self, command: list[str], words: Path) -> None:
        self._words = words
        self._file: IO[bytes] = words.open("wb")
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self._file)

    @property
    def said(self) -> str:
        """What it has said so far."""
        return self._words.read_text(errors="replace")

    @property
    def lives(self) -> bool:
        """Has it not ended yet?"""
        return self.process.poll() is None

    @property
    def works(self) -> bool:
        """Has it got the right to write?"""
        return "Running" in self.said

    def kill(self) -> int | None:
        """SIGKILL; the exit code where it had ended by itself, None else."""
        ended = self.process.poll()
        self._end(signal.SIGKILL)
        return ended

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self._end(signal.SIGTERM)
        return self.process.returncode

    def _end(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        self.process.wait()
        self._file.close()

    def freeze(self) -> None:
        """SIGSTOP; returns when it stands still."""
        self.process.send_signal(signal.SIGSTOP)
        stat = Path(f"/proc/{self.process.pid}/stat")
        if stat.exists():
            until(lambda: stat.read_text().rpartition(")")[2].split()[0] in "Tt", "standing still", pause=0.005)

    def thaw(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def ends(self) -> int:
        """Wait until it ends by itself; the exit code. Raises Stuck."""
        until(lambda: not self.lives, "the end of a process that lost its lease", longest=300)
        self._file.close()
        return self.process.returncode


class Home:
    """A data directory that belongs to one test, and the commands on it."""

    def __init__(self, folder: Path, stage: Stage, processes: "list[Running] | None" = None) -> None:
        self.folder = folder
        self.stage = stage
        self._started = 0
        self._processes: list[Running] = [] if processes is None else processes

    def end_all(self) -> None:
        """Kill whatever still lives, of this home and of its copies."""
        for process in self._processes:
            process.kill()

    def connect(self) -> None:
        """Both sides, and the mode in which everything is synced; no person yet."""
        graph, salesforce = self.stage.company.said["graph"], self.stage.company.said["salesforce"]
        at = ["--authority", graph["authority"], "--base-url", graph["base_url"]]
        app = ["--tenant", graph["tenant"], "--client-id", graph["client_id"], "--client-secret-env", "KILLS_GRAPH"]
        self.does("connect", "exchange", "graph", *app, *at, KILLS_GRAPH=graph["client_secret"])
        org = [
            "--login-url",
            salesforce["login_url"],
            "--client-id",
            salesforce["client_id"],
            "--client-secret-env",
            "KILLS_SALESFORCE",
        ]
        self.does("connect", "salesforce", *org, KILLS_SALESFORCE=salesforce["client_secret"])
        self.does("settings", "set", "mode=sync_all")

    def copy(self, folder: Path, mailbox: str, stage: Stage) -> "Home":
        """A home connected in the same way, where this person is kept in step."""
        shutil.copytree(self.folder, folder)
        other = Home(folder, stage, self._processes)
        other.does("people", "add", mailbox, "--salesforce", mailbox)
        return other

    def _command(self, *words: str) -> list[str]:
        return [*COMMAND, "--home", str(self.folder), "--now", self.stage.now(), *words]

    def does(self, *words: str, **environment: str) -> str:
        """A command that ends well; what it printed. Raises Stuck with what it said otherwise."""
        done = subprocess.run(self._command(*words), capture_output=True, text=True, env={**os.environ, **environment})
        if done.returncode:
            raise Stuck(f"`twincal {' '.join(words[:2])}` ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def run(self) -> Running:
        """`twincal run` from now on."""
        self._started += 1
        words = self.folder.with_name(f"{self.folder.name}.{self._started}.log")
        running = Running(self._command("run", "--interval", INTERVAL), words)
        self._processes.append(running)
        return running

    def cycle(self) -> dict[str, int]:
        """One more cycle; how many writes it did, and what failed or was held."""
        report: dict[str, Any] = json.loads(self.does("sync", "--json"))
        (person,) = report["people"]
        wrote = sum(sum(person[what].values()) for what in ("created", "updated", "deleted"))
        return {"wrote": wrote, "failed": person["failed"] + bool(person["failure"]), "held": len(report["held_plans"])}

    def asked(self, question: str, otherwise: float) -> float:
        """One number from the database, without getting in anybody's way."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self.folder / 'twincal.db'}?mode=ro", uri=True)) as database:
            row = database.execute(question).fetchone()
            return float(row[0]) if row else otherwise
        return otherwise

    @property
    def open_intents(self) -> int:
        """Writes of which it is not known yet what became of them."""
        return int(self.asked("SELECT count(*) FROM intent", 0))

    @property
    def lease_until(self) -> float:
        """When the right to write ends, by the machine's clock."""
        return self.asked("SELECT until FROM lease", 0.0)
