"""Values that lost a conflict: kept for thirty days, from just before they are overwritten (pure; SPEC 6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from twincal.core.decision import Step, Verdict
from twincal.core.fields import ROWS
from twincal.core.scene import Loss, Note
from twincal.core.vocabulary import Field, Outcome
from twincal.core.writes import Receipt, Write

KEPT = timedelta(days=30)
MOST = 20
"""How many are kept of one item, the newest first; the journal has them all."""


def remaining(losses: Sequence[Loss], now: datetime) -> tuple[Loss, ...]:
    """Those whose time has not come."""
    return tuple(one for one in losses if one.at + KEPT > now)


def noted(note: Note, step: Step, at: datetime) -> Note:
    """The note of an item with what its writes are about to overwrite: stored with their intents, so that it is known
    although the process may end right after the writes. The same note where nothing is at stake."""
    fresh = _overwritten(step, step.writes, at)
    return replace(note, losses=_joined(fresh, note.losses)) if fresh else note


def losses_after(step: Step, told: Sequence[tuple[Write, Receipt]], note: Note | None, now: datetime) -> tuple[Loss, ...]:
    """What is kept once it is known what became of the writes. Nothing of an item that is private."""
    halves = (step.exchange, step.salesforce)
    if step.decision.verdict is Verdict.PRIVATE or any(item is not None and item.private for item in halves):
        return ()
    sent = [write for write, receipt in told if receipt.outcome is not Outcome.NOT_APPLIED]
    return _joined(_overwritten(step, sent, now), remaining(note.losses, now) if note else ())


def losses_shown(losses: Sequence[Loss]) -> dict[str, str]:
    """The values by field as people read them, the newest first."""
    found: dict[str, str] = {}
    for one in losses:
        found[one.field] = f"{found[one.field]}; {one.value}" if one.field in found else one.value
    return found


def _overwritten(step: Step, writes: Sequence[Write], at: datetime) -> tuple[Loss, ...]:
    names = {name for write in writes for name in write.values.names}
    return tuple(Loss(field, value, at) for field, value in _lost(step).items() if ROWS[Field.of_value(field)].name in names)


def _lost(step: Step) -> Mapping[str, str]:
    return {} if step.held_by else step.lost


def _joined(fresh: Sequence[Loss], kept: Sequence[Loss]) -> tuple[Loss, ...]:
    known = {(one.field, one.value) for one in fresh}
    return (*fresh, *(one for one in kept if (one.field, one.value) not in known))[:MOST]
