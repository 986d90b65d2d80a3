"""What the store shows of one person for planning, and what an executed step leaves behind."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from twincal.core.decision import Entry
from twincal.core.item import Item
from twincal.core.trees import Link
from twincal.core.vocabulary import Side
from twincal.core.writes import Absent, Receipt


class Loss(Struct, frozen=True, array_like=True):
    """A value that lost a conflict, as people read it: of which field, and since when (core/losses.py)."""

    field: str
    value: str
    at: datetime


class Note(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered about an item besides its link, by key.

    `ignored` (the person chose *Ignore this item*), `choice` (the side the person chose for a held item), `first_seen`
    and `given_up` (unresolved for longer than the policy retries), `attempts`, and the print of what was judged last
    (`seen`: a change of it reopens what was given up). From the first sync: the ids across of what it may be the same as
    (`likely`), whether it is one copy too many on its side (`double`); and the id that a person said is the same (`paired`).
    `losses` are the values that lost a conflict, the newest first.
    """

    key: str
    ignored: bool = False
    choice: Side | None = None
    first_seen: datetime | None = None
    given_up: bool = False
    attempts: int = 0
    seen: bytes = b""
    likely: tuple[str, ...] = ()
    double: bool = False
    paired: str = ""
    losses: tuple[Loss, ...] = ()


class Totals(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much is linked in all, for guards that think in shares: all links, and those whose item has not ended.

    `first_sync` is True until one plan over everything has been finished."""

    linked: int = 0
    linked_future: int = 0
    first_sync: bool = False


class Grave(Struct, frozen=True):
    """What an item was before it was deleted and taken out of the bin again.

    `keys` are the pairs it was a half of. `generation` is the last one its own key has had: a new link of it begins with the
    next, so that no mark is ever used twice. `replaced` tells that another item has its place in the pair by now.
    """

    keys: tuple[str, ...]
    generation: int = 0
    replaced: bool = False


class Scene(Struct, frozen=True, kw_only=True):
    """What the store shows of one person for planning: both trees, the links, the notes.

    `everything` is True when all items and links are there; else only those that were touched since they were last
    judged, their counterparts, the instances of touched series, unlinked items that start at the same instants, and
    items whose retry is due. An id maps to Absent when its deletion (or move) has been confirmed. `graves` tells of unlinked
    items that were linked before; `touched` names what has come or changed since it was judged last (None: all of it).
    """

    exchange: Mapping[str, Item | Absent]
    salesforce: Mapping[str, Item | Absent]
    links: Sequence[Link]
    notes: Mapping[str, Note]
    totals: Totals
    everything: bool
    graves: Mapping[tuple[Side, str], Grave] = {}
    touched: frozenset[tuple[Side, str]] | None = None


class Settled(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one executed step leaves behind: the link as it now is (None: no link, an existing one is forgotten), the
    history row (None: not listed, an existing one is erased), the note, the receipts of its writes, the items as read
    back (stored, not marked touched), and whether it has been judged for good (its touched flag is cleared)."""

    key: str
    link: Link | None = None
    entry: Entry | None = None
    note: Note | None = None
    receipts: Sequence[Receipt] = ()
    items: Sequence[Item] = ()
    absent: Sequence[tuple[Side, str]] = ()
    judged: bool = True
