"""What a person's sync remembers, in dictionaries: everything that outlives a process."""

from collections.abc import Iterable

from msgspec.structs import replace

from twincal.core.decision import Entry, Step
from twincal.core.item import Item
from twincal.core.pairing import item_key, item_keys
from twincal.core.privacy import NO_TIME
from twincal.core.scene import Grave, Note
from twincal.core.trees import Link
from twincal.core.vocabulary import Side
from twincal.core.writes import Absent
from twincal.ports import Intent

Place = tuple[Side, str]
SHOWN, PRIVATE, OTHER_HALF = "shown", "private", "other half"


class Row:
    """One item as it was seen; `touched` is the number of the look, None once judged."""

    __slots__ = ("absent", "item", "series", "shade", "touched")

    def __init__(self, item: Item | None = None, touched: int | None = None, shade: str = SHOWN) -> None:
        self.item = item
        self.absent: Absent | None = None
        self.touched = touched
        self.shade = shade
        self.series = item.series if item else ""
        """Of which series it is an instance, or was before it went."""


class Notebook:
    """Everything of one person."""

    def __init__(self) -> None:
        self.rows: dict[Place, Row] = {}
        self.links: dict[str, Link] = {}
        self.by_half: dict[Place, str] = {}
        self.notes: dict[str, Note] = {}
        self.entries: dict[str, Entry] = {}
        self.intents: dict[tuple[str, Side], tuple[int, Intent]] = {}
        self.graves: dict[tuple[Place, str], int] = {}
        self.first_synced = False
        self.runs = 0
        self.looks = 0

    def copy(self) -> "Notebook":
        """As it stands now, for a backup."""
        other = Notebook()
        for place, row in self.rows.items():
            other.rows[place] = kept = Row(row.item, row.touched, row.shade)
            kept.absent, kept.series = row.absent, row.series
        for name in ("links", "by_half", "notes", "entries", "intents", "graves"):
            setattr(other, name, dict(getattr(self, name)))
        other.first_synced, other.runs, other.looks = self.first_synced, self.runs, self.looks
        return other

    def wish(self, person: str, key: str, choice: Side) -> None:
        """Somebody says which side's version of an item is right; it is judged in the next cycle."""
        self.notes[key] = replace(self.notes.get(key, Note(key=key)), choice=choice)
        self._touch_all(person, key)

    def pair(self, person: str, here: tuple[str, str], there: tuple[str, str]) -> None:
        """Somebody says that two items are the same: the key and the id of each."""
        for (key, _), (_, other) in ((here, there), (there, here)):
            self.notes[key] = replace(self.notes.get(key, Note(key=key)), paired=other, choice=None, ignored=False)
            self._touch_all(person, key)

    def _touch_all(self, person: str, key: str) -> None:
        link = self.links.get(key)
        for place in halves(link) if link else [place for place in self.rows if key in item_keys(person, *place)]:
            self.touch(place)

    def put_link(self, link: Link) -> None:
        """Store a link in the place of the one with its key."""
        self.drop_link(link.key)
        self.links[link.key] = link
        for side in Side:
            if link.id_on(side):
                self.by_half[side, link.id_on(side)] = link.key
                self.rows.setdefault((side, link.id_on(side)), Row())

    def drop_link(self, key: str) -> Link | None:
        """Forget a link."""
        link = self.links.pop(key, None)
        for place in halves(link) if link else ():
            if self.by_half.get(place) == key:
                del self.by_half[place]
        return link

    def touch(self, place: Place) -> None:
        """Have an item judged in the next cycle."""
        if place in self.rows:
            self.looks += 1
            self.rows[place].touched = self.looks

    def bury(self, before: Link, now: Link | None) -> None:
        """Remember the halves that are no longer halves."""
        for side in Side:
            ident = before.id_on(side)
            if ident and (now is None or now.id_on(side) != ident):
                self.graves[(side, ident), before.key] = before.generation


def halves(link: Link) -> list[Place]:
    """Both items of a link, as far as there are."""
    return [(side, link.id_on(side)) for side in Side if link.id_on(side)]


def other_half(book: Notebook, place: Place) -> Place | None:
    link = book.links.get(book.by_half.get(place, ""))
    ident = link.id_on(place[0].other) if link else ""
    return (place[0].other, ident) if ident else None


def completed(book: Notebook, places: set[Place]) -> set[Place]:
    """With all that is judged together: whole series, other halves, lonely items at the same time."""
    series = {(place[0], row.series) for place in places if (row := book.rows[place]).series and row.touched is not None}
    found = set(places)
    if series:
        found |= {place for place, row in book.rows.items() if row.series and (place[0], row.series) in series}
        names = {name for _, name in series}
        found |= {place for link in book.links.values() if link.series in names for place in halves(link)}
    found |= {other for place in list(found) if (other := other_half(book, place)) is not None}
    starts = {item.start for place in found if place not in book.by_half and (item := book.rows[place].item) is not None}
    if starts:
        found |= {
            place for place, row in book.rows.items()
            if place not in book.by_half and row.item is not None and row.item.start in starts
        }  # fmt: skip
    return {place for place in found if place in book.rows}


def graves(person: str, book: Notebook, places: Iterable[Place]) -> dict[Place, Grave]:
    if not book.graves:
        return {}
    free = {place for place in places if place not in book.by_half and book.rows[place].absent is None}
    alive = set(book.links) | {key for place, key in book.graves if place in book.by_half}
    found: dict[Place, dict[str, int]] = {}
    for (place, key), generation in book.graves.items():
        if place in free:
            found.setdefault(place, {})[key] = generation
    return {
        place: Grave(tuple(rows), rows.get(item_key(person, *place), 0), not alive.isdisjoint(rows))
        for place, rows in found.items()
    }


def dealt_with(step: Step | None, link: Link | None) -> list[Place]:
    found = [(one.side, one.id) for one in (step.exchange, step.salesforce) if one is not None] if step else []
    for tie in (step.link if step else None, link):
        found += halves(tie) if tie else []
    return found


def shown_ids(entry: Entry) -> tuple[Place, Place]:
    return (Side.EXCHANGE, entry.exchange_id), (Side.SALESFORCE, entry.salesforce_id)


def addresses_on(item: Item) -> set[str]:
    found = {one.address for one in item.people if one.address}
    return found | ({item.organizer.address} if item.organizer else set())


def without_text(item: Item) -> Item:
    return Item(side=item.side, id=item.id, times=NO_TIME, private=True, version=item.version, mark=item.mark, series=item.series)


def put_or_drop(kept: dict[str, object] | dict[str, Entry] | dict[str, Note], key: str, value: object) -> None:
    if value is None:
        kept.pop(key, None)
    else:
        kept[key] = value  # type: ignore[assignment]
