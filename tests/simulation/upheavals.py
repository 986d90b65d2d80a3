"""What moves many items at once: series, clocks that change, a mailbox that is moved."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tests.simulation.oracle import FIELDS
from tests.simulation.tapes import Deed
from tests.simulation.tokens import lineage_of, word
from twincal.core.item import Item
from twincal.core.vocabulary import Side

if TYPE_CHECKING:
    from tests.simulation.people import Hand, People


def series(people: "People", hand: "Hand", side: Side, deed: Deed) -> str:
    name = f"S{people.tokens.lineage()}"
    lineages = []
    for _ in range(2 + deed.choice % 3):
        lineages.append(people.tokens.lineage())
        item = people.fresh(hand, Side.EXCHANGE, lineages[-1])
        item = replace(item, series=name, original_start=item.start)
        hand.put(people.place_in_time(hand, item))
    return f"makes a series of L{lineages[0]} to L{lineages[-1]}"


def rebase(people: "People", hand: "Hand", side: Side, deed: Deed) -> str:
    """New rules for the clocks: every series of a mailbox stands elsewhere, and nobody has touched it."""
    whole = [item for item in hand.items(Side.EXCHANGE) if item.series and item.organized_by_owner and not item.private]
    for item in whole:
        moved = replace(item, times=people.moment())
        hand.put(people.place_in_time(hand, moved, people.times.read(item)))
    people.figures.struck("F24 series rebased")
    return f"rebases {len(whole)} instances"


def rename(people: "People", hand: "Hand", side: Side, deed: Deed) -> str:
    """A mailbox is moved to another server: everything is there, under other ids. What was edited and not synced yet cannot
    be known again (docs/reliability.md), so it is moved while everything is in step."""
    calendar, owner = hand.home.sides[Side.EXCHANGE], hand.person.mailbox
    whole = hand.items(Side.EXCHANGE)
    there = {lineage_of(item.subject): item for item in hand.items(Side.SALESFORCE)}
    pairs = [(item, there[lineage]) for item in whole if (lineage := lineage_of(item.subject)) in there]
    if any(read(here, people.times) != read(copy, people.times) for here, copy in pairs for read in FIELDS.values()):
        return "keeps the mailbox while edits wait"
    for item in whole:
        calendar.remove(owner, item.id)
        calendar._bin.pop(item.id)
        hand.put(replace(item, id=""))
        hand.home.oracle.moved_house.add((hand.person.id, str(lineage_of(item.subject))))
    people.figures.struck("F19 other ids")
    return f"gets a new mailbox with {len(whole)} items"


def _unclear(people: "People", hand: "Hand", whole: list[Item]) -> bool:
    """Has an instance no copy, while another one says something else than its copy? Then nothing but the order is left to tell
    which new instance is which old one, and the order has a gap (docs/reliability.md)."""
    there = {lineage_of(item.subject): item for item in hand.items(Side.SALESFORCE) if not item.private}
    pairs = [(item, there.get(lineage_of(item.subject))) for item in whole]
    return any(copy is None for _, copy in pairs) and any(copy is not None and item.subject != copy.subject for item, copy in pairs)


def shift(people: "People", hand: "Hand", item: Item, deed: Deed) -> str:
    """A whole series is moved: its instances are others from then on."""
    calendar, owner = hand.home.sides[item.side], hand.person.owner_on(item.side)
    whole = sorted((one for one in hand.items(item.side) if one.series == item.series), key=lambda one: str(one.original_start))
    if not item.series or any(one.private for one in whole):
        return "moves no series"
    if item.series in people.thinned:  # which new instance is which old one only their order tells
        people.figures.exempt("a series with deleted instances is not moved")
        return "moves no series that has gaps"
    if _unclear(people, hand, whole):
        people.figures.exempt("a series with gaps and waiting edits is not moved")
        return "moves no series whose instances only their order tells apart"
    for one in whole:
        calendar.remove(owner, one.id)
        calendar._bin.pop(one.id)
        moved = replace(one, id="", times=people.moment())
        moved = replace(moved, original_start=moved.start)
        hand.put(people.place_in_time(hand, moved, FIELDS["time"](one, people.times)))
    people.figures.reach("a series was moved")
    return f"moves the series of {word(item.subject)}"
