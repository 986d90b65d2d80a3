"""Who is who in the org: Contacts, Leads and Users by address and by id, remembered until a poll says they changed."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Generic, TypeVar

from twincal.connectors.salesforce.client import QUERIES_A_COMPOSITE, Query, SalesforceClient
from twincal.connectors.salesforce.codec import KINDS, Card
from twincal.connectors.salesforce.soql import ADDRESSES_A_QUERY, bare, is_id, one_of, one_of_ids, part, parts, quoted, select
from twincal.connectors.salesforce.wire import PERSONS, PersonRow
from twincal.core.trees import Record
from twincal.core.vocabulary import RecordKind
from twincal.ports import Account

V = TypeVar("V")

MOST_REMEMBERED = 100_000
IDS_A_PERSON_QUERY = 500

ACCOUNT = "Id, Username, Name, Email, IsActive"
_LEAD_COLUMNS = "Id, Email, Name, OwnerId, LastActivityDate, IsConverted, ConvertedContactId"
_CONTACT_COLUMNS = "Id, Email, Name, OwnerId, LastActivityDate"


class _Memory(Generic[V]):
    """The most recently used answers, "nothing" included; no answer grows old by itself."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, V] = OrderedDict()

    def recall(self, key: str) -> V | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: str, value: V) -> None:
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def drop(self, key: str) -> V | None:
        return self._kept.pop(key, None)


class SalesforceDirectory:
    """The directory of an org. What a poll names as changed is forgotten by the calendar that shares it."""

    def __init__(self, client: SalesforceClient, *, most: int = MOST_REMEMBERED) -> None:
        self._client = client
        self._records: _Memory[tuple[Record, ...]] = _Memory(most)
        self._cards: _Memory[Card] = _Memory(most)

    async def match(self, addresses: Collection[str]) -> Mapping[str, tuple[Record, ...]]:
        """All Contacts and Leads with each address; a converted Lead names the Contact it became. Raises VendorFault."""
        wanted = {address.strip().lower() for address in addresses if address.strip()}
        found = {address: records for address in wanted if (records := self._records.recall(address)) is not None}
        for chunk in parts(sorted(wanted - found.keys()), ADDRESSES_A_QUERY):
            found |= await self._asked(chunk)
        return found

    async def user(self, username: str) -> Account | None:
        """The user with this username; usernames are unique in all of Salesforce. Raises VendorFault."""
        rows = await self._client.query(Query(soql=select(ACCOUNT, "User", f"Username = {quoted(username)}"), pages=PERSONS))
        return next((_account(row) for row in rows), None)

    async def users(self, search: str) -> tuple[Account, ...]:
        """Active users with this in their name, address, username or the name of their profile, by name; 200 at most. Only those of
        the company: who chats alone, guests, portals' users and the platform's own have no calendar (Object Reference, User:
        UserType). Raises VendorFault."""
        wanted = part(search.strip())
        columns = ("Name", "Email", "Username", "Profile.Name")
        # gate: soql because these columns are the constants one line above
        anywhere = " OR ".join(f"{column} LIKE {wanted}" for column in columns)
        active = ("IsActive = true", "UserType = 'Standard'")
        soql = select(f"{ACCOUNT}, Profile.Name", "User", *active, f"({anywhere})", order="Name LIMIT 200")
        return tuple(_account(row) for row in await self._client.query(Query(soql=soql, pages=PERSONS)))

    async def cards(self, ids: Iterable[str]) -> Mapping[str, Card]:
        """Addresses and names of Contacts, Leads and Users by the first 15 characters of their ids; strangers have empty cards."""
        wanted = {bare(record) for record in ids if record[:3] in KINDS and is_id(record)}
        found = {record: card for record in wanted if (card := self._cards.recall(record)) is not None}
        missing = sorted(wanted - found.keys())
        if missing:
            await self._learn(missing)
            for record in missing:
                card = self._cards.recall(record) or Card()
                self._cards.keep(record, card)
                found[record] = card
        return found

    def forget_all(self) -> None:
        """Forget every answer: nobody knows which records have changed."""
        self._cards.clear()
        self._records.clear()

    def forget(self, changed: Iterable[PersonRow]) -> frozenset[str]:
        """Forget records that changed; all addresses, old and new, whose answers may be different now."""
        addresses: set[str] = set()
        for row in changed:
            old = self._cards.drop(bare(row.id))
            addresses |= {address for address in ((row.email or "").lower(), old.address if old else "") if address}
        for address in addresses:
            self._records.drop(address)
        return frozenset(addresses)

    async def _asked(self, addresses: Sequence[str]) -> dict[str, tuple[Record, ...]]:
        where = f"Email IN {one_of(addresses)}"
        contacts, leads = await self._client.ask(
            [
                Query(soql=select(_CONTACT_COLUMNS, "Contact", where), pages=PERSONS, optional=True),
                Query(soql=select(_LEAD_COLUMNS, "Lead", where), pages=PERSONS, optional=True),
            ]
        )
        found: dict[str, list[Record]] = {address: [] for address in addresses}
        for kind, rows in ((RecordKind.CONTACT, contacts), (RecordKind.LEAD, leads)):
            for row in rows:
                self._cards.keep(bare(row.id), _card(row))
                if row.is_converted and not row.converted_contact_id:
                    continue  # converted into a record we may not see: no longer a Lead, not known as a Contact
                found.setdefault((row.email or "").lower(), []).append(_record(row, kind))
        answers = {address: tuple(found[address]) for address in addresses}
        for address, records in answers.items():
            self._records.keep(address, records)
        return answers

    async def _learn(self, ids: Sequence[str]) -> None:
        queries = [
            Query(soql=select("Id, Email, Name", kind.phrase, f"Id IN {one_of_ids(chunk)}"), pages=PERSONS, optional=True)
            for prefix, kind in KINDS.items()
            for chunk in parts([record for record in ids if record.startswith(prefix)], IDS_A_PERSON_QUERY)
        ]
        for batch in parts(queries, QUERIES_A_COMPOSITE):
            for rows in await self._client.ask(batch):
                for row in rows:
                    self._cards.keep(bare(row.id), _card(row))


def _account(row: PersonRow) -> Account:
    return Account(
        id=row.id, username=row.username or "", name=row.name or "", email=(row.email or "").lower(), active=row.is_active,
        profile=(row.profile.name or "") if row.profile else "",
    )  # fmt: skip


def _card(row: PersonRow) -> Card:
    return Card((row.email or "").lower(), row.name or "")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _record(row: PersonRow, kind: RecordKind) -> Record:
    return Record(
        id=row.id,
        kind=kind,
        address=(row.email or "").lower(),
        name=row.name or "",
        owner=row.owner_id or "",
        last_activity=_day(row.last_activity_date),
        converted_to=(row.converted_contact_id or "") if row.is_converted else "",
    )
