"""How often the engine sees two edits of one field: counted, and whether one of the authors had seen the other's."""

from msgspec import Struct

from tests.simulation.tokens import Tokens
from twincal.core.decision import Step
from twincal.core.item import Item

CLASH = frozenset({"F16", "F18", "F19", "F20"})
"""Rules that found both sides edited."""
BOTH_KEPT = "F16"
"""Different fields were edited, and both edits stay."""


class Conflicts(Struct):
    """What the plans of a week say of edits on both sides. A conflict is spurious where one value came from the other."""

    concurrent: int = 0
    spurious: int = 0
    known: set[tuple[str, ...]] = set()

    def planned(self, step: Step, tokens: Tokens) -> None:
        """One step of a plan; what waits is seen in many of them, and counted once."""
        codes = {reason.code for reason in step.decision.trail}
        if step.exchange is None or step.salesforce is None or not codes & CLASH:
            return
        pairs = list(zip(_said(step.exchange), _said(step.salesforce), strict=True))
        clash = step.key, *(text for pair in pairs for text in pair)
        if clash in self.known:
            return
        self.known.add(clash)
        self.concurrent += 1
        differing = [(here, there) for here, there in pairs if here != there]
        ordered = all(tokens.saw(here, there) or tokens.saw(there, here) for here, there in differing)
        self.spurious += bool(differing and ordered and BOTH_KEPT not in codes)


def _said(item: Item) -> tuple[str, str]:
    return item.subject, item.place
