"""The seams: what the engine asks of the world. Adapters live in connectors, store and engine/work.py.
One suite in tests/contract runs against every adapter of a port, the in-memory ones included.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from twincal.core.decision import Entry, Plan
from twincal.core.holding import Held, HeldClass, ReleasedSteps
from twincal.core.item import Item
from twincal.core.listing import EVERYTHING, Folded, Noted, Waiting, Wanted
from twincal.core.policy import Explicit
from twincal.core.scene import Note, Scene, Settled, Totals
from twincal.core.trees import Link, Record, Window
from twincal.core.undoing import Line
from twincal.core.vocabulary import Side, Tab
from twincal.core.writes import Absent, Receipt, Write

__all__ = [
    "Absent", "Account", "Books", "Calendar", "Capabilities", "Clock", "Directory", "Finding", "Held", "HeldClass", "Hit", "Intent",
    "Ledger", "Look", "Member", "Note", "ReleasedSteps", "Reply", "Scene", "Settled", "Sight", "Sighting", "Totals", "Transport",
]  # fmt: skip


RESTORED = "restored"
"""The stream whose cursor tells that a home was made from a backup, and how far people have got with that."""


class Look(Struct, frozen=True, kw_only=True):
    """What one look at one person's calendar showed.

    `items` are items that are new or may have changed, complete in themselves; `gone` are ids reported as deleted (bare
    claims, known to us or not, to be confirmed by `Calendar.read`). `series` gives, for each series that was touched,
    the ids of *all* its instances inside `window`: an instance we know that is missing from it is claimed as gone.
    `full` is True when `items` is everything inside the window; even then absence is only a claim. `window` is the
    stretch that was read, which may be wider than asked.
    """

    items: tuple[Item, ...] = ()
    gone: tuple[str, ...] = ()
    series: Mapping[str, frozenset[str]] = {}
    full: bool = False
    window: Window | None = None


class Sight(Struct, frozen=True, kw_only=True):
    """One answer of a calendar: looks by owner, the cursor to continue from, and the addresses whose records changed.

    `cursor` is opaque text. It is stored in the same transaction as the looks' effects, never before them.
    `addresses` (lower case) are those of Contacts, Leads and Users created or changed since the cursor; a directory that
    caches has already forgotten them.
    """

    looks: Mapping[str, Look]
    cursor: str
    addresses: frozenset[str] = frozenset()


class Calendar(Protocol):
    """One side. Exchange is looked at one mailbox at a time; Salesforce shows all owners in one look (`shared`).

    An owner is a mailbox address in Exchange and a user id in Salesforce. Every method raises VendorFault when the side
    fails as a whole; the failure of one row is in its receipt.
    """

    side: Side
    shared: bool

    async def look(self, owners: Sequence[str], cursor: str | None, window: Window) -> Sight:
        """What is new since `cursor`; everything inside the window when the cursor is None.

        Raises VendorFault CURSOR_EXPIRED when the cursor no longer serves; the caller looks again without one.
        """
        ...

    async def read(self, owner: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
        """Each id as it is now, bodies included; deleted, archived and moved items as Absent. Every id has an answer."""
        ...

    async def find(self, owner: str, marks: Sequence[str]) -> Mapping[str, tuple[Item | Absent, ...]]:
        """Items that carry our marks, deleted ones included where the side can tell. For settling lost replies.

        A side that cannot store marks (Salesforce without our custom fields) finds nothing; `find_alike` serves then.
        """
        ...

    async def find_alike(self, owner: str, write: Write, since: datetime) -> tuple[Item, ...]:
        """Items of this owner, created by our own account since `since`, with the subject and start of this write."""
        ...

    async def write(self, owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Send the writes, as few requests as the vendor allows; one receipt each, in order. Never retries a create whose
        reply was lost: that is the ledger's business. Retries what was certainly not carried out (throttling, locks)."""
        ...


class Sighting(Struct, frozen=True, kw_only=True):
    """The effects of a look, stored in one transaction with its cursor.

    `items` are upserted and marked touched (private ones without any text); `dropped` are unlinked ids that are gone;
    `absent` are linked ids whose deletion or move was confirmed by a second read. `confirmed` rows were read back after
    a write of ours: stored, not touched.
    """

    person: str
    side: Side
    items: Sequence[Item] = ()
    dropped: Sequence[str] = ()
    absent: Sequence[Absent] = ()


class Intent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A write that was begun and whose end is not known. `entry` is the row that a deletion leaves when it comes out."""

    id: str
    key: str
    write: Write
    begun_at: datetime
    link: Link | None = None
    entry: Entry | None = None


class Ledger(Protocol):
    """The memory of one person's sync. Every method is one transaction."""

    async def cursor(self, stream: str) -> str | None:
        """Where reading of a stream stopped (`exchange:<person>`, `salesforce`), None before the first look."""
        ...

    async def record(self, sightings: Sequence[Sighting], stream: str, cursor: str) -> None:
        """Store what was seen and the cursor behind it, together."""
        ...

    async def linked_ids(self, person: str, side: Side, ids: Collection[str]) -> frozenset[str]:
        """Which of these ids stand in a link."""
        ...

    async def known_ids(self, person: str, side: Side, *, series: str = "", window: Window | None = None) -> frozenset[str]:
        """The ids we hold of one side: of one series, or of everything that reaches into a window; absent ones left out."""
        ...

    async def scene(self, person: str, now: datetime, *, everything: bool, addresses: Collection[str] = ()) -> Scene:
        """What is there to be judged; with `addresses`, also the items on which one of them stands."""
        ...

    async def begin(self, plan: Plan) -> str:
        """Write the run and an intent for every write of every step that is not held; the id of the run.

        Raises HomeUnusable when the store cannot be written; then nothing may be sent.
        """
        ...

    async def finish(self, run: str, settled: Sequence[Settled], now: datetime) -> None:
        """Move links, rows and notes by what the receipts say; close the intents of DONE and NOT_APPLIED, keep UNKNOWN."""
        ...

    async def open_intents(self, person: str) -> Sequence[Intent]:
        """Intents without an end, oldest first."""
        ...

    async def resolve_intent(self, person: str, intent: str, settled: Settled | None, now: datetime) -> None:
        """Close one intent found open at the start of a cycle, with what it turned out to have done (None: nothing)."""
        ...


class Capabilities(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the connected Salesforce org can do, found by describe at connect time and kept with the connection. `former_field`
    is the field of Event in which a former product left the ids of the Exchange items."""

    api_version: str = ""
    organization_id: str = ""
    integration_user: str = ""
    shared_activities: bool = True
    multiday_events: bool = True
    key_field: bool = False
    stamp_field: bool = False
    former_field: str = ""
    hidden_fields: tuple[str, ...] = ()
    checked_at: datetime | None = None


class Account(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Salesforce user as the directory knows it."""

    id: str
    username: str
    name: str = ""
    email: str = ""
    active: bool = True
    profile: str = ""


class Directory(Protocol):
    """Who is who in Salesforce."""

    async def match(self, addresses: Collection[str]) -> Mapping[str, tuple[Record, ...]]:
        """Contacts, Leads (converted ones followed to their Contact) for each address; addresses without any map to ()."""
        ...

    async def user(self, username: str) -> Account | None:
        """The user with this username, None where there is none."""
        ...

    async def users(self, search: str) -> Sequence[Account]:
        """Active users with this in their name, address, username or profile's name, by name; not without end."""
        ...


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of `twincal doctor`: what was tried, whether it is well, and what is missing where it is not."""

    check: str
    well: bool
    note: str = ""
    remedy: str = ""


class Member(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person as an administrator sees them: a mailbox with its aliases (lower case), and a Salesforce user."""

    id: str
    mailbox: str
    aliases: tuple[str, ...] = ()
    name: str = ""
    salesforce_username: str
    salesforce_user_id: str
    profile: str = "Standard User"
    active: bool = True


class Hit(Struct, frozen=True, kw_only=True):
    """An item that a person may mean; `start` in ISO 8601: an instant in UTC, or a date."""

    key: str
    subject: str = ""
    start: str = ""


class Books(Protocol):
    """What administrators and people have said, and the history: everything of a home that is not a cycle's memory."""

    async def members(self) -> Sequence[Member]:
        """Everybody."""
        ...

    async def member(self, mailbox: str) -> Member | None:
        """The person with this mailbox (lower case)."""
        ...

    async def add_member(self, member: Member) -> Member:
        """Add a person; the id is given here. Raises WrongInput for a mailbox or user that is there, or a profile that is not."""
        ...

    async def remove_member(self, person: str) -> None:
        """Erase a person with every row and text."""
        ...

    async def change_member(self, member: Member) -> None:
        """Store anew what is known of a person."""
        ...

    async def profiles(self) -> Sequence[str]:
        """The names of the profiles."""

    async def add_profile(self, name: str) -> None:
        """Add a profile. Raises WrongInput for a name that is empty, too long or taken."""

    async def explicits(self, member: Member | None) -> Sequence[Explicit]:
        """What was set at every level that concerns this person; without one, for the organization and the subscription."""

    async def explicits_at(self, *, profile: str) -> Sequence[Explicit]:
        """What was set for a profile and above it."""

    async def explicits_of(self, key: str) -> Sequence[Explicit]:
        """What was set of one setting, at every level."""

    async def put_explicits(self, rows: Sequence[Explicit]) -> None:
        """Store settings, each in the place of the one with its key, level and name."""

    async def drop_explicits(self, rows: Sequence[Explicit]) -> None:
        """Remove settings."""

    async def entries(self, person: str, wanted: Wanted = EVERYTHING) -> Sequence[Entry]:
        """Rows of the history."""
        ...

    async def folded(self, person: str, wanted: Wanted) -> Folded:
        """Rows of the history, the instances of a series as one."""
        ...

    async def size(self, person: str, wanted: Wanted = EVERYTHING) -> int:
        """How many rows there are of these, on all pages."""
        ...

    async def entry(self, person: str, key: str) -> Entry | None:
        """One row."""
        ...

    async def counts(self, person: str) -> Mapping[str, int]:
        """How items stand: in_step, unresolved, excluded, held."""
        ...

    async def everybodys_counts(self) -> Mapping[str, Mapping[str, int]]:
        """The same for all people who have any rows, by person."""
        ...

    async def waiting(self, person: str | None = None) -> Sequence[Waiting]:
        """The unresolved items that wait for a record, of one person or of everybody."""
        ...

    async def codes(self, person: str, tab: Tab) -> Mapping[str, int]:
        """How many rows of a tab each code has."""
        ...

    async def diary(self, person: str, start: datetime, end: datetime) -> Sequence[Noted]:
        """What reaches into a stretch of time on either side, as it was last seen, by start."""
        ...

    async def find(self, person: str, text: str) -> Sequence[Hit]:
        """Items by key, id on either side, link, or part of the subject."""
        ...

    async def ignore(self, person: str, key: str) -> None:
        """Remember *Ignore this item*."""
        ...

    async def pair(self, person: str, here: tuple[str, str], there: tuple[str, str]) -> None:
        """Remember that an Exchange item and a Salesforce event, each by key and id, are the same."""
        ...

    async def choose(self, person: str, key: str, side: Side) -> None:
        """Remember whose version is right."""
        ...

    async def retry(self, person: str, key: str | None, now: datetime) -> None:
        """Have an item, or everything unresolved, judged anew; a given-up item starts afresh."""
        ...

    async def hold(self, plan: Plan) -> str:
        """Remember what is held of a plan under a short name, the same for the same steps."""
        ...

    async def held(self, person: str) -> Sequence[Held]:
        """What waits to be released."""
        ...

    async def everybodys_held(self) -> Sequence[Held]:
        """The same of all people."""
        ...

    async def release(self, name: str, who: str, now: datetime) -> ReleasedSteps:
        """Let held steps go on. Raises WrongInput where nothing is held under this name."""
        ...

    async def forget_held(self, person: str) -> None:
        """What was held or released of a person no longer counts."""
        ...

    async def journal(self, person: str) -> Sequence[Line]:
        """Every write that came out within the retention, oldest first."""
        ...

    async def tidy(self, now: datetime, retention_days: int) -> None:
        """Drop what is older than the retention."""
        ...


class Clock(Protocol):
    """Time comes in as an argument: tests and rehearsals start it where they like."""

    def now(self) -> datetime:
        """The moment, aware and in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait by the monotonic clock."""
        ...


class Reply(Struct, frozen=True, kw_only=True):
    """An HTTP answer, fully read. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """HTTP out. Raises VendorFault NO_REPLY when the request may have been carried out, UNAVAILABLE when it cannot have."""

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send one request and read the whole answer, capped in size, compressed or not."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...
