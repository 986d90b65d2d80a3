"""What administrators do when something is to wait, to go on, or to stop: held plans, the emergency stop, people taken over from
Salesforce."""

from collections.abc import Sequence

from msgspec import Struct

from twincal.core.access import Sought
from twincal.core.decision import Step
from twincal.core.limits import still_held
from twincal.core.settings_table import LEVELS
from twincal.core.vocabulary import Level, Mode, Operation, Side
from twincal.engine.administration import Administration
from twincal.engine.decide import decided
from twincal.engine.observe import observe_exchange, observe_salesforce
from twincal.engine.preview import StepShown, shown
from twincal.errors import WrongInput
from twincal.ports import Account, Held, Member

STOPPED = "emergency stop"


class Proposed(Struct, frozen=True, kw_only=True):
    """A user of Salesforce as a person to add: the mailbox is proposed by the user's address. `known` names the person here who
    has the mailbox or the user already, `same_address` the users found with it that have the same address."""

    username: str
    name: str
    mailbox: str
    profile: str = ""
    known: str = ""
    same_address: tuple[str, ...] = ()


class Stopped(Struct, frozen=True, kw_only=True):
    """An emergency stop in force: for a level and its name."""

    level: Level
    name: str
    who: str


class Steering(Administration):
    """Held plans, the emergency stop, and the import of people."""

    # Held plans

    async def held_steps(self, plan_id: str) -> list[StepShown]:
        """What a held plan would do, item by item, as it stands now. Raises WrongInput where nothing is held under this name."""
        return [shown(step) for step in (await self._held_plan(plan_id))[2]]

    async def _held_plan(self, plan_id: str) -> tuple[Held, Member, list[Step]]:
        wanted = plan_id.strip().lower()
        for member in await self.people():
            for held in await self._books.held(member.id):
                if held.id == wanted:
                    return held, member, await self._steps_of(held, member)
        raise WrongInput(f"Nothing is held under the name {plan_id!r}.", "It may have been released, or have changed since.")

    async def _steps_of(self, held: Held, member: Member) -> list[Step]:
        person, ports = await self._person(member), await self._connections.ports()
        org = await observe_salesforce([person], ports)
        seen = {Side.EXCHANGE: await observe_exchange(person, ports), Side.SALESFORCE: org[person.id]}
        plan, _, _ = await decided(person, ports, seen, everything=True, release=still_held([held]))
        keys = {key for each in held.classes for key in each.keys}
        return [step for step in plan.steps if step.key in keys and step.held_by]

    async def decline(self, plan_id: str, items: Sequence[str] = ()) -> int:
        """Do not do what is held, or only these items of it not: the side that would have been written to was right. What is gone
        on the other side is made there again, what was changed there is changed back, what is new there is ignored. How many
        steps that settles. Raises WrongInput."""
        held, member, steps = await self._held_plan(plan_id)
        chosen = [step for step in steps if not items or step.key in items]
        for step in chosen:
            if all(write.operation is Operation.CREATE for write in step.writes):
                await self._books.ignore(member.id, step.key)
            else:
                await self._books.choose(member.id, step.key, step.writes[0].side)
        if not items:
            await self._books.forget_held(member.id)
        await self._note("plan declined", held.id, after=f"{len(chosen)} steps", member=member)
        return len(chosen)

    # The emergency stop

    async def stop(self, level: Level, name: str = "") -> None:
        """Nothing more is written for a person, a profile, or everybody: the mode is Off there, and locked. Raises WrongInput, also
        where it was stopped before: what was set then must not be forgotten."""
        where, known, explicits = await self._place(level.value, name)
        own = next((row for row in explicits if row.key == "mode" and row.level is where), None)
        if own is not None and own.lock and own.value == Mode.OFF.value:
            raise WrongInput(f"The sync was stopped there before, by {own.who or 'somebody'}.", "It can be taken back.")
        await self.set_setting("mode", Mode.OFF.value, level=level.value, who=known, lock=True)
        before = f"{own.value or ''}{' (locked)' if own.lock else ''}" if own else ""
        member = await self._books.member(known) if level is Level.USER else None
        await self._note(STOPPED, f"{level.value} {known}".strip(), before=before, member=member,
                         profile=known if level is Level.PROFILE else "")  # fmt: skip

    async def resume(self, level: Level, name: str = "") -> None:
        """Take a stop back: the mode is again what was set there before. Raises WrongInput where nothing was stopped."""
        target = f"{level.value} {name}".strip()
        lines = await self.audit_log.book.lines(Sought(action=STOPPED), limit=1_000) if self.audit_log else []
        before = next((line.before for _, line in lines if line.target == target), None)
        if before is None:
            raise WrongInput("Nothing was stopped there.", "The settings tell why nothing is synced.")
        await self.unset_setting("mode", level=level.value, who=name)
        value, _, lock = before.partition(" ")
        if value:
            await self.set_setting("mode", value, level=level.value, who=name, lock=bool(lock))
        member = await self._books.member(name) if level is Level.USER else None
        await self._note("stop taken back", target, member=member, profile=name if level is Level.PROFILE else "")

    async def stops(self) -> list[Stopped]:
        """The stops in force, from the organization down to single people."""
        rows = [row for row in await self._books.explicits_of("mode") if row.lock and row.value == Mode.OFF.value]
        found = [Stopped(level=row.level, name=row.name, who=row.who) for row in rows]
        return sorted(found, key=lambda one: (LEVELS.index(one.level), one.name))

    # People

    async def profiles(self) -> list[str]:
        """The names of the profiles."""
        return list(await self._books.profiles())

    async def add_profile(self, name: str) -> None:
        """Add a profile. Raises WrongInput."""
        await self._books.add_profile(name)
        await self._note("profile added", name.strip(), profile=name.strip())

    async def proposed(self, search: str) -> list[Proposed]:
        """Salesforce's users who match a search, as people to add. Raises VendorFault."""
        members = await self.people()
        users = await (await self._connections.ports()).directory.users(search)
        return [_proposed(user, members, users) for user in users]


def _proposed(user: Account, members: Sequence[Member], found: Sequence[Account]) -> Proposed:
    taken = next((one.mailbox for one in members
                  if user.id == one.salesforce_user_id or user.email in (one.mailbox, *one.aliases)), "")  # fmt: skip
    others = tuple(one.username for one in found if one.id != user.id and one.email and one.email == user.email)
    return Proposed(
        username=user.username, name=user.name, mailbox=user.email, profile=user.profile, known=taken, same_address=others
    )  # fmt: skip
