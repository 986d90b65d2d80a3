"""What is synced changes: a narrower window, other modes, lists and profiles. What falls out of scope stays where it is."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from tests.engine.six_items import ALL, in_step, in_step_again, nothing_deleted, reasons
from tests.engine.stage import ANN, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = timedelta(days=1)
SIDES = pytest.mark.parametrize("side", ["Exchange", "Salesforce"])
OUTSIDE = "It lies outside the window from 2027-01-30 to 2027-03-12; both copies stay as they are."


async def narrowed(stage: Stage) -> None:
    """Six items in step, and then the window ends before the first of them."""
    await in_step(stage, day=20)
    await stage.set(window__future_days="10")


async def test_a_narrower_window_freezes(stage: Stage) -> None:
    await narrowed(stage)
    await nothing_deleted(stage, await stage.sync(), await stage.sync(full=True))
    assert await reasons(stage, "A05") == {OUTSIDE}
    assert {row.tab for row in await stage.history()} == {"synced"}
    await stage.pass_time(DAY)
    await nothing_deleted(stage, await stage.sync())
    await stage.set(window__future_days="365")
    await in_step_again(stage)


@SIDES
async def test_a_deletion_outside_the_window_waits_for_a_person(stage: Stage, side: str) -> None:
    await narrowed(stage)
    await stage.sync()
    if side == "Exchange":
        await stage.act("exchange", ANN, "remove", subject="Item 1")
    else:
        await stage.act("salesforce", ANN, "delete", id=(await stage.event("Item 1"))["Id"])
    await stage.pass_time(DAY)
    for future_days in ("10", "365"):
        await stage.set(window__future_days=future_days)
        await stage.rest()
        row = await stage.row("Item 1")
        assert (row.code, row.tab) == ("F26" if side == "Exchange" else "F38", "unresolved")
        assert row.reason == f"It was deleted in {side} while it was not kept in step."
    assert sorted(map(len, await stage.subjects())) == [len(ALL) - 1, len(ALL)]


async def test_the_window_moves_past_them_day_by_day(stage: Stage) -> None:
    await in_step(stage)
    for _ in range(8):
        await stage.pass_time(6 * DAY)
        await nothing_deleted(stage, await stage.sync())
    assert len(await reasons(stage, "A05")) == 1
    await stage.set(window__past_days="200")
    await in_step_again(stage)


async def rescheduled(stage: Stage, day: date) -> None:
    """All six, each on the side where it was born."""
    for number, subject in enumerate(ALL):
        start, end = f"{day}T09:00:00", f"{day}T10:00:00"
        if number % 2:
            await stage.change(
                subject, **{name: {"dateTime": at, "timeZone": "UTC"} for name, at in (("start", start), ("end", end))}
            )
        else:
            await stage.edit(subject, StartDateTime=f"{start}Z", EndDateTime=f"{end}Z")


async def test_items_that_are_moved_out_of_the_window_and_back(stage: Stage) -> None:
    await in_step(stage)
    await rescheduled(stage, date(2029, 3, 4))
    await nothing_deleted(stage, await stage.sync(), await stage.sync(full=True))
    await stage.pass_time(DAY)
    await nothing_deleted(stage, await stage.sync())
    assert len(await reasons(stage, "A05")) == 1
    await rescheduled(stage, date(2027, 3, 4))
    await in_step_again(stage)


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ({"mode": "match"}, {"F10": 6}),
        ({"mode": "designate"}, {"F10": 6}),
        ({"mode": "off"}, {"F10": 6}),
        ({"ignore_list": ANN}, {"F10": 6}),
        ({"ignore_list": "northwind.example"}, {"F10": 6}),
        ({"global_exclusion_list": ANN}, {"F10": 3, "A12": 3}),
        ({"mode": "match", "ignore_list": ANN, "global_exclusion_list": ANN, "window__future_days": "1"}, {"A05": 6}),
    ],
)
async def test_modes_and_lists_that_exclude_what_is_linked(stage: Stage, settings: dict[str, str], codes: dict[str, int]) -> None:
    await in_step(stage)
    await stage.set(**settings)
    await nothing_deleted(stage, await stage.sync(), await stage.sync(full=True))
    assert Counter((await stage.codes()).values()) == codes
    await stage.pass_time(DAY)
    await nothing_deleted(stage, await stage.sync())
    async with stage.twincal() as service:
        for key in settings:
            await service.unset_setting(key.replace("__", "."))
        await service.set_setting("mode", "sync_all")
    await in_step_again(stage)


async def test_the_sentence_about_an_administrators_rule(stage: Stage) -> None:
    await in_step(stage)
    await stage.set(global_exclusion_list=ANN)
    await stage.sync()
    row = await stage.row("Item 1")
    assert row.reason == "An administrator's rule now excludes somebody on it; both copies stay as they are."
    assert ANN not in row.reason + row.remedy


async def test_a_profile_that_excludes_them(stage: Stage) -> None:
    await in_step(stage)
    narrow: dict[str, Any] = {"mode": "designate", "window.future_days": "1", "ignore_list": "northwind.example"}
    async with stage.twincal() as service:
        await service.add_profile("Narrow")
        for key, value in narrow.items():
            await service.set_setting(key, value, level="profile", who="Narrow")
        await service.move_person(ANN, "Narrow")
    await nothing_deleted(stage, await stage.sync(), await stage.sync(full=True))
    assert len(await reasons(stage, "A05")) == 1
    async with stage.twincal() as service:
        await service.move_person(ANN, "Standard User")
    await in_step_again(stage)


async def test_a_person_who_is_stopped_or_erased_and_added_again(stage: Stage) -> None:
    await in_step(stage)
    for active in (False, True):
        async with stage.twincal() as service:
            await service.set_active(ANN, active=active)
        await nothing_deleted(stage, await stage.sync())
    async with stage.twincal() as service:
        await service.remove_person(ANN)
    await nothing_deleted(stage, await stage.sync())
    async with stage.twincal() as service:
        await service.add_person(ANN, ANN)
    await nothing_deleted(stage, await stage.sync())
    await in_step_again(stage)
