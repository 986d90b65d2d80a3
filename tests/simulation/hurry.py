"""Everybody in a hurry: the deeds of a day within an hour and a half, a round every minute or sooner, and most deeds followed
at once by edits of the same item. Then people and rounds meet all the time, where on an ordinary day they rarely do. After the
hour comes midnight, as in every world.
"""

from random import Random

from msgspec.structs import replace

from tests.simulation.people import DEEDS
from tests.simulation.tapes import Deed, Tapes
from tests.simulation.weather import in_gale

BUSY, HOURS = 1.5, 4.5
PAUSES = (15.0, 60.0, 60.0)
"""Seconds; a round takes ten. In the shortest what arrives late arrives after the next round has begun."""
AT_ONCE = 1.0
"""Minutes within which a deed is followed by others."""
EDITS = tuple(verb for verb in DEEDS if verb.split()[0] in ("retitle", "relocate", "move", "rewrite"))


def hurried(tapes: Tapes) -> Tapes:
    """The same world in a hurry."""
    draw = Random(tapes.seed ^ 0xB0257)
    deeds = [replace(deed, at=round(deed.at * BUSY / tapes.hours, 3)) for deed in tapes.deeds]
    deeds += [again for deed in deeds if deed.verb in DEEDS for again in _followed(deed, draw)]
    pause = draw.choice(PAUSES)
    return replace(
        tapes, hours=HOURS, pause=PAUSES[0] if in_gale(tapes.seed) else pause, deeds=tuple(sorted(deeds, key=lambda deed: deed.at))
    )


def _followed(deed: Deed, draw: Random) -> list[Deed]:
    last = 60 * BUSY
    return [
        replace(deed, at=round(min(deed.at + draw.uniform(0, AT_ONCE), last), 3), verb=draw.choice(EDITS))
        for _ in range(draw.randint(0, 3))
    ]
