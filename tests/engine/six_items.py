"""Six items in step, and what has to be true of them in weather that shows too little, and when it is over."""

import pytest

from tests.engine.stage import ANN, MINUTE, Stage, of
from twincal.engine.report import Failure, Report

ALL = tuple(f"Item {number}" for number in range(6))
FULL = pytest.mark.parametrize("full", [False, True], ids=["delta", "full"])


async def in_step(stage: Stage, *, day: int = 4) -> None:
    """Three items of either origin on six days in a row, the same on both sides."""
    for number, subject in enumerate(ALL):
        await (stage.book if number % 2 else stage.enter)(subject, day=day + number)
    await stage.rest()
    assert await stage.codes() == dict.fromkeys(ALL, "F10")


async def nothing_deleted(stage: Stage, *reports: Report) -> None:
    """Both calendars hold all six, and no run says that it has deleted anything."""
    await stage.both(*ALL)
    for report in reports:
        gone = report.total("deleted")
        assert (gone.exchange, gone.salesforce) == (0, 0)


async def in_step_again(stage: Stage) -> None:
    """Within three cycles all is as it should be, and every row says so."""
    await stage.pass_time(10 * MINUTE)
    await stage.rest()
    await stage.both(*ALL)
    assert await stage.codes() == dict.fromkeys(ALL, "F10")


def failure(report: Report, mailbox: str = ANN) -> Failure:
    """Why a person's cycle failed, as everybody reads it."""
    found = of(report, mailbox).failure
    assert found is not None, f"nothing failed: {report}"
    return found


async def reasons(stage: Stage, code: str) -> set[str]:
    """The sentences of all rows with this code; there must be six."""
    rows = [row for row in await stage.history() if row.code == code]
    assert sorted(row.subject for row in rows) == sorted(ALL), f"rows: {await stage.codes()}"
    return {row.reason for row in rows}
