"""What people may ask: the one door to the product for the command line and the web app."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from twincal.core.decision import Plan
from twincal.core.faults import VendorFault
from twincal.core.limits import NOTHING, Release, waiting
from twincal.core.vocabulary import Mode
from twincal.engine.appointing import Appointing
from twincal.engine.auditing import AuditLog
from twincal.engine.consents import Consents, Pending
from twincal.engine.items import Items
from twincal.engine.overview import Overview, Rhythm, held_plans
from twincal.engine.person import Connections, Person, Ports
from twincal.engine.reinstate import LossShown, losses_of, reinstate
from twincal.engine.report import HeldPlan, Report, Standing, person_report
from twincal.engine.reporting import Reporting
from twincal.engine.restored import ACCEPTED, WAITS, careful, move_on, scan
from twincal.engine.restored import state as restore_state
from twincal.engine.schedule import Result, Watch, run_round, serve
from twincal.engine.timeline import Written, timeline
from twincal.engine.undo import RunShown, Scope, Undone, planned_undo, runs_of, told_undo, undo
from twincal.engine.verify import Score, Verified, audited, last_audit, verify
from twincal.engine.whatif import WhatIf
from twincal.errors import WrongInput
from twincal.logs import log
from twincal.ports import Books, Clock

if TYPE_CHECKING:
    from twincal.engine.desk import Desk

TIDIED = "tidied"
"""The stream whose cursor is the day of the last tidying."""


NOT_ACCEPTED = HeldPlan(
    plan="", mailbox="everybody", code="R01", steps=0,
    because="This home was restored from a backup, so nothing is written until somebody has looked at `twincal plan` and "
    "accepted it: `twincal restore --accept`.",
)  # fmt: skip


class Service(Items, WhatIf, Appointing, Reporting, Consents):
    """Everything people may ask of one home. Rounds take turns: two cycles of one person must not run at once."""

    def __init__(
        self, books: Books, connections: Connections, clock: Clock, *, who: str = "the operator", audit: AuditLog | None = None
    ) -> None:
        super().__init__(books, connections, clock, who=who, audit=audit)
        self._turn = asyncio.Lock()
        self._rhythm = Rhythm()
        self._desk: Desk | None = None
        self._pending: dict[str, Pending] = {}

    def asked_by(self, who: str) -> "Service":
        """The same service, with everything recorded as asked by this person."""
        other = copy(self)
        other._who = who
        other.audit_log = self.audit_log.of(who) if self.audit_log else None
        return other

    @property
    def desk(self) -> "Desk":
        """The door of the web app. Raises RuntimeError where the home was opened without one."""
        if self._desk is None:
            raise RuntimeError("this service was opened without a desk")
        return self._desk

    @desk.setter
    def desk(self, desk: "Desk") -> None:
        self._desk = desk

    async def remove_person(self, mailbox: str) -> None:
        """Erase a person, not in the midst of a round that writes about them. Raises WrongInput."""
        async with self._turn:
            await super().remove_person(mailbox)
        self._rhythm.failures.pop(mailbox.lower(), None)

    # Syncing

    async def sync(
        self, mailboxes: Sequence[str] = (), *, watch: Watch = lambda mailbox, done, of: None, full: bool = False
    ) -> Report:
        """One cycle now."""
        return await self._round(await self._people(mailboxes), watch=watch, full=full)

    async def _round(
        self,
        people: Sequence[Person],
        *,
        watch: Watch = lambda mailbox, done, of: None,
        full: bool = False,
        release: Mapping[str, Release] | None = None,
    ) -> Report:
        async with self._turn:
            self._rhythm.began = self._clock.now()
            report = await self._taken_round(people, watch=watch, full=full, release=release)
            self._rhythm.ended = self._clock.now()
            for line in report.people:
                self._rhythm.failures.pop(line.mailbox, None)
                if line.failure is not None:
                    self._rhythm.failures[line.mailbox] = (line.failure.message, line.failure.remedy)
            return report

    async def _taken_round(
        self, people: Sequence[Person], *, watch: Watch, full: bool, release: Mapping[str, Release] | None
    ) -> Report:
        ports = await self._connections.ports()
        before = self._connections.requests()
        await self._tidied(ports)
        restored = await restore_state(ports)
        if restored == WAITS:
            await scan([person for person in people if person.active and person.policy.mode is not Mode.OFF], ports)
            report = await self._report(people, {person.mailbox: Result() for person in people}, before)
            return replace(report, held_plans=(*report.held_plans, NOT_ACCEPTED))
        people = [careful(person) for person in people] if restored else people
        release = {**await self._waiting(people), **(release or {})}
        results = await run_round(people, ports, full=full or bool(restored), release=release, watch=watch)
        report = await self._report(people, results, before)
        if restored and not report.held_plans and not report.failed:
            await move_on(ports, "")
        return report

    async def accept(self) -> Report:
        """Let a home that was made from a backup write again; what it would delete waits. Raises WrongInput."""
        ports = await self._connections.ports()
        if await restore_state(ports) != WAITS:
            raise WrongInput("This home was not restored from a backup, or that was accepted before.", "Nothing to do.")
        people = await self._people(())
        await scan([person for person in people if person.active and person.policy.mode is not Mode.OFF], ports)
        await move_on(ports, ACCEPTED)
        await self._note("restored home accepted")
        return await self._round(people)

    async def _tidied(self, ports: Ports) -> None:
        """Once a day what has lived its time goes."""
        today = f"{self._clock.now():%Y-%m-%d}"
        if await ports.ledger.cursor(TIDIED) != today:
            policy = await self._policy(None)
            await self._books.tidy(self._clock.now(), policy.history_retention_days)
            await ports.ledger.record([], TIDIED, today)

    async def _report(self, people: Sequence[Person], results: Mapping[str, Result], before: Mapping[str, int]) -> Report:
        after = self._connections.requests()
        lines = [
            person_report(person, results[person.mailbox], await self._standing(person)) for person in people
        ]  # fmt: skip
        plans = [result.cycle.plan for result in results.values() if result.cycle.plan]
        return Report(
            run=self._clock.now().strftime("%Y%m%dT%H%M%SZ"),
            people=tuple(lines),
            requests={name: after[name] - before.get(name, 0) for name in after},
            mail_expected=sum(plan.mail for plan in plans),
            held_plans=tuple(await self._held(people, results)),
        )

    async def _standing(self, person: Person) -> Standing:
        counts = await self._books.counts(person.id)
        return Standing(**counts)

    async def _held(self, people: Sequence[Person], results: Mapping[str, Result]) -> list[HeldPlan]:
        """What waits to be released, of this run or an earlier one: a run that had nothing new to judge changes nothing."""
        found: list[HeldPlan] = []
        for person in people:
            plan = results[person.mailbox].cycle.plan
            if plan is not None and plan.held:
                await self._hold(person, plan)
            elif plan is not None and plan.everything:
                await self._books.forget_held(person.id)
            member = await self._member(person.mailbox)
            found += held_plans((member, one) for one in await self._books.held(person.id))
        return found

    async def _hold(self, person: Person, plan: Plan) -> None:
        """Remember what is held: of everything in place of what was held before, of a part beside it."""
        if not plan.everything:
            waits = {key for one in await self._books.held(person.id) for each in one.classes for key in each.keys}
            steps = tuple(step for step in plan.steps if step.key not in waits)
            codes = {step.held_by for step in steps}
            plan = replace(plan, steps=steps, held={code: told for code, told in plan.held.items() if code in codes})
        if plan.held:
            await self._books.hold(plan)

    async def release(self, plan_id: str, items: Sequence[str] = ()) -> Report:
        """Let held steps go on: those that were shown, and no others of their class; with `items` only those, while the
        rest stays held. Raises WrongInput."""
        members = {one.id: one for one in await self._books.members()}
        held = [one for who in members for one in await self._books.held(who) if one.id == plan_id.strip().lower()]
        if not held:
            raise WrongInput(
                f"No held plan is called `{plan_id}`.", "`twincal sync` prints the name; what changed has another one."
            )
        member = members[held[0].person]
        keys = {await self._key(member, text) for text in items}
        shown = waiting(each for one in held for each in one.classes)
        if not {key for _, key in shown}.issuperset(keys):
            raise WrongInput("One of these items is not held by this plan.", "`twincal plan` lists what is held, with the reason.")
        await self._note("plan released", plan_id, after=f"{len(keys) or len(shown)} steps", member=member)
        steps = frozenset(step for step in shown if not keys or step[1] in keys)
        left = {step: allowed for step, allowed in shown.items() if step not in steps}
        report = await self._round([await self._person(member)], full=True, release={member.id: Release(steps, left)})
        if all(person.failure is None for person in report.people):
            with suppress(WrongInput):  # only now, and only where it still waits: a round that breaks off leaves it to be released
                await self._books.release(plan_id, self._who, self._clock.now())
        if not report.held_plans:
            await self._books.forget_held(member.id)
        return report

    async def serve(self, stop: asyncio.Event, *, interval: float | None = None) -> None:
        """Round after round until `stop` is set; settings and people are read afresh each time."""
        pause = interval or float((await self._policy(None)).poll_interval_seconds)
        self._rhythm.pause = round(pause)

        async def one() -> None:
            people = await self._people(())
            if people and all(side.account for side in await self._connections.sides()):
                await self._round(people)
                await self._audited()
                await self.reports()
            self._rhythm.following = self._clock.now() + timedelta(seconds=pause)

        # gate: order because this jitter decides when a round begins, never what is written
        await serve(one, stop, interval=pause, random=random.Random())

    async def overview(self) -> Overview:
        """How the home stands, at a glance."""
        policy = await self._policy(None)
        return Overview(
            sides=tuple(await self._connections.sides()), rhythm=self._rhythm,
            interval=self._rhythm.pause or policy.poll_interval_seconds,
        )  # fmt: skip

    async def standing(self, mailbox: str) -> Standing:
        """How a person's items stand."""
        return await self._standing(await self._person(await self._member(mailbox)))

    async def standings(self) -> dict[str, Standing]:
        """How everybody's items stand, by mailbox."""
        counts = await self._books.everybodys_counts()
        return {one.mailbox: Standing(**counts[one.id]) if one.id in counts else Standing() for one in await self.people()}

    async def held_plans(self) -> list[HeldPlan]:
        """Everything that waits to be released."""
        members = {one.id: one for one in await self.people()}
        return held_plans((members[held.person], held) for held in await self._books.everybodys_held() if held.person in members)

    # Verifying

    async def verify(self, mailboxes: Sequence[str] = (), *, mend: bool = False) -> list[Verified]:
        """Both calendars read in full and compared. Raises VendorFault."""
        ports = await self._connections.ports()
        async with self._turn:
            if mend:
                await _may_write(ports)
            people = await self._people(mailboxes)
            waits = await self._waiting(people)
            return [await verify(person, ports, mend=mend, release=waits.get(person.id, NOTHING)) for person in people]

    async def audit(self, mailboxes: Sequence[str] = ()) -> list[Score]:
        """What the latest audit found for each person who had one."""
        ports = await self._connections.ports()
        scores = [await last_audit(person, ports) for person in await self._people(mailboxes)]
        return [score for score in scores if score is not None]

    async def _audited(self) -> None:
        """Once a day everybody is verified; one person's failure is that person's alone."""
        ports, today = await self._connections.ports(), f"{self._clock.now():%Y-%m-%d}"
        if self._rhythm.audited == today:
            return
        everybody = True
        for person in await self._people(()):
            known = await last_audit(person, ports)
            if not person.active or person.policy.mode is Mode.OFF or (known and known.at.startswith(today)):
                continue
            try:
                async with self._turn:
                    await audited(person, ports)
            except VendorFault as fault:
                log().warning("audit failed", person=person.id, fault=fault.code.value)
                everybody = False
        if everybody:
            self._rhythm.audited = today

    # Taking back

    async def losses(self, mailbox: str, text: str) -> list[LossShown]:
        """The values of an item that lost a conflict, the newest first. Raises WrongInput."""
        member = await self._member(mailbox)
        key = await self._key(member, text)
        return await losses_of(key, await self._person(member), await self._connections.ports())

    async def reinstate(self, mailbox: str, text: str, field: str, value: str = "") -> Report:
        """Put a value that lost a conflict back, the newest of its field or the one named: it counts as an edit, and is carried
        over at once. Raises WrongInput, VendorFault."""
        member = await self._member(mailbox)
        key = await self._key(member, text)
        person, ports = await self._person(member), await self._connections.ports()
        entry = await self._books.entry(member.id, key)
        if entry is None or person.policy.mode is Mode.OFF or not person.active:
            raise WrongInput("This item is not kept in step at the moment.", "`twincal explain MAILBOX ITEM` tells why.")
        await _may_write(ports)
        async with self._turn:
            await reinstate(entry, field, value, await self._books.journal(member.id), person, ports)
        return await self._round([person], full=True)

    async def timeline(self, mailbox: str, text: str) -> list[Written]:
        """What was written for one item, newest first. Raises WrongInput."""
        member = await self._member(mailbox)
        key = await self._key(member, text)
        return timeline(line for line in await self._books.journal(member.id) if line.key == key)

    async def runs(self, mailbox: str) -> list[RunShown]:
        """The runs that wrote something for a person, newest first."""
        member = await self._member(mailbox)
        return runs_of(await self._books.journal(member.id))

    async def undo(
        self, mailbox: str, *, text: str = "", fields: Sequence[str] = (), run: str = "", day: date | None = None, do: bool = False
    ) -> Undone:
        """What taking back a field, an item, a run or a day would do; with `do` it is done. Raises WrongInput, VendorFault."""
        member = await self._member(mailbox)
        lines = await self._books.journal(member.id)
        key = await self._key(member, text) if text else ""
        scope = Scope(item=key, run=run, day=day, fields=tuple(fields))
        if not any(scope.covers(line) for line in lines):
            raise WrongInput(
                f"Nothing was written for {member.mailbox} that this names, or it is longer ago than the history is kept.",
                "`twincal runs MAILBOX` lists what was written; name an item, --run or --day.",
            )
        person, ports = await self._person(member), await self._connections.ports()
        if do:
            await _may_write(ports)
        async with self._turn:
            plan, scene, context = await planned_undo(person, ports, lines, scope)
            return told_undo(person, plan, await undo(person, ports, plan, scene, context) if do else {})


async def _may_write(ports: Ports) -> None:
    """Raises WrongInput in a restored home that nobody has accepted."""
    if await restore_state(ports) == WAITS:
        raise WrongInput("This home was restored from a backup, so nothing is written yet.", "`twincal restore --accept`.")
