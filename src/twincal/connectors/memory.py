"""Calendars in a dictionary: the reference adapter of the ports, small enough to be read as their definition.

Both roles share a log of changes with a floor, versions, a bin for what was deleted and a memory of marks. They differ where
the vendors do: Exchange is looked at one mailbox at a time and mails people; Salesforce is looked at whole, counts time in
seconds, knows who deleted what, and may have no field for our marks.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import UNSET, Struct
from msgspec.structs import replace

from twincal.core.faults import FaultCode, VendorFault
from twincal.core.fields import BODY_LIMIT, PLACE_LIMIT, SUBJECT_LIMIT, face, fitted
from twincal.core.item import Body, Item, Participant
from twincal.core.settling import as_sent
from twincal.core.trees import Record, Window
from twincal.core.vocabulary import Operation, Outcome, Role, Side
from twincal.core.writes import Absent, Receipt, Write
from twincal.ports import Account, Clock, Look, Sight

APP = "005APP"
"""The account Twincal itself uses in the Salesforce role."""
SECOND = timedelta(seconds=1)


class Mail(Struct, frozen=True):
    """Mail Exchange would have sent: to how many, because of what, done to which item."""

    item: str
    operation: Operation
    people: int


class MemoryCalendar:
    """One side for everybody. `marks` tells whether items can carry our marks."""

    def __init__(self, side: Side, clock: Clock, directory: "MemoryDirectory | None" = None, *, marks: bool = True) -> None:
        self.side = side
        self.shared = side is Side.SALESFORCE
        self.mails: list[Mail] = []
        self.written: Counter[str] = Counter()
        self._clock = clock
        self._directory = directory or MemoryDirectory()
        self._marks = marks
        self._items: dict[str, dict[str, Item]] = {}
        self._bin: dict[str, Absent] = {}
        self._log: list[tuple[str, str]] = []
        self._floor = 0
        self._made = 0
        self._by_mark: dict[str, str] = {}

    # What people do

    def items(self, owner: str) -> Mapping[str, Item]:
        """What stands in one calendar, by id."""
        return self._items.setdefault(owner, {})

    def put(self, owner: str, item: Item, *, by: str = "") -> Item:
        """Somebody makes an item (without an id) or changes one; the item as it stands then."""
        known = self._items.setdefault(owner, {}).get(item.id)
        self._made += 1
        now = self._clock.now()
        at = now.replace(microsecond=0) if self.shared else now
        kept = replace(
            item,
            side=self.side,
            id=item.id or f"{self.side.value[:2]}{self._made:06d}",
            version=f"{at.isoformat()}" if self.shared else f"v{self._made}",
            changed_by=by,
            changed_at=at,
            created_by=known.created_by if known else by,
            people=self._related(item) if self.shared else item.people,
        )
        self._items[owner][kept.id] = kept
        self._bin.pop(kept.id, None)
        self._log.append((owner, kept.id))
        return kept

    def remove(self, owner: str, ident: str, *, by: str = "") -> None:
        """Somebody deletes an item; it can be restored."""
        item = self._items[owner].pop(ident)
        now = self._clock.now()
        self._bin[ident] = Absent(ident, True, by if self.shared else "", now, item.changed_at, item)
        self._log.append((owner, ident))

    def restore(self, owner: str, ident: str, *, by: str = "") -> None:
        """Somebody takes an item out of the bin again, under the same id."""
        item = self._bin[ident].item
        if item is not None:
            self.put(owner, item, by=by)

    def deleted(self, owner: str) -> list[str]:
        """The ids in the bin that stood in this calendar."""
        return sorted({ident for whose, ident in self._log if whose == owner and ident in self._bin})

    def forget_changes(self) -> None:
        """No cursor given out so far serves any longer."""
        self._floor = len(self._log) + 1
        self._log.append(("", ""))

    # The port

    async def look(self, owners: Sequence[str], cursor: str | None, window: Window) -> Sight:
        """What is new since the cursor; everything inside the window without one. Raises VendorFault CURSOR_EXPIRED."""
        position, addresses = f"{len(self._log)}/{self._directory.position}", frozenset[str]()
        if cursor is None:
            looks = {owner: self._whole(owner, window) for owner in owners}
            return Sight(looks=looks, cursor=position)
        seen, told = (int(part) for part in cursor.split("/"))
        if seen < self._floor:
            raise VendorFault(self.side, FaultCode.CURSOR_EXPIRED)
        if self.shared:
            addresses = self._directory.since(told)
        changed: dict[str, dict[str, None]] = {}
        for owner, ident in self._log[seen:]:
            changed.setdefault(owner, {})[ident] = None
        looks = {owner: self._changes(owner, changed[owner], window) for owner in owners if owner in changed}
        return Sight(looks=looks, cursor=position, addresses=addresses)

    def _whole(self, owner: str, window: Window) -> Look:
        inside = tuple(item for item in self.items(owner).values() if window.meets(item))
        return Look(items=inside, series=self._series(owner, inside, window), full=True, window=window)

    def _changes(self, owner: str, ids: Iterable[str], window: Window) -> Look:
        here = self.items(owner)
        items = tuple(here[ident] for ident in ids if ident in here)
        gone = tuple(ident for ident in ids if ident not in here)
        return Look(items=items, gone=gone, series=self._series(owner, items, window), window=window)

    def _series(self, owner: str, items: Iterable[Item], window: Window) -> dict[str, frozenset[str]]:
        touched = {item.series for item in items if item.series and not self.shared}
        here = self.items(owner).values()
        return {
            series: frozenset(item.id for item in here if item.series == series and window.meets(item)) for series in touched
        }  # fmt: skip

    async def read(self, owner: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
        """Each id as it is now."""
        here = self.items(owner)
        return {
            ident: here.get(ident) or self._bin.get(ident) or Absent(ident, deleted=not self._elsewhere(ident)) for ident in ids
        }

    def _elsewhere(self, ident: str) -> bool:
        return any(ident in items for items in self._items.values())

    async def find(self, owner: str, marks: Sequence[str]) -> Mapping[str, tuple[Item | Absent, ...]]:
        """Items that carry our marks; deleted ones where the side can tell."""
        if not self._marks:
            return {}
        found: dict[str, list[Item | Absent]] = {}
        for item in self.items(owner).values():
            if item.mark in marks:
                found.setdefault(item.mark, []).append(item)
        for gone in self._bin.values():
            if self.shared and gone.item is not None and gone.item.mark in marks:
                found.setdefault(gone.item.mark, []).append(gone)
        return {mark: tuple(some) for mark, some in found.items()}

    async def find_alike(self, owner: str, write: Write, since: datetime) -> tuple[Item, ...]:
        """Items of our own account since then, with the subject and times of this write."""
        wanted = write.values
        return tuple(
            item
            for item in self.items(owner).values()
            if item.created_by == APP and item.changed_at is not None and item.changed_at >= since
            and item.subject == wanted.subject and item.times == wanted.times
        )  # fmt: skip

    async def write(self, owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Each write at once and whole; stamps that count seconds are given one to settle first."""
        if self.shared and any(self._fresh(owner, write) for write in writes):
            await self._clock.sleep(SECOND.total_seconds())
        return [self._carried_out(owner, write) for write in writes]

    def _fresh(self, owner: str, write: Write) -> bool:
        item = self.items(owner).get(write.item_id)
        return item is not None and item.changed_at is not None and self._clock.now() - item.changed_at < SECOND

    def _carried_out(self, owner: str, write: Write) -> Receipt:
        if write.operation is Operation.CREATE:
            return self._created(owner, write)
        item = self.items(owner).get(write.item_id)
        if item is None:
            gone = write.item_id in self._bin and write.operation is Operation.DELETE
            return _done(write, write.item_id) if gone else _refused(write, FaultCode.GONE)
        if self._has_changed(item, write):
            return _refused(write, FaultCode.CHANGED_MEANWHILE)
        if item.side is Side.EXCHANGE and item.mails_people:
            self.mails.append(Mail(item.id, write.operation, _mailed(item)))
        self.written[write.operation.value] += 1
        if write.operation is Operation.DELETE:
            self.remove(owner, item.id, by=APP)
            return replace(_done(write, item.id), former=item.body)
        kept = self.put(owner, self._with(item, write), by=APP)
        return replace(_done(write, kept.id, kept), former=item.body if write.values.body is not UNSET else None)

    def _has_changed(self, item: Item, write: Write) -> bool:
        if item.version == write.version and not self.shared:
            return False
        return face(item) != write.known if write.known else item.version != write.version

    def _created(self, owner: str, write: Write) -> Receipt:
        standing = self.items(owner).get(self._by_mark.get(write.mark, ""))
        if standing is not None and self._marks:
            return Receipt(
                intent=write.intent, outcome=Outcome.NOT_APPLIED, item_id=standing.id, item=standing, fault=FaultCode.DUPLICATE
            )  # fmt: skip
        if write.values.times is UNSET:
            return _refused(write, FaultCode.BAD_REQUEST)
        empty = Item(side=self.side, id="", times=write.values.times, mark=write.mark if self._marks else "")
        if self.side is Side.EXCHANGE:
            invitees = write.values.invitees
            people = () if invitees is UNSET else invitees
            empty = replace(empty, organizer=Participant(owner), people=people)
        kept = self.put(owner, self._with(empty, write), by=APP)
        self._by_mark[write.mark] = kept.id
        self.written[Operation.CREATE.value] += 1
        if kept.mails_people and self.side is Side.EXCHANGE:
            self.mails.append(Mail(kept.id, Operation.CREATE, _mailed(kept)))
        return _done(write, kept.id, kept)

    def _with(self, item: Item, write: Write) -> Item:
        values = write.values
        changed = replace(as_sent(item, values), stamp=write.stamp or item.stamp)
        if values.mark is not UNSET and self._marks:
            changed = replace(changed, mark=values.mark)
        if not self.shared:
            return changed
        return replace(
            changed,
            subject=fitted(changed.subject, SUBJECT_LIMIT),
            place=fitted(changed.place, PLACE_LIMIT),
            body=changed.body if changed.body.text is None else Body.of(changed.body.text[:BODY_LIMIT]),
            whos=item.whos if values.whos is UNSET else values.whos,
            what=item.what if values.what is UNSET else values.what,
        )

    def _related(self, item: Item) -> tuple[Participant, ...]:
        """Who stands on an event: those invited, and the records it is related to."""
        invited = tuple(one for one in item.people if one.invited)
        records = (self._directory.record(ident) for ident in item.whos)
        return invited + tuple(
            Participant(one.address, one.name, Role.REQUIRED, one.id, one.kind, False) for one in records if one is not None
        )


def _mailed(item: Item) -> int:
    own = item.organizer.address if item.organizer else ""
    return sum(1 for one in item.people if one.invited and one.address != own)


def _done(write: Write, ident: str, item: Item | None = None) -> Receipt:
    return Receipt(intent=write.intent, outcome=Outcome.DONE, item_id=ident, item=item)


def _refused(write: Write, fault: FaultCode) -> Receipt:
    return Receipt(intent=write.intent, outcome=Outcome.NOT_APPLIED, item_id=write.item_id, fault=fault)


class MemoryDirectory:
    """Contacts, Leads and Users in a dictionary."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._accounts: dict[str, Account] = {}
        self._log: list[str] = []

    @property
    def position(self) -> int:
        """How many changes there have been."""
        return len(self._log)

    def since(self, position: int) -> frozenset[str]:
        """The addresses whose records have changed since."""
        return frozenset(self._log[position:])

    def put(self, record: Record) -> None:
        """Make or change a record; under its former address it is no longer found."""
        before = self._records.get(record.id)
        self._log += [before.address] if before else []
        self._records[record.id] = record
        self._log.append(record.address)

    def remove(self, ident: str) -> None:
        """Delete a record."""
        self._log.append(self._records.pop(ident).address)

    def record(self, ident: str) -> Record | None:
        """A record by its id."""
        return self._records.get(ident)

    def add_account(self, account: Account) -> None:
        """Make a user."""
        self._accounts[account.username] = account

    async def match(self, addresses: Collection[str]) -> Mapping[str, tuple[Record, ...]]:
        """The records with each address."""
        return {address: tuple(record for record in self._records.values() if record.address == address) for address in addresses}

    async def user(self, username: str) -> Account | None:
        """The user with this name."""
        return self._accounts.get(username)

    async def users(self, search: str) -> tuple[Account, ...]:
        """The users of whom a text is a part of the name, the address, the username or the profile."""
        wanted = search.strip().casefold()
        found = [one for one in self._accounts.values() if one.active and any(wanted in text.casefold() for text in _texts(one))]
        return tuple(sorted(found, key=lambda one: one.name))


def _texts(one: Account) -> tuple[str, ...]:
    return one.name, one.email, one.username, one.profile
