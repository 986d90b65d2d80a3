"""Canary texts of private items are in no file of the home, no backup, and nothing that any command says (SPEC 3.3)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.stage import Ended, Twincal, started
from tests.cli.test_running import until

CANARY = "quetzalplume"
"""Stands in every text of a private item, and in nothing else."""


def secret(subject: str, **more: Any) -> dict[str, Any]:
    """An item of Outlook in which every text says it."""
    return {
        "subject": f"{CANARY} {subject}",
        "location": {"displayName": f"{CANARY} room"},
        "body": {"contentType": "html", "content": f"<p>{CANARY} agenda</p>"},
        "attendees": [{"type": "required", "emailAddress": {"address": f"{CANARY}@acme.example", "name": f"{CANARY} guest"}}],
        "categories": [f"{CANARY} category"],
        **more,
    }


def book(run: Twincal, ann: str, subject: str, *, day: int, **more: Any) -> str:
    """Such an item in Ann's calendar; its id."""
    words = secret(subject, **more)
    return str(run.sandbox.book(ann, words.pop("subject"), day=day, **words)["id"])


def enter(run: Twincal, ann: str, *, day: int, private: bool = True) -> str:
    """An event of Salesforce in which every text says it; its id."""
    fields = {
        "Subject": f"{CANARY} call", "Location": f"{CANARY} hall", "Description": f"{CANARY} notes", "IsPrivate": private,
        "StartDateTime": f"2027-03-{day:02}T14:00:00Z", "EndDateTime": f"2027-03-{day:02}T15:00:00Z",
    }  # fmt: skip
    return str(run.sandbox.act("salesforce", ann, "insert", fields=fields)["Id"])


def files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, whatever its name."""
    return (path for path in folder.rglob("*") if path.is_file())


def holding(folder: Path) -> list[str]:
    """The files in which the canary stands, in any of the ways in which text is stored."""
    forms = [CANARY.encode(form) for form in ("utf-8", "utf-16-le", "utf-16-be")]
    return [path.name for path in files(folder) if any(form in path.read_bytes().lower() for form in forms)]


def said(ended: Ended) -> bool:
    """Does a command say it?"""
    return CANARY in f"{ended.out}{ended.err}".lower()


def everything(run: Twincal, ann: str, *ids: str) -> list[tuple[tuple[object, ...], Ended]]:
    """Every command that shows items, in words and as JSON, and what it says."""
    asked: list[tuple[object, ...]] = [
        ("plan",), ("plan", ann), ("plan", "--with", "mode=match"), ("sync",), ("verify",), ("verify", "--repair"),
        ("audit",), ("runs", ann), ("undo", ann, "--day", f"{run.sandbox.now:%Y-%m-%d}"), ("doctor",),
        ("people", "list"), ("settings", "show"),
    ]  # fmt: skip
    asked += [("history", ann), *(("history", ann, "--tab", tab) for tab in ("unresolved", "synced", "excluded"))]
    asked += [("history", ann, "--search", "a"), *(("explain", ann, ident) for ident in ids)]
    found = [(words, run(*words)) for words in asked]
    return found + [((*words, "--json"), run(*words, "--json")) for words in asked]


def quiet(run: Twincal, ann: str, *ids: str) -> None:
    """No command says it."""
    found = everything(run, ann, *ids)
    wrong = [(words, ended.err) for words, ended in found if ended.code == 2 or "Traceback" in ended.err]
    assert not wrong, "a command was not understood, so it was not tried"
    assert [words for words, ended in found if said(ended)] == []


def test_what_always_was_private_is_nowhere(twincal: Twincal, ann: str, tmp_path: Path) -> None:
    ids = [book(twincal, ann, kind, day=4 + number, sensitivity=kind) for number, kind in enumerate(("private", "confidential"))]
    ids.append(enter(twincal, ann, day=7))
    twincal.sandbox.book(ann, "Shown", day=8)
    said_of_sync = twincal.does("sync")
    assert not said(said_of_sync) and twincal.sandbox.both(ann)[1].count("Shown") == 1
    assert holding(twincal.home) == []
    quiet(twincal, ann, *ids)
    assert holding(twincal.home) == []
    twincal.does("backup", tmp_path / "copies.db")
    assert holding(tmp_path) == []
    assert any(b"Shown" in path.read_bytes() for path in files(twincal.home)), "what is not private can be found so"


def test_it_is_nowhere_while_a_process_runs(twincal: Twincal, ann: str) -> None:
    """The log beside the database is a file like any other."""
    book(twincal, ann, "private", day=4, sensitivity="private")
    enter(twincal, ann, day=5)
    running = started(*twincal.before, "run", "--interval", "1")
    twincal.sandbox.book(ann, "Shown", day=6)
    until(lambda: "Shown" in twincal.sandbox.both(ann)[1], running)
    assert (twincal.home / "twincal.db-wal").exists()
    assert holding(twincal.home) == []
    running.terminate()
    out, err = running.communicate()
    assert running.returncode == 0 and CANARY not in f"{out}{err}".lower()


@pytest.mark.parametrize("born", ["exchange", "salesforce"])
@pytest.mark.parametrize("turned", ["exchange", "salesforce"])
def test_what_turns_private_later_is_erased(twincal: Twincal, ann: str, tmp_path: Path, born: str, turned: str) -> None:
    if born == "exchange":
        book(twincal, ann, "later", day=4, attendees=[], categories=[])
    else:
        enter(twincal, ann, day=4, private=False)
    twincal.does("sync")
    state = twincal.sandbox.ask(f"/state?mailbox={ann}")
    exchange, salesforce = state["exchange"][0]["id"], state["salesforce"][0]["Id"]
    conflict(twincal, ann, exchange, salesforce)
    assert holding(twincal.home), "until now it is no secret"
    if turned == "exchange":
        twincal.sandbox.act("exchange", ann, "change", id=exchange, event={"sensitivity": "private"})
    else:
        twincal.sandbox.act("salesforce", ann, "update", id=salesforce, fields={"IsPrivate": True})
    twincal.does("sync")
    assert holding(twincal.home) == []
    quiet(twincal, ann, exchange, salesforce)
    assert holding(twincal.home) == []
    twincal.does("backup", tmp_path / "copy.db")
    assert holding(tmp_path) == []


def conflict(run: Twincal, ann: str, exchange: str, salesforce: str) -> None:
    """Both sides change the place, so that one value loses; an undo is asked for."""
    run.sandbox.act("exchange", ann, "change", id=exchange, event={"location": {"displayName": f"{CANARY} attic"}})
    run.sandbox.act("salesforce", ann, "update", id=salesforce, fields={"Location": f"{CANARY} cellar"})
    run.does("sync")
    (row,) = run.does("history", ann, "--json").json
    assert row["lost"] == {"place": f"{CANARY} cellar"}
    run.does("undo", ann, row["item"], "--yes")
