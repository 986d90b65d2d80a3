"""One organization: its org, its mailboxes, and the home in which Twincal remembers them. Processes come and go in it."""

from collections.abc import Coroutine
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

from msgspec import Struct

from tests.simulation.book import Notebook
from tests.simulation.figures import Figures
from tests.simulation.oracle import Clockwork, Oracle
from tests.simulation.post import Post
from tests.simulation.scheduler import Flow, Scheduler, SkewedClock, VirtualClock
from tests.simulation.seams import Line
from tests.simulation.tapes import Tapes
from tests.simulation.tenure import Right, image_of, put_image
from tests.simulation.tokens import Tokens
from tests.simulation.weather import Weather
from twincal.connectors.memory import APP, MemoryCalendar, MemoryDirectory
from twincal.core.decision import Entry
from twincal.core.limits import NOTHING, Release
from twincal.core.matching import Owner
from twincal.core.policy import Explicit, Policy, resolve
from twincal.core.trees import Record
from twincal.core.vocabulary import Level, RecordKind, Side
from twincal.engine.person import Person
from twincal.ports import RESTORED, Capabilities
from twincal.store.accounts import Member
from twincal.store.store import Store

NAMES = ("ann", "bob", "cid")
GUESTS = ("guest@elsewhere.example", "gil@acme.example", "gwen@acme.example")
LATELY = timedelta(minutes=25)
"""How long a decision may take to arrive: a round, a standstill, a late write."""
STANDARD = "Standard User"
WATCHED = ("notify_attendees", "invite_attendees")
Answer = TypeVar("Answer")


class Backup(Struct, frozen=True):
    """Everything of a home as it stood."""

    notebooks: dict[str, Notebook]
    cursors: dict[str, str]
    image: bytes = b""


class Surroundings(Struct, frozen=True):
    """What all organizations of a world share."""

    tapes: Tapes
    clock: VirtualClock
    scheduler: Scheduler
    weather: Weather
    tokens: Tokens
    times: Clockwork
    figures: Figures


class Home:
    """One organization of a world."""

    def __init__(self, around: Surroundings, number: int) -> None:
        tapes, self.around = around.tapes, around
        self.name = f"home {number}"
        self.clock = SkewedClock(around.clock, timedelta(seconds=tapes.skew))
        self.draw = Random(tapes.seed + number)
        self.capabilities = Capabilities(key_field=tapes.marks, stamp_field=tapes.marks, integration_user=APP)
        self.oracle = Oracle(around.tokens, around.times, around.figures, self.lately, fair=tapes.strikes == ())
        self.directory = MemoryDirectory()
        self.sides = {
            Side.EXCHANGE: MemoryCalendar(Side.EXCHANGE, around.clock, self.directory),
            Side.SALESFORCE: MemoryCalendar(Side.SALESFORCE, around.clock, self.directory, marks=tapes.marks),
        }
        for calendar in self.sides.values():
            self.oracle.watch(calendar)
        self.lines = {
            side: Line(calendar, around.weather, self.later, around.figures, tapes.seed + 7 * number + place)
            for place, (side, calendar) in enumerate(self.sides.items())
        }
        self.store = Store.in_memory() if tapes.database else None
        self.notebooks: dict[str, Notebook] = {}
        self.cursors: dict[str, str] = {}
        self.right = Right()
        self.backup: Backup | None = None
        self.restores = 0
        self.accepted = False
        """Has somebody accepted what a restored home shows?"""
        self.held: dict[str, frozenset[tuple[str, str]]] = {}
        self.released: dict[str, Release] = {}
        self._said: list[tuple[datetime, str, str]] = []
        self.people: list[Person] = []
        rows = (Explicit(key, Level.SUBSCRIPTION, "", text) for key, text in tapes.settings.items())
        self.explicits = {(row.key, row.level, row.name): row for row in rows}
        self.members = [self._member(number, name) for number, name in enumerate(NAMES[: tapes.people], 1)]
        self._read_settings()
        mailboxes = {person.mailbox: person.id for person in self.people}
        for person in self.people:
            self.oracle.owners |= {person.mailbox: person.id, person.owner.user_id: person.id}
        self.post = Post(self.sides[Side.EXCHANGE], mailboxes, self.oracle, self.later, self.draw)
        self.post.watch()

    def later(self, flow: Flow, wait: timedelta) -> None:
        """Let something run that no process waits for."""
        self.around.scheduler.spawn("later", flow, wake=self.around.clock.moment + wait)

    # People and what is set for them

    def _member(self, number: int, name: str) -> Member:
        mailbox, user = f"{name}@northwind.example", f"005{name.upper()}"
        member = Member(id=str(number), mailbox=mailbox, salesforce_username=mailbox, salesforce_user_id=user, profile=STANDARD)
        return at_once(self.store.accounts.add(member)) if self.store else member

    def change_member(self, member: Member) -> None:
        """Another profile, or no longer active."""
        self._remember()
        self.members = [member if one.id == member.id else one for one in self.members]
        self._read_settings()

    def say(self, row: Explicit) -> None:
        """Somebody sets something at a level."""
        self._remember()
        self.explicits[row.key, row.level, row.name] = row
        self._read_settings()

    def enter(self, ident: str, kind: RecordKind, address: str) -> Record:
        """Somebody enters a Contact or a Lead."""
        record = Record(ident, kind, address, f"{address} of {self.name}")
        self.directory.put(record)
        return record

    def _read_settings(self) -> None:
        self.people = [
            Person(
                id=member.id,
                mailbox=member.mailbox,
                owner=Owner((member.mailbox,), member.salesforce_user_id),
                policy=self._policy(member),
                name=member.mailbox.partition("@")[0].title(),
                active=member.active,
            )
            for member in self.members
        ]
        self._remember()

    def _policy(self, member: Member) -> Policy:
        names = {Level.ORGANIZATION: "", Level.SUBSCRIPTION: "", Level.PROFILE: member.profile, Level.USER: member.mailbox}
        return resolve([row for row in self.explicits.values() if row.name == names[row.level]])

    def _remember(self) -> None:
        for person in self.people:
            for key in WATCHED:
                self._said.append((self.around.clock.moment, key, person.policy.effective[key].text))

    def lately(self, key: str) -> set[str]:
        """What a setting said for anybody within the last while."""
        since = self.around.clock.moment - LATELY
        now = {person.policy.effective[key].text for person in self.people}
        return now | {text for at, name, text in self._said if at >= since and name == key}

    # What is remembered

    def rows(self, person: str) -> dict[str, Entry]:
        """The history of a person, by key."""
        if self.store is not None:
            return {entry.key: entry for entry in at_once(self.store.history.rows(person))}
        return self.notebooks[person].entries if person in self.notebooks else {}

    def back_up(self) -> None:
        """Copy everything that is remembered."""
        copies = {person: book.copy() for person, book in self.notebooks.items()}
        self.backup = Backup(copies, dict(self.cursors), image_of(self.store) if self.store else b"")

    def restore(self) -> bool:
        """Put the copy in the place of what is there; False where there is none. Nothing counts as released."""
        if self.backup is None:
            return False
        now = self.around.clock.moment.isoformat()
        if self.store is not None:
            put_image(self.store, self.backup.image, now)
        self.notebooks.clear()
        self.notebooks |= {person: book.copy() for person, book in self.backup.notebooks.items()}
        self.cursors.clear()
        self.cursors[RESTORED] = now
        self.accepted = False
        self.restores += 1
        self.released.clear()
        return True

    def release(self, person: str) -> Release:
        """What of a person's held steps may go on, once."""
        return self.released.pop(person, NOTHING)

    def choose(self, person: str, key: str, side: Side) -> None:
        """Somebody says whose version of a held item is right."""
        if self.store is not None:
            at_once(self.store.wishes.choose(person, key, side))
        elif person in self.notebooks:
            self.notebooks[person].wish(person, key, side)

    def pair(self, person: str, here: Entry, there: Entry) -> None:
        """Somebody says that two items are the same, one of each side."""
        one, other = (here.key, here.exchange_id), (there.key, there.salesforce_id)
        if self.store is not None:
            at_once(self.store.wishes.pair(person, one, other))
        elif person in self.notebooks:
            self.notebooks[person].pair(person, one, other)

    def close(self) -> None:
        """Let go of the database."""
        if self.store is not None:
            self.store.close()


def at_once(flow: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer of a coroutine that waits for nothing."""
    try:
        flow.send(None)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    raise RuntimeError("it waits for something")
