"""What somebody wants to see of the history and in which order (SPEC 10), and what a calendar shows."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from twincal.core.decision import Entry
from twincal.core.item import Item
from twincal.core.vocabulary import Tab


class Sort(Enum):
    """The columns that rows can be sorted by."""

    SUBJECT = "subject"
    START = "start"
    END = "end"
    ORGANIZER = "organizer"
    PARTICIPANTS = "participants"
    ORIGIN = "origin"
    MATCHED = "matched"
    RELATED_TO = "related_to"
    CODE = "code"
    FIRST_SEEN = "first_seen"
    LAST_ATTEMPT = "last_attempt"
    ATTEMPTS = "attempts"
    NEXT_ATTEMPT = "next_attempt"
    RETRY_ENDS = "retry_ends"


class Wanted(Struct, frozen=True, kw_only=True):
    """Which rows of a person, in which order. `search` is part of a word of subject, organizer, participants, matched records
    or what it is related to, in either case; `after` is the key of the last row of the page before."""

    tab: Tab | None = None
    code: str | None = None
    search: str | None = None
    sort: Sort = Sort.START
    descending: bool = False
    after: str | None = None
    limit: int | None = None


EVERYTHING = Wanted()


class Folded(Struct, frozen=True, kw_only=True):
    """One page of rows in which the instances of a series that stand there for the same reason are one, wherever they stand among
    the others: the first of them, and in `times` how many each row stands for. `total` counts the rows of all pages as if nothing
    were folded; `following` is the key behind which the next page begins, empty on the last."""

    entries: tuple[Entry, ...]
    times: tuple[int, ...]
    total: int
    following: str = ""


class Waiting(Struct, frozen=True):
    """An unresolved item of a person, with the addresses that have no record."""

    person: str
    key: str
    addresses: tuple[str, ...]


class Noted(Struct, frozen=True, kw_only=True):
    """One item as it was last seen on either side or both, whether the two are linked, and its row of the history."""

    key: str
    exchange: Item | None = None
    salesforce: Item | None = None
    linked: bool = False
    entry: Entry | None = None

    @property
    def item(self) -> Item:
        """The half that is shown: Exchange's, where there is one. Raises ValueError where there is neither."""
        found = self.exchange or self.salesforce
        if found is None:
            raise ValueError("nothing was noted")
        return found

    @property
    def start(self) -> datetime:
        """When it starts; all-day items at midnight UTC of their first day."""
        return self.item.times.span[0]

    @property
    def private(self) -> bool:
        """Is either half private? Then nothing is shown but that there is something."""
        return any(one is not None and one.private for one in (self.exchange, self.salesforce))
