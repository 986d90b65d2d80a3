"""The points that runs of tier (b) should reach, and why some of them cannot: a point that nobody has reached is a finding."""

from collections.abc import Collection, Mapping

from twincal.core.rules.admit import ADMIT
from twincal.core.rules.fate import FATE
from twincal.core.rules.gates import GATES
from twincal.core.rules.guards import GUARDS
from twincal.core.rules.people import PEOPLE
from twincal.core.vocabulary import Operation, Side

PLACES = (
    "a Lead was converted", "Contacts were merged", "held steps were released", "a deletion was carried over", "guard held a class",
    "conflict held", "adopted on collision", "a collision with another pair's item", "an intent stays open",
    "ended because another process had taken over", "took over from a process that stood still", "a restored home was accepted",
    "refused to send after its time", "a series was moved",
    *(f"somebody chose {side.phrase}" for side in Side),
    *(
        f"recovery of a {operation.value} in {side.phrase} {what}"
        for operation in Operation for side in Side for what in ("found it", "found nothing")
    ),
)  # fmt: skip
RULES = tuple(rule.code for rows in (ADMIT.rows, PEOPLE.rows, FATE.rows, GATES.rows, GUARDS) for rule in rows)
ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "nobody is judged then": ("A01", "A02"),
    "no deed ignores an item": ("A10", "A11"),
    "no list names the person's own address": ("A18",),
    "no world lasts a month": ("A21",),
    "no list names every address of an item": ("A22",),
    "nothing ends before a world does": ("F24", "F35"),
    "no bin is emptied": ("F33",),
    "no former product has left anything": ("F43", "F45", "F46"),
    "nothing lasts two weeks": ("G02",),
    "nobody changes how a time is shown": ("G08",),
    "it says that nothing stands in the way, and so is never told": ("G11",),
    "no plan creates five hundred items": ("L04",),
    "nobody invites fifty Contacts, and all may be related": ("P03", "P08", "P09"),
    "it takes an item that comes back beside a late copy of it (tests/engine/test_copied_marks.py)": (
        "a collision with another pair's item",
    ),
}
"""What no deed of these worlds leads to, or hardly ever. The rules are reached by scenario pages
(tests/scenarios/test_every_code.py) and by the tests of the engine."""


def unreached(reached: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """The points that were not reached, by the reason; without a reason it is a finding."""
    left = [point for point in (*RULES, *PLACES) if point not in reached]
    excused = {code for codes in ELSEWHERE.values() for code in codes}
    found = {reason: tuple(code for code in codes if code in left) for reason, codes in ELSEWHERE.items()}
    found[""] = tuple(point for point in left if point not in excused)
    return {reason: points for reason, points in found.items() if points}
