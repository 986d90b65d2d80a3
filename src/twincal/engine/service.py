"""What people may ask: the one door to the product for the command line and the web app."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress

from msgspec import Struct

from twincal.core.addresses import ListEntry, format_entries, merged_entries, parse_entries
from twincal.core.decision import Entry
from twincal.core.explain import explained
from twincal.core.judgement import judge
from twincal.core.matching import Owner
from twincal.core.plan import cases
from twincal.core.policy import Effective, Explicit, Policy, check_set, check_unset, resolve
from twincal.core.settings_table import SETTINGS, setting
from twincal.core.vocabulary import Level, Side, Tab
from twincal.engine.decide import Released, matched_scene
from twincal.engine.history import Explained, ItemShown, Row, by_start, explained_entry, row, shown_item, told
from twincal.engine.observe import observe_exchange, observe_salesforce
from twincal.engine.person import Connections, Person, context_of
from twincal.engine.preview import Preview, preview
from twincal.engine.report import HeldPlan, Report, Standing, held_because, person_report
from twincal.engine.schedule import Result, Watch, run_round, serve
from twincal.errors import WrongInput
from twincal.ports import Books, Clock, Finding, Member

SUBSCRIPTION = "Default"
ORGANIZATION = "Default"


class SettingShown(Struct, frozen=True, kw_only=True):
    """One setting as it applies: `origin` says where the value comes from, `locked_by` who locked it."""

    key: str
    value: str
    level: str
    origin: str
    locked_by: str | None
    help: str


class Service:
    """Everything people may ask of one home. `who` is who asks, for the record."""

    def __init__(self, books: Books, connections: Connections, clock: Clock, *, who: str = "the operator") -> None:
        self._books = books
        self._connections = connections
        self._clock = clock
        self._who = who

    # People

    async def people(self) -> list[Member]:
        """Everybody, by mailbox."""
        return sorted(self._books.members(), key=lambda member: member.mailbox)

    async def add_person(
        self, mailbox: str, username: str, *, aliases: Sequence[str] = (), profile: str = "Standard User"
    ) -> Member:
        """Add a person. Raises WrongInput where the address, the user or the profile cannot be."""
        for address in (mailbox, *aliases):
            _address(address)
        user = await (await self._connections.ports()).directory.user(username)
        if user is None:
            raise WrongInput(f"Salesforce has no active user {username!r}.", "Give the username as it stands in Setup > Users.")
        member = Member(
            id="",
            mailbox=mailbox.lower(),
            aliases=tuple(alias.lower() for alias in aliases),
            name=user.name,
            salesforce_username=user.username,
            salesforce_user_id=user.id,
            profile=profile,
        )
        return self._books.add_member(member)

    async def remove_person(self, mailbox: str) -> None:
        """Remove a person with everything known of them."""
        self._books.remove_member(self._member(mailbox).id)

    async def set_active(self, mailbox: str, *, active: bool) -> None:
        """Sync a person, or stop."""
        self._books.set_active(self._member(mailbox).id, active)

    def _member(self, mailbox: str) -> Member:
        found = self._books.member(mailbox.lower())
        if found is None:
            raise WrongInput(
                f"Nobody here has the mailbox {mailbox!r}.", "`twincal people list` shows everybody; `people add` adds."
            )
        return found

    def _person(self, member: Member, policy: Policy | None = None) -> Person:
        return Person(
            id=member.id,
            mailbox=member.mailbox,
            name=member.name,
            active=member.active,
            owner=Owner((member.mailbox, *member.aliases), member.salesforce_user_id),
            policy=policy or self._policy(member),
        )

    def _people(self, mailboxes: Sequence[str]) -> list[Person]:
        members = [self._member(mailbox) for mailbox in dict.fromkeys(mailboxes)] if mailboxes else self._books.members()
        return [self._person(member) for member in members]

    # Settings

    def _policy(self, member: Member | None) -> Policy:
        return resolve(self._books.explicits(member))

    async def settings(self, who: str = "") -> list[SettingShown]:
        """Every setting as it applies to a person, or to the subscription."""
        policy = self._policy(self._member(who) if who else None)
        return [_shown(policy.origin(key)) for key in SETTINGS]

    async def set_setting(
        self, key: str, value: str, *, level: str = "subscription", who: str = "", lock: bool = False
    ) -> SettingShown:
        """Set a value and, if asked, a lock. Raises WrongInput; then nothing is stored."""
        where, name, explicits = self._place(level, who)
        rows = check_set(explicits, key, where, value, lock or None, name=name, who=self._who, when=self._clock.now())
        self._books.put_explicits(rows)
        return _shown(resolve([*(e for e in explicits if (e.key, e.level) not in {(r.key, r.level) for r in rows}), *rows])
                      .origin(rows[0].key))  # fmt: skip

    async def unset_setting(self, key: str, *, level: str = "subscription", who: str = "") -> SettingShown:
        """Take a value and its lock back."""
        where, _, explicits = self._place(level, who)
        gone = check_unset(explicits, key, where)
        self._books.drop_explicits(gone)
        left = [explicit for explicit in explicits if explicit not in gone]
        return _shown(resolve(left).origin(setting(key).key))

    def _place(self, level: str, who: str) -> tuple[Level, str, list[Explicit]]:
        """The level, its name, and what stands there and above."""
        try:
            where = Level.of_value(level)
        except KeyError as error:
            raise WrongInput(f"There is no level {level!r}.", "Choose organization, subscription, profile or user.") from error
        if where is Level.DEFAULT:
            raise WrongInput("Twincal's defaults cannot be set.", "Choose organization, subscription, profile or user.")
        if where in (Level.PROFILE, Level.USER) and not who:
            raise WrongInput(f"--level {level} needs --who.", "Name the profile, or the mailbox of the person.")
        if where is Level.USER:
            member = self._member(who)
            return where, member.mailbox, list(self._books.explicits(member))
        if where is Level.PROFILE:
            if who not in self._books.profiles():
                known = ", ".join(self._books.profiles())
                raise WrongInput(f"There is no profile {who!r}.", f"Choose one of {known}.")
            return where, who, list(self._books.explicits_at(profile=who))
        explicits = list(self._books.explicits(None))
        if where is Level.ORGANIZATION:
            explicits = [explicit for explicit in explicits if explicit.level is Level.ORGANIZATION]
        return where, ORGANIZATION if where is Level.ORGANIZATION else SUBSCRIPTION, explicits

    # Connections

    async def connect_graph(
        self, *, tenant: str, client_id: str, secret: str = "", certificate: str = "",
        authority: str | None = None, base_url: str | None = None,
    ) -> None:  # fmt: skip
        """Connect Exchange Online; the sign-in is tried before anything is stored."""
        await self._connections.connect_graph(
            tenant=tenant, client_id=client_id, secret=secret, certificate=certificate, authority=authority, base_url=base_url
        )

    async def connect_salesforce(
        self, *, login_url: str, client_id: str, secret: str = "", jwt_key: str = "", username: str = ""
    ) -> list[str]:
        """Connect Salesforce; the sign-in is tried and the org described before anything is stored."""
        return await self._connections.connect_salesforce(
            login_url=login_url, client_id=client_id, secret=secret, jwt_key=jwt_key, username=username
        )

    async def doctor(self, mailbox: str | None = None) -> list[Finding]:
        """What is well and what is missing on both sides."""
        members = await self.people()
        tried = self._member(mailbox).mailbox if mailbox else (members[0].mailbox if members else "")
        return await self._connections.doctor(tried)

    # Syncing

    async def sync(
        self, mailboxes: Sequence[str] = (), *, watch: Watch = lambda mailbox, done, of: None, full: bool = False
    ) -> Report:
        """One cycle now."""
        return await self._round(self._people(mailboxes), watch=watch, full=full)

    async def _round(
        self,
        people: Sequence[Person],
        *,
        watch: Watch = lambda mailbox, done, of: None,
        full: bool = False,
        released: Mapping[str, Released] | None = None,
    ) -> Report:
        ports = await self._connections.ports()
        before = self._connections.requests()
        now = self._clock.now()
        for person in people:
            self._books.tidy(person.id, now, person.policy.history_retention_days)
        results = await run_round(people, ports, full=full, released=released, watch=watch)
        return self._report(people, results, before)

    def _report(self, people: Sequence[Person], results: Mapping[str, Result], before: Mapping[str, int]) -> Report:
        after = self._connections.requests()
        lines = [
            person_report(person.mailbox, results[person.mailbox], self._standing(person)) for person in people
        ]  # fmt: skip
        plans = [result.cycle.plan for result in results.values() if result.cycle.plan]
        return Report(
            run=self._clock.now().strftime("%Y%m%dT%H%M%SZ"),
            people=tuple(lines),
            requests={name: after[name] - before.get(name, 0) for name in after},
            mail_expected=sum(plan.mail for plan in plans),
            held_plans=tuple(self._held(people, results)),
        )

    def _standing(self, person: Person) -> Standing:
        counts = self._books.counts(person.id)
        return Standing(**counts)

    def _held(self, people: Sequence[Person], results: Mapping[str, Result]) -> list[HeldPlan]:
        found = []
        for person in people:
            plan = results[person.mailbox].cycle.plan
            for code, evidence in (plan.held if plan else {}).items():
                steps = [step for step in plan.steps if step.held_by == code] if plan else []
                name = self._books.hold(person.id, code, [step.key for step in steps], self._clock.now())
                found.append(
                    HeldPlan(
                        plan=name,
                        mailbox=person.mailbox,
                        code=code,
                        because=held_because(code, evidence),
                        steps=len(steps),
                        mail=sum(step.mail for step in steps),
                    )
                )
        return found

    async def release(self, plan_id: str) -> Report:
        """Let held steps go on: those that were shown, and no others of their class. Raises WrongInput."""
        held = self._books.held(plan_id)
        if held is None:
            raise WrongInput(f"No held plan is called {plan_id!r}.", "`twincal sync` prints the names of held plans.")
        member = next(member for member in self._books.members() if member.id == held.person)
        released = {member.id: [(held.code, key) for key in held.keys]}
        report = await self._round([self._person(member)], full=True, released=released)
        self._books.forget_held(plan_id)
        return report

    async def serve(self, stop: asyncio.Event, *, interval: float | None = None) -> None:
        """Round after round until `stop` is set; settings and people are read afresh each time."""
        pause = interval or float(self._policy(None).poll_interval_seconds)

        async def one() -> None:
            await self._round(self._people(()))

        await serve(one, stop, interval=pause, random=random.Random())

    async def plan(self, mailboxes: Sequence[str] = (), changes: Sequence[tuple[str, str]] = ()) -> list[Preview]:
        """What the next cycle would do, and what it would do with some settings changed. Writes nothing anywhere."""
        ports = await self._connections.ports()
        people = self._people(mailboxes)
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
        member = self._member(mailbox)
        return [row(entry) for entry in by_start(self._books.entries(member.id, tab=tab, code=code, search=search))]

    async def explain(self, mailbox: str, text: str) -> Explained:
        """Why an item was or was not synced. Raises WrongInput where no item, or more than one, is meant."""
        member = self._member(mailbox)
        policy = self._policy(member)
        key = await self._key(member, text)
        entry = self._books.entry(member.id, key)
        if entry is not None:
            return explained_entry(entry, policy)
        return await self._judged(member, policy, key)

    async def _judged(self, member: Member, policy: Policy, key: str) -> Explained:
        """An item that is not listed anywhere, judged as it stands in the store."""
        person = self._person(member, policy)
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
        found = self._books.find(member.id, text)
        if not found:
            raise WrongInput(
                f"No item of {member.mailbox} matches {text!r}.",
                "Give its subject or a part of it, an id, or a link copied from Outlook or Salesforce.",
            )
        if len(found) > 1:
            some = "\n".join(f"         {hit.key}  {hit.start}  {hit.subject}" for hit in found[:10])
            raise WrongInput(f"{len(found)} items match {text!r}.", f"Name one of them by the first column:\n{some}")
        return found[0].key

    async def ignore_item(self, mailbox: str, text: str) -> str:
        """Ignore one item from now on."""
        member = self._member(mailbox)
        key = await self._key(member, text)
        self._books.ignore(member.id, key)
        report = await self._round([self._person(member)], full=True)
        del report
        return "The item is ignored from now on; `twincal retry` takes that back."

    async def ignore_entry(self, mailbox: str, text: str, *, domain: bool) -> str:
        """Put an address or a domain on the person's Ignore List."""
        member = self._member(mailbox)
        entries = parse_entries(text)
        if domain == any("@" in str(entry) for entry in entries):
            wanted = "a domain" if domain else "an address"
            raise WrongInput(f"{text!r} is not {wanted}.", "For example: --domain acme.com, or --address ann@acme.com.")
        own = [e for e in self._books.explicits(member) if e.key == "ignore_list" and e.level is Level.USER]
        before = parse_entries(own[0].value or "") if own else ()
        value = format_entries(merged_entries(before, entries))
        await self.set_setting("ignore_list", value, level="user", who=mailbox)
        return f"{text} is on the Ignore List of {member.mailbox}."

    async def retry(self, mailbox: str, text: str | None) -> Report:
        """Try an item, or everything unresolved, again now; takes *Ignore this item* back."""
        member = self._member(mailbox)
        key = await self._key(member, text) if text else None
        self._books.retry(member.id, key, self._clock.now())
        return await self._round([self._person(member)], full=True)

    async def choose(self, mailbox: str, text: str, side: Side) -> Report:
        """Settle a held item. Raises WrongInput where the item is not held."""
        member = self._member(mailbox)
        key = await self._key(member, text)
        entry: Entry | None = self._books.entry(member.id, key)
        if entry is None or entry.decision.tab is not Tab.UNRESOLVED:
            raise WrongInput("That item is not held.", "`twincal history MAILBOX --tab unresolved` lists what is.")
        self._books.choose(member.id, key, side)
        return await self._round([self._person(member)], full=True)


def _with_policy(person: Person, policy: Policy) -> Person:
    return Person(id=person.id, mailbox=person.mailbox, name=person.name, active=person.active, owner=person.owner, policy=policy)


def _address(text: str) -> None:
    entries: tuple[ListEntry, ...] = ()
    with suppress(WrongInput):
        entries = parse_entries(text)
    if len(entries) != 1 or "@" not in str(entries[0]):
        raise WrongInput(f"{text!r} is not an address.", "Give the address of a mailbox, such as ann@northwind.example.")


def _shown(found: Effective) -> SettingShown:
    level = found.level.phrase if not found.name else f"{found.level.phrase} {found.name}"
    by = f" by {found.who}" if found.who and found.level is not Level.DEFAULT else ""
    when = f" on {found.when:%Y-%m-%d}" if found.when else ""
    lock = f"{found.locked_by.phrase} {found.locked_name}".strip() if found.locked_by else None
    return SettingShown(
        key=found.key,
        value=found.text,
        level=found.level.value,
        origin=f"{level}{by}{when}",
        locked_by=lock,
        help=SETTINGS[found.key].help,
    )
