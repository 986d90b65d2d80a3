"""What the next cycle would do, and what a change would do to everybody it reaches, before it is saved: a setting, a lock, an
entry of a list, another profile."""

from collections.abc import AsyncIterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.faults import VendorFault
from twincal.core.limits import NOTHING, Release, still_held
from twincal.core.policy import Explicit, Policy, check_set, check_unset, resolve
from twincal.core.vocabulary import Level, Side
from twincal.engine.administration import Administration
from twincal.engine.observe import observe_exchange, observe_salesforce
from twincal.engine.person import Person
from twincal.engine.preview import Preview, moved, preview, unread
from twincal.engine.restored import careful
from twincal.engine.restored import state as restore_state
from twincal.ports import Member


class Change(Struct, frozen=True, kw_only=True):
    """A change that somebody thinks about. With a `key`: its `value` (None: given up) and `lock` (None: left as it is) at a level,
    `name` being the profile or the mailbox. With `profile` alone: these `people` move there, named by their mailboxes."""

    level: Level = Level.SUBSCRIPTION
    name: str = ""
    key: str = ""
    value: str | None = None
    lock: bool | None = None
    profile: str = ""
    people: tuple[str, ...] = ()


class WhatIf(Administration):
    """Previews of what has not been done. Nothing is written anywhere."""

    async def plan(self, mailboxes: Sequence[str] = (), changes: Sequence[tuple[str, str]] = ()) -> list[Preview]:
        """What the next cycle would do, and what it would do with some settings changed. Raises WrongInput, VendorFault."""
        people = await self._people(mailboxes)
        wanted, now = dict(changes), self._clock.now()
        changed = {
            person.id: replace(person, policy=person.policy.with_changes(wanted, who=self._who, when=now))
            for person in people if wanted
        }  # fmt: skip
        return [one async for one in self._previews(people, changed)]

    async def _previews(
        self, people: Sequence[Person], changed: Mapping[str, Person], *, going_on: bool = False
    ) -> AsyncIterator[Preview]:
        """A preview for each person, as it is ready, beside the same with other settings where `changed` has some. What waits
        for a release, and what a restored home would not delete by itself, is held here as in the cycle. When `going_on`, a
        person whose calendar cannot be read is told of, and the others are looked at all the same."""
        ports = await self._connections.ports()
        if not people:
            return
        guarded = careful if await restore_state(ports) else _as_they_are
        org, waits = await observe_salesforce(people, ports), await self._waiting(people)
        for person in people:
            other = guarded(changed[person.id]) if person.id in changed else None
            try:
                seen = {Side.EXCHANGE: await observe_exchange(person, ports), Side.SALESFORCE: org[person.id]}
                found = await preview(guarded(person), ports, seen, other, release=waits.get(person.id, NOTHING))
            except VendorFault as fault:
                if not going_on:
                    raise
                found = unread(person.mailbox, fault)
            yield found

    async def _waiting(self, people: Sequence[Person]) -> dict[str, Release]:
        """What an earlier cycle has held of these people, and nobody has let go on."""
        held = [one for one in await self._books.everybodys_held() if one.person in {person.id for person in people}]
        return {person: still_held(one for one in held if one.person == person) for person in {one.person for one in held}}

    async def reached_by(self, change: Change) -> list[Member]:
        """Whom a change would concern."""
        if change.profile:
            return [await self._member(mailbox) for mailbox in change.people]
        if change.level is Level.USER:
            return [await self._member(change.name)]
        members = await self.people()
        return [one for one in members if change.level is not Level.PROFILE or one.profile == change.name]

    async def what_if(self, change: Change) -> AsyncIterator[Preview]:
        """A preview for each person who is reached, as it is ready; whose calendar cannot be read comes with the reason. Writes
        nothing anywhere. Raises WrongInput, and VendorFault where Salesforce answers nobody."""
        members = await self.reached_by(change)
        if not change.profile:
            await self.checked(change)
        active = {member.id: member for member in members if member.active}
        people = [await self._person(member) for member in active.values()]
        changed = {person.id: await self._changed_person(person, active[person.id], change) for person in people}
        settings = {person.mailbox: moved(person.policy, changed[person.id].policy) for person in people}
        async for one in self._previews(people, changed, going_on=True):
            yield replace(one, settings=settings[one.mailbox])

    async def checked(self, change: Change) -> None:
        """Raises WrongInput as saving the change would."""
        where, name, explicits = await self._place(change.level.value, change.name)
        if change.value is None and not change.lock:
            check_unset(explicits, change.key, where)
        else:
            check_set(explicits, change.key, where, change.value, change.lock, name=name, who=self._who)

    async def _changed_person(self, person: Person, member: Member, change: Change) -> Person:
        return replace(person, policy=await self._changed_policy(member, change))

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


def _as_they_are(person: Person) -> Person:
    return person
