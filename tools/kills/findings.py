"""What a run of the test has counted, and what did not come out as it must."""

from collections import Counter

from msgspec import Struct, field


class Findings(Struct, kw_only=True):
    """Counts for the report. `mismatches` are sentences; the test has passed when there is none."""

    kills: Counter[str] = field(default_factory=Counter)
    freezes: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    first_syncs: int = 0
    edits: int = 0
    looks: int = 0
    requests: int = 0
    writes: int = 0
    cycles_to_rest: int = 0
    seconds: float = 0.0
    mismatches: list[str] = field(default_factory=list)

    def wrong(self, where: str, *lines: str) -> None:
        """Note what is not as it must be."""
        self.mismatches += [f"{where}: {line}" for line in lines]
