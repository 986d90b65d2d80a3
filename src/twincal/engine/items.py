"""Single items: listed, explained, and what people may say about one."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import unquote

from msgspec.structs import replace

from twincal.core.addresses import format_entries, merged_entries, parse_entries
from twincal.core.choosing import judged
from twincal.core.decision import Entry, Reason, Verdict
from twincal.core.explain import because, explained
from twincal.core.item import Item
from twincal.core.listing import Wanted
from twincal.core.plan import cases
from twincal.core.policy import Policy
from twincal.core.rules.fate import CHOOSABLE
from twincal.core.vocabulary import Level, Side, Tab
from twincal.engine.administration import Administration
from twincal.engine.decide import matched_scene
from twincal.engine.diary import Shown, diary_line
from twincal.engine.grouping import DomainGroup, grouped
from twincal.engine.history import Explained, ItemShown, Listed, Row, by_start, explained_entry, row, shown_item, told
from twincal.engine.person import Person, context_of
from twincal.engine.report import Report
from twincal.errors import WrongInput
from twincal.ports import Hit, Member

KEY = re.compile(r"[0-9a-f]{32}")
"""The key of an item, by which the pages name it."""
OUTLOOK_ID = re.compile(r"AAMk[\w\-+/]{40,}=*")
"""The id of an item as Outlook on the web and Graph show it where no immutable id is asked for."""


class Items(Administration):
    """What people may ask and say of single items."""

    @abstractmethod
    async def _round(self, people: Sequence[Person], *, full: bool = False) -> Report:
        """One cycle for these people."""

    async def history(
        self, mailbox: str, *, tab: Tab | None = None, code: str | None = None, search: str | None = None
    ) -> list[Row]:
        """A person's rows, in order of time."""
        member = await self._member(mailbox)
        wanted = Wanted(tab=tab, code=code, search=search)
        return [row(entry) for entry in by_start(await self._books.entries(member.id, wanted))]

    async def listed(self, mailbox: str, wanted: Wanted) -> Listed:
        """One page of a person's rows, and how many there are on all pages."""
        member = await self._member(mailbox)
        one_more = replace(wanted, limit=wanted.limit + 1) if wanted.limit else wanted
        entries = await self._books.entries(member.id, one_more)
        shown = entries[: wanted.limit] if wanted.limit else entries
        following = shown[-1].key if len(shown) < len(entries) else ""
        return Listed(rows=tuple(map(row, shown)), total=await self._books.size(member.id, wanted), following=following)

    async def folded(self, mailbox: str, wanted: Wanted) -> tuple[Listed, tuple[int, ...]]:
        """The same with each series as one row, and how many each row stands for; the total counts every one of them."""
        member = await self._member(mailbox)
        found = await self._books.folded(member.id, wanted)
        return Listed(rows=tuple(map(row, found.entries)), total=found.total, following=found.following), found.times

    async def codes(self, mailbox: str, tab: Tab) -> list[tuple[str, int, str]]:
        """The codes that stand in a tab: how many rows each has, and its sentence with gaps for what differs by item."""
        told = await self._books.codes((await self._member(mailbox)).id, tab)
        return [(code, rows, because(Reason(code))) for code, rows in sorted(told.items())]

    async def without_record(self, mailboxes: Sequence[str]) -> list[DomainGroup]:
        """What is unresolved of these people, by the domains and addresses that have no record in Salesforce."""
        members = {one.id: one.mailbox for one in await self.people() if one.mailbox in set(mailboxes)}
        one = next(iter(members)) if len(members) == 1 else None
        return grouped((members[item.person], item) for item in await self._books.waiting(one) if item.person in members)

    async def diary(self, mailbox: str, start: datetime, end: datetime) -> list[Shown]:
        """A person's two calendars between two moments, as they were last seen: each item with both sides and its state."""
        member = await self._member(mailbox)
        return [diary_line(noted) for noted in await self._books.diary(member.id, start, end)]

    async def find(self, mailbox: str, text: str) -> list[Hit]:
        """The items that a text may mean."""
        member = await self._member(mailbox)
        return list(await self._books.find(member.id, text) or await self._asked_exchange(member, text))

    async def row_of(self, mailbox: str, item: str) -> Row | None:
        """The row of the history of an item that is named by its key; None where it has none."""
        entry = await self._books.entry((await self._member(mailbox)).id, item)
        return row(entry) if entry is not None else None

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
                step = judged(case, context)
                item = case.items[0] if case.items else None
                shown = shown_item(key, item, case.link) if item else ItemShown(item=key)
                return told(explained(step.decision, policy), shown)
        raise WrongInput("That item is no longer there.", "Run `twincal sync` and look again.")

    async def _key(self, member: Member, text: str) -> str:
        """The one item that is meant by a subject, an id, a key or a link. A key that is listed is known without a search."""
        if KEY.fullmatch(text) and await self._books.entry(member.id, text) is not None:
            return text
        found = await self._books.find(member.id, text) or await self._asked_exchange(member, text)
        if not found:
            raise WrongInput(
                f"No item of {member.mailbox} matches {text!r}.",
                "Give its subject or a part of it, an id, or a link copied from Outlook or Salesforce.",
            )
        if len(found) > 1:
            some = "\n".join(f"         {hit.key}  {hit.start[:16].replace('T', ' '):16}  {hit.subject}" for hit in found[:10])
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

    async def pair(self, mailbox: str, text: str, other: str) -> Report:
        """Say that an item and one of the other side are the same. Raises WrongInput where they cannot be."""
        member = await self._member(mailbox)
        found = [await self._unlinked(member, one) for one in (text, other)]
        sides = [entry.origin for entry in found]
        if sides[0] is sides[1]:
            raise WrongInput(f"Both stand in {sides[0].phrase}.", "Name an item of Exchange and one of Salesforce.")
        here, there = sorted(found, key=lambda entry: entry.origin is Side.SALESFORCE)
        await self._books.pair(member.id, (here.key, here.exchange_id), (there.key, there.salesforce_id))
        return await self._round([await self._person(member)], full=True)

    async def _unlinked(self, member: Member, text: str) -> Entry:
        """The row of an item that stands alone. Raises WrongInput where it is paired or not listed."""
        entry = await self._books.entry(member.id, await self._key(member, text))
        if entry is None or entry.decision.tab is not Tab.UNRESOLVED or (entry.exchange_id and entry.salesforce_id):
            raise WrongInput(f"{text!r} waits for nobody.", "`twincal history MAILBOX --tab unresolved` lists what does.")
        return entry

    async def choose(self, mailbox: str, text: str, side: Side) -> Report:
        """Settle a held item, or the deletion of what is past. Raises WrongInput where there is nothing to choose."""
        member = await self._member(mailbox)
        key = await self._key(member, text)
        entry = await self._books.entry(member.id, key)
        # A choice answers the question that was shown. Where a write only failed, none was: it might release a mail unseen.
        open_to_choice = entry is not None and (entry.decision.verdict is Verdict.HOLD or entry.decision.code in CHOOSABLE)
        if not open_to_choice:
            raise WrongInput("That item is not held.", "`twincal history MAILBOX --tab unresolved` lists what is.")
        await self._books.choose(member.id, key, side)
        return await self._round([await self._person(member)], full=True)
