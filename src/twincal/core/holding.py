"""What guards hold of a plan until an administrator lets it go on."""

from datetime import datetime

from msgspec import Struct

from twincal.core.decision import Evidence


class HeldClass(Struct, frozen=True, kw_only=True):
    """The steps that one whole-plan guard holds: its code and evidence, the keys, and how many mails they would cause."""

    code: str
    evidence: Evidence
    keys: tuple[str, ...]
    mail: int = 0


class Held(Struct, frozen=True, kw_only=True):
    """What is held of one person's plan. `id` is short and says the same steps: the same plan is held under the same id."""

    id: str
    person: str
    made_at: datetime
    classes: tuple[HeldClass, ...]
    released_by: str | None = None
    released_at: datetime | None = None


class ReleasedSteps(Struct, frozen=True, kw_only=True):
    """Held steps that an administrator let go on: whose they are, and the guard codes with the keys they cover."""

    person: str
    steps: frozenset[tuple[str, str]]
