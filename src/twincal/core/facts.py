"""A case in, finite facts out: what the decision tables may look at. Each docstring is the definition of its fact."""

from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b

from msgspec import Struct, field

from twincal.core.fields import LONGEST, LONGEST_WITHOUT_MULTIDAY, prints
from twincal.core.item import Item
from twincal.core.matching import Candidates, Chosen, Owner, candidates, choose_records
from twincal.core.merge import Edits
from twincal.core.policy import Policy
from twincal.core.rules.admit import Designation, Hope, Patience, Place, Standing
from twincal.core.rules.fate import Change, Deleter, Frozen, Twin
from twincal.core.rules.gates import Mail, Touch
from twincal.core.rules.table import YesNo
from twincal.core.scene import Note
from twincal.core.trees import Link, Matches, Prints, Window
from twincal.core.vocabulary import Kind, Mode, Operation, Side
from twincal.core.writes import Absent, Values

SETTLED_AFTER = timedelta(days=1)
"""What ended longer ago than this is never deleted automatically (SPEC 6)."""


class Context(Struct, frozen=True, kw_only=True):
    """What is the same for all items of one person in one cycle.

    `key` is the installation's key for prints. `integration_user` is the Salesforce user Twincal signs in as. `latecomers` are the
    traces (core/pairing.py) of events that this user was asked to create and that may stand there twice.
    """

    person: str
    name: str
    active: bool = True
    owner: Owner
    policy: Policy
    window: Window
    now: datetime
    matches: Matches
    key: bytes
    shared_activities: bool = True
    multiday_events: bool = True
    integration_user: str = ""
    latecomers: frozenset[str] = frozenset()
    known_prints: dict[tuple[Side, str], Prints] = field(default_factory=dict)
    known_candidates: dict[object, Candidates] = field(default_factory=dict)
    known_choices: dict[Candidates, Chosen] = field(default_factory=dict)

    def prints(self, item: Item) -> Prints:
        """The item's prints, worked out once in a cycle."""
        found = self.known_prints.get((item.side, item.id))
        if found is None:
            found = self.known_prints[item.side, item.id] = prints(item, self.key)
        return found

    def candidates(self, item: Item) -> Candidates:
        """The item's addresses and what they are good for, worked out once for all items with the same people."""
        who = (item.side, item.organized_by_owner, item.organizer, item.people)
        found = self.known_candidates.get(who)
        if found is None:
            found = self.known_candidates[who] = candidates(item, self.owner, self.policy.ignore_list)
        return found

    def chosen(self, found: Candidates) -> Chosen:
        """The records for these candidates, worked out once for all items that have the same."""
        chosen = self.known_choices.get(found)
        if chosen is None:
            chosen = self.known_choices[found] = choose_records(found, self.matches, self.owner.user_id)
        return chosen


class Case(Struct, frozen=True, kw_only=True, dict=True):
    """One item or pair to be judged. A side is an Item, an Absent (confirmed), or None (never there, or out of sight).

    `origin` says where an unlinked pair counts as made, `generation` which life of the pair a new link would be. `twins` are
    the ids of the items it could be mistaken for, `alike` what tells that two items are the same, or may be.
    """

    key: str
    exchange: Item | Absent | None = None
    salesforce: Item | Absent | None = None
    link: Link | None = None
    note: Note
    origin: Side | None = None
    generation: int = 1
    twin: Twin = Twin.NONE
    twins: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()

    def on(self, side: Side) -> Item | Absent | None:
        """What stands on one side."""
        return self.exchange if side is Side.EXCHANGE else self.salesforce

    @cached_property
    def exchange_item(self) -> Item | None:
        """The item in Exchange; a linked meeting that was cancelled counts as deleted."""
        return self._there(self.exchange)

    @cached_property
    def salesforce_item(self) -> Item | None:
        """The item in Salesforce."""
        return self._there(self.salesforce)

    def _there(self, found: Item | Absent | None) -> Item | None:
        if not isinstance(found, Item) or (found.cancelled and self.link is not None):
            return None
        return found

    def item_on(self, side: Side) -> Item | None:
        """The item on one side."""
        return self.exchange_item if side is Side.EXCHANGE else self.salesforce_item

    @property
    def born(self) -> Side:
        """The side where the item was made."""
        if self.link:
            return self.link.born
        if self.origin:
            return self.origin
        return Side.EXCHANGE if self.exchange is not None else Side.SALESFORCE

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The items that are there, the one where it was born first."""
        found = (self.item_on(self.born), self.item_on(self.born.other))
        return tuple(item for item in found if item is not None)

    @cached_property
    def kind(self) -> Kind:
        """Meeting or appointment: what it is where it was born; remembered while that side is out of sight."""
        item = self.items[0] if self.items else None
        if self.link and (item is None or item.side is not self.born):
            return self.link.kind
        return item.kind if item else Kind.APPOINTMENT


def standing(context: Context) -> Standing:
    """Active unless an administrator made the person inactive."""
    return Standing.ACTIVE if context.active else Standing.INACTIVE


def private(case: Case) -> YesNo:
    """Is it private on either side (and the organization does not let private items sync)?"""
    return YesNo.of(any(item.private for item in case.items))


def place(case: Case, context: Context) -> Place:
    """Outside as soon as one of its copies lies outside the window."""
    inside = all(context.window.meets(item) for item in case.items)
    return Place.INSIDE if inside else Place.OUTSIDE


def narrow_end(case: Case, context: Context) -> str:
    """The setting of the end of the window beyond which an item lies."""
    start = context.window.start
    past = any(item.start < start and not context.window.meets(item) for item in case.items)
    return "window.past_days" if past else "window.future_days"


def has_category(case: Case, name: str) -> bool:
    """Does the Exchange item carry this category? Outlook compares names without regard to case."""
    item = case.exchange_item
    if item is None or not item.categories:
        return False
    return any(category.casefold() == name.casefold() for category in item.categories)


def designation(case: Case, context: Context) -> Designation:
    """The mark of Designate; LOST when the link was made because of the mark and the mark is gone."""
    if has_category(case, context.policy.designate_category):
        return Designation.MARKED
    lost = case.link is not None and case.link.designated and case.item_on(Side.EXCHANGE) is not None
    return Designation.LOST if lost else Designation.UNMARKED


def hope(found: Candidates, matches: Matches) -> Hope:
    """Does any candidate have a Contact or Lead; and if not, is it because every address is ignored?"""
    if found.related or any(matches.get(address) for address in found.addresses):
        return Hope.MATCHED
    return Hope.ALL_IGNORED if found.all_ignored else Hope.UNMATCHED


def seen(case: Case, found: Candidates, context: Context) -> bytes:
    """A print of everything an unresolved item hangs on: the item, the records of its addresses, the settings."""
    item = case.items[0]
    records = sorted(record.id for address in found.addresses for record in context.matches.get(address, ()))
    own = b"".join(value for _, value in sorted(context.prints(item).items(), key=lambda pair: pair[0].value))
    return blake2b(own + "|".join((context.policy.digest, *records)).encode(), digest_size=8).digest()


def patience(case: Case, found: Candidates, context: Context) -> Patience:
    """Given up once an unresolved item has been tried for as many days as the policy says; taken up again when the item, a
    matching record or a setting changes."""
    note = case.note
    if context.policy.mode is not Mode.MATCH or case.link is not None or note.first_seen is None:
        return Patience.TRYING
    if context.now - note.first_seen < timedelta(days=context.policy.retry_days):
        return Patience.TRYING
    if hope(found, context.matches) is Hope.MATCHED or note.seen != seen(case, found, context):
        return Patience.TRYING
    return Patience.GIVEN_UP


def change(case: Case, side: Side, edited: Edits) -> Change:
    """What happened on one side since the base."""
    found = case.on(side)
    if case.link is None:
        return Change.NEVER if found is None else Change.NEW
    if isinstance(found, Absent):
        return Change.GONE if found.deleted else Change.AWAY
    if found is None:
        return Change.AWAY
    if found.cancelled:
        return Change.GONE
    if edited.travelling:
        return Change.EDITED
    return Change.NOTED if edited.noted else Change.SAME


def deleter(case: Case, context: Context) -> Deleter:
    """Who deleted it in Salesforce, as far as Salesforce tells."""
    found = case.salesforce
    if not isinstance(found, Absent) or not found.deleted or not found.by:
        return Deleter.UNKNOWN
    return Deleter.PERSON if found.by[:15] == context.owner.user_id[:15] else Deleter.OTHER


def past(case: Case, context: Context) -> YesNo:
    """Did it end more than a day ago?"""
    ends = [item.end for item in case.items]
    end = max(ends) if ends else (case.link.end if case.link else None)
    return YesNo.of(end is not None and end < context.now - SETTLED_AFTER)


def frozen(case: Case, context: Context) -> Frozen:
    """Was the link out of scope when it was judged last? A deletion that a switch prevented stays prevented while the switch
    is set, and counts as out of scope once it is not."""
    code = case.link.frozen if case.link else ""
    if code in ("A03", "A04", "F27", "F28"):
        return Frozen.PRIVATE
    if code.startswith("A"):
        return Frozen.SCOPE
    if code.startswith("G"):
        left = case.items[0].side if case.items else Side.SALESFORCE
        return Frozen.NO if context.policy.prevents(Operation.DELETE, left) else Frozen.SCOPE
    return Frozen.NO


def mail(item: Item | None, invitees: int) -> Mail:
    """What Exchange does about other people when this item is written: `invitees` are those a new item would invite."""
    if item is None:
        return Mail.NOTIFIES if invitees else Mail.SILENT
    if not item.organized_by_owner:
        return Mail.INVITED
    return Mail.NOTIFIES if item.mails_people else Mail.SILENT


def touch(values: Values) -> Touch:
    """What an update changes, the weightiest first."""
    names = values.names
    if "times" in names:
        return Touch.TIME
    return Touch.TEXT if {"subject", "place", "body"} & set(names) else Touch.QUIET


def too_long(item: Item, context: Context) -> YesNo:
    """Longer than Salesforce can hold: 14 days, one day in an org without multi-day events."""
    return YesNo.of(item.times.length > (LONGEST if context.multiday_events else LONGEST_WITHOUT_MULTIDAY))
