"""Readings that break off, stop early or lie: what was not shown is asked for by its id before anything is concluded."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.engine.six_items import ALL, FULL, failure, in_step, in_step_again, nothing_deleted
from tests.engine.stage import Stage
from twincal.engine.clock import SystemClock

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = timedelta(days=1)
NEXT_PAGES, DELTA = {"system": "salesforce", "path": "*/query/*"}, {"system": "graph", "path": "*/calendarView/delta"}
TWO_A_PAGE, EXPIRED = {"delta_page_size": 2, "delta_honours_maxpagesize": False}, {"sync_generation": 150}
BREAKS = pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("server_error", "the service was not available"),
        ("gateway_page", "the service was not available"),
        ("reply_lost", "no reply arrived"),
        ("truncated", "the answer could not be understood"),
    ],
)
IN_STEP = dict.fromkeys(ALL, "F10")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repetitions follow at once."""

    async def at_once(self: SystemClock, seconds: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(SystemClock, "sleep", at_once)


@BREAKS
async def test_a_query_whose_next_page_never_comes(stage: Stage, kind: str, said: str) -> None:
    await in_step(stage)
    await stage.control("/org", {"page_size": 2})
    await stage.pass_time(DAY)
    await stage.weather(transport={"kinds": [kind], **NEXT_PAGES, "rate": 1.0})
    report = await stage.sync()
    await nothing_deleted(stage, report)
    assert stage.struck and said in failure(report).message
    assert await stage.codes() == IN_STEP
    await stage.weather()
    await in_step_again(stage)
    await stage.control("/org", {"page_size": 2000})


async def test_a_query_whose_place_is_forgotten(stage: Stage) -> None:
    await in_step(stage)
    await stage.control("/org", {"page_size": 2})
    await stage.pass_time(DAY)
    await stage.weather(salesforce={"locators_expire": True})
    report = await stage.sync()
    await nothing_deleted(stage, report)
    assert failure(report).message == "Salesforce: the service was not available (INVALID_QUERY_LOCATOR)."
    await stage.weather()
    await in_step_again(stage)
    await stage.control("/org", {"page_size": 2000})


async def test_queries_that_say_too_early_that_this_was_all(stage: Stage) -> None:
    """Even the question by id is answered in part: what nobody shows is out of sight."""
    await in_step(stage)
    await stage.weather(salesforce={"queries_stop_after": 2})
    await stage.pass_time(DAY)
    report = await stage.sync()
    await nothing_deleted(stage, report)
    codes = await stage.codes()
    assert set(codes.values()) == {"F10", "F42"}
    assert all("nothing shows that somebody deleted it" in row.reason for row in await stage.history() if row.code == "F42")
    await stage.weather()
    await stage.pass_time(DAY)
    await in_step_again(stage)


@FULL
@BREAKS
async def test_a_delta_round_that_breaks_off(stage: Stage, kind: str, said: str, *, full: bool) -> None:
    await in_step(stage)
    await stage.set(guard__updates_floor="10")
    for subject in ALL:
        await stage.change(subject, location={"displayName": "York"})
    broken = {"kinds": [kind], **DELTA, "rate": 1.0, "skip": 1}
    await stage.weather(transport=broken, graph=TWO_A_PAGE | (EXPIRED if full else {}))
    report = await stage.sync(full=full)
    await nothing_deleted(stage, report)
    assert stage.struck and said in failure(report).message
    await stage.weather()
    await in_step_again(stage)
    assert {event["Location"] for event in (await stage.state())[1]} == {"York"}


LIES: list[dict[str, Any]] = [
    {"delta_lost_page": 1},
    {"delta_lost_page": 2},
    {"delta_empty_pages": True},
    {"delta_endless": True},
    {"delta_repeats_rows": True},
    {"delta_lag_rounds": 2},
    {"delta_outsiders_removed": False},
    {"delta_false_tombstones": list(ALL)},
]


@FULL
@pytest.mark.parametrize("lie", LIES, ids=[next(iter(lie)) for lie in LIES])
async def test_a_delta_round_that_lies(stage: Stage, lie: dict[str, Any], *, full: bool) -> None:
    await in_step(stage)
    await stage.weather(graph={**TWO_A_PAGE, **lie, **(EXPIRED if full else {})})
    report = await stage.sync(full=full)
    await nothing_deleted(stage, report)
    assert (report.failed, await stage.codes()) == (0, IN_STEP)
    await in_step_again(stage)
    await stage.weather()
    await in_step_again(stage)


async def test_a_tombstone_for_one_that_lives_and_one_that_does_not(stage: Stage) -> None:
    await in_step(stage)
    await stage.weather(graph={"delta_false_tombstones": ["Item 1", "Item 2"]})
    await stage.act("exchange", "ann@northwind.example", "remove", subject="Item 3")
    await stage.rest()
    await stage.both(*({*ALL} - {"Item 3"}))


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"expired_location": False},
        {"expired_code": "resyncRequired"},
        {"expired_status": 404},
        {"expired_status": 400, "expired_code": "InvalidDeltaToken"},
    ],
)
async def test_a_cursor_that_is_known_no_more(stage: Stage, how: dict[str, Any]) -> None:
    await in_step(stage)
    await stage.weather(graph=EXPIRED | how)
    report = await stage.sync()
    await nothing_deleted(stage, report)
    assert (report.failed, await stage.codes()) == (0, IN_STEP)
    await stage.weather()
    await in_step_again(stage)
