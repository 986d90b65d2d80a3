"""The weather of one world: which lines are bad, for how long, and what is struck. Kinds are numbered as in the list of
fault classes that the reliability page explains."""

from datetime import datetime, timedelta
from random import Random

from tests.simulation.scheduler import KILL, VirtualClock
from tests.simulation.tapes import Strikes
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side

BROWN_OUT = timedelta(hours=3)
SIGNED_OUT = timedelta(minutes=40)
DISK_FULL = timedelta(minutes=30)
DISCONNECTED = timedelta(minutes=50)

RATES: dict[str, float] = {
    "F1 crash": 0.002,
    "F2 reply lost": 0.03,
    "F3 request lost": 0.02,
    "F4 carried out late": 0.02,
    "F5 throttled": 0.01,
    "F6 brown-out begins": 0.0008,
    "F7 cursor expired": 0.01,
    "F8 change never shown": 0.01,
    "F9 shown twice": 0.02,
    "F9 out of order": 0.02,
    "F11 change shown late": 0.03,
    "F12 cut within a batch": 0.02,
    "F13 refused version": 0.02,
    "F14 record locked": 0.01,
    "F14 org limit": 0.002,
    "F15 signed out": 0.0006,
    "F16 clock jumps": 0.004,
    "F18 out of sight": 0.02,
    "F21 claimed to be gone": 0.01,
    "F27 no transaction": 0.002,
    "F27 commit without an answer": 0.002,
    "F28 disk full": 0.0003,
    "F29 stands still": 0.0006,
    "F34 disconnected": 0.0002,
}
GETS_THROUGH = 0.35
"""The part of the calls that are answered in a brown-out."""
GALES = 8
"""One world in so many has a gale: hardly a request comes and goes as it should, and everybody is in a hurry."""
GALE: dict[str, float] = {
    "F2 reply lost": 0.15,
    "F3 request lost": 0.1,
    "F4 carried out late": 0.15,
    "F11 change shown late": 0.2,
    "F12 cut within a batch": 0.1,
}
WHERE: dict[Side | None, str] = {None: "", **{side: side.value for side in Side}}


def rates(seed: int) -> dict[str, float]:
    """Which weather is possible: a subset of all kinds, some thrice as often (swarm testing)."""
    draw = Random(seed ^ 0x5EED)
    drawn = {kind: rate * draw.choice((0, 0, 1, 1, 3)) for kind, rate in RATES.items()}
    return drawn | GALE if in_gale(seed) else drawn


def in_gale(seed: int) -> bool:
    """Is it one of the worlds with a gale? All of them have odd seeds, as those in a hurry have."""
    return seed % GALES == 3


class Weather:
    """What strikes, asked at every opportunity. Bad stretches end by themselves."""

    def __init__(self, tape: Strikes, clock: VirtualClock, healed: datetime) -> None:
        """What a calendar hides for good is found by a reading in full; none is hidden after `healed`."""
        self.tape = tape
        self._clock = clock
        self._healed = healed
        self._until: dict[tuple[str, Side | None], datetime] = {}
        self._draw = Random(tape.seed)
        self._luck = {side: Random(f"{tape.seed} {side.value}") for side in Side}

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.tape.calm = True
        self._until.clear()

    def strikes(self, kind: str, side: Side | None = None) -> bool:
        """Is this opportunity taken?"""
        return self.tape.strikes(kind, WHERE[side])

    def fate(self, point: str) -> timedelta | None:
        """What becomes of a process at one of its steps: it goes on, ends, or stands still for so long."""
        if self.tape.strikes("F1 crash"):
            return KILL
        if self.tape.strikes("F29 stands still"):
            return timedelta(seconds=self._draw.uniform(20, 600))
        return None

    def jump(self) -> timedelta | None:
        """By how much a machine's clock is wrong from now on, where that changes."""
        return timedelta(seconds=self._draw.uniform(-600, 600)) if self.strikes("F16 clock jumps") else None

    def whole_call(self, side: Side) -> VendorFault | None:
        """The fault that a call as a whole ends with, before anything was carried out; None in fair weather."""
        if self._lasts("F6 brown-out begins", side, BROWN_OUT) and self._luck[side].random() > GETS_THROUGH:
            return VendorFault(side, FaultCode.UNAVAILABLE)
        if self._lasts("F15 signed out", side, SIGNED_OUT):
            return VendorFault(side, FaultCode.SIGN_IN_REFUSED)
        if self._lasts("F34 disconnected", side, DISCONNECTED):
            return VendorFault(side, FaultCode.PERMISSION_MISSING)
        if self.strikes("F5 throttled", side):
            return VendorFault(side, FaultCode.THROTTLED, retry_after=10.0)
        if side is Side.SALESFORCE and self.strikes("F14 org limit", side):
            return VendorFault(side, FaultCode.LIMIT_REACHED)
        return None

    def hides(self, side: Side) -> bool:
        """Is a change never shown, although the cursor passes it?"""
        return self._clock.moment < self._healed and self.strikes("F8 change never shown", side)

    def disk_fails(self) -> bool:
        """Can nothing be written down now?"""
        return self._lasts("F28 disk full", None, DISK_FULL) or self.strikes("F27 no transaction")

    def _lasts(self, kind: str, side: Side | None, how_long: timedelta) -> bool:
        if self.tape.strikes(kind, WHERE[side]):
            self._until[kind, side] = self._clock.moment + how_long
        elif not self._until:
            return False
        return self._clock.moment < self._until.get((kind, side), self._clock.moment)
