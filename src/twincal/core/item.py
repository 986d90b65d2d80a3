"""One calendar item as one side shows it: frozen, zone-aware, valid by construction.

An item is one instance, never a series. Codecs of the connectors make items out of wire data; nothing rawer gets into the core.
"""

from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

from msgspec import Struct

from twincal.core.vocabulary import Kind, RecordKind, Role, ShowAs, Side

Moment = datetime | date
"""A point of a calendar: an instant (aware, UTC) for timed items, a date for all-day items."""

FIRST_YEAR, LAST_YEAR = 1601, 4500
"""Exchange's calendar, the wider of the two; beyond it lie mistakes, and sums of times that no calendar holds."""


def _in_the_calendar(first: date, last: date) -> None:
    if first.year < FIRST_YEAR or last.year > LAST_YEAR:
        raise ValueError(f"an item lies between the years {FIRST_YEAR} and {LAST_YEAR}")
    if last < first:
        raise ValueError("an item cannot end before it starts")


class Timed(Struct, frozen=True, tag="timed", order=True):
    """From one instant to another, both aware and in UTC; a zero length is allowed, a negative one is not."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0) or self.end.utcoffset() != timedelta(0):
            raise ValueError("times of an item must be in UTC")
        _in_the_calendar(self.start, self.end)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Start and end as instants."""
        return self.start, self.end

    @property
    def length(self) -> timedelta:
        """How long it takes."""
        return self.end - self.start


class AllDay(Struct, frozen=True, tag="all_day", order=True):
    """Whole days from `first` to `last`, both included. Dates, never instants: they pass through no zone."""

    first: date
    last: date

    def __post_init__(self) -> None:
        _in_the_calendar(self.first, self.last)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The days as if in UTC; only for comparing with a window and for sorting."""
        start = datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)
        end = datetime(self.last.year, self.last.month, self.last.day, tzinfo=UTC) + timedelta(days=1)
        return start, end

    @property
    def length(self) -> timedelta:
        """How long it takes, in whole days."""
        return timedelta(days=(self.last - self.first).days + 1)


Times = Timed | AllDay


class Body(Struct, frozen=True, omit_defaults=True):
    """The readable text of an item and its digest; `text` is None where only the digest was kept."""

    digest: bytes = b""
    text: str | None = None

    @staticmethod
    def of(text: str) -> "Body":
        """A body from readable text, line ends and trailing blanks made uniform; the empty text has the empty digest."""
        lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")
        clean = "\n".join(line.rstrip() for line in lines).strip()
        return Body(blake2b(clean.encode(), digest_size=8).digest() if clean else b"", clean)

    @property
    def kept(self) -> "Body":
        """What may be stored: the digest alone."""
        return Body(self.digest)


class Participant(Struct, frozen=True, omit_defaults=True):
    """Somebody on an item. Addresses are compared in lower case and stored so.

    On a Salesforce item `record` is the id of the Contact, Lead or User, and `invited` tells an invitee from a mere
    relation (a Who); on an Exchange item everybody is invited.
    """

    address: str
    name: str = ""
    role: Role = Role.REQUIRED
    record: str = ""
    record_kind: RecordKind | None = None
    invited: bool = True


class Item(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item of one side.

    `version` is what an update must name to be sure of its ground (etag in Exchange, LastModifiedDate in Salesforce).
    `series` is the id of the series it is an instance of and `original_start` which instance; both empty on single items.
    `organized_by_owner` tells the person's own meetings from invitations. `mark` is Twincal's own mark found in the item.
    `changed_by` is the Salesforce user id of the last editor, empty where the side does not say.
    `what` and `whos` are the Salesforce associations (primary Who first). `source` is a web address people can open.
    `masked` tells that a private item is shown as `Private` because the organization allows it (core/privacy.py);
    `unnamed` is how many invitees it does not name then. `former` are digests of ids by which another product may have known
    it (core/likeness.py): its iCalendar id in Exchange, what stands in the field of the former product in Salesforce.
    """

    side: Side
    id: str
    times: Times
    subject: str = ""
    place: str = ""
    show_as: ShowAs = ShowAs.BUSY
    body: Body = Body()
    private: bool = False
    masked: bool = False
    unnamed: int = 0
    organizer: Participant | None = None
    organized_by_owner: bool = True
    people: tuple[Participant, ...] = ()
    categories: tuple[str, ...] = ()
    series: str = ""
    original_start: Moment | None = None
    cancelled: bool = False
    online_meeting: bool = False
    version: str = ""
    mark: str = ""
    stamp: str = ""
    former: tuple[str, ...] = ()
    changed_by: str = ""
    changed_at: datetime | None = None
    created_by: str = ""
    what: str = ""
    what_name: str = ""
    whos: tuple[str, ...] = ()
    source: str = ""

    @property
    def kind(self) -> Kind:
        """Meeting or appointment: invitees count, rooms and mere relations do not; an invitation always is a meeting."""
        if not self.organized_by_owner:
            return Kind.MEETING
        own = self.organizer.address if self.organizer else ""
        invited = any(p.invited and p.role is not Role.RESOURCE and p.address != own for p in self.people)
        return Kind.MEETING if invited else Kind.APPOINTMENT

    @property
    def start(self) -> datetime:
        """The start as an instant (dates as if in UTC): for sorting and windows, not for showing."""
        return self.times.span[0]

    @property
    def end(self) -> datetime:
        """The end as an instant (dates as if in UTC): for sorting and windows, not for showing."""
        return self.times.span[1]

    @property
    def mails_people(self) -> bool:
        """True when a change by the organizer would make Exchange mail somebody."""
        return self.organized_by_owner and self.invited_others > 0

    @property
    def named_others(self) -> tuple[Participant, ...]:
        """Who is invited besides the organizer, as far as they are named."""
        own = self.organizer.address if self.organizer else ""
        return tuple(p for p in self.people if p.invited and p.address != own)

    @property
    def invited_others(self) -> int:
        """How many people besides the organizer are invited, named or not."""
        return self.unnamed + len(self.named_others)
