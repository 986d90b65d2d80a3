"""What is counted while a world is played: faults by class, points that were reached, exemptions that were used."""

from collections import Counter


class Figures:
    """Everything that is counted in one world."""

    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        """By class, F1 to F34."""
        self.reached: set[str] = set()
        self.exemptions: Counter[str] = Counter()
        """How often an invariant was not held against what was found, by the name of the reason."""
        self.cycles = 0
        self.concurrent_edits = 0
        self.spurious_conflicts = 0

    def struck(self, kind: str) -> None:
        """One more of a class, which the kind begins with."""
        self.faults[kind.partition(" ")[0]] += 1

    def reach(self, point: str) -> None:
        """A place was reached that not every world reaches."""
        self.reached.add(point)

    def exempt(self, reason: str) -> None:
        """Something was let pass, for this reason."""
        self.exemptions[reason] += 1
