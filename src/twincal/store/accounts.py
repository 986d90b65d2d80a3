"""Whose calendars are kept in step, and how both sides are reached."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection as Open
from sqlalchemy import delete, insert, select, update

from twincal.core.vocabulary import Side
from twincal.errors import WrongInput
from twincal.ports import Capabilities
from twincal.store.batches import AnyRow, put
from twincal.store.database import Database
from twincal.store.erasing import erased
from twincal.store.packing import SIDES
from twincal.store.secrets import Place, Sealer
from twincal.store.tables import (
    address,
    connection,
    cursor,
    held,
    history,
    intent,
    item,
    link,
    note,
    person,
    profile,
    receipt,
    run,
    series,
)

LONGEST_NAME = 80
ONLY = 1
"""The one subscription of the embedded edition."""
SYNCED = (address, history, intent, item, link, note, receipt, run, series, held)
"""Everything that a sync has left behind of a person."""


class Member(Struct, frozen=True, kw_only=True):
    """A person as added. `id` names the person in the store. Addresses are in lower case, aliases without the mailbox."""

    id: str
    mailbox: str
    aliases: tuple[str, ...] = ()
    name: str = ""
    salesforce_username: str = ""
    salesforce_user_id: str = ""
    profile: str = ""
    active: bool = True


class Connected(Struct, frozen=True, kw_only=True):
    """How one side is reached. `account` is the tenant or the organization; `secret` holds what must not be shown."""

    side: Side
    account: str
    settings: Mapping[str, str]
    secret: Mapping[str, str]
    capabilities: Capabilities | None = None

    def __repr__(self) -> str:
        return f"Connected({self.side.value}, {self.account}, secret=…)"


class Accounts:
    """People and connections. Every method is one transaction; raises HomeUnusable when the database cannot be used."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def people(self) -> list[Member]:
        """Everybody, by mailbox."""
        return self._database.run(_people)

    async def find(self, address: str) -> Member | None:
        """The person with this mailbox or alias."""
        wanted = address.strip().lower()
        named = self._database.run(_people, wanted)
        return named[0] if named else next((one for one in await self.people() if wanted in one.aliases), None)

    async def profiles(self) -> list[str]:
        """The names of the profiles."""
        return self._database.run(lambda opened: list(opened.scalars(select(profile.c.name).order_by(profile.c.id))))

    async def add_profile(self, name: str) -> None:
        """Add a profile. Raises WrongInput for a name that is empty, too long or taken."""
        wanted = name.strip()
        if not wanted or len(wanted) > LONGEST_NAME:
            raise WrongInput(f"A profile's name has 1 to {LONGEST_NAME} characters.", "For example: Sales.")
        if wanted.casefold() in {one.casefold() for one in await self.profiles()}:
            raise WrongInput(f"There is a profile {wanted!r} already.", "Choose another name.")
        row = {"subscription": ONLY, "name": wanted}
        self._database.run(lambda opened: opened.execute(insert(profile).values(row)).rowcount)

    async def add(self, member: Member) -> Member:
        """Add a person; `id` is given by the store. Raises WrongInput for a profile that does not exist, and where the
        mailbox, an alias or the Salesforce user is somebody's already."""
        wanted = replace(
            member,
            mailbox=member.mailbox.strip().lower(),
            aliases=tuple(dict.fromkeys(one.strip().lower() for one in member.aliases)),
        )
        return self._database.run(_added, wanted)

    async def change(self, member: Member) -> None:
        """Store what is known of a person anew, all but the mailbox. Raises WrongInput for a profile that does not exist."""
        self._database.run(_changed, member)

    async def remove(self, member: Member) -> None:
        """Remove a person with all rows and texts. Nothing is deleted in either calendar. Raises WrongInput where nobody would
        look after the organization."""
        self._database.run(erased, int(member.id), member.mailbox, (member.mailbox, *member.aliases))
        self._database.scrub()

    async def connect(
        self,
        side: Side,
        account: str,
        settings: Mapping[str, str],
        secret: Mapping[str, str],
        capabilities: Capabilities | None = None,
    ) -> bool:
        """Store how a side is reached. True when it is another account than before: then everything that was synced is
        forgotten, since it says nothing about the new one (SPEC 10); Salesforce user ids too when it is Salesforce."""
        row = {
            "subscription": ONLY,
            "side": SIDES[side],
            "settings": msgspec.json.encode(settings).decode(),
            "account": account,
            "capabilities": msgspec.json.encode(capabilities).decode() if capabilities else None,
        }
        # Sealed within the transaction: a rotation of the key has to wait for its end, and finds what was sealed.
        rebuilt = self._database.run(
            lambda opened: _connected(
                opened, side, {**row, "secret": self._sealer.seal(msgspec.json.encode(secret), place_of(side))}
            )
        )
        if rebuilt:
            self._database.scrub()
        return rebuilt

    async def connected(self, side: Side) -> Connected | None:
        """How a side is reached, None before it was connected. Raises HomeUnusable when the secret does not open."""
        here = (connection.c.subscription == ONLY, connection.c.side == SIDES[side])
        row = self._database.run(lambda opened: opened.execute(select(connection).where(*here)).first())
        if row is None:
            return None
        return Connected(
            side=side,
            account=row.account,
            settings=msgspec.json.decode(row.settings, type=dict[str, str]),
            secret=msgspec.json.decode(self._sealer.open(row.secret, place_of(side)), type=dict[str, str]),
            capabilities=msgspec.json.decode(row.capabilities, type=Capabilities) if row.capabilities else None,
        )

    async def change_secret(self, side: Side, name: str, value: str) -> None:
        """Put another value in the place of one of a connection's secrets; nothing where the side is not connected."""
        self._database.run(_secret_changed, self._sealer, side, {name: value})

    async def set_capabilities(self, side: Side, capabilities: Capabilities) -> None:
        """Store anew what a connected side can do."""
        here = (connection.c.subscription == ONLY, connection.c.side == SIDES[side])
        text = msgspec.json.encode(capabilities).decode()
        self._database.run(lambda opened: opened.execute(update(connection).where(*here).values(capabilities=text)).rowcount)


def place_of(side: Side) -> Place:
    """Where the secret of a connection belongs."""
    return Place(ONLY, side.phrase, "secret")


def _secret_changed(opened: Open, sealer: Sealer, side: Side, changes: Mapping[str, str]) -> None:
    """Within one transaction, so that no rotation of the key passes it by."""
    here, place = (connection.c.subscription == ONLY, connection.c.side == SIDES[side]), place_of(side)
    sealed = opened.scalar(select(connection.c.secret).where(*here))
    if sealed is not None:
        secret = msgspec.json.decode(sealer.open(sealed, place), type=dict[str, str]) | dict(changes)
        opened.execute(update(connection).where(*here).values(secret=sealer.seal(msgspec.json.encode(secret), place)))


def _people(opened: Open, mailbox: str = "") -> list[Member]:
    wanted = select(person, profile.c.name.label("profile_name")).join(profile).order_by(person.c.mailbox)
    rows = opened.execute(wanted.where(person.c.mailbox == mailbox) if mailbox else wanted).all()
    return [_member(row) for row in rows]


def _member(row: AnyRow) -> Member:
    return Member(
        id=str(row.id),
        mailbox=row.mailbox,
        aliases=msgspec.msgpack.decode(row.aliases, type=tuple[str, ...]),
        name=row.name,
        salesforce_username=row.salesforce_username,
        salesforce_user_id=row.salesforce_user_id,
        profile=row.profile_name,
        active=row.active,
    )


def _row(opened: Open, member: Member) -> dict[str, object]:
    found = opened.scalar(select(profile.c.id).where(profile.c.name == member.profile))
    if found is None:
        known = ", ".join(f"`{name}`" for name in opened.scalars(select(profile.c.name).order_by(profile.c.id)))
        raise WrongInput(f"There is no profile `{member.profile}`.", f"Choose one of {known}.")
    return {
        "profile": found,
        "aliases": msgspec.msgpack.encode(member.aliases),
        "name": member.name,
        "salesforce_username": member.salesforce_username,
        "salesforce_user_id": member.salesforce_user_id,
        "active": member.active,
    }


def _added(opened: Open, member: Member) -> Member:
    wanted = {member.mailbox, *member.aliases}
    for other in _people(opened):
        taken = wanted.intersection((other.mailbox, *other.aliases))
        if taken:
            raise WrongInput(f"{min(taken)} belongs to {other.mailbox} already.", "See `twincal people list`.")
        same = member.salesforce_user_id and member.salesforce_user_id == other.salesforce_user_id
        if same:
            raise WrongInput(
                f"The Salesforce user {member.salesforce_username} belongs to {other.mailbox} already.",
                "A Salesforce calendar is kept in step with one mailbox; see `twincal people list`.",
            )
    row = _row(opened, member) | {"mailbox": member.mailbox}
    made = opened.execute(insert(person).values(row).returning(person.c.id)).scalar_one()
    return replace(member, id=str(made))


def _changed(opened: Open, member: Member) -> None:
    opened.execute(update(person).where(person.c.id == int(member.id)).values(_row(opened, member)))


def _connected(opened: Open, side: Side, row: Mapping[str, object]) -> bool:
    here = (connection.c.subscription == ONLY, connection.c.side == SIDES[side])
    before = opened.scalar(select(connection.c.account).where(*here))
    put(opened, connection, [row])
    if before is None or before == row["account"]:
        return False
    _forget_synced(opened)
    if side is Side.SALESFORCE:
        opened.execute(update(person).values(salesforce_user_id=""))
    return True


def _forget_synced(opened: Open) -> None:
    """Forget everybody's trees, links and history, so that all is read anew."""
    for table in SYNCED:
        opened.execute(delete(table))
    opened.execute(delete(cursor))
    opened.execute(update(person).values(first_synced=None))
