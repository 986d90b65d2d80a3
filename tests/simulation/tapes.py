"""What one world is made of: three tapes, so that a failing world can be made smaller on each without disturbing the others.

The *deeds* are what people and operators do, and when. The *strikes* say which opportunity of the weather is taken: the
n-th of its kind. The *order* is the seed of every choice between tasks that could run. A tape can be stored and played again.
"""

from collections import Counter
from collections.abc import Iterable
from math import log
from random import Random

from msgspec import Struct

Strike = tuple[str, int]
"""A kind of weather and the number of the opportunity that it took."""
NEVER = -1


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
    people: int = 1
    """How many persons each home keeps in step."""
    days: int = 1
    tenants: int = 1
    """How many organizations, each with a home, an org and mailboxes of its own that are named alike."""
    hours: float = 8.0
    """How long people work and the weather is bad."""
    pause: float = 300.0
    """Seconds between two rounds of a process."""
    database: bool = False
    """On SQLite, not on notebooks."""
    marks: bool = True
    """Has Salesforce fields for our marks?"""
    skew: float = 0.0
    """By how many seconds the machine's clock is wrong."""


class Chance:
    """The opportunities of one kind of weather, numbered; which of them is taken next is known beforehand."""

    __slots__ = ("_draw", "_following", "_rate", "kind", "next", "offered")

    def __init__(self, kind: str, seed: int, rate: float, played: Iterable[int] | None) -> None:
        self.kind = kind
        self.offered = 0
        self._rate = rate
        self._draw = Random(f"{seed} {kind}")
        self._following = sorted(played, reverse=True) if played is not None else None
        self.next = NEVER
        self.draw_next()

    def draw_next(self) -> None:
        """Which opportunity is taken after those so far; a rate is met on average, as if each one were drawn by itself."""
        if self._following is not None:
            self.next = self._following.pop() if self._following else NEVER
        elif self._rate >= 1:
            self.next += 1
        elif self._rate > 0:
            self.next += 1 + int(log(1 - self._draw.random()) / log(1 - self._rate))


class Strikes:
    """The weather's tape: drawn with a rate a kind and noted, or played."""

    def __init__(self, seed: int, rates: dict[str, float], played: tuple[Strike, ...] | None = None) -> None:
        self.taken: list[Strike] = []
        self.calm = False
        self.seed = seed
        self._rates = rates
        self._chances: dict[tuple[str, str], Chance] = {}
        self._played: dict[str, list[int]] | None = None
        if played is not None:
            self._played = {}
            for kind, number in played:
                self._played.setdefault(kind, []).append(number)

    def strikes(self, kind: str, where: str = "") -> bool:
        """Is this opportunity taken? Never in the calm phase; opportunities are counted all the same."""
        chance = self._chances.get((kind, where)) or self._chance(kind, where)
        number = chance.offered
        chance.offered = number + 1
        if number != chance.next:
            return False
        chance.draw_next()
        if self.calm:
            return False
        self.taken.append((chance.kind, number))
        return True

    def _chance(self, kind: str, where: str) -> Chance:
        name = f"{kind} ({where})" if where else kind
        played = self._played.get(name, ()) if self._played is not None else None
        chance = Chance(name, self.seed, self._rates.get(kind, 0.0), played)
        self._chances[kind, where] = chance
        return chance

    @property
    def offered(self) -> Counter[str]:
        """How often each kind could have struck."""
        return Counter({chance.kind: chance.offered for chance in self._chances.values()})
