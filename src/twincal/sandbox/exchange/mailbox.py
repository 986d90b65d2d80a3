"""One mailbox: its calendars, what is in them, and how a client finds it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from twincal.sandbox.exchange.errors import GraphError, not_found
from twincal.sandbox.exchange.identity import parted
from twincal.sandbox.exchange.item import CALENDAR, DELETED_ITEMS, Item, Ref
from twincal.sandbox.exchange.pages import Round


@dataclass(frozen=True, slots=True)
class Gone:
    """What left the calendar, for tombstones: when (version) and under which ids it was known."""

    version: int
    immutable_id: str
    id: str


@dataclass(slots=True)
class Mailbox:
    """A mailbox of a person, or of a room, whose account nobody signs in with. `time_zone` is the name in its settings;
    `calendars` maps calendar ids to names."""

    address: str
    name: str
    id: str
    aliases: tuple[str, ...]
    time_zone: str
    calendar_id: str
    calendars: dict[str, str]
    is_room: bool = False
    items: dict[str, Item] = field(default_factory=dict)
    deleted: dict[str, Item] = field(default_factory=dict)
    by_uid: dict[str, Item] = field(default_factory=dict)
    by_transaction: dict[str, Item] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)
    rounds: dict[int, Round] = field(default_factory=dict)
    marks: list[int] = field(default_factory=list)
    _by_id: dict[str, Item] = field(default_factory=dict)

    def owns(self, address: str) -> bool:
        """Whether mail to the address arrives here."""
        return address.casefold() in {self.address.casefold(), *(alias.casefold() for alias in self.aliases)}

    def put(self, item: Item) -> None:
        """Take an item in."""
        self.items[item.immutable_id] = item
        self._by_id[item.id] = item
        self.by_uid[item.uid] = item
        self.gone.pop(item.immutable_id, None)
        if item.transaction_id:
            self.by_transaction[item.transaction_id] = item

    def rename(self, item: Item, new_id: str) -> None:
        """Another ordinary id, as after a move."""
        self._by_id.pop(item.id, None)
        item.id = new_id
        self._by_id[new_id] = item

    def drop(self, item: Item, version: int, *, keep: bool) -> None:
        """Out of the calendar; with `keep` into Deleted Items."""
        self.items.pop(item.immutable_id, None)
        self._by_id.pop(item.id, None)
        if self.by_uid.get(item.uid) is item:
            del self.by_uid[item.uid]
        if item.transaction_id:
            self.by_transaction.pop(item.transaction_id, None)
        self.leave(item, version)
        if keep:
            item.folder = DELETED_ITEMS
            self.deleted[item.immutable_id] = item

    def leave(self, item: Item, version: int) -> None:
        """Remember that it is no longer in the calendar."""
        self.gone[item.immutable_id] = Gone(version, item.immutable_id, item.id)

    def find(self, event_id: str, *, folder: str | None = None) -> Ref:
        """The event of an ordinary or immutable id, in any folder or only in one. Raises GraphError 404."""
        base, slot = parted(event_id)
        item = self.items.get(base) or self._by_id.get(base)
        if item is None or (folder is not None and item.folder != folder):
            raise not_found()
        if slot is not None and (item.series is None or not self._exists(item, slot)):
            raise not_found()
        return Ref(item, slot)

    @staticmethod
    def _exists(item: Item, slot: str) -> bool:
        return item.series is not None and (slot in item.series.departures or item.series.occurrence(slot) is not None)

    def folder_of(self, calendar_id: str) -> str:
        """The folder behind a calendar's id. Raises GraphError 404."""
        if calendar_id in {self.calendar_id, CALENDAR}:
            return CALENDAR
        if calendar_id not in self.calendars:
            raise not_found()
        return calendar_id

    def listing(self, folder: str = CALENDAR) -> Iterator[Item]:
        """Single events and masters of a calendar, in the order they came."""
        return (item for item in self.items.values() if item.folder == folder)

    def view(self, start: datetime, end: datetime, folder: str = CALENDAR) -> list[Ref]:
        """Single events and instances that touch the window, by start."""
        found = [ref for item in self.listing(folder) for ref in refs_within(item, start, end)]
        return sorted(found, key=lambda ref: ref.span.start)


def refs_within(item: Item, start: datetime, end: datetime) -> list[Ref]:
    """What an item shows in a window: itself, or its instances."""
    if item.series is None:
        return [Ref(item)] if item.span.touches(start, end) else []
    return [Ref(item, slot) for slot in item.series.instances(start, end)]


def window_of(start: datetime, end: datetime) -> None:
    """Raises GraphError 400 ErrorInvalidRequest for a window longer than 1825 days or inverted."""
    if end < start:
        raise GraphError(400, "ErrorInvalidRequest", "The value of EndDateTime is before that of StartDateTime.")
    if (end - start).days > 1825:
        raise GraphError(
            400, "ErrorInvalidRequest", "The requested time duration specified for calendar view is too long. "
            "Specified duration is larger than the maximum of 1825 days.",
        )  # fmt: skip
