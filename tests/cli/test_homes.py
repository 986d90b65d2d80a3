"""Homes that cannot be used: each ends in a sentence with a remedy, and nothing half-written."""

import errno
import fcntl
import os
import sqlite3
from pathlib import Path

import pytest

from tests.cli.stage import Sandbox, Twincal, command
from twincal.store.database import Database


def test_the_home_is_named_by_option_or_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINCAL_HOME", str(tmp_path / "by-variable"))
    assert command("people", "list").code == 0
    assert command("--home", tmp_path / "by-option", "people", "list").code == 0
    monkeypatch.delenv("TWINCAL_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert command("people", "list").code == 0
    for name in ("by-variable", "by-option", "me/.twincal"):
        assert (tmp_path / name / "twincal.db").is_file()


def test_options_stand_before_the_command(bare: Twincal) -> None:
    assert "No such option" in command("people", "list", "--home", bare.home).err
    assert command("people", "list", "--now", "2027-03-01").code == 2
    assert "not a date or time" in command("--now", "yesterday", "people", "list").err
    assert "--now" not in command("--help").out


def test_a_file_in_the_place_of_the_home(tmp_path: Path, world: Sandbox) -> None:
    (tmp_path / "file").write_text("mine")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        told = Twincal(home, world).refuses("people", "list")
        assert "--home or TWINCAL_HOME" in told
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_home_that_cannot_be_written(bare: Twincal, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refused(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("twincal.store.home.os.open", refused)
    told = bare.refuses("settings", "set", "mode=match")
    assert "cannot be written" in told and "--home or TWINCAL_HOME" in told


def test_a_full_disk_keeps_what_was_there(twincal: Twincal, ann: str, monkeypatch: pytest.MonkeyPatch) -> None:
    twincal.sandbox.book(ann, "Waits for room")
    run = Database.run

    def full(self: Database, story: object, *given: object, **named: object) -> object:
        if self.writes:
            from sqlalchemy.exc import OperationalError

            raise known(self, OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full")))
        return run(self, story, *given, **named)  # type: ignore[arg-type]

    def known(database: Database, error: object) -> Exception:
        found = database._explained(error)  # type: ignore[arg-type]
        assert found is not None
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Database, "run", full)
        told = twincal.refuses("settings", "set", "mode=match")
        assert "is full; nothing was written" in told and "Free some room" in told
        assert "is full" in twincal.refuses("sync")
    values = {row["key"]: row["value"] for row in twincal.does("settings", "show", "--json").json}
    assert values["mode"] == "sync_all"
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["Waits for room"], ["Waits for room"])


def test_a_disk_that_fills_up_in_the_middle_of_a_sync(twincal: Twincal, ann: str) -> None:
    """The file may grow no more: what was begun is taken back, and the next sync goes on."""
    twincal.sandbox.book(ann, "Too much " + "x" * 200, body={"contentType": "text", "content": "words " * 20_000})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twincal.store.database._prepare", _small(patch))
        ended = twincal("sync", "--json")
    assert ended.code == 1, ended
    assert "is full" in ended.json["people"][0]["failure"]["message"]
    assert twincal.sandbox.both(ann)[1] == []
    twincal.does("sync")
    assert len(twincal.sandbox.both(ann)[1]) == 1


def _small(patch: pytest.MonkeyPatch) -> object:
    from twincal.store import database

    prepare = database._prepare

    def prepared(connection: sqlite3.Connection, *, writes: bool) -> None:
        prepare(connection, writes=writes)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + 4}")

    return prepared


def test_a_home_in_use_may_be_read_but_not_written(twincal: Twincal, ann: str) -> None:
    with (twincal.home / "lock").open("r+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.truncate()
        other.write("4711")
        other.flush()
        told = twincal.refuses("sync")
        assert "in use by another Twincal process (4711)" in told and "--home" in told
        assert ann in twincal.does("people", "list").out
        twincal.does("settings", "show")
        twincal.does("history", ann)
    twincal.does("sync")


def test_a_database_that_is_none(bare: Twincal) -> None:
    bare.home.mkdir()
    (bare.home / "twincal.db").write_bytes(b"no database at all, but long enough to be looked at" * 50)
    assert "damaged" in bare.refuses("people", "list")


def test_a_variable_that_cannot_be_used(bare: Twincal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINCAL_GRAPH_PAGE_SIZE", "plenty")
    assert "TWINCAL_" in bare.refuses("people", "list")
    monkeypatch.delenv("TWINCAL_GRAPH_PAGE_SIZE")
    monkeypatch.setenv("TWINCAL_LEASE_SECONDS", "9")
    assert ">= 10" in bare.refuses("people", "list")
    monkeypatch.delenv("TWINCAL_LEASE_SECONDS")
    monkeypatch.setenv("TWINCAL_CA_FILE", "/no/such/file.pem")
    assert "TWINCAL_CA_FILE" in bare.refuses(
        "connect", "exchange", "graph", "--tenant", "t", "--client-id", "c", "--client-secret-env", "HOME"
    )


def test_what_nobody_foresaw_is_one_line_without_its_text(bare: Twincal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Meeting about the merger")

    monkeypatch.setattr("twincal.store.books.StoreBooks.members", broken)
    told = bare.refuses("people", "list", code=1)
    assert "RuntimeError at engine/administration.py:" in told and "report it" in told
    assert "merger" not in told


def test_what_the_operating_system_refuses_is_told(bare: Twincal, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("twincal.store.books.StoreBooks.members", full)
    assert "No space left on device" in bare.refuses("people", "list", code=1)
