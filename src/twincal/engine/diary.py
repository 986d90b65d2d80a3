"""A person's calendar as it is shown: each item with both sides and how it stands."""

from datetime import datetime

from msgspec import Struct

from twincal.core.decision import Verdict
from twincal.core.explain import why
from twincal.core.item import AllDay
from twincal.core.listing import Noted
from twincal.core.vocabulary import Tab, Word


class State(Word):
    """How an item stands."""

    IN_STEP = "in_step", "In step"
    WAITING = "waiting", "Waiting for the next look"
    UNRESOLVED = "unresolved", "Unresolved"
    HELD = "hold", "Held"
    EXCLUDED = "excluded", "Excluded"
    PRIVATE = "private", "Private"


class Shown(Struct, frozen=True, kw_only=True):
    """One item of a calendar. Of a private one only the times are shown. `sides` are those on which it stands."""

    item: str
    start: datetime
    end: datetime
    all_day: bool
    state: State
    sides: tuple[str, ...]
    subject: str = ""
    place: str = ""
    code: str = ""
    why: str = ""


def diary_line(noted: Noted) -> Shown:
    """An item as it is shown."""
    one, entry = noted.item, noted.entry
    start, end = one.times.span
    sides = tuple(half.side.phrase for half in (noted.exchange, noted.salesforce) if half is not None)
    told = {} if noted.private else {"subject": one.subject, "place": one.place}
    if entry is not None and not noted.private:
        told |= {"code": entry.decision.code, "why": why(entry.decision)}
    return Shown(
        item=noted.key, start=start, end=end, all_day=isinstance(one.times, AllDay), state=_state(noted), sides=sides, **told
    )


def _state(noted: Noted) -> State:
    if noted.private:
        return State.PRIVATE
    entry = noted.entry
    if entry is None:
        return State.IN_STEP if noted.linked else State.WAITING
    if entry.decision.verdict is Verdict.HOLD:
        return State.HELD
    if entry.decision.tab is Tab.UNRESOLVED:
        return State.UNRESOLVED
    return State.EXCLUDED if entry.decision.tab is Tab.EXCLUDED else State.IN_STEP
