"""Runs: what is written down before anything is sent, and what is remembered when it is known what became of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, exists, insert, null, select, update

from twincal.core.decision import Entry, Plan, Step
from twincal.core.scene import Settled
from twincal.core.trees import Link
from twincal.core.vocabulary import Side
from twincal.store import links, notes, trees
from twincal.store.batches import CHUNK, many, put
from twincal.store.graves import Burial, bury
from twincal.store.intents import Seal, intent_row, journal
from twincal.store.packed import pack_entry, pack_note
from twincal.store.packing import key_bytes, reference, seconds
from twincal.store.scenes import Sight
from twincal.store.shelf import shelved
from twincal.store.tables import history, intent, item, link, note, person, run


class Begun(Struct, frozen=True, kw_only=True):
    """A run that was begun: its plan, and the touched items the plan was made of."""

    id: int
    plan: Plan
    sight: Sight
    seal: Seal | None = None


def begin(connection: Connection, plan: Plan) -> int:
    """Write the run and the intents of all steps that are not held. Which new instances of a moved series belong to which links is
    stored at once: were only some of it known after a crash, the rest would look like deletions."""
    sent = [(step, write) for step in plan.steps if not step.held_by for write in step.writes]
    row = {
        "person": int(plan.person),
        "begun_at": seconds(plan.made_at),
        "everything": plan.everything,
        "steps": len(plan.steps),
        "held": sum(1 for step in plan.steps if step.held_by),
        "writes": len(sent),
        "done": 0,
        "mail": plan.mail,
    }
    made: int = connection.execute(insert(run).returning(run.c.id), row).scalar_one()
    rows = [intent_row(int(plan.person), made, plan.made_at, step, write) for step, write in sent]
    many(connection, insert(intent), rows)
    links.put_links(connection, int(plan.person), [step.link for step in plan.steps if step.tied and step.link is not None])
    notes.keep_losses(connection, int(plan.person), plan)
    return made


def finish(connection: Connection, begun: Begun, settled: Sequence[Settled], now: datetime) -> bool:
    """Move everything by what the receipts say; True when text had to be erased."""
    plan, who = begun.plan, int(begun.plan.person)
    steps = {step.key: step for step in plan.steps}
    _know(connection, who, settled, plan)
    _forget_items(connection, who, (gone for each in settled for gone in each.absent))
    _clear(connection, who, begun.sight, settled, steps, now)
    _move_links(connection, who, settled, steps, now)
    _drop_orphans(connection, who, begun.sight.absent)
    put(connection, history, _history_rows(who, settled), keep=("first_seen",))
    _erase_rows(connection, history, who, [each.key for each in settled if each.entry is None])
    put(connection, note, [_note_row(who, each) for each in settled if each.note is not None])
    _erase_rows(connection, note, who, [each.key for each in settled if each.note is None])
    done = journal(connection, who, begun.id, settled, steps, now, begun.seal)
    connection.execute(update(run).where(run.c.id == begun.id).values(finished_at=seconds(now), done=done))
    if plan.everything:
        first = update(person).where(person.c.id == who, person.c.first_synced.is_(None))
        connection.execute(first.values(first_synced=seconds(now)))
    return trees.keep(connection, who, [one for each in settled for one in each.items], None)


def _know(connection: Connection, who: int, settled: Iterable[Settled], plan: Plan) -> None:
    """Rows for ids that links name but that nobody has read yet, so that a link never loses an id."""
    seen = {one.id for each in settled for one in each.items}
    seen |= {one.id for step in plan.steps for one in (step.exchange, step.salesforce) if one is not None}
    unread = [
        (side, each.link.id_on(side))
        for each in settled
        if each.link is not None
        for side in Side
        if each.link.id_on(side) and each.link.id_on(side) not in seen
    ]
    trees.know(connection, who, unread)


def _forget_items(connection: Connection, who: int, gone: Iterable[tuple[Side, str]]) -> None:
    statement = delete(item).where(item.c.person == who, item.c.ref == bindparam("gone"))
    many(connection, statement, [{"gone": reference(side, ident)} for side, ident in gone])


def _clear(
    connection: Connection, who: int, sight: Sight, settled: Iterable[Settled], steps: Mapping[str, Step], now: datetime
) -> None:
    """Items are no longer touched once judged for good, or once their next attempt has a time; not if touched again since."""
    judged: set[tuple[Side, str]] = set()
    for each in settled:
        if each.judged or _waits(each.entry, now):
            judged.update(_ids(steps.get(each.key), each.link))
    cleared = sight.touched & judged
    seen = update(item).where(item.c.person == who, item.c.touched <= sight.horizon).values(touched=null())
    if cleared == sight.touched:
        connection.execute(seen)
    else:
        many(
            connection,
            seen.where(item.c.ref == bindparam("judged")),
            [{"judged": reference(side, ident)} for side, ident in cleared],
        )


def _waits(entry: Entry | None, now: datetime) -> bool:
    return entry is not None and entry.next_attempt is not None and entry.next_attempt > now


def _ids(step: Step | None, link: Link | None) -> Iterator[tuple[Side, str]]:
    """The items that a step has dealt with."""
    for one in (step.exchange, step.salesforce) if step else ():
        if one is not None:
            yield one.side, one.id
    for tie in (step.link if step else None, link):
        if tie is not None:
            yield Side.EXCHANGE, tie.exchange_id
            yield Side.SALESFORCE, tie.salesforce_id


def _move_links(connection: Connection, who: int, settled: Iterable[Settled], steps: Mapping[str, Step], now: datetime) -> None:
    """Store links that changed, forget those that ended; what is left of a forgotten pair is looked at again."""
    changed: list[Link] = []
    ended: list[str] = []
    buried: list[Burial] = []
    for each in settled:
        step = steps.get(each.key)
        before = step.link if step else None
        if before is not None and before != each.link:
            buried.append(Burial(before, each.link))
        if each.link is None and (before is not None or step is None):
            ended.append(each.key)
        elif each.link is not None and (each.link != before or (step is not None and step.tied)):
            changed.append(each.link)
    bury(connection, who, buried, now)
    forget_links(connection, who, ended)
    links.put_links(connection, who, changed)


def forget_links(connection: Connection, who: int, keys: Sequence[str]) -> None:
    """Forget links with what is absent of them; what remains of a pair is touched."""
    left = links.halves(links.rows_by_key(connection, who, keys))
    if not left:
        return
    links.drop_links(connection, who, keys)
    mine = (item.c.person == who, item.c.ref == bindparam("half"))
    halves = [{"half": ref} for ref in left]
    many(connection, delete(item).where(*mine, item.c.absent.is_not(None) | item.c.payload.is_(None)), halves)
    trees.touch(connection, who, left)


def _drop_orphans(connection: Connection, who: int, absent: Iterable[int]) -> None:
    """Forget absent ids that no link names any more."""
    lonely = ~exists().where(link.c.person == who, links.half_of(item.c.ref))
    mine = (item.c.person == who, item.c.ref == bindparam("gone"), item.c.absent.is_not(None))
    many(connection, delete(item).where(*mine, lonely), [{"gone": ref} for ref in absent])


def _history_rows(who: int, settled: Iterable[Settled]) -> list[dict[str, Any]]:
    return [
        {
            "person": who,
            "key": key_bytes(each.key),
            "tab": entry.decision.tab.value if entry.decision.tab else "",
            "verdict": entry.decision.verdict.value,
            "code": entry.decision.code,
            "first_seen": seconds(entry.first_seen),
            "last_attempt": seconds(entry.last_attempt),
            "next_attempt": seconds(entry.next_attempt) if entry.next_attempt else None,
            "payload": pack_entry(entry),
            **shelved(entry),
        }
        for each in settled
        if (entry := each.entry) is not None
    ]


def _note_row(who: int, each: Settled) -> dict[str, Any]:
    if each.note is None:
        raise ValueError("there is no note to store")
    return {"person": who, "key": key_bytes(each.key), "payload": pack_note(replace(each.note, key=""))}


def _erase_rows(connection: Connection, table: Any, who: int, keys: Sequence[str]) -> None:
    """Erase the rows with these keys, most of which are not there."""
    if len(keys) > CHUNK:
        there = set(connection.scalars(select(table.c.key).where(table.c.person == who)))
        keys = [key for key in keys if key_bytes(key) in there]
    statement = delete(table).where(table.c.person == who, table.c.key == bindparam("gone"))
    many(connection, statement, [{"gone": key_bytes(key)} for key in keys])
