"""The backup drill: an hour of work after the copy was made, then the copy is restored. No duplicate, no deletion, no edit lost."""

from pathlib import Path

import pytest

from tests.engine.stage import ANN, Stage, changes
from twincal.errors import HomeUnusable, WrongInput
from twincal.wiring import backed_up, opened, restored

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def diary(stage: Stage) -> None:
    """Ten items in step."""
    for number in range(8):
        await stage.book(f"Item {number}", day=number + 4)
    for number in range(2):
        await stage.enter(f"Call {number}", day=number + 14)
    await stage.sync()
    await stage.sync()


async def an_hour_of_work(stage: Stage) -> None:
    """New items, edits and deletions on both sides, carried over; then edits of what was new, not carried over."""
    await stage.book("New in Outlook", day=20)
    await stage.enter("New in Salesforce", day=21)
    await stage.change("Item 0", subject="Retitled")
    await stage.edit("Item 1", Location="By hand")
    await stage.act("exchange", ANN, "remove", subject="Item 2")
    await stage.act("salesforce", ANN, "delete", id=(await stage.event("Item 3"))["Id"])
    await stage.change("Item 3", location={"displayName": "Still on"})
    await stage.sync()
    await stage.edit("New in Outlook", Location="Lobby")
    await stage.change("New in Salesforce", location={"displayName": "Hall"})
    await stage.edit("Retitled", Location="Edited after the last cycle")


async def accept(stage: Stage) -> int:
    """The result of the restore is accepted; how many writes follow."""
    await stage.pass_time()
    async with stage.twincal() as service:
        return changes(await service.accept())


@pytest.mark.parametrize("key_fields", [True, False], ids=["with marks", "without marks in Salesforce"])
async def test_a_restored_backup_doubles_nothing_and_loses_nothing(stage: Stage, tmp_path: Path, *, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    await diary(stage)
    backed_up(stage.home, tmp_path / "copy.db")
    await an_hour_of_work(stage)
    wanted = sorted({*(await stage.subjects())[0]})
    aside = restored(stage.home, tmp_path / "copy.db", stage.now)
    assert aside is not None and aside.exists()

    before = await stage.versions()
    for _ in range(2):
        report = await stage.sync(full=True)
        assert changes(report) == 0 and report.held_plans[-1].code == "R01"
    assert await stage.versions() == before, "nothing is written until it is accepted"

    await accept(stage)
    for _ in range(3):
        await stage.sync(full=True)
    exchange, salesforce = await stage.subjects()
    assert exchange == wanted and sorted({*salesforce}) == wanted, "nothing stands twice, nothing is missing"
    assert (await stage.event("New in Outlook"))["Location"] == "Lobby"
    if key_fields:  # without a stamp nobody can tell which side was edited: both values stand, and `verify` shows them
        assert (await stage.item("New in Outlook"))["location"]["displayName"] == "Lobby"
    assert (await stage.event("New in Salesforce"))["Location"] == "Hall"
    assert (await stage.item("Retitled"))["location"]["displayName"] == "Edited after the last cycle"
    assert (await stage.event("Item 1"))["Location"] == "By hand"
    assert await stage.mails() == []


@pytest.mark.parametrize("key_fields", [True, False], ids=["with marks", "without marks in Salesforce"])
async def test_what_is_edited_while_the_restored_home_waits_is_carried_over(
    stage: Stage, tmp_path: Path, *, key_fields: bool
) -> None:
    await stage.open(key_fields=key_fields)
    await diary(stage)
    backed_up(stage.home, tmp_path / "copy.db")
    for name, day in (("Lunch", 20), ("Dinner", 21), ("Supper", 22)):
        await stage.book(name, day=day)
    await stage.sync()
    restored(stage.home, tmp_path / "copy.db", stage.now)
    assert (await stage.sync(full=True)).held_plans[-1].code == "R01"

    await stage.edit("Lunch", Location="Lobby")
    await stage.edit("Dinner", Subject="Banquet")
    await stage.change("Supper", subject="Late supper")
    await accept(stage)
    await stage.rest()
    exchange, salesforce = await stage.subjects()
    assert sorted(exchange) == sorted(salesforce) and len(exchange) == 13, "nothing stands twice"
    assert {"Banquet", "Late supper"} <= {*exchange}
    assert (await stage.item("Lunch"))["location"]["displayName"] == "Lobby"


async def test_nothing_is_repaired_or_taken_back_before_the_result_is_accepted(stage: Stage, tmp_path: Path) -> None:
    await diary(stage)
    await stage.change("Item 0", location={"displayName": "Hall"})
    await stage.edit("Item 0", Location="Cellar")
    await stage.sync()
    backed_up(stage.home, tmp_path / "copy.db")
    restored(stage.home, tmp_path / "copy.db", stage.now)
    before = await stage.versions()
    async with stage.twincal() as service:
        for refused in (
            service.verify([ANN], mend=True), service.undo(ANN, text="Item 0", do=True), service.reinstate(ANN, "Item 0", "place")
        ):  # fmt: skip
            with pytest.raises(WrongInput, match="nothing is written yet"):
                await refused
        assert (await service.verify([ANN]))[0].parity == 100.0, "looking is allowed"
    assert await stage.versions() == before


async def test_what_a_restored_home_would_delete_waits_for_a_release(stage: Stage, tmp_path: Path) -> None:
    await diary(stage)
    backed_up(stage.home, tmp_path / "copy.db")
    restored(stage.home, tmp_path / "copy.db", stage.now)
    await stage.act("exchange", ANN, "remove", subject="Item 0")
    await stage.pass_time()
    async with stage.twincal() as service:
        report = await service.accept()
    (held,) = report.held_plans
    assert (held.code, held.steps, changes(report)) == ("L01", 1, 0)
    assert "Item 0" in (await stage.subjects())[1]
    for _ in range(2):
        assert changes(await stage.sync(full=True)) == 0
    plan = (await stage.sync(full=True)).held_plans[0].plan
    async with stage.twincal() as service:
        assert changes(await service.release(plan)) == 1
    assert "Item 0" not in (await stage.subjects())[1]
    await stage.book("Later", day=25)
    assert changes(await stage.sync()) == 1, "everything is as always again"


async def test_what_is_no_copy_is_refused_and_nothing_is_lost(stage: Stage, tmp_path: Path) -> None:
    await diary(stage)
    copy = tmp_path / "copy.db"
    backed_up(stage.home, copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    with pytest.raises(WrongInput, match="is there already"):
        backed_up(stage.home, copy)
    (tmp_path / "letter.txt").write_text("Dear Ann")
    (tmp_path / "torn.db").write_bytes(copy.read_bytes()[:8192])
    for name, word in (("letter.txt", "no whole copy"), ("torn.db", "no whole copy"), ("nothing.db", "There is no file")):
        with pytest.raises(WrongInput, match=word):
            restored(stage.home, tmp_path / name, stage.now)
    async with opened(stage.home, now=stage.now):
        with pytest.raises(HomeUnusable, match="in use"):
            restored(stage.home, copy, stage.now)
    assert changes(await stage.sync(full=True)) == 0
    async with stage.twincal() as service:
        with pytest.raises(WrongInput, match="not restored from a backup"):
            await service.accept()


ARCHIVED = -20
"""A day of March, three weeks ago: inside the window, and archived by Salesforce."""


@pytest.mark.parametrize("key_fields", [True, False], ids=["with marks", "without marks in Salesforce"])
async def test_a_copy_whose_event_salesforce_has_archived_is_not_copied_back(
    stage: Stage, tmp_path: Path, *, key_fields: bool
) -> None:
    await stage.open(key_fields=key_fields)
    await diary(stage)
    backed_up(stage.home, tmp_path / "copy.db")
    await stage.enter("Old call", day=ARCHIVED)
    await stage.sync()
    await stage.book("Since", day=23)
    await stage.control("/org", {"archive_after_days": 5})
    assert (await stage.act("salesforce", ANN, "archive"))["archived"] == 1
    events = len((await stage.state())[1])
    restored(stage.home, tmp_path / "copy.db", stage.now)
    await accept(stage)
    assert (await stage.row("Old call")).code == "F47"
    assert len((await stage.state())[1]) == events + 1, "what is new has its copy, what is archived none again"
    await stage.control("/org", {"archive_after_days": 0})
    await stage.rest()


async def test_an_event_whose_item_a_lying_delta_hides_is_not_copied_back(stage: Stage, tmp_path: Path) -> None:
    await diary(stage)
    backed_up(stage.home, tmp_path / "copy.db")
    await stage.book("New in Outlook", day=20)
    await stage.sync()
    item = await stage.item("New in Outlook")
    restored(stage.home, tmp_path / "copy.db", stage.now)
    await stage.weather(graph={"withheld": [item["id"]]})
    await accept(stage)
    assert (await stage.row("New in Outlook")).code == "F48"
    await stage.weather(graph={"withheld": [], "sync_generation": 150})
    await stage.sync(full=True)
    await stage.rest()
    assert (await stage.row("New in Outlook")).tab == "synced"
    assert (await stage.subjects())[0].count("New in Outlook") == (await stage.subjects())[1].count("New in Outlook") == 1


async def test_a_clash_that_was_held_before_the_copy_was_made_is_held_after_it(stage: Stage, tmp_path: Path) -> None:
    """A stamp tells what a write carried across: of a field that was held it says nothing."""
    await diary(stage)
    await stage.set(conflict="hold")
    await stage.change("Item 0", subject="Of Outlook", location={"displayName": "Hall"})
    await stage.edit("Item 0", Subject="Of Salesforce")
    await stage.sync()
    assert (await stage.event("Of Salesforce"))["Location"] == "Hall", "the other edit goes its way"
    backed_up(stage.home, tmp_path / "copy.db")
    restored(stage.home, tmp_path / "copy.db", stage.now)
    assert await accept(stage) == 0
    assert (await stage.row("Of Outlook")).code == "F20"
    assert (await stage.event("Of Salesforce"))["Location"] == "Hall"
