"""Processes: signals, and what goes to standard output."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.stage import TODAY, Sandbox, Twincal, command, started

CHARTER = {
    "graph": {"base_url", "tls_base_url", "authority", "tenant", "client_id", "client_secret"},
    "salesforce": {"login_url", "tls_login_url", "instance_url", "client_id", "client_secret", "api_version"},
}


def test_the_sandbox_prints_one_line_and_stops_on_sigterm() -> None:
    served = Sandbox("--world", "company", "--today", TODAY, "--seed", "3", "--port", "0")
    said = served.said
    assert set(said) >= {"graph", "salesforce", "ca_file", "control_url", "people"}
    assert all(keys <= set(said[side]) for side, keys in CHARTER.items())
    assert said["graph"]["authority"].endswith("/" + said["graph"]["tenant"])
    assert said["graph"]["base_url"].endswith("/v1.0") and said["graph"]["tls_base_url"].startswith("https://")
    assert len(said["people"]) == 30
    assert set(said["people"][0]) >= {"name", "mailbox", "salesforce_username", "salesforce_user_id"}
    assert served.ask("/mail") == []
    assert served.ask("/clock")["now"].startswith(f"{TODAY}T08:0")
    code, out, err = served.stop()
    assert (code, out) == (0, "") and "Traceback" not in err


def test_the_sandbox_refuses_what_it_cannot_do(world: Sandbox) -> None:
    port = world.said["control_url"].split(":")[2].split("/")[0]
    for words, told in (
        (("--world", "moon"), "Choose company or empty"),
        (("--today", "tomorrow"), "is not a day"),
        (("--today", "9999-12-31"), "too far away"),
        (("--port", port), "Choose another with --port"),
        (("--port", "65536"), "--port"),
        (("--seed", "one"), "--seed"),
    ):
        ended = command("sandbox", *words)
        assert ended.code == 2 and told in ended.err and not ended.out, ended


def until(true: object, process: subprocess.Popen[str]) -> None:
    """Wait until something holds, as long as the process lives."""
    assert callable(true)
    while not true():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def test_the_loop_keeps_in_step_survives_a_failure_and_stops_on_sigterm(twincal: Twincal, ann: str, calm: Sandbox) -> None:
    other = calm.person()
    twincal.does("people", "add", other, "--salesforce", other)
    calm.ask("/weather", {"graph": {"unlicensed": [ann]}})
    calm.book(other, "First round")
    running = started(*twincal.before, "run", "--interval", "0.2")
    until(lambda: calm.both(other)[1] == ["First round"], running)
    assert "in use by another Twincal process" in twincal.refuses("sync")
    calm.ask("/weather", {"calm": True})
    calm.book(ann, "Later round")
    until(lambda: calm.both(ann)[1] == ["Later round"], running)
    running.terminate()
    out, err = running.communicate()
    assert running.returncode == 0 and out == ""
    assert "Running; stop with Ctrl-C." in err and "Stopped." in err and "Traceback" not in err
    again = twincal.does("sync", "--json").json
    assert all(person["created"] == {"exchange": 0, "salesforce": 0} for person in again["people"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_round_in_hand_is_finished(twincal: Twincal, ann: str, calm: Sandbox, number: signal.Signals) -> None:
    calm.book(ann, "In hand")
    slow = {"kinds": ["delayed"], "system": "salesforce", "delay_ms": 1500, "rate": 1.0, "writes_only": True}
    calm.ask("/weather", {"transport": slow})
    before = _writes(calm)
    running = started(*twincal.before, "run", "--interval", "60")
    until(lambda: _writes(calm) > before, running)
    running.send_signal(number)
    out, err = running.communicate()
    assert (running.returncode, out) == (0, "") and "Stopped." in err, err
    calm.ask("/weather", {"calm": True})
    assert calm.both(ann) == (["In hand"], ["In hand"]), err
    (person,) = twincal.does("sync", "--json").json["people"]
    assert person["in_step"] == 1 and person["created"] == {"exchange": 0, "salesforce": 0}, (person, err)


def _writes(world: Sandbox) -> int:
    """How many requests with a body, sign-ins apart, Salesforce has been sent so far."""
    rows = [row for row in world.ask("/requests") if row["system"] == "salesforce" and row["method"] == "POST"]
    return sum(row["count"] for row in rows if "token" not in row["path"])


def test_the_demo_tells_scripts_what_happened() -> None:
    running = started("demo", "--once", "--today", TODAY, "--people", "1", "--with", "conflict=latest", "--json")
    out, err = running.communicate()
    assert running.returncode == 0, err
    (line,) = out.splitlines()
    told = json.loads(line)
    assert set(told) >= {"run", "people", "requests", "mail_expected", "second_look"}
    assert told["second_look"] == {"created": 0, "updated": 0, "deleted": 0}
    assert len(told["people"]) == 1 and told["people"][0]["created"]["salesforce"] > 50
    assert "First sync" in err


def test_the_demo_leaves_a_home_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twincal.cli.sandbox.FIRST", __import__("datetime").date(1990, 1, 1))
    (tmp_path / "mine.ics").write_text(CALENDAR)
    words = ("demo", "--once", "--today", TODAY, "--calendar", tmp_path / "mine.ics")
    ended = command("--home", tmp_path / "home", *words)
    assert ended.code == 0, ended
    assert "Imported 1 single events and 0 series." in ended.err and "Not imported, line" in ended.err
    for words_told in (
        "What the first sync did",
        "The most frequent reasons",
        "A second look found nothing to do.",
        "Next, on a home",
    ):
        assert words_told in ended.out
    assert "Lunch" in command("--home", tmp_path / "home", "history", "ann@northwind.example").out
    again = command("--home", tmp_path / "home", *words)
    assert again.code == 2 and "is not empty" in again.err


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//EN
BEGIN:VEVENT
UID:1
DTSTART:20270305T120000Z
DTEND:20270305T130000Z
SUMMARY:Lunch
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;TZID=Middle-earth/Shire:20270305T120000
DTEND;TZID=Middle-earth/Shire:20270305T130000
SUMMARY:Second breakfast
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--people", "0"), "--people"),
        (("--people", "2", "--calendar", "{ics}"), "Leave one of the two out"),
        (("--calendar", "{home}/missing.ics"), "cannot be read"),
        (("--calendar", "{home}"), "cannot be read"),
        (("--calendar", "{text}"), "is not an iCalendar file"),
        (("--calendar", "{broken}"), "Nothing in the calendar file could be imported"),
        (("--today", "2027-02-30"), "is not a day"),
        (("--with", "mdoe=match"), "Did you mean `mode`?"),
        (("--with", "mode=some"), "`mode` cannot be `some`"),
        (("--with", "mode"), "KEY=VALUE"),
    ],
)
def test_the_demo_refuses_what_it_cannot_use(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    files = {"ics": CALENDAR, "text": "Dear diary", "broken": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Cut o"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    paths = {"home": str(tmp_path), **{name: str(tmp_path / name) for name in files}}
    ended = command("demo", "--once", "--today", TODAY, *(word.format(**paths) for word in words))
    assert ended.code == 2 and not ended.out and "Traceback" not in ended.err, ended
    assert told in " ".join(ended.err.split())


def test_the_demo_stays_until_it_is_stopped(tmp_path: Path) -> None:
    running = started("--home", tmp_path / "home", "demo", "--today", TODAY, "--people", "1")
    assert running.stderr is not None
    for line in running.stderr:
        if "stop with Ctrl-C" in line:
            break
    running.terminate()
    out, err = running.communicate()
    assert running.returncode == 0, err
    assert "What the first sync did" in out and "Traceback" not in err


def test_a_reader_that_leaves_early_is_no_error(twincal: Twincal, ann: str) -> None:
    process = started(*twincal.before, "settings", "show")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.wait()
