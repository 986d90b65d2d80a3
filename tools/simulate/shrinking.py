"""A broken world made small, told as people would tell it, stored, and played again."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from tests.simulation.tapes import Tapes
from tests.simulation.world import World
from tools.simulate.middle import tapes_of

REGRESSIONS = Path(__file__).parents[2] / "tests" / "simulation" / "regressions"
T = TypeVar("T")


def shrunk(tapes: Tapes, breaks: Callable[[Tapes], bool]) -> Tapes:
    """The smallest tapes found that still break the world in the same way: deeds and strikes are taken away, in halves first
    and one by one at last; the order of the tasks stays."""
    small = tapes
    while True:
        before = small
        small = replace(small, deeds=tuple(fewer(small.deeds, partial(_with, small, "deeds", breaks))))
        small = replace(small, strikes=tuple(fewer(small.strikes or (), partial(_with, small, "strikes", breaks))))
        if small == before:
            return small


def _with(tapes: Tapes, tape: str, breaks: Callable[[Tapes], bool], parts: Sequence[object]) -> bool:
    """Does the world still break with these parts of one tape only?"""
    return breaks(replace(tapes, **{tape: tuple(parts)}))


def fewer(parts: Sequence[T], still: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """Take away what is not needed (delta debugging)."""
    size = len(parts) // 2 or 1
    while parts:
        start = 0
        while start < len(parts):
            without = [*parts[:start], *parts[start + size :]]
            if still(without):
                parts = without
            else:
                start += size
        if size == 1:
            return parts
        size //= 2
    return parts


def told(seed: int, violation: str, *, write: bool) -> Tapes:
    """Make a broken world small and tell its story; with `write` it becomes a regression test."""
    whole = tapes_of(seed)
    tapes = replace(whole, strikes=World(whole).play().strikes)
    kind = violation.partition(":")[0]
    small = shrunk(tapes, lambda other: World(other).play().violation.partition(":")[0] == kind)
    came = World(small).play()
    print(f"\nseed {seed}, made small: {len(small.deeds)} of {len(tapes.deeds)} deeds, "
          f"{len(small.strikes or ())} of {len(tapes.strikes or ())} strikes")  # fmt: skip
    for line in came.story:
        print(f"  {line}")
    for strike, number in small.strikes or ():
        print(f"  weather: {strike}, opportunity {number}")
    print(f"  and at the end: {came.violation}")
    if write:
        path = REGRESSIONS / f"{kind.lower()}-{seed}.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(small), indent=1) + b"\n")
        print(f"  stored as tests/simulation/regressions/{path.name}")
    return small


def stored(path: Path) -> Tapes:
    """A world that was stored. Raises OSError, msgspec.DecodeError."""
    return msgspec.json.decode(path.read_bytes(), type=Tapes)


def replayed(path: Path) -> int:
    """Play a stored world; 0 when nothing breaks, 1 when something does, 2 when there is no such world."""
    try:
        tapes = stored(path)
    except (OSError, msgspec.DecodeError) as error:
        print(f"simulate: {path} is no stored world ({error}). Name a file of tests/simulation/regressions.")
        return 2
    came = World(tapes).play()
    print("\n".join(came.story))
    print(came.violation or "Nothing is wrong at the end.", f"(digest {came.digest:012x})")
    return 1 if came.violation else 0
