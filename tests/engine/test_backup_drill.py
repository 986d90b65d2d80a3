"""The backup drill on both calendars: what happened after the copy survives its restore, once and twice; with another key, or a
copy that a newer version made, nothing at all is changed; a copy that an older version made is brought up to date."""

import sqlite3
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import create_engine

from tests.engine.stage import ANN, BEN, CARLA, Json, Stage, changes
from twincal.errors import WrongInput
from twincal.store.migrations.upgrade import config
from twincal.wiring import backed_up, restored, rotated

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAILY = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": "2027-03-22", "numberOfOccurrences": 3},
}


async def diary(stage: Stage) -> None:
    """Items born on either side, a meeting with a Contact, and a series, all in step; Ben's too."""
    await stage.record("Contact", "Carla", CARLA)
    for number in range(4):
        await stage.book(f"Item {number}", day=number + 4)
    for number in range(4):
        await stage.enter(f"Call {number}", day=number + 9)
    await stage.meet("Review", CARLA, day=15, body={"contentType": "text", "content": "Agenda"})
    await stage.book("Standup", day=22, recurrence=DAILY)
    async with stage.twincal() as service:
        await service.add_person(BEN, BEN)
    await stage.book("Of Ben", who=BEN)
    await stage.sync()
    await stage.rest()


async def an_hour(stage: Stage, name: str = "New") -> None:
    """Six rounds of ten minutes: made, edited and deleted on both sides, carried over; the last edits not yet."""
    await stage.book(f"{name} in Outlook", day=17)
    await stage.enter(f"{name} in Salesforce", day=18)
    await stage.sync()
    await stage.change("Item 0", location={"displayName": f"{name} room"})
    await stage.edit("Call 0", Location=f"{name} hall")
    await stage.sync()
    await stage.edit("Item 1", ShowAs="Free")
    await stage.edit("Review", WhatId=(await stage.act("salesforce", ANN, "insert", object="Account", fields={"Name": name}))["Id"])
    await stage.sync()
    await stage.edit(f"{name} in Outlook", Location="Lobby")
    await stage.change(f"{name} in Salesforce", location={"displayName": "Foyer"})


async def deletions(stage: Stage) -> None:
    """Ann deletes one of each, which is carried over."""
    await stage.act("exchange", ANN, "remove", subject="Item 3")
    await stage.act("salesforce", ANN, "delete", id=(await stage.event("Call 3"))["Id"])
    await stage.sync()


def face(items: tuple[list[Json], list[Json]]) -> tuple[list[Any], list[Any]]:
    """What people see of both calendars."""
    exchange, salesforce = items
    here = [(e["subject"], e["start"]["dateTime"][:16], e["location"]["displayName"], e["showAs"]) for e in exchange]
    there = [(e["Subject"], e["StartDateTime"][:16], e.get("Location") or "", e["ShowAs"].lower()) for e in salesforce]
    return sorted(here), sorted(there)


async def brought_back(stage: Stage, copy: Path) -> None:
    """The copy is restored, looked at without a write, and accepted; then everything comes to rest."""
    restored(stage.home, copy, stage.now)
    before = await stage.versions()
    report = await stage.sync(full=True)
    assert changes(report) == 0 and await stage.versions() == before
    await stage.pass_time()
    async with stage.twincal() as service:
        accepted = await service.accept()
    assert accepted.total("deleted").exchange + accepted.total("deleted").salesforce == 0
    assert accepted.total("created").exchange + accepted.total("created").salesforce == 0
    await stage.rest()


async def survived(stage: Stage, *names: str) -> None:
    """The edits of each hour stand on both sides, and both calendars say the same."""
    exchange, salesforce = face(await stage.state())
    assert exchange == salesforce
    assert len({one[:2] for one in exchange}) == len(exchange), "nothing stands twice"
    for name in names:
        assert (await stage.event(f"{name} in Outlook"))["Location"] == "Lobby"
        assert (await stage.item(f"{name} in Salesforce"))["location"]["displayName"] == "Foyer"
    assert (await stage.event("Item 0"))["Location"] == f"{names[-1]} room"
    assert (await stage.item("Call 0"))["location"]["displayName"] == f"{names[-1]} hall"
    assert (await stage.item("Item 1"))["showAs"] == "free"
    review = await stage.event("Review")
    assert review["WhatId"] and review["WhoId"] and review["Description"] == "Agenda"
    assert await stage.mails() == []


async def test_an_hour_of_work_survives(stage: Stage, tmp_path: Path) -> None:
    await diary(stage)
    backed_up(stage.home, tmp_path / "copy.db")
    await an_hour(stage)
    await deletions(stage)
    wanted = await stage.subjects()
    await brought_back(stage, tmp_path / "copy.db")
    assert await stage.subjects() == wanted, "nothing that was deleted comes back, nothing is missing"
    await survived(stage, "New")
    assert await stage.subjects(BEN) == (["Of Ben"], ["Of Ben"])


async def test_a_copy_is_restored_twice(stage: Stage, tmp_path: Path) -> None:
    await diary(stage)
    backed_up(stage.home, tmp_path / "copy.db")
    await an_hour(stage)
    restored(stage.home, tmp_path / "copy.db", stage.now)
    await stage.sync(full=True)
    wanted = await stage.subjects()
    await brought_back(stage, tmp_path / "copy.db")
    assert await stage.subjects() == wanted
    await survived(stage, "New")
    await an_hour(stage, "Later")
    wanted = await stage.subjects()
    await brought_back(stage, tmp_path / "copy.db")
    assert await stage.subjects() == wanted
    await survived(stage, "New", "Later")
    asides = sorted(path.name for path in stage.home.glob("*before-restore*"))
    assert asides == [f"twincal.db.before-restore-{number}" for number in (1, 2, 3)]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder; what a database says, whatever its file looks like."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name == "twincal.db":
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as opened:
                found[path.name] = "\n".join(opened.iterdump()).encode()
        elif not path.name.startswith("twincal.db-"):
            found[path.name] = path.read_bytes()
    return found


async def test_with_another_key_nothing_is_changed(stage: Stage, tmp_path: Path) -> None:
    await diary(stage)
    copy, kept = tmp_path / "copy.db", tmp_path / "kept"
    backed_up(stage.home, copy)
    kept.write_bytes((stage.home / "key").read_bytes())
    rotated(stage.home)
    before = contents(stage.home)
    with pytest.raises(WrongInput, match="sealed with another key") as told:
        restored(stage.home, copy, stage.now)
    assert f"{stage.home / 'key'}" in told.value.remedy
    assert contents(stage.home) == before
    assert changes(await stage.sync(full=True)) == 0
    (stage.home / "key").write_bytes(kept.read_bytes())
    await brought_back(stage, copy)


async def test_where_no_key_is_nothing_is_made(stage: Stage, tmp_path: Path) -> None:
    await diary(stage)
    backed_up(stage.home, tmp_path / "copy.db")
    with pytest.raises(WrongInput, match="no key"):
        restored(tmp_path / "elsewhere", tmp_path / "copy.db", stage.now)
    assert not (tmp_path / "elsewhere").exists()


async def test_a_key_in_the_environment_is_tried_too(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await diary(stage)
    backed_up(stage.home, tmp_path / "copy.db")
    monkeypatch.setenv("TWINCAL_KEY", b64encode(b"x" * 32).decode())
    with pytest.raises(WrongInput, match="sealed with another key") as told:
        restored(stage.home, tmp_path / "copy.db", stage.now)
    assert "TWINCAL_KEY" in told.value.remedy


async def test_what_a_newer_version_made_is_refused_and_nothing_is_changed(stage: Stage, tmp_path: Path) -> None:
    await diary(stage)
    copy = tmp_path / "copy.db"
    backed_up(stage.home, copy)
    with closing(sqlite3.connect(copy)) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    before = contents(stage.home)
    with pytest.raises(WrongInput, match="newer version"):
        restored(stage.home, copy, stage.now)
    assert contents(stage.home) == before


@pytest.mark.parametrize("version", ["0001", "0002", "0003"])
async def test_what_an_older_version_made_is_brought_up_to_date(stage: Stage, tmp_path: Path, version: str) -> None:
    await diary(stage)
    backed_up(stage.home, tmp_path / "copy.db")
    as_of(version, tmp_path / "copy.db", tmp_path / "older.db")
    await an_hour(stage)
    wanted = await stage.subjects()
    await brought_back(stage, tmp_path / "older.db")
    assert await stage.subjects() == wanted
    await survived(stage, "New")
    assert {row.subject for row in await stage.history()} == {*wanted[0]}


def as_of(version: str, copy: Path, older: Path) -> None:
    """The rows of a copy in the tables of an older version, as far as it had them."""
    engine = create_engine(f"sqlite:///{older}")
    with engine.begin() as opened:
        made = config()
        made.attributes["connection"] = opened
        command.upgrade(made, version)
    engine.dispose()
    with closing(sqlite3.connect(older)) as rows, rows:
        rows.execute("ATTACH DATABASE ? AS newer", (str(copy),))
        tables = {name for (name,) in rows.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")}
        known = {name for (name,) in rows.execute("SELECT name FROM newer.sqlite_master WHERE type = 'table'")}
        for table in sorted(tables):
            if table != "alembic_version":
                rows.execute(f"DELETE FROM main.{table}")
        for table in tables & known - {"alembic_version", "sqlite_sequence"}:
            columns = [f'"{row[1]}"' for row in rows.execute(f"PRAGMA main.table_info({table})")]
            newer = {f'"{row[1]}"' for row in rows.execute(f"PRAGMA newer.table_info({table})")}
            names = ", ".join(name for name in columns if name in newer)
            rows.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM newer.{table}")
