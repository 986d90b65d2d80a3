"""What people do to their calendars: each verb takes the numbers of a deed modulo what there is."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from tests.simulation.entries import gather, repeat, visit
from tests.simulation.home import GUESTS, Home
from tests.simulation.tapes import Deed
from tests.simulation.tokens import CANARY, lineage_of, word
from tests.simulation.upheavals import rebase, rename, series, shift
from twincal.connectors.memory import MemoryCalendar
from twincal.core.decision import Plan
from twincal.core.item import AllDay, Body, Item, Participant, Timed
from twincal.core.vocabulary import Side
from twincal.engine.person import Person

STEP = timedelta(minutes=17)
"""Every start is taken once in a world, so that it tells which edit chose it."""
HOSTILE = (
    " =HYPERLINK(\"http://x\")", " <script>alert(1)</script>", " \u202egnp.exe", " ' OR Id != ''", " " + "long " * 80, " \x00\x07",
    " %s {0} ${jndi:x}", "\r\nBEGIN:VEVENT",
)  # fmt: skip
"""What some people write behind a text."""


class Hand(Struct, frozen=True):
    """A person of an organization, at work."""

    home: Home
    person: Person

    @property
    def who(self) -> str:
        """The person's first name, and of which organization."""
        return f"{self.person.name} of {self.home.name}"

    def items(self, side: Side) -> list[Item]:
        """What stands in the person's calendar, in a fixed order."""
        here = self.home.sides[side].items(self.person.owner_on(side))
        return [here[ident] for ident in sorted(here)]

    def put(self, item: Item) -> Item:
        """Make or change an item."""
        by = self.person.owner.user_id if item.side is Side.SALESFORCE else ""
        return self.home.sides[item.side].put(self.person.owner_on(item.side), item, by=by)

    def remove(self, item: Item, by: str = "") -> None:
        """Delete an item."""
        own = self.person.owner.user_id if item.side is Side.SALESFORCE else ""
        self.home.sides[item.side].remove(self.person.owner_on(item.side), item.id, by=by or own)


class People:
    """Everybody's hands. `first` is the earliest start anybody chooses."""

    def __init__(self, homes: Sequence[Home], first: datetime) -> None:
        self._homes = homes
        self.tokens = homes[0].around.tokens
        self.times = homes[0].around.times
        self.figures = homes[0].around.figures
        self._first = first
        self._starts = 0
        self.thinned: set[str] = set()
        """Series of which an instance was deleted."""

    def do(self, deed: Deed) -> str:
        """Carry a deed out; what happened, in words."""
        hands = [Hand(home, person) for home in self._homes for person in home.people]
        return self._done(hands[deed.who % len(hands)], deed)

    def rush(self, home: Home, plan: Plan, deed: Deed) -> str:
        """Carry a deed out while a plan is carried out, on an item that the plan writes to."""
        [person] = [person for person in home.people if person.id == plan.person]
        ids = {one.id for step in plan.steps if step.writes for one in (step.exchange, step.salesforce) if one is not None}
        return "meanwhile " + self._done(Hand(home, person), deed, among=ids)

    def _done(self, hand: Hand, deed: Deed, *, among: Collection[str] = ()) -> str:
        verb, _, where = deed.verb.partition(" in ")
        side = Side.SALESFORCE if where == "Salesforce" else Side.EXCHANGE
        if verb in WITHOUT_ITEM:
            return f"{hand.who} {WITHOUT_ITEM[verb](self, hand, side, deed)} in {side.phrase}"
        here = [item for item in hand.items(side) if not item.cancelled]
        if not here:
            return f"{hand.who} finds nothing to {verb} in {side.phrase}"
        here = [item for item in here if item.id in among] or here
        item = here[deed.item % len(here)]
        if side is Side.EXCHANGE and not item.organized_by_owner and verb not in ON_INVITATIONS:
            return f"{hand.who} cannot {verb} an invitation"
        told = f"{hand.who} {VERBS[verb](self, hand, item, deed)} in {side.phrase}"
        if verb in ON_BOTH and deed.choice & 16 and not item.private:
            told += self._at_once(hand, verb, item, deed)
        return told

    def _at_once(self, hand: Hand, verb: str, item: Item, deed: Deed) -> str:
        """The other copy is edited too before anything was carried over: the same field, or another."""
        lineage, other = lineage_of(item.subject), item.side.other
        copies = [one for one in hand.items(other) if lineage_of(one.subject) == lineage and not (one.private or one.cancelled)]
        if not copies or (other is Side.EXCHANGE and not copies[0].organized_by_owner):
            return ""
        verb = verb if deed.choice & 8 else ON_BOTH[(ON_BOTH.index(verb) + 1) % len(ON_BOTH)]
        return f", and {VERBS[verb](self, hand, copies[0], deed)} in {other.phrase}"

    # New items

    def moment(self) -> Timed:
        """Half an hour that nobody has chosen yet."""
        self._starts += 1
        start = self._first + STEP * self._starts
        return Timed(start, start + timedelta(minutes=30))

    def _day(self) -> AllDay:
        self._starts += 1
        self.figures.struck("F25 a day instead of a time")
        day: date = (self._first + timedelta(days=self._starts)).date()
        return AllDay(day, day)

    def fresh(self, hand: Hand, side: Side, lineage: int, *, canary: str = "", tail: str = "") -> Item:
        """A new item of a lineage, not yet in the calendar."""
        hand.home.oracle.known.add((hand.person.id, str(lineage)))
        field = "body" if side is Side.EXCHANGE else "notes"
        made = {name: self.tokens.made(lineage, person=hand.person.id, field=name) for name in ("subject", "place", field)}
        return Item(
            side=side,
            id="",
            times=self.moment(),
            subject=f"{canary}{made['subject']}{tail}",
            place=f"{canary}{made['place']}",
            body=Body.of(f"{canary}{made[field]}{tail}"),
            organizer=Participant(hand.person.mailbox) if side is Side.EXCHANGE else None,
        )

    def place_in_time(self, hand: Hand, item: Item, *seen: str) -> Item:
        """Note which edit put an item where it is."""
        lineage = lineage_of(item.subject) or 0
        self.times.note(item, self.tokens.made(lineage, *seen, person=hand.person.id, field="time"))
        return item

    def _create(self, hand: Hand, side: Side, deed: Deed) -> str:
        lineage = self.tokens.lineage()
        tail = HOSTILE[deed.choice % len(HOSTILE)] if deed.choice % 5 == 4 else ""
        if tail:
            self.figures.struck("F26 hostile content")
        item = self.fresh(hand, side, lineage, tail=tail)
        if deed.choice % 7 == 6:
            item = replace(item, times=self._day())
        if side is Side.EXCHANGE and deed.choice % 3 == 0:
            item = replace(item, people=self._invited(hand, deed.choice))
        if side is Side.SALESFORCE and deed.choice % 2:
            item = replace(item, what="006DEAL")
        hand.put(self.place_in_time(hand, item))
        return f"makes L{lineage}"

    def _invited(self, hand: Hand, choice: int) -> tuple[Participant, ...]:
        colleagues = [person.mailbox for person in hand.home.people if person.mailbox != hand.person.mailbox]
        addresses = [GUESTS[choice % len(GUESTS)], *(colleagues if choice % 2 else [])]
        return tuple(Participant(address) for address in addresses)

    def _create_private(self, hand: Hand, side: Side, deed: Deed) -> str:
        lineage = self.tokens.lineage()
        item = self.fresh(hand, side, lineage, canary=f"{CANARY} ")
        hand.put(self.place_in_time(hand, replace(item, private=True)))
        return f"makes L{lineage}, which is private"

    # Edits

    def _written(self, hand: Hand, item: Item, field: str, before: str) -> str:
        token = self.tokens.made(lineage_of(item.subject) or 0, before, person=hand.person.id, field=field)
        return f"{CANARY} {token}" if item.private else token

    def _retitle(self, hand: Hand, item: Item, deed: Deed) -> str:
        subject = self._written(hand, item, "subject", item.subject)
        hand.put(replace(item, subject=subject))
        return f"retitles {word(item.subject)} to {word(subject)}"

    def _relocate(self, hand: Hand, item: Item, deed: Deed) -> str:
        place = self._written(hand, item, "place", item.place)
        hand.put(replace(item, place=place))
        return f"changes the place of {word(item.subject)} to {word(place)}"

    def _rewrite(self, hand: Hand, item: Item, deed: Deed) -> str:
        field = "body" if item.side is Side.EXCHANGE else "notes"
        text = self._written(hand, item, field, item.body.text or "")
        hand.put(replace(item, body=Body.of(text)))
        return f"rewrites the body of {word(item.subject)} to {word(text)}"

    def _move(self, hand: Hand, item: Item, deed: Deed) -> str:
        moved = replace(item, times=self._day() if isinstance(item.times, AllDay) else self.moment())
        hand.put(self.place_in_time(hand, moved, self.times.read(item)))
        return f"moves {word(item.subject)} ({self.times.read(moved)})"

    def _hide(self, hand: Hand, item: Item, deed: Deed) -> str:
        changed = replace(item, private=not item.private)
        notes = "body" if item.side is Side.EXCHANGE else "notes"
        texts = {"subject": item.subject, "place": item.place, notes: item.body.text or ""}
        written = {name: self._written(hand, changed, name, text) for name, text in texts.items()}
        hand.put(replace(changed, subject=written["subject"], place=written["place"], body=Body.of(written[notes])))
        return f"makes {word(item.subject)} {'public' if item.private else 'private'}"

    def _invite(self, hand: Hand, item: Item, deed: Deed) -> str:
        people = () if item.people and deed.choice % 2 else self._invited(hand, deed.choice)
        hand.put(replace(item, people=people))
        return f"{'invites somebody to' if people else 'disinvites everybody from'} {word(item.subject)}"

    def _categorize(self, hand: Hand, item: Item, deed: Deed) -> str:
        mark = ("Salesforce", "No sync")[deed.choice % 2]
        marks = tuple(one for one in item.categories if one != mark) if mark in item.categories else (*item.categories, mark)
        hand.put(replace(item, categories=marks))
        return f"puts {', '.join(marks) or 'no category'} on {word(item.subject)}"

    def _relate(self, hand: Hand, item: Item, deed: Deed) -> str:
        record = f"003C{deed.choice % len(GUESTS)}"
        if hand.home.directory.record(record) is None or record in item.whos:
            return f"relates {word(item.subject)} to nobody"
        kept = hand.put(replace(item, whos=(*item.whos, record)))
        hand.home.oracle.related.get(kept.id, set()).discard(record)
        return f"relates {word(item.subject)} to {record}"

    # Away and back

    def _delete(self, hand: Hand, item: Item, deed: Deed) -> str:
        hand.home.oracle.saw_and_deleted(hand.person.id, item)
        hand.remove(item)
        self.thinned.add(item.series)
        return f"deletes {word(item.subject)}"

    def _lose(self, hand: Hand, item: Item, deed: Deed) -> str:
        """A colleague deletes it, who may not decide that."""
        if item.side is Side.EXCHANGE:
            return "does nothing"
        hand.home.oracle.saw_and_deleted(hand.person.id, item, may=False)
        hand.remove(item, by="005COLLEAGUE")
        return f"loses {word(item.subject)} to a colleague"

    def _clear(self, hand: Hand, side: Side, deed: Deed) -> str:
        gone = [item for item in hand.items(side) if item.organized_by_owner or side is Side.SALESFORCE]
        for item in gone:
            self._delete(hand, item, deed)
        self.figures.struck("F21 everything deleted")
        return f"deletes all {len(gone)} items"

    def _undelete(self, hand: Hand, side: Side, deed: Deed) -> str:
        calendar, owner = hand.home.sides[side], hand.person.owner_on(side)
        gone = calendar.deleted(owner)
        gone = [ident for ident in gone if not self._binned(calendar, ident).series]  # no instance comes back by itself
        if not gone:
            return "finds the bin empty"
        by = hand.person.owner.user_id if side is Side.SALESFORCE else ""
        ident = gone[deed.item % len(gone)]
        calendar.restore(owner, ident, by=by)
        self.figures.struck("F23 taken out of the bin")
        here = calendar.items(owner)
        lineage = lineage_of(here[ident].subject)
        whose = hand.person.id, str(lineage)
        hand.home.oracle.restored[whose] += 1
        if sum(1 for item in here.values() if lineage_of(item.subject) == lineage) > 1:
            hand.home.oracle.doubled[whose] += 1
        return f"takes {word(here[ident].subject)} out of the bin"

    @staticmethod
    def _binned(calendar: MemoryCalendar, ident: str) -> Item:
        found = calendar._bin[ident].item
        if found is None:
            raise ValueError(f"{ident} was deleted without a trace")
        return found

    def _copy(self, hand: Hand, item: Item, deed: Deed) -> str:
        lineage = self.tokens.lineage()
        if item.private:
            return "copies nothing private"
        mark = item.mark if item.side is Side.EXCHANGE else ""
        hand.home.oracle.known.add((hand.person.id, str(lineage)))
        subject, place = (self.tokens.made(lineage, person=hand.person.id, field=name) for name in ("subject", "place"))
        copied = replace(item, id="", mark=mark, subject=subject, place=place, times=self.moment(), series="")
        hand.put(self.place_in_time(hand, replace(copied, original_start=None)))
        self.figures.struck("F22 copied with its mark")
        return f"copies {word(item.subject)} as L{lineage}"

    def _archive(self, hand: Hand, item: Item, deed: Deed) -> str:
        calendar, owner = hand.home.sides[item.side], hand.person.owner_on(item.side)
        if item.series:
            return "cannot archive an instance"
        away = calendar._items.setdefault(f"archive of {owner}", {})
        away[item.id] = calendar._items[owner].pop(item.id)
        calendar._log.append((owner, item.id))
        self.figures.struck("F20 archived")
        if item.side is Side.SALESFORCE:
            self.figures.struck("F10 out of every query, and not deleted")
        return f"archives {word(item.subject)}"

    def _fetch(self, hand: Hand, side: Side, deed: Deed) -> str:
        away = hand.home.sides[side]._items.get(f"archive of {hand.person.owner_on(side)}", {})
        if not away:
            return "finds the archive empty"
        ident = sorted(away)[deed.item % len(away)]
        item = away.pop(ident)
        hand.put(item)
        return f"moves {word(item.subject)} back"


WITHOUT_ITEM: Mapping[str, Callable[[People, Hand, Side, Deed], str]] = {
    "create": People._create,
    "create private": People._create_private,
    "series": series,
    "clear": People._clear,
    "undelete": People._undelete,
    "fetch": People._fetch,
    "rebase": rebase,
    "rename": rename,
    "repeat": repeat,
    "gather": gather,
    "visit": visit,
}
VERBS: Mapping[str, Callable[[People, Hand, Item, Deed], str]] = {
    "retitle": People._retitle,
    "relocate": People._relocate,
    "rewrite": People._rewrite,
    "move": People._move,
    "delete": People._delete,
    "lose": People._lose,
    "hide": People._hide,
    "invite": People._invite,
    "categorize": People._categorize,
    "relate": People._relate,
    "copy": People._copy,
    "archive": People._archive,
    "shift": shift,
}
ON_BOTH = ("retitle", "relocate", "move")
ON_INVITATIONS = ("delete", "categorize", "archive", "copy")
EVERYWHERE = ("create", "retitle", "retitle", "relocate", "relocate", "rewrite", "move", "delete", "undelete", "copy")
DEEDS = (
    *(f"{verb} in {side}" for verb in EVERYWHERE for side in ("Exchange", "Salesforce")),
    *(f"{verb} in Exchange" for verb in ("create", "hide", "invite", "invite", "series", "shift", "categorize", "create private")),
    *(f"{verb} in Salesforce" for verb in ("relate", "lose", "hide")),
)
RARE = (
    "clear in Exchange",
    "clear in Salesforce",
    "archive in Exchange",
    "archive in Salesforce",
    "fetch in Exchange",
    "rebase in Exchange",
    "rename in Exchange",
)
SELDOM = ("repeat in Exchange", "repeat in Salesforce", "gather in Exchange", "visit in Salesforce")
