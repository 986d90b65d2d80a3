"""When a write that failed is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from twincal.core.faults import REMEDIES, FaultCode, Response
from twincal.core.settling import LONGEST_PAUSE, RETRY_PAUSE, _next_attempt
from twincal.core.vocabulary import Operation, Outcome, Side
from twincal.core.writes import Receipt, Write

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
MENDED = next(code for code, (response, *_) in REMEDIES.items() if response is not Response.RETRY_LATER)
PASSING = next(code for code, (response, *_) in REMEDIES.items() if response is Response.RETRY_LATER)


def failed(fault: FaultCode) -> list[tuple[Write, Receipt]]:
    write = Write(intent="i", side=Side.SALESFORCE, operation=Operation.UPDATE, mark="m:1")
    return [(write, Receipt(intent="i", outcome=Outcome.NOT_APPLIED, fault=fault))]


@pytest.mark.parametrize(("attempts", "pause"), [(1, RETRY_PAUSE), (2, 2 * RETRY_PAUSE), (4, 8 * RETRY_PAUSE), (40, LONGEST_PAUSE)])
def test_what_somebody_has_to_mend_is_tried_later_and_later(attempts: int, pause: timedelta) -> None:
    assert _next_attempt(failed(MENDED), attempts, NOW) == NOW + pause


def test_what_heals_by_itself_is_tried_at_once() -> None:
    assert _next_attempt(failed(PASSING), 40, NOW) == NOW


def test_what_no_fault_stopped_waits_for_the_next_day() -> None:
    assert _next_attempt([], 1, NOW) == NOW + LONGEST_PAUSE
