"""The store as the service asks it: one object over accounts, settings, history, wishes and held plans."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import asdict

from twincal.core.decision import Entry, Plan, Verdict
from twincal.core.item import AllDay, Item
from twincal.core.listing import EVERYTHING, Folded, Noted, Waiting, Wanted
from twincal.core.policy import Explicit
from twincal.core.undoing import Line
from twincal.core.vocabulary import Side, Tab
from twincal.errors import WrongInput
from twincal.ports import Clock, Held, Hit, Member, ReleasedSteps
from twincal.store import accounts, diaries
from twincal.store.finding import find_items
from twincal.store.folding import folded
from twincal.store.history import Count
from twincal.store.store import Store
from twincal.store.tidying import tidy


class StoreBooks:
    """The port `Books` on an open store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def members(self) -> Sequence[Member]:
        """Everybody, by mailbox."""
        return [_member(one) for one in await self._store.accounts.people()]

    async def member(self, mailbox: str) -> Member | None:
        """The person with this mailbox or alias."""
        found = await self._store.accounts.find(mailbox)
        return _member(found) if found else None

    async def add_member(self, member: Member) -> Member:
        """Add a person. Raises WrongInput."""
        return _member(await self._store.accounts.add(accounts.Member(**asdict(member))))

    async def remove_member(self, person: str) -> None:
        """Erase a person."""
        await self._store.accounts.remove(await self._stored(person))

    async def change_member(self, member: Member) -> None:
        """Store anew what is known of a person."""
        await self._store.accounts.change(accounts.Member(**asdict(member)))

    async def _stored(self, person: str) -> accounts.Member:
        found = next((one for one in await self._store.accounts.people() if one.id == person), None)
        if found is None:
            raise WrongInput("That person is no longer there.", "`twincal people list` shows everybody.")
        return found

    async def profiles(self) -> Sequence[str]:
        """The names of the profiles."""
        return await self._store.accounts.profiles()

    async def add_profile(self, name: str) -> None:
        """Add a profile. Raises WrongInput."""
        await self._store.accounts.add_profile(name)

    async def explicits(self, member: Member | None) -> Sequence[Explicit]:
        """What was set at every level that concerns a person."""
        if member is None:
            return await self._store.policies.of()
        return await self._store.policies.of(profile=member.profile, mailbox=member.mailbox)

    async def explicits_at(self, *, profile: str) -> Sequence[Explicit]:
        """What was set for a profile and above."""
        return await self._store.policies.of(profile=profile)

    async def explicits_of(self, key: str) -> Sequence[Explicit]:
        """What was set of one setting, at every level."""
        return await self._store.policies.about(key)

    async def put_explicits(self, rows: Sequence[Explicit]) -> None:
        """Store settings."""
        await self._store.policies.set(rows)

    async def drop_explicits(self, rows: Sequence[Explicit]) -> None:
        """Remove settings."""
        await self._store.policies.unset(rows)

    async def entries(self, person: str, wanted: Wanted = EVERYTHING) -> Sequence[Entry]:
        """Rows of the history."""
        return await self._store.history.rows(person, wanted)

    async def folded(self, person: str, wanted: Wanted) -> Folded:
        """Rows of the history, the instances of a series as one."""
        return self._store.database.run(folded, int(person), wanted)

    async def size(self, person: str, wanted: Wanted = EVERYTHING) -> int:
        """How many rows there are of these, on all pages."""
        return await self._store.history.size(person, wanted)

    async def entry(self, person: str, key: str) -> Entry | None:
        """One row."""
        return await self._store.history.entry(person, key)

    async def counts(self, person: str) -> Mapping[str, int]:
        """How items stand. What was deleted and is only remembered stands nowhere."""
        return _counted(await self._store.history.counts(person))

    async def everybodys_counts(self) -> Mapping[str, Mapping[str, int]]:
        """The same for all people who have any rows."""
        return {person: _counted(counts) for person, counts in (await self._store.history.everybodys_counts()).items()}

    async def waiting(self, person: str | None = None) -> Sequence[Waiting]:
        """The unresolved items that wait for a record."""
        return await self._store.history.waiting(person)

    async def codes(self, person: str, tab: Tab) -> Mapping[str, int]:
        """How many rows of a tab each code has."""
        told: Counter[str] = Counter()
        for count in await self._store.history.counts(person):
            if count.tab is tab:
                told[count.code] += count.rows
        return told

    async def diary(self, person: str, start: datetime, end: datetime) -> Sequence[Noted]:
        """What reaches into a stretch of time on either side."""
        return await diaries.between(self._store.database, person, start, end)

    async def find(self, person: str, text: str) -> Sequence[Hit]:
        """Items that a text names."""
        found = await find_items(self._store.database, person, text, self._clock.now())
        return [Hit(key=one.key, subject=one.subject, start=_start(one.items)) for one in found]

    async def ignore(self, person: str, key: str) -> None:
        """Remember *Ignore this item*."""
        await self._store.wishes.ignore(person, key)

    async def pair(self, person: str, here: tuple[str, str], there: tuple[str, str]) -> None:
        """Remember that two items are the same."""
        await self._store.wishes.pair(person, here, there)

    async def choose(self, person: str, key: str, side: Side) -> None:
        """Remember whose version is right."""
        await self._store.wishes.choose(person, key, side)

    async def retry(self, person: str, key: str | None, now: datetime) -> None:
        """Have an item, or everything unresolved, judged anew."""
        await self._store.wishes.retry(person, key, now)

    async def hold(self, plan: Plan) -> str:
        """Remember what is held of a plan."""
        return await self._store.held_plans.hold(plan)

    async def held(self, person: str) -> Sequence[Held]:
        """What waits to be released."""
        return await self._store.held_plans.held(person)

    async def everybodys_held(self) -> Sequence[Held]:
        """The same of all people."""
        return await self._store.held_plans.held()

    async def release(self, name: str, who: str, now: datetime) -> ReleasedSteps:
        """Let held steps go on."""
        held = await self._store.held_plans.release(name, who, now)
        return ReleasedSteps(person=held.person, steps=frozenset((one.code, key) for one in held.classes for key in one.keys))

    async def forget_held(self, person: str) -> None:
        """What was held or released no longer counts."""
        await self._store.held_plans.forget_held(person)

    async def journal(self, person: str) -> Sequence[Line]:
        """Every write that came out."""
        return await self._store.journal.lines(person)

    async def tidy(self, now: datetime, retention_days: int) -> None:
        """Drop what is older than the retention."""
        await tidy(self._store.database, now, retention_days)


def _member(one: accounts.Member) -> Member:
    return Member(**asdict(one))


OVER = frozenset({Verdict.DELETE_IN_EXCHANGE, Verdict.DELETE_IN_SALESFORCE, Verdict.FORGET})
"""What, once done, leaves no pair behind."""


def _counted(counts: Iterable[Count]) -> dict[str, int]:
    told = dict.fromkeys(("in_step", "unresolved", "excluded", "held"), 0)
    for count in counts:
        if count.tab is not Tab.SYNCED or count.verdict not in OVER:
            told[_standing(count.tab, count.verdict)] += count.rows
    return told


def _standing(tab: Tab, verdict: Verdict) -> str:
    if tab is Tab.UNRESOLVED:
        return "held" if verdict is Verdict.HOLD else "unresolved"
    return "excluded" if tab is Tab.EXCLUDED else "in_step"


def _start(items: Sequence[Item]) -> str:
    if not items:
        return ""
    times = items[0].times
    return f"{times.first}" if isinstance(times, AllDay) else f"{times.start:%Y-%m-%dT%H:%M:%SZ}"
