"""What one world is made of: three tapes, so that a failing world can be made smaller on each without disturbing the others.

The *deeds* are what people and operators do, and when. The *strikes* say which opportunity of the weather is taken: the
n-th of its kind. The *order* is the seed of every choice between tasks that could run. A tape can be stored and played again.
"""

from collections import Counter
from random import Random

from msgspec import Struct

Strike = tuple[str, int]
"""A kind of weather and the number of the opportunity that it took."""


class Deed(Struct, frozen=True, array_like=True):
    """Something somebody does. `at` is in minutes since the world began; `who`, `item` and `choice` are numbers that the
    deed takes modulo what there is, so that a deed means something in every smaller world too."""

    at: float
    verb: str
    who: int = 0
    item: int = 0
    choice: int = 0


class Tapes(Struct, frozen=True, kw_only=True):
    """One world, to be played or stored."""

    seed: int
    order: int
    settings: dict[str, str] = {}
    deeds: tuple[Deed, ...] = ()
    strikes: tuple[Strike, ...] | None = None
    """None: the weather is drawn from the seed; else exactly these strikes."""


class Strikes:
    """The weather's tape: drawn with a rate a kind and noted, or played."""

    def __init__(self, seed: int, rates: dict[str, float], played: tuple[Strike, ...] | None = None) -> None:
        self.rates = rates
        self.taken: list[Strike] = []
        self.offered: Counter[str] = Counter()
        self._draw = Random(seed)
        self._played = frozenset(played) if played is not None else None
        self.calm = False

    def strikes(self, kind: str) -> bool:
        """Is this opportunity taken? Never in the calm phase; opportunities are counted all the same."""
        number = self.offered[kind]
        self.offered[kind] = number + 1
        if self.calm:
            return False
        if self._played is not None:
            taken = (kind, number) in self._played
        else:
            rate = self.rates.get(kind.partition(" (")[0], 0.0)
            taken = rate > 0 and self._draw.random() < rate
        if taken:
            self.taken.append((kind, number))
        return taken
