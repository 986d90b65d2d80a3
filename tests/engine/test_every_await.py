"""The process ends at every await of a cycle of each kind: a new one comes to rest where the undisturbed one did.

Each await is tried with the call it waits for lost, with that call carried out, and, where it is a write to a calendar, with
the write arriving only after a new process has looked. Reads have no effect, so losing them is enough.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from msgspec import Struct

from tests.engine.mortality import ANN, GUEST, HOUR, PAUSE, SOON, Bench, Fate, Killed, Life
from twincal.core.item import Body, Participant, Timed
from twincal.core.vocabulary import Side
from twincal.engine.service import Service
from twincal.errors import WrongInput
from twincal.store.backups import _forget_places

EXCHANGE, SALESFORCE = Side.EXCHANGE, Side.SALESFORCE
ARRIVAL = timedelta(seconds=20)
"""When a late write arrives, after a new process has looked in vain."""
ASKED = "members member explicits explicits_at profiles entries entry counts find held journal"
READ = "cursor linked_ids known_ids scene open_intents look read find_alike match user"
READS = frozenset(f"{ASKED} {READ}".split())


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of cycle: what came before it, what the process does that ends in the middle of it, what people do meanwhile, and
    how they ask for it again."""

    before: Callable[[Bench], Awaitable[None]]
    act: Callable[[Bench, Service], Awaitable[object]]
    again: Callable[[Bench, Service], Awaitable[object]] | None = None
    marks: bool = True
    meanwhile: Callable[[Bench], None] = lambda bench: None


async def sync(bench: Bench, service: Service) -> object:
    """One cycle."""
    return await service.sync()


async def company(bench: Bench, **settings: str) -> None:
    """Six items in step, of which one is a meeting and one private."""
    await bench.open(**settings)
    for number in range(3):
        bench.world.make(EXCHANGE, f"Outlook {number}", day=4 + number, guests=[GUEST] if number == 1 else ())
        bench.world.make(SALESFORCE, f"Salesforce {number}", day=14 + number)
    bench.world.make(EXCHANGE, "Private", day=20, private=True)
    await bench.sync()
    await bench.sync()


async def first(bench: Bench) -> None:
    """Items on both sides that nobody has synced yet, one of them on both."""
    await bench.open()
    for number in range(3):
        bench.world.make(EXCHANGE, f"Outlook {number}", day=4 + number, guests=[GUEST] if number == 1 else ())
        bench.world.make(SALESFORCE, f"Salesforce {number}", day=14 + number)
    for side in Side:
        bench.world.make(side, "On both", day=21)
    bench.world.make(EXCHANGE, "Private", day=20, private=True)


async def updates(bench: Bench) -> None:
    await company(bench, notify_attendees="always")
    bench.world.change(EXCHANGE, "Outlook 0", subject="Retitled", body=Body.of("Another text"))
    bench.world.change(EXCHANGE, "Salesforce 0", place="Bath")
    bench.world.change(SALESFORCE, "Outlook 1", place="York")
    item = bench.world.find(SALESFORCE, "Salesforce 1")
    bench.world.change(SALESFORCE, "Salesforce 1", times=Timed(item.start + HOUR, item.end + HOUR))


async def places(bench: Bench) -> None:
    await company(bench, conflict="latest")
    bench.world.change(EXCHANGE, "Outlook 0", place="Bath")
    bench.world.change(EXCHANGE, "Outlook 2", place="Bath")
    bench.world.change(SALESFORCE, "Salesforce 0", place="York")
    bench.world.change(SALESFORCE, "Salesforce 1", place="York")


def edited_again(bench: Bench) -> None:
    """The same person thinks better of it, twice going back to what was there before."""
    bench.world.change(EXCHANGE, "Outlook 0", place="Hull")
    bench.world.change(EXCHANGE, "Outlook 2", place="")
    bench.world.change(SALESFORCE, "Salesforce 0", place="Leeds")
    bench.world.change(SALESFORCE, "Salesforce 1", place="")


async def both_edited(bench: Bench) -> None:
    await company(bench, notify_attendees="always")
    for subject in ("Outlook 0", "Outlook 1", "Salesforce 0"):
        bench.world.change(EXCHANGE, subject, subject=f"{subject} retitled")
        bench.world.change(SALESFORCE, subject, place="York")
    bench.world.change(EXCHANGE, "Salesforce 1", place="Bath")
    bench.world.change(SALESFORCE, "Salesforce 1", place="Leeds")


async def conflict(bench: Bench) -> None:
    await company(bench, conflict="hold")
    for side, place in ((EXCHANGE, "Bath"), (SALESFORCE, "York")):
        bench.world.change(side, "Outlook 0", place=place)
        bench.world.change(side, "Salesforce 0", place=place)
    bench.world.change(EXCHANGE, "Outlook 2", place="Hull")


async def held_conflict(bench: Bench) -> None:
    await conflict(bench)
    await bench.sync()


async def deletions(bench: Bench) -> None:
    await company(bench)
    bench.world.remove(EXCHANGE, "Outlook 0")
    bench.world.remove(EXCHANGE, "Salesforce 0")
    bench.world.remove(SALESFORCE, "Outlook 2")
    bench.world.remove(SALESFORCE, "Salesforce 1")


async def edited_and_deleted(bench: Bench) -> None:
    await company(bench)
    bench.world.remove(EXCHANGE, "Outlook 0")
    bench.world.change(SALESFORCE, "Outlook 0", place="York")
    bench.world.remove(SALESFORCE, "Salesforce 0")
    bench.world.change(EXCHANGE, "Salesforce 0", place="Bath")


async def cancelled(bench: Bench) -> None:
    await bench.open()
    invited: dict[str, Any] = {"organizer": Participant(GUEST), "organized_by_owner": False, "guests": [ANN]}
    for number in range(2):
        bench.world.make(EXCHANGE, f"Invitation {number}", day=4 + number, **invited)
    await bench.sync()
    await bench.sync()
    bench.world.change(EXCHANGE, "Invitation 0", cancelled=True)


async def interrupted(bench: Bench) -> None:
    """An earlier process ended in its last write: everything it sent stands there, nothing of it is remembered."""
    await first(bench)
    with pytest.raises(Killed):
        await bench.process(Life("ledger.finish")).sync()


async def unheard(bench: Bench) -> None:
    """An earlier process ended before its first write reached anybody."""
    await first(bench)
    with pytest.raises(Killed):
        await bench.process(Life("salesforce.write")).sync()


async def written(bench: Bench) -> None:
    """A run that has updated, created and deleted in both calendars."""
    await company(bench)
    bench.world.change(EXCHANGE, "Outlook 0", subject="Retitled", place="Bath", body=Body.of("Another text"))
    bench.world.change(SALESFORCE, "Salesforce 0", place="York")
    bench.world.make(EXCHANGE, "Late", day=24)
    bench.world.make(SALESFORCE, "Later", day=25)
    bench.world.remove(SALESFORCE, "Salesforce 1")
    bench.world.remove(EXCHANGE, "Outlook 2")
    await bench.sync()
    bench.named = (await bench.process().runs(ANN))[0].run


async def undo(bench: Bench, service: Service) -> object:
    return await service.undo(ANN, run=bench.named, do=True)


async def swallowed(bench: Bench) -> None:
    """Changes of which no look will ever tell, and a pair that differs because a run was taken back."""
    await company(bench)
    bench.world.change(EXCHANGE, "Outlook 2", place="Hull")
    await bench.sync()
    await bench.process().undo(ANN, run=(await bench.process().runs(ANN))[0].run, do=True)
    await bench.sync()
    bench.world.change(EXCHANGE, "Outlook 0", subject="Retitled")
    bench.world.change(SALESFORCE, "Salesforce 0", place="York")
    bench.world.make(EXCHANGE, "Late", day=24)
    bench.world.remove(SALESFORCE, "Salesforce 1")
    await bench.swallow()


async def verify(bench: Bench, service: Service) -> object:
    return await service.verify([ANN], mend=True)


async def verify_and_sync(bench: Bench, service: Service) -> object:
    """What it found is carried over by the next cycle."""
    await verify(bench, service)
    return await bench.sync()


async def rewound(bench: Bench) -> None:
    """The home of an hour ago: since then an edit, a new item and a deletion on each side were carried over."""
    await company(bench)
    backup = bench.copy()
    bench.world.change(EXCHANGE, "Outlook 0", subject="Retitled")
    bench.world.change(SALESFORCE, "Salesforce 0", place="York")
    bench.world.make(EXCHANGE, "Late", day=24)
    bench.world.make(SALESFORCE, "Later", day=25)
    bench.world.remove(SALESFORCE, "Salesforce 1")
    await bench.sync()
    bench.world.change(EXCHANGE, "Outlook 1", place="Hull")
    bench.put_back(backup)
    bench.story(_forget_places, bench.world.clock.moment)


async def rejoin(bench: Bench, service: Service) -> object:
    await service.sync()
    return await service.accept()


async def held(bench: Bench) -> None:
    """More deletions than the guard lets pass."""
    await company(bench, guard__deletions="1")
    for subject in ("Outlook 0", "Outlook 1", "Salesforce 0"):
        bench.world.remove(EXCHANGE, subject)
    report = await bench.sync()
    bench.named = report.held_plans[0].plan


async def release(bench: Bench, service: Service) -> object:
    return await service.release(bench.named)


async def release_the_rest(bench: Bench, service: Service) -> object:
    """What is still held has a name of its own."""
    for plan in (await service.sync(full=True)).held_plans:
        await service.release(plan.plan)
    return None


async def choose(bench: Bench, service: Service) -> object:
    return await service.choose(ANN, "Outlook 0", SALESFORCE)


async def retry(bench: Bench, service: Service) -> object:
    return await service.retry(ANN, None)


KINDS = {
    "first sync": Kind(before=first, act=sync),
    "first sync, reduced guarantee": Kind(before=first, act=sync, marks=False),
    "update each way": Kind(before=updates, act=sync),
    "edited again at once": Kind(before=places, act=sync, meanwhile=edited_again),
    "edited again at once, reduced guarantee": Kind(before=places, act=sync, meanwhile=edited_again, marks=False),
    "merge and conflict settled": Kind(before=both_edited, act=sync),
    "deletion each way": Kind(before=deletions, act=sync),
    "edited here, deleted there": Kind(before=edited_and_deleted, act=sync),
    "cancelled": Kind(before=cancelled, act=sync),
    "conflict held": Kind(before=conflict, act=sync),
    "side chosen": Kind(before=held_conflict, act=choose),
    "recovery, all was carried out": Kind(before=interrupted, act=sync),
    "recovery, nothing was carried out": Kind(before=unheard, act=sync),
    "recovery, reduced guarantee": Kind(before=interrupted, act=sync, marks=False),
    "everything tried again": Kind(before=updates, act=retry),
    "undo of a run": Kind(before=written, act=undo),
    "verify with repair": Kind(before=swallowed, act=verify, again=verify_and_sync),
    "rejoin after a restore": Kind(before=rewound, act=rejoin),
    "rejoin after a restore, reduced guarantee": Kind(before=rewound, act=rejoin, marks=False),
    "release of held steps": Kind(before=held, act=release, again=release_the_rest),
}


class End(Struct, frozen=True):
    """What stands there at last, and what the history says of it. What is deleted while a process ends leaves no row: the next
    one finds it gone on both sides."""

    calendars: dict[Side, list[tuple[object, ...]]]
    mails: Counter[tuple[str, int]]
    rows: list[tuple[str, str]]


async def to_rest(bench: Bench, kind: Kind, life: Life) -> End:
    """From the end of a process to rest: a new one at once, the command once more, and a cycle that writes nothing."""
    bench.world.clock.moment += SOON
    kind.meanwhile(bench)
    await bench.process().sync()
    if life.late is not None:
        bench.world.clock.moment += ARRIVAL
        await life.late()
    bench.world.clock.moment += PAUSE
    with suppress(WrongInput):
        await (kind.again or kind.act)(bench, bench.process())
    bench.world.clock.moment += PAUSE
    before = bench.world.written()
    report = await bench.sync(full=True)
    assert report.failed == 0, "L1: at rest, and yet a cycle fails"
    assert bench.world.written() == before, "L2: at rest, and yet a cycle writes"
    assert await bench.open_intents() == 0, "L1: a write without an end"
    calendars = {side: bench.world.shown(side) for side in Side}
    standing = {one[0] for found in calendars.values() for one in found}
    history = await bench.process().history(ANN)
    rows = sorted((row.subject, row.tab) for row in history if row.subject in standing)
    return End(calendars, Counter(bench.world.mails()), rows)


def differences(here: End, wanted: End) -> str:
    """What is not as in the undisturbed run, a line for each."""
    found = []
    for side in Side:
        left, right = here.calendars[side], wanted.calendars[side]
        found += [f"{side.phrase} too much: {one}" for one in left if left.count(one) > right.count(one)]
        found += [f"{side.phrase} missing: {one}" for one in right if right.count(one) > left.count(one)]
    found += [f"mailed too often: {mail}" for mail in here.mails - wanted.mails]
    if here.rows != wanted.rows:
        found.append(f"history: {here.rows} instead of {wanted.rows}")
    return "\n   ".join(found)


async def ended_at(bench: Bench, kind: Kind, number: int, fate: Fate) -> Life:
    """The process ends at one await."""
    life = Life(number, fate)
    with pytest.raises(Killed):
        await kind.act(bench, bench.process(life))
    return life


def fates(point: str, kind: Kind) -> list[Fate]:
    """What can become of the call that a process waits for. Without a field for marks nothing can tell a write that arrives
    late from the one that was sent in its place: that is the reduced guarantee."""
    if point.partition(".")[2] in READS:
        return [Fate.LOST]
    late = point.endswith(".write") and kind.marks
    return [Fate.LOST, Fate.CARRIED_OUT, *([Fate.LATE] if late else [])]


async def ends(bench: Bench, kind: Kind, points: Sequence[str], wanted: End) -> AsyncIterator[str]:
    """What is wrong after an end at each await, in words. Where two ends leave exactly the same world and home behind, what
    follows is the same, and is played once."""
    start = bench.kept()
    known: dict[tuple[int, bool], str] = {}
    for number, point in enumerate(points, start=1):
        for fate in fates(point, kind):
            bench.back_to(start)
            life = await ended_at(bench, kind, number, fate)
            assert life.points[-1] == point, "a cycle is the same each time"
            left = bench.digest(), life.late is not None
            if left not in known:
                known[left] = await told(bench, kind, life, wanted)
            if known[left]:
                yield f"await {number}, {point}, {fate.value}:\n   {known[left]}"


async def told(bench: Bench, kind: Kind, life: Life, wanted: End) -> str:
    """Where a world comes to rest, if anything about that is wrong."""
    try:
        return differences(await to_rest(bench, kind, life), wanted)
    except AssertionError as broken:
        return str(broken).partition("\n")[0]


@pytest.mark.parametrize("name", KINDS)
async def test_a_process_that_ends_at_any_await_changes_nothing_for_good(name: str) -> None:
    kind = KINDS[name]
    bench = Bench(marks=kind.marks)
    await kind.before(bench)
    start = bench.kept()
    life = Life()
    await kind.act(bench, bench.process(life))
    wanted = await to_rest(bench, kind, life)
    bench.back_to(start)
    wrong = [one async for one in ends(bench, kind, life.points, wanted)]
    bench.close()
    print(f"{name}: {len(life.points)} awaits")
    assert not wrong, f"{name}, {len(life.points)} awaits:\n" + "\n".join(wrong)
