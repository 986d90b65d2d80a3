"""Two calendars in memory, as their servers would keep them: for worlds in which only the core is real."""

from datetime import datetime

from msgspec import UNSET, Struct
from msgspec.structs import replace

from twincal.core.faults import FaultCode
from twincal.core.fields import BODY_LIMIT, PLACE_LIMIT, SUBJECT_LIMIT, face, fitted, whole_seconds
from twincal.core.item import Body, Item, Participant
from twincal.core.vocabulary import Operation, Outcome, RecordKind, Side
from twincal.core.writes import Absent, Receipt, Values, Write

ANN, BEN = "ann@northwind.example", "ben@northwind.example"
CARLA, DORA, LEO, STRANGER = "carla@acme.example", "dora@initech.example", "leo@lead.example", "zoe@nobody.example"
PEOPLE = (CARLA, DORA, LEO, STRANGER, BEN)
ANN_ID, BEN_ID, APP_ID = "005000000000001AAA", "005000000000002AAA", "005000000000009AAA"
ORGANIZER = Participant(ANN, "Ann Smith")


class Mail(Struct, frozen=True):
    """What Exchange mailed because of one write, and to how many."""

    write: Write
    count: int


class Calendar:
    """One person's calendar on one side: what stands there, what is gone, and a version that grows with every change."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.items: dict[str, Item] = {}
        self.gone: dict[str, Absent] = {}
        self.mails: list[Mail] = []
        self._count = 0

    def fresh_id(self) -> str:
        """An id that nothing has had."""
        self._count += 1
        return f"{self.side.value[0]}{self._count:04}"

    def put(self, item: Item, at: datetime, by: str) -> Item:
        """Store an item as this server would, with a new version."""
        self._count += 1
        told = replace(item, version=str(self._count), changed_at=at)
        if self.side is Side.SALESFORCE:
            told = replace(_as_salesforce_keeps(told), changed_by=by)
        self.items[told.id] = told
        self.gone.pop(told.id, None)
        return told

    def remove(self, ident: str, at: datetime, by: str, *, deleted: bool = True) -> Item:
        """Take an item out of the calendar: deleted, or moved elsewhere."""
        self.gone[ident] = Absent(ident, deleted, by if self.side is Side.SALESFORCE else "", at)
        return self.items.pop(ident)

    def apply(self, write: Write, at: datetime) -> Receipt:
        """Carry out one write; nothing is changed where the version or the item is not what the write expects."""
        if write.operation is Operation.CREATE:
            return self._created(write, at)
        standing = self.items.get(write.item_id)
        if standing is None:
            return Receipt(intent=write.intent, outcome=Outcome.NOT_APPLIED, fault=FaultCode.GONE)
        if standing.version != write.version and face(standing) != write.known:
            return Receipt(intent=write.intent, outcome=Outcome.NOT_APPLIED, fault=FaultCode.CHANGED_MEANWHILE)
        self._mail(write, standing)
        if write.operation is Operation.DELETE:
            self.remove(write.item_id, at, APP_ID)
            return Receipt(intent=write.intent, outcome=Outcome.DONE, item_id=write.item_id)
        told = self.put(_written(standing, write.values), at, APP_ID)
        return Receipt(intent=write.intent, outcome=Outcome.DONE, item_id=told.id, item=told)

    def _created(self, write: Write, at: datetime) -> Receipt:
        times = write.values.times
        assert times is not UNSET
        blank = Item(side=self.side, id=self.fresh_id(), times=times, organizer=ORGANIZER, created_by=APP_ID)
        told = self.put(_written(blank, write.values), at, APP_ID)
        self._mail(write, told)
        return Receipt(intent=write.intent, outcome=Outcome.DONE, item_id=told.id, item=told)

    def _mail(self, write: Write, item: Item) -> None:
        others = sum(1 for p in item.people if p.invited and p.address != ANN)
        if self.side is Side.EXCHANGE and item.organized_by_owner and others:
            self.mails.append(Mail(write, others))


def _as_salesforce_keeps(item: Item) -> Item:
    text = item.body.text or ""
    return replace(
        item,
        subject=fitted(item.subject, SUBJECT_LIMIT),
        place=fitted(item.place, PLACE_LIMIT),
        times=whole_seconds(item.times),
        body=Body.of(text[:BODY_LIMIT]),
    )


def _written(item: Item, values: Values) -> Item:
    """The item with the values of a write in it; Whos appear among the people as relations, invitees as invited."""
    invited = tuple(p for p in item.people if p.invited) if values.invitees is UNSET else values.invitees
    whos = item.whos if values.whos is UNSET else values.whos
    return replace(
        item,
        subject=item.subject if values.subject is UNSET else values.subject,
        times=item.times if values.times is UNSET else values.times,
        place=item.place if values.place is UNSET else values.place,
        show_as=item.show_as if values.show_as is UNSET else values.show_as,
        body=item.body if values.body is UNSET else Body.of(values.body),
        what=item.what if values.what is UNSET else values.what,
        whos=whos,
        people=(*invited, *(relation(who) for who in whos)),
    )


def relation(who: str) -> Participant:
    """A Contact or Lead to whom an event is related without being invited."""
    kind = RecordKind.LEAD if who.startswith("00Q") else RecordKind.CONTACT
    return Participant(f"{who.lower()}@record.example", record=who, record_kind=kind, invited=False)
