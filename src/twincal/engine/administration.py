"""What administrators say: whose calendars, which settings at which level, and how both sides are reached."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.addresses import ListEntry, parse_entries
from twincal.core.matching import Owner
from twincal.core.policy import Effective, Explicit, Policy, check_set, check_unset, resolve
from twincal.core.settings_table import SETTINGS, setting
from twincal.core.vocabulary import Level
from twincal.engine.auditing import AuditLog
from twincal.engine.person import Connections, Granted, IdentityClient, Person
from twincal.errors import WrongInput
from twincal.ports import Books, Clock, Finding, Member

FOR_ADMINISTRATORS = frozenset({"global_exclusion_list"})
"""Settings of which people see only that an administrator's rule exists (SPEC 10)."""


class SettingShown(Struct, frozen=True, kw_only=True):
    """One setting as it applies: `origin` says where the value comes from, `locked_by` who locked it, `own` what was set at the
    very level that was asked for."""

    key: str
    value: str
    level: str
    origin: str
    locked_by: str | None
    help: str
    lock_level: str = ""
    own: str = ""


class Administration:
    """People, settings and connections of one home. `who` is who asks, for the record."""

    def __init__(
        self, books: Books, connections: Connections, clock: Clock, *, who: str = "the operator", audit: AuditLog | None = None
    ) -> None:
        self._books = books
        self._connections = connections
        self._clock = clock
        self._who = who
        self.audit_log = audit

    @property
    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._clock.now()

    async def note(self, action: str, target: str = "", **more: Any) -> None:
        """Write into the audit log what was done by other ways than this service."""
        await self._note(action, target, **more)

    async def _note(self, action: str, target: str = "", **more: Any) -> None:
        """Write into the audit log, where there is one."""
        if self.audit_log is not None:
            await self.audit_log.note(action, target, **more)

    # People

    async def people(self) -> list[Member]:
        """Everybody, by mailbox."""
        return sorted(await self._books.members(), key=lambda member: member.mailbox)

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
        added = await self._books.add_member(member)
        await self._note("person added", added.mailbox, after=f"{added.salesforce_username}, {added.profile}", member=added)
        return added

    async def remove_person(self, mailbox: str) -> None:
        """Remove a person with everything known of them; that it was done is noted, without a name."""
        member = await self._member(mailbox)
        await self._books.remove_member(member.id)
        await self._note("person erased", f"person {member.id}", profile=member.profile)

    async def set_active(self, mailbox: str, *, active: bool) -> None:
        """Sync a person, or stop."""
        member = await self._member(mailbox)
        await self._books.change_member(replace(member, active=active))
        await self._note("person synced" if active else "person stopped", member.mailbox, member=member)

    async def move_person(self, mailbox: str, profile: str) -> None:
        """Put a person under another profile. Raises WrongInput."""
        member = await self._member(mailbox)
        before = await self._effective([member])
        moved = replace(member, profile=profile)
        await self._books.change_member(moved)
        await self._note("person moved", member.mailbox, before=member.profile, after=profile, member=moved)
        await self._told(before, f"you were moved to the profile {profile}")

    async def _member(self, mailbox: str) -> Member:
        found = await self._books.member(mailbox.lower())
        if found is None:
            raise WrongInput(
                f"Nobody here has the mailbox {mailbox!r}.", "`twincal people list` shows everybody; `people add` adds."
            )
        return found

    async def _person(self, member: Member, policy: Policy | None = None) -> Person:
        return Person(
            id=member.id,
            mailbox=member.mailbox,
            name=member.name,
            active=member.active,
            owner=Owner((member.mailbox, *member.aliases), member.salesforce_user_id),
            policy=policy or await self._policy(member),
        )

    async def _people(self, mailboxes: Sequence[str]) -> list[Person]:
        members = (
            [await self._member(mailbox) for mailbox in dict.fromkeys(mailboxes)] if mailboxes else await self._books.members()
        )
        return [await self._person(member) for member in members]

    # Settings

    async def _policy(self, member: Member | None) -> Policy:
        return resolve(await self._books.explicits(member))

    async def session_minutes(self) -> int:
        """After how long without a request somebody has to sign in again."""
        return (await self._policy(None)).session_minutes

    async def settings(self, who: str = "") -> list[SettingShown]:
        """Every setting as it applies to a person, or to the subscription."""
        policy = await self._policy(await self._member(who) if who else None)
        return [_shown(policy.origin(key)) for key in SETTINGS]

    async def settings_at(self, level: Level, name: str = "") -> list[SettingShown]:
        """Every setting as it applies at a level: to a person, to a profile, to the subscription. Raises WrongInput."""
        where, _, explicits = await self._place(level.value, name)
        policy = resolve(explicits)
        own = {row.key: row.value or "" for row in explicits if row.level is where}
        return [replace(_shown(policy.origin(key)), own=own.get(key, "")) for key in SETTINGS]

    async def set_setting(
        self, key: str, value: str, *, level: str = "subscription", who: str = "", lock: bool | None = None
    ) -> SettingShown:
        """Set a value, and set a lock or take it away (None leaves it). Raises WrongInput; then nothing is stored."""
        where, name, explicits = await self._place(level, who)
        rows = check_set(explicits, key, where, value, lock, name=name, who=self._who, when=self._clock.now())
        before = await self._effective(await self._reached(where, name))
        await self._books.put_explicits(rows)
        old = resolve(explicits).origin(rows[0].key)
        shown = _shown(resolve([*(e for e in explicits if (e.key, e.level) not in {(r.key, r.level) for r in rows}), *rows])
                       .origin(rows[0].key))  # fmt: skip
        await self._changed(
            where, name, setting(key).key if key in SETTINGS else key, old.text, value + (" (locked)" if lock else "")
        )
        hidden = key in FOR_ADMINISTRATORS
        await self._told(before, "an administrator's rule was changed" if hidden else f"`{key}` was set to {value or 'nothing'}")
        return shown

    async def unset_setting(self, key: str, *, level: str = "subscription", who: str = "") -> SettingShown:
        """Take a value and its lock back."""
        where, name, explicits = await self._place(level, who)
        gone = check_unset(explicits, key, where)
        before = await self._effective(await self._reached(where, name))
        await self._books.drop_explicits(gone)
        left = [explicit for explicit in explicits if explicit not in gone]
        shown = _shown(resolve(left).origin(setting(key).key))
        await self._changed(where, name, key, resolve(explicits).origin(setting(key).key).text, f"{shown.value} (inherited)")
        await self._told(before, f"`{key}` was given up at a level above you")
        return shown

    async def _changed(self, where: Level, name: str, key: str, old: str, new: str) -> None:
        """Write a changed setting into the audit log."""
        member = await self._books.member(name) if where is Level.USER else None
        profile = name if where is Level.PROFILE else ""
        await self._note("setting changed", f"{key} for {where.phrase} {name}".strip(), before=old, after=new, member=member,
                         profile=profile)  # fmt: skip

    async def _reached(self, where: Level, name: str) -> list[Member]:
        """Whom a change at a level concerns."""
        members = list(await self._books.members()) if self.audit_log is not None else []
        if where is Level.PROFILE:
            return [member for member in members if member.profile == name]
        return [member for member in members if member.mailbox == name] if where is Level.USER else members

    async def _effective(self, members: Sequence[Member]) -> dict[str, Policy]:
        return {member.mailbox: await self._policy(member) for member in members}

    async def _told(self, before: Mapping[str, Policy], what: str) -> None:
        """Tell the people whose effective settings are others than before, unless they changed them themselves."""
        if self.audit_log is None:
            return
        concerned = []
        for mailbox, policy in before.items():
            member = await self._member(mailbox)
            if (await self._policy(member)).digest != policy.digest and self._who not in (member.mailbox, member.name):
                concerned.append(member.id)
        await self.audit_log.tell(concerned, f"{self._who} changed your settings: {what}.")

    async def _place(self, level: str, who: str) -> tuple[Level, str, list[Explicit]]:
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
            member = await self._member(who)
            return where, member.mailbox, list(await self._books.explicits(member))
        if where is Level.PROFILE:
            if who not in await self._books.profiles():
                known = ", ".join(await self._books.profiles())
                raise WrongInput(f"There is no profile {who!r}.", f"Choose one of {known}.")
            return where, who, list(await self._books.explicits_at(profile=who))
        explicits = list(await self._books.explicits(None))
        if where is Level.ORGANIZATION:
            explicits = [explicit for explicit in explicits if explicit.level is Level.ORGANIZATION]
        return where, "", explicits

    # Connections

    async def connect_graph(
        self, *, tenant: str, client_id: str, secret: str = "", certificate: str = "",
        authority: str | None = None, base_url: str | None = None,
    ) -> None:  # fmt: skip
        """Connect Exchange Online; the sign-in is tried before anything is stored."""
        await self._connections.connect_graph(
            tenant=tenant, client_id=client_id, secret=secret, certificate=certificate, authority=authority, base_url=base_url
        )
        await self._note("connected", "Exchange Online", after=f"tenant {tenant}, application {client_id}")

    async def connect_salesforce(
        self,
        *,
        login_url: str,
        client_id: str,
        secret: str = "",
        jwt_key: str = "",
        username: str = "",
        former_field: str = "",
        granted: Granted | None = None,
    ) -> list[str]:
        """Connect Salesforce; the sign-in is tried and the org described before anything is stored."""
        notes = await self._connections.connect_salesforce(
            login_url=login_url,
            client_id=client_id,
            secret=secret,
            jwt_key=jwt_key,
            username=username,
            former_field=former_field,
            granted=granted,
        )
        await self._note("connected", "Salesforce", after=f"{login_url}, client {client_id}")
        return [*notes, *await self._found_again()]

    async def _found_again(self) -> list[str]:
        """After another org was connected: everybody's user is looked up there; those who have none are named."""
        lost = [member for member in await self._books.members() if not member.salesforce_user_id]
        missing = []
        for member in lost:
            user = await (await self._connections.ports()).directory.user(member.salesforce_username)
            if user is None:
                missing.append(f"This org has no user {member.salesforce_username}; {member.mailbox} is no longer synced.")
            found = replace(member, salesforce_user_id=user.id if user else "", active=member.active and user is not None)
            await self._books.change_member(found)
        return missing

    async def identity_clients(self) -> list[IdentityClient]:
        """The sides whose accounts people may sign in with."""
        return list(await self._connections.identity_clients())

    async def doctor(self, mailbox: str | None = None) -> list[Finding]:
        """What is well and what is missing on both sides. `mailbox` may be anybody's; of a person here the Salesforce user is tried
        too. Raises WrongInput."""
        if mailbox:
            _address(mailbox)
        members = await self.people()
        tried = (mailbox or (members[0].mailbox if members else "")).strip()
        known = next((one for one in members if tried.lower() in (one.mailbox, *one.aliases)), None)
        return await self._connections.doctor(tried, known.salesforce_username if known else "")


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
        lock_level=found.locked_by.value if found.locked_by else "",
    )
