"""How a home stands, at a glance: both connections, the last and the next round, what waits for an administrator."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from twincal.engine.person import ConnectedSide
from twincal.engine.report import HeldPlan, held_because
from twincal.ports import Held, Member


class Rhythm(Struct, kw_only=True):
    """When rounds ran, kept by the process that runs them; times in UTC."""

    began: datetime | None = None
    ended: datetime | None = None
    following: datetime | None = None
    pause: int = 0
    """Seconds between two rounds, where the process that runs them was told so."""
    audited: str = ""
    """The day on which everybody has been verified, in ISO 8601."""
    failures: dict[str, tuple[str, str]] = {}
    """What stopped the last cycle of a person: the message and the remedy, by mailbox."""


class Overview(Struct, frozen=True, kw_only=True):
    """What the first page tells."""

    sides: tuple[ConnectedSide, ...]
    rhythm: Rhythm
    interval: int


def held_plans(held: Iterable[tuple[Member, Held]]) -> list[HeldPlan]:
    """What waits to be released, a line for each class of steps."""
    return [
        HeldPlan(
            plan=one.id, mailbox=member.mailbox, code=each.code, because=held_because(each.code, each.evidence),
            steps=len(each.keys), mail=each.mail,
        )
        for member, one in held
        for each in one.classes
    ]  # fmt: skip
