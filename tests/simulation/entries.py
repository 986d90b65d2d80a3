"""What people seldom enter: the same thing several times, a meeting with everybody, an event at a customer's page."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tests.simulation.home import GUESTS
from tests.simulation.tapes import Deed
from tests.simulation.tokens import lineage_of
from twincal.core.item import Body, Participant
from twincal.core.vocabulary import RecordKind, Role, Side

if TYPE_CHECKING:
    from tests.simulation.people import Hand, People


def repeat(people: "People", hand: "Hand", side: Side, deed: Deed) -> str:
    """Typed twice on one side by mistake, and once on the other before anything was carried over: which are the same?"""
    lineage = people.tokens.lineage()
    item = people.fresh(hand, side, lineage)
    people.place_in_time(hand, item)
    there = replace(item, side=side.other, body=Body.of(""), organizer=_organizer(hand, side.other))
    for copy in (item, item, there):
        hand.put(copy)
    hand.home.oracle.doubled[hand.person.id, str(lineage)] += 2  # edited apart, each of the three is an item of its own
    people.figures.struck("F22 typed several times")
    return f"types L{lineage} twice, and once in {side.other.phrase},"


def _organizer(hand: "Hand", side: Side) -> Participant | None:
    return Participant(hand.person.mailbox) if side is Side.EXCHANGE else None


def gather(people: "People", hand: "Hand", side: Side, deed: Deed) -> str:
    """A meeting to which every guest is invited: Contacts and Leads of one event."""
    item = people.fresh(hand, side, people.tokens.lineage())
    hand.put(people.place_in_time(hand, replace(item, people=tuple(Participant(guest) for guest in GUESTS))))
    return f"invites everybody to L{lineage_of(item.subject)}"


def visit(people: "People", hand: "Hand", side: Side, deed: Deed) -> str:
    """An event to which a Contact is invited in Salesforce, before anything was carried over."""
    item, number = people.fresh(hand, side, people.tokens.lineage()), deed.choice % len(GUESTS)
    contact = hand.home.enter(f"003C{number}", RecordKind.CONTACT, GUESTS[number])
    invited = Participant(contact.address, contact.name, Role.REQUIRED, contact.id, contact.kind)
    hand.put(people.place_in_time(hand, replace(item, people=(invited,))))
    return f"invites {contact.id} to L{lineage_of(item.subject)}"
