"""Figures beside their floors, their reference and their goals (docs/performance.md): from stories to lines."""

import math
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from tools.bench.company import CONTACTS
from tools.bench.stories import SALESFORCE_DELAY, Story, Told

PAGE = 1000
"""Events on a page of Graph, as asked for and as the sandbox grants."""
ROWS, ADDRESSES = 200, 300
"""Records in a collection of Salesforce; addresses in one question for Contacts and Leads."""
PHASES = ("first", "settle", "quiet", "changed", "back")
DEAREST = {"text": 3, "html": 1.5}
"""How many times the reference one event more may cost on a first sync."""
Pair = tuple[Story, Story]
"""Twincal's story and the reference's, of one size."""


class Figure(Struct, frozen=True, kw_only=True):
    """One line. `beside` is the floor or what the reference took; `most` is the largest value, or ratio to `beside`, that the
    goal of this number allows; a line without a goal only informs."""

    name: str
    value: float
    unit: str = ""
    beside: float | None = None
    note: str = ""
    goal: str = ""
    most: float | None = None
    by_ratio: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times what stands beside it."""
        return self.value / self.beside if self.beside else None

    @property
    def met(self) -> bool | None:
        """Is the goal met? None where there is none."""
        judged = self.ratio if self.by_ratio else self.value
        return None if self.most is None or judged is None else judged <= self.most

    def __str__(self) -> str:
        beside = "" if self.beside is None else f"{_short(self.beside):>9}"
        ratio = "" if self.ratio is None else f"×{self.ratio:.2f}"
        verdict = "" if self.met is None else ("met" if self.met else "MISSED")
        allowed = "" if self.most is None else f"{'×' if self.by_ratio else ''}{_short(self.most)}"
        goal = f"goal {self.goal}: at most {allowed}" if self.goal else ""
        columns = (
            f"  {self.name:<32}{_short(self.value):>9} {self.unit:<9}{beside:>9} {ratio:>8}  {goal:<25}{verdict:<7}{self.note}"
        )
        return columns.rstrip()


def _short(value: float) -> str:
    return f"{value:.0f}" if value == int(value) or value >= 1000 else f"{value:.2f}"


def floors(count: int) -> dict[str, int]:
    """Requests nobody can go below: pages and one more to continue from, addresses, collections; then what is new."""
    share = max(1, count // 100)
    first = math.ceil(count / PAGE) + 1 + math.ceil(CONTACTS / ADDRESSES) + math.ceil(count / ROWS)
    return {"first": first, "settle": 2, "quiet": 2, "changed": 2 + math.ceil(share / ROWS), "back": share + 2}


def allowed(count: int) -> dict[str, tuple[str, float]]:
    """The goal of each phase and the most requests it allows."""
    floor = floors(count)
    return {
        "first": ("1", 1.1 * floor["first"] + 3),
        "quiet": ("1", floor["quiet"]),
        "changed": ("1", floor["changed"]),
        "back": ("2", floor["back"]),
    }


def requests(count: int, ours: Story) -> Iterator[Figure]:
    """What each phase asked, beside its floor."""
    floor, goals = floors(count), allowed(count)
    for phase in PHASES:
        told = ours[phase]
        goal, most = goals.get(phase, ("", None))
        note = f"{told['graph']} Graph + {told['salesforce']} Salesforce"
        if phase == "back":
            note += f", {told['in_flight']} at once"
        yield Figure(
            name=f"requests, {phase}",
            value=told["graph"] + told["salesforce"],
            beside=floor[phase],
            note=note,
            goal=goal,
            most=most,
        )


def costs(ours: Story, theirs: Story) -> Iterator[Figure]:
    """CPU and memory of each phase, start-up included, beside the reference's."""
    for phase in PHASES:
        beside = theirs[phase]["cpu"] if phase in theirs else None
        yield Figure(name=f"CPU, {phase}", value=ours[phase]["cpu"], unit="s", beside=beside)
    peak = theirs["first"]["peak_kb"] / 1024
    yield Figure(name="peak memory, first", value=ours["first"]["peak_kb"] / 1024, unit="MB", beside=peak)


def store(count: int, ours: Story) -> Iterator[Figure]:
    """Bytes of the home."""
    told = ours["store"]
    yield Figure(
        name="store, links", value=told["tables"]["link"] / max(1, told["links"]), unit="B a link", beside=345, goal="7", most=350,
        note="with its indexes",
    )  # fmt: skip
    largest = sorted(told["tables"].items(), key=lambda pair: -pair[1])[:4]
    shares = ", ".join(f"{table} {size / count:.0f}" for table, size in largest)
    yield Figure(name="store, everything", value=told["bytes"] / count, unit="B/event", note=shares)


def growth(sizes: Sequence[int], results: Mapping[int, Pair], body: str) -> Iterator[Figure]:
    """What one event more costs, from the smallest size to the largest, and what does not depend on how many there are."""
    small, large = sizes[0], sizes[-1]
    (few, few_ref), (many, many_ref) = results[small], results[large]

    def more(phase: str, key: str) -> tuple[float, float]:
        return (many[phase][key] - few[phase][key]) / (large - small), (many_ref[phase][key] - few_ref[phase][key]) / (
            large - small
        )

    mine, other = more("first", "cpu")
    yield Figure(
        name="CPU an event, first",
        value=mine * 1e6,
        unit="µs",
        beside=max(other * 1e6, 0.1),
        goal="3",
        most=DEAREST[body],
        by_ratio=True,
    )
    mine, _ = more("quiet", "cpu")
    yield Figure(name="CPU an event, quiet", value=mine * 1e6, unit="µs", goal="4", most=1)
    yield Figure(
        name=f"CPU, quiet, {large} to {small}", value=many["quiet"]["cpu"], unit="s", beside=few["quiet"]["cpu"],
        goal="4", most=1.1, by_ratio=True,
    )  # fmt: skip
    mine, other = more("first", "peak_kb")
    spread = (large - small) / 1024
    yield Figure(
        name="memory more, first",
        value=mine * spread,
        unit="MB",
        beside=max(other * spread, 0.1),
        goal="6",
        most=1.2,
        by_ratio=True,
    )
    exponent = math.log(many["store"]["bytes"] / few["store"]["bytes"]) / math.log(large / small)
    yield Figure(name="store, growth exponent", value=exponent, goal="7", most=1.05)


def start_up(ours: Story, theirs: Story) -> Figure:
    """What a process costs that finds nothing to do."""
    return Figure(
        name="CPU of a quiet run, start to end", value=ours["quiet"]["cpu"], unit="s", beside=theirs["quiet"]["cpu"], goal="10",
        most=1.5, by_ratio=True,
    )  # fmt: skip


def waits(count: int, ours: Story, theirs: Story) -> Iterator[Figure]:
    """Seconds by the wall where every answer takes its time, beside the reference and beside one call an event."""
    for phase in ("first", "quiet"):
        yield Figure(
            name=f"wall, {phase}, start to end", value=ours[phase]["wall"], unit="s", beside=theirs[phase]["wall"],
            goal="5", most=1.5, by_ratio=True,
        )  # fmt: skip
    naive = count * SALESFORCE_DELAY / 1000
    yield Figure(
        name="wall, first, to one call each", value=ours["first"]["wall"], unit="s", beside=naive,
        goal="5", most=0.01, by_ratio=True, note=f"{count} calls one after the other wait {naive:.0f} s",
    )  # fmt: skip


def cheapest(stories: Sequence[Story]) -> Story:
    """The best of the repeats, phase by phase and figure by figure; requests are the same in all of them."""
    return {phase: _least([story[phase] for story in stories]) for phase in stories[0]}


def _least(told: Sequence[Told]) -> Told:
    timed: Told = {key: min(one[key] for one in told) for key in ("cpu", "wall", "peak_kb") if key in told[0]}
    most: Told = max(told, key=_asked)
    return {**most, **timed}


def _asked(told: Told) -> int:
    return int(told.get("graph", 0) + told.get("salesforce", 0))
