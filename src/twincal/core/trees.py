"""The three trees: what Exchange shows, what Salesforce shows, and what both agreed on (the base, kept in links)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from twincal.core.item import Item, Moment
from twincal.core.vocabulary import Field, Kind, RecordKind, Side

Prints = Mapping[Field, bytes]
"""A short keyed hash for each field of one side's item: enough to see that it changed, not what it was."""


class Window(Struct, frozen=True):
    """The stretch of time that is synced; both ends are aware and in UTC."""

    start: datetime
    end: datetime

    def meets(self, item: Item) -> bool:
        """True when the item reaches into the window."""
        start, end = item.times.span
        return start < self.end and (end > self.start or start == end >= self.start)

    def widened(self, days: int) -> "Window":
        """The same window with a margin at its far end, so that it need not be read anew every day."""
        return Window(self.start, self.end + timedelta(days=days))

    def covers(self, other: "Window") -> bool:
        """True when the other window lies inside this one."""
        return self.start <= other.start and other.end <= self.end


@lru_cache(maxsize=256)
def window_on(today: date, past_days: int, future_days: int) -> Window:
    """The window of a policy on a day (UTC midnights)."""
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    return Window(midnight - timedelta(days=past_days), midnight + timedelta(days=future_days + 1))


class Record(Struct, frozen=True, omit_defaults=True):
    """A Contact or Lead with an address. `converted_to` is the Contact a converted Lead became."""

    id: str
    kind: RecordKind
    address: str
    name: str = ""
    owner: str = ""
    last_activity: date | None = None
    converted_to: str = ""


Matches = Mapping[str, tuple[Record, ...]]
"""Address (lower case) → all Contacts and unconverted Leads that have it, in no particular order."""


class Link(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """These two items are one.

    `key` is 32 hex digits and stays for the life of the pair; `generation` grows each time one side is created anew.
    `exchange` and `salesforce` are the prints of both sides as each side returned them: the base. `added` are the Whos
    Twincal itself put on the event; `whos` and `what` are the associations last seen, restored when it is created again.
    `frozen` holds the code of the rule that froze it, empty while it is in step.
    `kind` is what the item was where it was born, `masked` whether it was synced as `Private`.
    """

    key: str
    generation: int = 1
    exchange_id: str = ""
    salesforce_id: str = ""
    born: Side
    kind: Kind = Kind.MEETING
    exchange: Prints = {}
    salesforce: Prints = {}
    added: tuple[str, ...] = ()
    whos: tuple[str, ...] = ()
    what: str = ""
    frozen: str = ""
    designated: bool = False
    masked: bool = False
    series: str = ""
    original_start: Moment | None = None
    end: datetime | None = None

    def id_on(self, side: Side) -> str:
        """The item's id on one side."""
        return self.exchange_id if side is Side.EXCHANGE else self.salesforce_id

    def base_of(self, side: Side) -> Prints:
        """The prints of one side at the last agreement."""
        return self.exchange if side is Side.EXCHANGE else self.salesforce

    @property
    def mark(self) -> str:
        """What travels in the items: key and generation."""
        return f"{self.key}:{self.generation}"
