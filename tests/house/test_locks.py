"""The locks: versions and hashes, no address, and one truth in both."""

import re

import pytest

from tests.house.sources import ROOT

REQUIREMENTS = ROOT / "requirements"
LOCKS = ("uv.txt", "runtime.lock", "dev.lock")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
ADDRESS = re.compile(r"https?://|file:|--(extra-)?index|--find-links|-i ", re.IGNORECASE)


def pins(lock: str) -> dict[str, str]:
    """Each package of a lock and its version."""
    return dict(PIN.findall((REQUIREMENTS / lock).read_text(encoding="utf-8")))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock: str) -> None:
    lines = (REQUIREMENTS / lock).read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if ADDRESS.search(line.replace("--no-emit-index-url", ""))]
    assert not found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", (REQUIREMENTS / lock).read_text(encoding="utf-8"))
    bare = [entry.split()[0] for entry in entries if PIN.match(entry) and "--hash=sha256:" not in entry]
    assert pins(lock)
    assert not bare


def test_what_is_tested_is_what_is_shipped() -> None:
    runtime, dev = pins("runtime.lock"), pins("dev.lock")
    differing = {name: (version, dev.get(name)) for name, version in runtime.items() if dev.get(name) != version}
    assert not differing, f"run ./dev lock: {differing}"


@pytest.mark.parametrize(("source", "lock"), [("uv.in", "uv.txt"), ("runtime.in", "runtime.lock"), ("dev.in", "dev.lock")])
def test_every_dependency_asked_for_is_locked(source: str, lock: str) -> None:
    lines = (REQUIREMENTS / source).read_text(encoding="utf-8").splitlines()
    asked = {re.split(r"[=<>\[; ]", line)[0].lower() for line in lines if line and not line.startswith(("#", "-"))}
    assert asked <= {name.lower() for name in pins(lock)}, "run ./dev lock"


def test_no_other_lock_is_kept() -> None:
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
