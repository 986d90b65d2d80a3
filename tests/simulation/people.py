"""What people do to their calendars: each verb takes the numbers of a deed modulo what there is."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from tests.simulation.oracle import Clockwork, Oracle
from tests.simulation.tapes import Deed
from tests.simulation.tokens import Tokens, lineage_of
from twincal.connectors.memory import MemoryCalendar
from twincal.core.item import Body, Item, Participant, Timed
from twincal.core.vocabulary import Side
from twincal.engine.person import Person

GUEST = "guest@elsewhere.example"
STEP = timedelta(minutes=17)
"""Every start is taken once in a world, so that it tells which edit chose it."""


class People:
    """Everybody's hands. `sides` are the calendars, `first` the earliest start anybody chooses."""

    def __init__(
        self, sides: Mapping[Side, MemoryCalendar], everybody: list[Person], tokens: Tokens, oracle: Oracle, first: datetime
    ) -> None:  # fmt: skip
        self._sides = sides
        self._everybody = everybody
        self._tokens = tokens
        self._oracle = oracle
        self._times: Clockwork = oracle.times
        self._first = first
        self._starts = 0

    def do(self, deed: Deed) -> str:
        """Carry a deed out; what happened, in words."""
        person = self._everybody[deed.who % len(self._everybody)]
        verb, _, where = deed.verb.partition(" in ")
        side = Side.SALESFORCE if where == "Salesforce" else Side.EXCHANGE
        if verb == "create":
            return self._create(person, side, deed)
        here = sorted(self._sides[side].items(person.owner_on(side)).values(), key=lambda item: item.id)
        if verb == "undelete":
            return self._undelete(person, side, deed)
        if not here:
            return f"{verb}: there is nothing"
        item = here[deed.item % len(here)]
        told = VERBS[verb](self, person, item, deed)
        return f"{person.mailbox} {told} in {side.phrase}"

    def _put(self, person: Person, item: Item) -> Item:
        side = item.side
        by = person.owner.user_id if side is Side.SALESFORCE else ""
        return self._sides[side].put(person.owner_on(side), item, by=by)

    def _moment(self) -> Timed:
        self._starts += 1
        start = self._first + STEP * self._starts
        return Timed(start, start + timedelta(minutes=30))

    def _create(self, person: Person, side: Side, deed: Deed) -> str:
        lineage = self._tokens.lineage()
        times = self._moment()
        meeting = side is Side.EXCHANGE and deed.choice % 3 == 0
        item = Item(
            side=side,
            id="",
            times=times,
            subject=self._tokens.made(lineage),
            place=self._tokens.made(lineage),
            body=Body.of(self._tokens.made(lineage)),
            organizer=Participant(person.mailbox) if side is Side.EXCHANGE else None,
            people=(Participant(GUEST),) if meeting else (),
            what="006DEAL" if side is Side.SALESFORCE and deed.choice % 2 else "",
        )
        self._times.note(item, self._tokens.made(lineage))
        self._put(person, item)
        return f"{person.mailbox} makes L{lineage} in {side.phrase}"

    def _retitle(self, person: Person, item: Item, deed: Deed) -> str:
        token = self._token(item, item.subject)
        self._put(person, replace(item, subject=token))
        return f"retitles {item.subject} to {token}"

    def _relocate(self, person: Person, item: Item, deed: Deed) -> str:
        token = self._token(item, item.place)
        self._put(person, replace(item, place=token))
        return f"changes the place of {item.subject} to {token}"

    def _rewrite(self, person: Person, item: Item, deed: Deed) -> str:
        token = self._token(item, item.body.text or "")
        self._put(person, replace(item, body=Body.of(token)))
        return f"rewrites the body of {item.subject} to {token}"

    def _move(self, person: Person, item: Item, deed: Deed) -> str:
        token = self._token(item, self._times.read(item))
        moved = replace(item, times=self._moment())
        self._times.note(moved, token)
        self._put(person, moved)
        return f"moves {item.subject} ({token})"

    def _delete(self, person: Person, item: Item, deed: Deed) -> str:
        lineage = str(lineage_of(item.subject))
        seen = " ".join((item.subject, item.place, self._times.read(item)))
        self._oracle.deletions[lineage] = f"{self._oracle.deletions.get(lineage, '')} {seen}"
        by = person.owner.user_id if item.side is Side.SALESFORCE else ""
        self._sides[item.side].remove(person.owner_on(item.side), item.id, by=by)
        return f"deletes {item.subject}"

    def _undelete(self, person: Person, side: Side, deed: Deed) -> str:
        owner = person.owner_on(side)
        gone = self._sides[side].deleted(owner)
        if not gone:
            return "undelete: there is nothing"
        by = person.owner.user_id if side is Side.SALESFORCE else ""
        ident = gone[deed.item % len(gone)]
        self._sides[side].restore(owner, ident, by=by)
        here = self._sides[side].items(owner)
        lineage = lineage_of(here[ident].subject)
        if sum(1 for item in here.values() if lineage_of(item.subject) == lineage) > 1:
            self._oracle.doubled[side, lineage] += 1
        return f"{person.mailbox} takes {here[ident].subject} out of the bin in {side.phrase}"

    def _hide(self, person: Person, item: Item, deed: Deed) -> str:
        self._put(person, replace(item, private=not item.private))
        return f"makes {item.subject} {'public' if item.private else 'private'}"

    def _invite(self, person: Person, item: Item, deed: Deed) -> str:
        people = () if item.people else (Participant(GUEST),)
        self._put(person, replace(item, people=people))
        return f"{'invites somebody to' if people else 'disinvites everybody from'} {item.subject}"

    def _copy(self, person: Person, item: Item, deed: Deed) -> str:
        lineage = self._tokens.lineage()
        mark = item.mark if item.side is Side.EXCHANGE else ""
        copied = replace(item, id="", mark=mark, subject=self._tokens.made(lineage), times=self._moment())
        copied = replace(copied, place=self._tokens.made(lineage))
        self._times.note(copied, self._tokens.made(lineage))
        self._put(person, copied)
        return f"copies {item.subject} as L{lineage}"

    def _token(self, item: Item, seen: str) -> str:
        return self._tokens.made(lineage_of(item.subject) or 0, seen)


VERBS: Mapping[str, Callable[[People, Person, Item, Deed], str]] = {
    "retitle": People._retitle,
    "relocate": People._relocate,
    "rewrite": People._rewrite,
    "move": People._move,
    "delete": People._delete,
    "hide": People._hide,
    "invite": People._invite,
    "copy": People._copy,
}
EVERYWHERE = ("create", "retitle", "relocate", "rewrite", "move", "delete", "undelete", "copy")
DEEDS = (
    *(f"{verb} in {side}" for verb in EVERYWHERE for side in ("Exchange", "Salesforce")),
    "hide in Exchange",
    "invite in Exchange",
)
