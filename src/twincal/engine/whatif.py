"""What a change would do to everybody it reaches, before it is saved: a setting, a lock, an entry of a list, another profile."""

from collections.abc import AsyncIterator, Sequence

from msgspec import Struct

from twincal.core.policy import Explicit, Policy, check_set, check_unset, resolve
from twincal.core.vocabulary import Level, Side
from twincal.engine.administration import Administration
from twincal.engine.observe import observe_exchange, observe_salesforce
from twincal.engine.person import Person
from twincal.engine.preview import Preview, preview
from twincal.ports import Member


class Change(Struct, frozen=True, kw_only=True):
    """A change that somebody thinks about. With a `key`: its `value` (None: given up) and `lock` (None: left as it is) at a level,
    `name` being the profile or the mailbox. With `profile` alone: the person `name` moves there."""

    level: Level = Level.SUBSCRIPTION
    name: str = ""
    key: str = ""
    value: str | None = None
    lock: bool | None = None
    profile: str = ""


class WhatIf(Administration):
    """Previews of changes that have not been made."""

    async def reached_by(self, change: Change) -> list[Member]:
        """Whom a change would concern."""
        members = await self.people()
        if change.profile or change.level is Level.USER:
            return [await self._member(change.name)]
        return [one for one in members if change.level is not Level.PROFILE or one.profile == change.name]

    async def what_if(self, change: Change) -> AsyncIterator[Preview]:
        """A preview for each person who is reached, as it is ready. Writes nothing anywhere. Raises WrongInput, VendorFault."""
        members = await self.reached_by(change)
        if not change.profile:
            await self.checked(change)
        people = [await self._person(member) for member in members if member.active]
        if not people:
            return
        ports = await self._connections.ports()
        org = await observe_salesforce(people, ports)
        for person, member in zip(people, (one for one in members if one.active), strict=True):
            seen = {Side.EXCHANGE: await observe_exchange(person, ports), Side.SALESFORCE: org[person.id]}
            yield await preview(person, ports, seen, await self._changed_person(person, member, change))

    async def checked(self, change: Change) -> None:
        """Raises WrongInput as saving the change would."""
        where, name, explicits = await self._place(change.level.value, change.name)
        if change.value is None and not change.lock:
            check_unset(explicits, change.key, where)
        else:
            check_set(explicits, change.key, where, change.value, change.lock, name=name, who=self._who)

    async def _changed_person(self, person: Person, member: Member, change: Change) -> Person:
        return Person(
            id=person.id, mailbox=person.mailbox, name=person.name, active=person.active, owner=person.owner,
            policy=await self._changed_policy(member, change),
        )  # fmt: skip

    async def _changed_policy(self, member: Member, change: Change) -> Policy:
        explicits = list(await self._books.explicits(member))
        if change.profile:
            above = await self._books.explicits_at(profile=change.profile)
            return resolve([*above, *(row for row in explicits if row.level is Level.USER)])
        return resolve(self._with(explicits, change))

    def _with(self, explicits: Sequence[Explicit], change: Change) -> list[Explicit]:
        above = [row for row in explicits if ORDER.index(row.level) <= ORDER.index(change.level)]
        below = [row for row in explicits if row not in above]
        if change.value is None and not change.lock:
            gone = check_unset(above, change.key, change.level)
            return [row for row in (*above, *below) if row not in gone]
        rows = check_set(above, change.key, change.level, change.value, change.lock, name=change.name, who=self._who,
                         when=self._clock.now())  # fmt: skip
        places = {(row.key, row.level) for row in rows}
        return [*(row for row in (*above, *below) if (row.key, row.level) not in places), *rows]


ORDER = (Level.DEFAULT, Level.ORGANIZATION, Level.SUBSCRIPTION, Level.PROFILE, Level.USER)
