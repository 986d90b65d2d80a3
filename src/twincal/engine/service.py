"""What people may ask: the one door to the product for the command line and the web app."""

import asyncio
import random
import re
from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import unquote

from msgspec.structs import replace

from twincal.core.addresses import format_entries, merged_entries, parse_entries
from twincal.core.explain import explained
from twincal.core.faults import VendorFault
from twincal.core.item import Item
from twincal.core.judgement import judge
from twincal.core.limits import Release
from twincal.core.plan import cases
from twincal.core.policy import Policy
from twincal.core.rules.fate import CHOOSABLE
from twincal.core.vocabulary import Level, Mode, Side, Tab
from twincal.engine.administration import Administration
from twincal.engine.decide import matched_scene
from twincal.engine.history import Explained, ItemShown, Row, by_start, explained_entry, row, shown_item, told
from twincal.engine.observe import observe_exchange, observe_salesforce
from twincal.engine.person import Person, Ports, context_of
from twincal.engine.preview import Preview, preview
from twincal.engine.report import HeldPlan, Report, Standing, held_because, person_report
from twincal.engine.restored import ACCEPTED, WAITS, careful, move_on, scan
from twincal.engine.restored import state as restore_state
from twincal.engine.schedule import Result, Watch, run_round, serve
from twincal.engine.undo import RunShown, Scope, Undone, planned_undo, runs_of, told_undo, undo
from twincal.engine.verify import Score, Verified, audited, last_audit, verify
from twincal.errors import WrongInput
from twincal.logs import log
from twincal.ports import Hit, Member

OUTLOOK_ID = re.compile(r"AAMk[\w\-+/]{40,}=*")
"""The id of an item as Outlook on the web and Graph show it where no immutable id is asked for."""
TIDIED = "tidied"
"""The stream whose cursor is the day of the last tidying."""


NOT_ACCEPTED = HeldPlan(
    plan="", mailbox="everybody", code="R01", steps=0,
    because="This home was restored from a backup, so nothing is written until somebody has looked at `twincal plan` and "
    "accepted it: `twincal restore --accept`.",
)  # fmt: skip


class Service(Administration):
    """Everything people may ask of one home."""

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
        ports = await self._connections.ports()
        before = self._connections.requests()
        await self._tidied(ports)
        restored = await restore_state(ports)
        if restored == WAITS:
            await scan([person for person in people if person.active and person.policy.mode is not Mode.OFF], ports)
            report = await self._report(people, {person.mailbox: Result() for person in people}, before)
            return replace(report, held_plans=(*report.held_plans, NOT_ACCEPTED))
        people = [careful(person) for person in people] if restored else people
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
        found = []
        for person in people:
            plan = results[person.mailbox].cycle.plan
            if plan is not None and plan.held:
                await self._books.hold(plan)
            elif plan is not None and plan.everything:
                await self._books.forget_held(person.id)
            for held in await self._books.held(person.id):
                found += [
                    HeldPlan(
                        plan=held.id,
                        mailbox=person.mailbox,
                        code=each.code,
                        because=held_because(each.code, each.evidence),
                        steps=len(each.keys),
                        mail=each.mail,
                    )
                    for each in held.classes
                ]
        return found

    async def release(self, plan_id: str, items: Sequence[str] = ()) -> Report:
        """Let held steps go on: those that were shown, and no others of their class; with `items` only those, while the
        rest stays held. Raises WrongInput."""
        members = {one.id: one for one in await self._books.members()}
        held = [one for who in members for one in await self._books.held(who) if one.id == plan_id.strip().lower()]
        keys = {await self._key(members[held[0].person], text) for text in items} if held else set()
        known = {key for one in held for each in one.classes for key in each.keys}
        if held and not known.issuperset(keys):
            raise WrongInput("One of these items is not held by this plan.", "`twincal plan` lists what is held, with the reason.")
        released = await self._books.release(plan_id, self._who, self._clock.now())
        member = members[released.person]
        steps = frozenset(step for step in released.steps if not keys or step[1] in keys)
        release = Release(steps, released.steps - steps)
        report = await self._round([await self._person(member)], full=True, release={member.id: release})
        if not report.held_plans:
            await self._books.forget_held(member.id)
        return report

    async def serve(self, stop: asyncio.Event, *, interval: float | None = None) -> None:
        """Round after round until `stop` is set; settings and people are read afresh each time."""
        pause = interval or float((await self._policy(None)).poll_interval_seconds)

        async def one() -> None:
            await self._round(await self._people(()))
            await self._audited()

        await serve(one, stop, interval=pause, random=random.Random())

    async def plan(self, mailboxes: Sequence[str] = (), changes: Sequence[tuple[str, str]] = ()) -> list[Preview]:
        """What the next cycle would do, and what it would do with some settings changed. Writes nothing anywhere."""
        ports = await self._connections.ports()
        people = await self._people(mailboxes)
        other = {person.id: person.policy.with_changes(dict(changes), who=self._who, when=self._clock.now()) for person in people}
        org = await observe_salesforce(people, ports) if people else {}
        found = []
        for person in people:
            seen = {Side.EXCHANGE: await observe_exchange(person, ports), Side.SALESFORCE: org[person.id]}
            changed = _with_policy(person, other[person.id]) if changes else None
            found.append(await preview(person, ports, seen, changed))
        return found

    # Items

    async def history(
        self, mailbox: str, *, tab: Tab | None = None, code: str | None = None, search: str | None = None
    ) -> list[Row]:
        """A person's rows, in order of time."""
        member = await self._member(mailbox)
        return [row(entry) for entry in by_start(await self._books.entries(member.id, tab=tab, code=code, search=search))]

    async def explain(self, mailbox: str, text: str) -> Explained:
        """Why an item was or was not synced. Raises WrongInput where no item, or more than one, is meant."""
        member = await self._member(mailbox)
        policy = await self._policy(member)
        key = await self._key(member, text)
        entry = await self._books.entry(member.id, key)
        if entry is not None:
            return explained_entry(entry, policy)
        return await self._judged(member, policy, key)

    async def _judged(self, member: Member, policy: Policy, key: str) -> Explained:
        """An item that is not listed anywhere, judged as it stands in the store."""
        person = await self._person(member, policy)
        ports = await self._connections.ports()
        scene, matches = await matched_scene(person, ports)
        context = context_of(person, ports, matches, self._clock.now())
        for case in cases(scene, context):
            if case.key == key:
                step = judge(case, context)
                item = case.items[0] if case.items else None
                shown = shown_item(key, item, case.link) if item else ItemShown(item=key)
                return told(explained(step.decision, policy), shown)
        raise WrongInput("That item is no longer there.", "Run `twincal sync` and look again.")

    async def _key(self, member: Member, text: str) -> str:
        """The one item that is meant by a subject, an id, a key or a link."""
        found = await self._books.find(member.id, text) or await self._asked_exchange(member, text)
        if not found:
            raise WrongInput(
                f"No item of {member.mailbox} matches {text!r}.",
                "Give its subject or a part of it, an id, or a link copied from Outlook or Salesforce.",
            )
        if len(found) > 1:
            some = "\n".join(f"         {hit.key}  {hit.start}  {hit.subject}" for hit in found[:10])
            raise WrongInput(f"{len(found)} items match {text!r}.", f"Name one of them by the first column:\n{some}")
        return found[0].key

    async def _asked_exchange(self, member: Member, text: str) -> Sequence[Hit]:
        """Outlook's links carry an id that changes when an item moves; only Exchange can tell which item it is now."""
        idents = [ident.replace("/", "-").replace("+", "_") for ident in OUTLOOK_ID.findall(unquote(text))]
        if not idents:
            return ()
        ports = await self._connections.ports()
        there = await ports.exchange.read(member.mailbox, idents)
        ids = [one.id for one in there.values() if isinstance(one, Item)]
        return await self._books.find(member.id, ids[0]) if ids else ()

    async def ignore_item(self, mailbox: str, text: str) -> str:
        """Ignore one item from now on."""
        member = await self._member(mailbox)
        key = await self._key(member, text)
        await self._books.ignore(member.id, key)
        report = await self._round([await self._person(member)], full=True)
        del report
        return "The item is ignored from now on; `twincal retry` takes that back."

    async def ignore_entry(self, mailbox: str, text: str, *, domain: bool) -> str:
        """Put an address or a domain on the person's Ignore List."""
        member = await self._member(mailbox)
        entries = parse_entries(text)
        if domain == any("@" in str(entry) for entry in entries):
            wanted = "a domain" if domain else "an address"
            raise WrongInput(f"{text!r} is not {wanted}.", "For example: --domain acme.com, or --address ann@acme.com.")
        own = [e for e in await self._books.explicits(member) if e.key == "ignore_list" and e.level is Level.USER]
        before = parse_entries(own[0].value or "") if own else ()
        value = format_entries(merged_entries(before, entries))
        await self.set_setting("ignore_list", value, level="user", who=mailbox)
        return f"{text} is on the Ignore List of {member.mailbox}."

    async def retry(self, mailbox: str, text: str | None) -> Report:
        """Try an item, or everything unresolved, again now; takes *Ignore this item* back."""
        member = await self._member(mailbox)
        key = await self._key(member, text) if text else None
        await self._books.retry(member.id, key, self._clock.now())
        return await self._round([await self._person(member)], full=True)

    async def choose(self, mailbox: str, text: str, side: Side) -> Report:
        """Settle a held item, or the deletion of what is past. Raises WrongInput where there is nothing to choose."""
        member = await self._member(mailbox)
        key = await self._key(member, text)
        entry = await self._books.entry(member.id, key)
        open_to_choice = entry is not None and (entry.decision.tab is Tab.UNRESOLVED or entry.decision.code in CHOOSABLE)
        if not open_to_choice:
            raise WrongInput("That item is not held.", "`twincal history MAILBOX --tab unresolved` lists what is.")
        await self._books.choose(member.id, key, side)
        return await self._round([await self._person(member)], full=True)

    # Verifying

    async def verify(self, mailboxes: Sequence[str] = (), *, mend: bool = False) -> list[Verified]:
        """Both calendars read in full and compared. Raises VendorFault."""
        ports = await self._connections.ports()
        return [await verify(person, ports, mend=mend) for person in await self._people(mailboxes)]

    async def audit(self, mailboxes: Sequence[str] = ()) -> list[Score]:
        """What the latest audit found for each person who had one."""
        ports = await self._connections.ports()
        scores = [await last_audit(person, ports) for person in await self._people(mailboxes)]
        return [score for score in scores if score is not None]

    async def _audited(self) -> None:
        """Once a day everybody is verified; one person's failure is that person's alone."""
        ports, today = await self._connections.ports(), f"{self._clock.now():%Y-%m-%d}"
        for person in await self._people(()):
            known = await last_audit(person, ports)
            if not person.active or person.policy.mode is Mode.OFF or (known and known.at.startswith(today)):
                continue
            try:
                await audited(person, ports)
            except VendorFault as fault:
                log().warning("audit failed", person=person.id, fault=fault.code.value)

    # Taking back

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
        plan, scene, context = await planned_undo(person, ports, lines, scope)
        return told_undo(person, plan, await undo(person, ports, plan, scene, context) if do else {})


def _with_policy(person: Person, policy: Policy) -> Person:
    return Person(id=person.id, mailbox=person.mailbox, name=person.name, active=person.active, owner=person.owner, policy=policy)
