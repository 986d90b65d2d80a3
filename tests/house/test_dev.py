"""`./dev` from outside: what it hands over, what it installs and when, and what it says when it cannot."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.sources import ROOT

# Stands for the environment's Python: says who and where it is and what it was told, and ends with a code of its own.
PYTHON = """#!/bin/sh
echo "pid $$"; echo "in $PWD"; for word in "$@"; do echo "word $word"; done
echo "root $PYTEST_DEBUG_TEMPROOT"
exit 7
"""
# Stands for uv: writes down what it was asked, makes the environment's Python when told to, or refuses.
UV = """#!/bin/sh
echo "$*" >> "$(dirname "$0")/asked"
if [ -e "$(dirname "$0")/refuse" ]; then echo "error: no route to the index"; exit 2; fi
if [ "$1" = venv ]; then for last; do :; done; mkdir -p "$last/bin"; cp "$(dirname "$0")/python" "$last/bin/python"; fi
if [ "$1 $2" = "pip sync" ]; then sleep 0.3; fi
"""


@dataclass
class Clone:
    """A clone with an installer that only pretends."""

    top: Path

    def command(self, *arguments: str) -> list[str]:
        """`./dev` with these arguments."""
        return [sys.executable, str(self.top / "dev"), *arguments]

    def dev(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run `./dev` to its end."""
        return subprocess.run(self.command(*arguments), cwd=cwd or self.top, capture_output=True, text=True)

    def asked(self, what: str) -> int:
        """How often uv was asked for this."""
        record = self.top / ".dev/uv/bin/asked"
        return sum(line.startswith(what) for line in record.read_text().splitlines()) if record.is_file() else 0


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A clone in a folder with a space in its name, uv already there, no environment yet."""
    top = tmp_path / "a clone"
    (top / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "dev", top / "dev")
    for lock in (ROOT / "requirements").iterdir():
        shutil.copy(lock, top / "requirements" / lock.name)
    pin = next(line for line in (top / "requirements/uv.txt").read_text().splitlines() if line.startswith("uv=="))
    programs = top / ".dev/uv/bin"
    programs.mkdir(parents=True)
    (top / f".dev/uv/uv-{pin.split('==')[1].split()[0]}.dist-info").mkdir()
    for name, text in (("uv", UV), ("python", PYTHON)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return Clone(top)


def test_words_directory_and_exit_code_are_handed_over(clone: Clone, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = clone.dev("twincal", "--home", "../x y", "explain", "*", "", cwd=elsewhere)
    said = done.stdout.splitlines()
    assert f"in {elsewhere}" in said
    assert [line[5:] for line in said if line.startswith("word ")] == ["-m", "twincal", "--home", "../x y", "explain", "*", ""]
    assert done.returncode == 7


def test_the_task_is_the_same_process_so_signals_reach_it(clone: Clone) -> None:
    with subprocess.Popen(clone.command("twincal", "run"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as dev:
        said, _ = dev.communicate()
    assert f"pid {dev.pid}" in said.splitlines()


def test_demo_is_the_command_of_that_name(clone: Clone) -> None:
    words = [line[5:] for line in clone.dev("demo", "--once").stdout.splitlines() if line.startswith("word ")]
    assert words == ["-m", "twincal", "demo", "--once"]


def test_directories_of_tests_are_in_memory_where_there_is_room(clone: Clone, tmp_path: Path) -> None:
    def root_of(room: int) -> str:
        script = clone.top / "dev"
        script.write_text(re.sub(r"1 << 30", str(room), (ROOT / "dev").read_text()).replace('"/dev/shm"', repr(str(tmp_path))))
        environment = {name: value for name, value in os.environ.items() if name != "PYTEST_DEBUG_TEMPROOT"}
        done = subprocess.run(clone.command("test"), env=environment, capture_output=True, text=True)
        return next(line[5:] for line in done.stdout.splitlines() if line.startswith("root "))

    assert root_of(1) == str(tmp_path)
    assert root_of(1 << 60) == ""


def test_tests_run_on_every_core_unless_told_otherwise(clone: Clone) -> None:
    assert "word --dist" in clone.dev("test").stdout.splitlines()
    assert "word --dist" not in clone.dev("test", "-n0").stdout.splitlines()
    assert "word --dist" not in clone.dev("test", "--pdb").stdout.splitlines()


def test_the_environment_is_made_once_and_again_when_the_lock_changes(clone: Clone) -> None:
    first = clone.dev("twincal")
    clone.dev("twincal")
    assert (clone.asked("venv"), clone.asked("pip sync")) == (1, 1)
    assert "installing" in first.stderr
    assert "installing" not in first.stdout
    with (clone.top / "requirements/dev.lock").open("a") as lock:
        lock.write("# another\n")
    clone.dev("twincal")
    assert (clone.asked("venv"), clone.asked("pip sync")) == (1, 2)


def test_everything_is_installed_by_hash(clone: Clone) -> None:
    clone.dev("twincal")
    installs = [line for line in (clone.top / ".dev/uv/bin/asked").read_text().splitlines() if line.startswith("pip")]
    assert installs
    assert all("--require-hashes" in line for line in installs)


def test_two_at_once_install_once(clone: Clone) -> None:
    both = [subprocess.Popen(clone.command("twincal"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for each in both:
        each.communicate()
    assert [each.returncode for each in both] == [7, 7]
    assert clone.asked("pip sync") == 1


def test_a_failed_installation_is_told_and_tried_again(clone: Clone) -> None:
    refuse = clone.top / ".dev/uv/bin/refuse"
    refuse.touch()
    done = clone.dev("twincal")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no route to the index" in done.stderr
    assert "try again" in done.stderr
    assert "Traceback" not in done.stderr
    refuse.unlink()
    assert clone.dev("twincal").returncode == 7


@pytest.mark.parametrize(("arguments", "code"), [(["nonsense"], 2), ([], 2), (["--help"], 0)])
def test_what_there_is_to_run_is_listed_on_standard_error(clone: Clone, arguments: list[str], code: int) -> None:
    done = clone.dev(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert "  twincal  " in done.stderr
    assert "  check  " in done.stderr
    assert clone.asked("pip") == 0


def test_tasks_that_this_clone_does_not_have_are_not_listed(clone: Clone) -> None:
    assert "mutants" not in clone.dev("--help").stderr
    (clone.top / "tools").mkdir()
    (clone.top / "tools/mutants.py").touch()
    assert "mutants" in clone.dev("--help").stderr


def test_a_lost_lock_is_told(clone: Clone) -> None:
    (clone.top / "requirements/dev.lock").unlink()
    done = clone.dev("twincal")
    assert done.returncode == 1
    assert "git checkout" in done.stderr
