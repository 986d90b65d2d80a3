"""From the addresses of an item to the Contacts and Leads that have them (SPEC 3.8 and 4)."""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from twincal.core.addresses import AddressList
from twincal.core.decision import ParticipantVerdict
from twincal.core.item import Item, Participant
from twincal.core.trees import Matches, Record
from twincal.core.vocabulary import RecordKind, Role, Side, Word

MATCHING = (RecordKind.CONTACT, RecordKind.LEAD)
"""The records that can satisfy Match; Users never do (SPEC 2)."""


class Standing(Word):
    """What one address of an item is good for. A candidate becomes MATCHED or UNMATCHED once the records are known."""

    CANDIDATE = "candidate", "may be matched"
    MATCHED = "matched", "has a Contact or Lead"
    UNMATCHED = "no_record", "no Contact or Lead has it"
    IGNORED = "ignored", "on the Ignore List"
    OWN = "own", "the person's own address"
    USER = "user", "a Salesforce user"
    RESOURCE = "resource", "a room or resource"


class Owner(Struct, frozen=True):
    """The person whose calendars these are: all addresses, aliases included and the main one first, in lower case, and
    the id of the Salesforce user. Every alias counts as the person (SPEC 4)."""

    addresses: tuple[str, ...]
    user_id: str = ""

    def __post_init__(self) -> None:
        known = (address.strip().lower() for address in self.addresses)
        force_setattr(self, "addresses", tuple(dict.fromkeys(address for address in known if address)))

    @property
    def domain(self) -> str:
        """The domain of the main address."""
        return self.addresses[0].rpartition("@")[2] if self.addresses else ""


class Candidate(Struct, frozen=True, omit_defaults=True):
    """One address of an item; `entry` is what ignores it on the Ignore List."""

    address: str
    standing: Standing
    entry: str = ""


class Candidates(Struct, frozen=True, omit_defaults=True, cache_hash=True):
    """The addresses of an item in To/From order, the own one last (SPEC 3.8).

    `everybody` are all addresses that stand on the item, aliases, rooms and ignored ones included: what the Global
    Exclusion List asks (SPEC 3.5). `related` are the ids of Contacts and Leads that stand on a Salesforce event and
    are not ignored: they satisfy Match even where they have no address (SPEC 2).
    """

    ordered: tuple[Candidate, ...] = ()
    everybody: tuple[str, ...] = ()
    related: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that may be matched, in order."""
        return tuple(c.address for c in self.ordered if c.standing is Standing.CANDIDATE)

    @property
    def remaining(self) -> tuple[str, ...]:
        """The addresses that are not ignored, the own one and users included: what *no record has them* is said
        about."""
        return tuple(c.address for c in self.ordered if c.standing not in (Standing.IGNORED, Standing.RESOURCE))

    @property
    def all_ignored(self) -> bool:
        """Is every address ignored, the own one included? Rooms do not count; an item without addresses has none
        ignored."""
        ignored = any(c.standing is Standing.IGNORED for c in self.ordered)
        return ignored and not self.remaining and not self.related

    @property
    def verdicts(self) -> tuple[ParticipantVerdict, ...]:
        """Each address with its verdict, before any record is known."""
        return tuple(ParticipantVerdict(c.address, c.standing.value) for c in self.ordered)


class Chosen(Struct, frozen=True, omit_defaults=True):
    """What the people rules look at: the Contacts and Leads in candidate order, each once (SPEC 4).

    `ambiguous` maps an address that several records of the winning kind share to all of them, the chosen one first.
    `participants` are all addresses with verdict and the id of the record chosen for each.
    """

    contacts: tuple[Record, ...] = ()
    leads: tuple[Record, ...] = ()
    ambiguous: Mapping[str, tuple[Record, ...]] = {}
    participants: tuple[ParticipantVerdict, ...] = ()


def candidates(item: Item, owner: Owner, ignore: AddressList) -> Candidates:
    """The addresses of an item in the order of SPEC 3.8, each once and with what it is good for.

    Outbound: the To list, required then optional, as listed. Inbound: From (the organizer), then the To list. On a
    Salesforce event: the people related and invited, as they stand there. The own address comes last, is always there
    on an Exchange item, counts for *every address is ignored* (ignoring one alias ignores all) and never matches.
    """
    people = _people(item)
    own = _own(item, owner)
    resources = {p.address for p in people if p.role is Role.RESOURCE}
    users = {p.address for p in people if p.record_kind is RecordKind.USER}
    found: dict[str, Candidate] = {}
    for address in (p.address for p in people if p.address and p.address not in own):
        if address in resources:
            found[address] = Candidate(address, Standing.RESOURCE)
        else:
            open_standing = Standing.USER if address in users else Standing.CANDIDATE
            found.setdefault(address, _judged(address, open_standing, ignore.covers(address)))
    everybody = tuple(dict.fromkeys(p.address for p in people if p.address))
    present = next((address for address in everybody if address in own), None)
    last = present or (next(iter(own), None) if item.side is Side.EXCHANGE else None)
    mine = (_judged(last, Standing.OWN, _first_entry(own, ignore)),) if last else ()
    related = tuple(
        dict.fromkeys(p.record for p in people if p.record and p.record_kind in MATCHING and ignore.covers(p.address) is None)
    )
    return Candidates((*found.values(), *mine), everybody, related)


def _people(item: Item) -> tuple[Participant, ...]:
    """Everybody on the item in To/From order. The owner of a Salesforce event is not one of its people."""
    listed = sorted(item.people, key=lambda p: p.role is Role.OPTIONAL) if item.side is Side.EXCHANGE else item.people
    organizer = (item.organizer,) if item.organizer and item.side is Side.EXCHANGE else ()
    return (*listed, *organizer) if item.organized_by_owner else (*organizer, *listed)


def _own(item: Item, owner: Owner) -> dict[str, None]:
    """The person's addresses, the main one first; who organizes the person's own item is the person, under any
    alias."""
    organizer = item.organizer.address if item.organizer and item.organized_by_owner else ""
    return dict.fromkeys((*owner.addresses, organizer) if organizer else owner.addresses)


def _judged(address: str, otherwise: Standing, entry: str | None) -> Candidate:
    return Candidate(address, Standing.IGNORED, entry) if entry else Candidate(address, otherwise)


def _first_entry(addresses: Iterable[str], ignore: AddressList) -> str | None:
    return next((entry for address in addresses if (entry := ignore.covers(address))), None)


def choose_records(found: Candidates, matches: Matches, owner_user_id: str) -> Chosen:
    """The records for the candidates (SPEC 4): of several with one address, the one owned by the person, else the one
    with the latest activity, else the one with the lowest id. A converted Lead counts as the Contact it became."""
    contacts: dict[str, tuple[Record, ...]] = {}
    leads: dict[str, tuple[Record, ...]] = {}
    for address in found.addresses:
        records = _ranked(matches.get(address, ()), owner_user_id)
        for kind, group in ((RecordKind.CONTACT, contacts), (RecordKind.LEAD, leads)):
            of_kind = tuple(record for record in records if record.kind is kind)
            if of_kind:
                group[address] = of_kind
    winning = contacts or leads
    return Chosen(
        contacts=_firsts(contacts),
        leads=_firsts(leads),
        ambiguous={address: records for address, records in winning.items() if len(records) > 1},
        participants=tuple(_participant(c, contacts.get(c.address) or leads.get(c.address)) for c in found.ordered),
    )


def _participant(candidate: Candidate, records: tuple[Record, ...] | None) -> ParticipantVerdict:
    if candidate.standing is not Standing.CANDIDATE:
        return ParticipantVerdict(candidate.address, candidate.standing.value)
    if not records:
        return ParticipantVerdict(candidate.address, Standing.UNMATCHED.value)
    return ParticipantVerdict(candidate.address, Standing.MATCHED.value, records[0].id)


def _firsts(group: Mapping[str, tuple[Record, ...]]) -> tuple[Record, ...]:
    """The best record of each address, each record once."""
    once: dict[str, Record] = {}
    for best, *_ in group.values():
        once.setdefault(best.id, best)
    return tuple(once.values())


def _ranked(records: Iterable[Record], owner_user_id: str) -> tuple[Record, ...]:
    """The records, best first, each once; Salesforce writes an id with 15 or 18 characters, the first 15 tell."""

    def rank(record: Record) -> tuple[bool, int, str]:
        owned = bool(owner_user_id) and record.owner[:15] == owner_user_id[:15]
        return not owned, -(record.last_activity or date.min).toordinal(), record.id

    once: dict[str, Record] = {}
    for record in sorted((_followed(r) for r in records), key=rank):
        once.setdefault(record.id[:15], record)
    return tuple(once.values())


def _followed(record: Record) -> Record:
    if not record.converted_to:
        return record
    return replace(record, id=record.converted_to, kind=RecordKind.CONTACT, converted_to="")
