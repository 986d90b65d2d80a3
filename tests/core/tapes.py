"""Tapes: what people do to two calendars, drawn by Hypothesis, and the settings under which they do it."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from tests.core.calendars import ANN, ANN_ID, BEN_ID, ORGANIZER, PEOPLE, STRANGER, relation
from tests.core.worlds import RECORDS, World
from twincal.core.decision import Verdict
from twincal.core.item import AllDay, Body, Item, Participant, Timed, Times
from twincal.core.pairing import item_key
from twincal.core.rules.fate import CHOOSABLE
from twincal.core.scene import Note
from twincal.core.trees import Record
from twincal.core.vocabulary import Operation, RecordKind, ShowAs, Side, Tab

TAPES = settings(max_examples=int(os.environ.get("TWINCAL_TAPES", "60")))
"""How many tapes each promise is held against; `TWINCAL_TAPES=5000` looks longer."""


class Move(Struct, frozen=True):
    """One thing that happens: what, on which side, to which of the items there, and a number that varies it."""

    verb: str
    side: Side = Side.EXCHANGE
    which: int = 0
    more: int = 0


class Tape(Struct, frozen=True):
    """The settings and capabilities at the start, and everything that happens."""

    settings: Mapping[str, str]
    moves: tuple[Move, ...]
    shared: bool = True
    multiday: bool = True


def times_of(world: World, more: int) -> Times:
    """Times that nothing has had: mostly soon, some past or far away; sometimes whole days, sometimes very long ones."""
    number = world.token()
    day = world.now + timedelta(days=(2, 9, 30, 3, 400, 12, -3, -1)[more % 8])
    if more % 7 == 6:
        first = day.date() + timedelta(days=number)
        return AllDay(first, first + timedelta(days=more % 3))
    start = datetime(day.year, day.month, day.day, tzinfo=day.tzinfo) + timedelta(minutes=number)
    return Timed(start, start + timedelta(days=20) if more % 23 == 22 else start + timedelta(minutes=45))


def word(world: World, more: int) -> str:
    """A text that nobody has written before; sometimes too long for Salesforce."""
    return f"word{world.token()}" + (" and more" * 40 if more % 11 == 10 else "")


def chosen_people(more: int) -> tuple[Participant, ...]:
    """Up to three people of the cast; often nobody."""
    return tuple(Participant(address) for n, address in enumerate(PEOPLE) if more >> n & 1 and more % 3)


def create(world: World, move: Move) -> None:
    """Somebody makes an item, or is invited to one."""
    exchange, people = move.side is Side.EXCHANGE, chosen_people(move.more)
    inbound = exchange and move.more % 5 == 4
    item = Item(
        side=move.side,
        id=world.calendars[move.side].fresh_id(),
        times=times_of(world, move.more),
        subject=word(world, move.more),
        place=word(world, 0) if move.more % 2 else "",
        body=Body.of(word(world, 0)) if move.more % 4 else Body(),
        organizer=Participant(STRANGER) if inbound else ORGANIZER,
        organized_by_owner=not inbound,
        people=(Participant(ANN), *people) if inbound else people if exchange else (),
        categories=("Salesforce",) if exchange and move.more % 3 == 0 else (),
    )
    if not exchange:
        whos = tuple(record.id for n, record in enumerate(RECORDS) if move.more >> n & 1)[: 2 if world.shared else 1]
        item = replace(item, whos=whos, people=(*(relation(who) for who in whos), *people), what="001A" if move.more % 2 else "")
    world.add(item)


def series(world: World, move: Move) -> None:
    """Three instances of a new series."""
    name, people = f"series{world.token()}", chosen_people(move.more)
    start = world.now + timedelta(days=3, minutes=world.token())
    for week in range(3):
        at = start + timedelta(weeks=week)
        times = Timed(at, at + timedelta(hours=1))
        ident = world.calendars[Side.EXCHANGE].fresh_id()
        world.add(
            Item(
                side=Side.EXCHANGE, id=ident, times=times, subject=word(world, 0), organizer=ORGANIZER, people=people,
                series=name, original_start=at, categories=("Salesforce",),
            )
        )  # fmt: skip


def move_series(world: World, item: Item, move: Move) -> None:
    """The whole series is moved: Exchange throws all its instances away and makes new ones."""
    held = {link.exchange_id for link in world.links.values() if item.series and link.series == item.series}
    old = [one for one in world.calendars[Side.EXCHANGE].items.values() if one.series == item.series]
    if not held or {one.id for one in old} != held:
        return
    shift = timedelta(minutes=world.token())
    for one in sorted(old, key=lambda one: str(one.original_start)):
        assert isinstance(one.original_start, datetime)
        at = one.original_start + shift
        world.calendars[Side.EXCHANGE].remove(one.id, world.now, ANN_ID)
        fresh = replace(one, id=world.calendars[Side.EXCHANGE].fresh_id(), times=Timed(at, at + timedelta(hours=1)))
        fresh = replace(fresh, original_start=at, private=False)
        world.add(fresh, lineage=world.lineage[one.side, one.id])
        world.saw(str(fresh.times.span), str(one.times.span))


def author(move: Move) -> str:
    """Mostly Ann herself; in Salesforce sometimes a colleague."""
    return BEN_ID if move.side is Side.SALESFORCE and move.more % 4 == 3 else ANN_ID


def retitle(world: World, item: Item, move: Move) -> None:
    world.edit(item, author(move), subject=word(world, move.more))


def put_off(world: World, item: Item, move: Move) -> None:
    world.edit(item, author(move), times=times_of(world, move.more))


def relocate(world: World, item: Item, move: Move) -> None:
    world.edit(item, author(move), place=word(world, move.more))


def describe(world: World, item: Item, move: Move) -> None:
    world.edit(item, author(move), body=Body.of(word(world, 0)))


def show(world: World, item: Item, move: Move) -> None:
    world.edit(item, author(move), show_as=tuple(ShowAs)[move.more % 3])


def hide(world: World, item: Item, move: Move) -> None:
    world.edit(item, private=not item.private)


def delete(world: World, item: Item, move: Move) -> None:
    world.delete(item, "" if move.side is Side.SALESFORCE and move.more % 7 == 6 else author(move))


def regroup(world: World, item: Item, move: Move) -> None:
    """People come and go in Exchange; in Salesforce somebody relates the event to others."""
    if item.side is Side.EXCHANGE:
        mine = () if item.organized_by_owner else (Participant(ANN),)
        world.edit(item, people=(*mine, *chosen_people(move.more)))
        return
    whos = tuple(record.id for n, record in enumerate(RECORDS) if move.more >> n & 1)[: 2 if world.shared else 1]
    invited = tuple(p for p in item.people if p.invited)
    world.edit(item, author(move), whos=whos, people=(*(relation(who) for who in whos), *invited))


def relate(world: World, item: Item, move: Move) -> None:
    """Categories in Exchange, the What in Salesforce."""
    if item.side is Side.EXCHANGE:
        world.edit(item, categories=((), ("Salesforce",), ("No sync",), ("salesforce", "Blue"))[move.more % 4])
    else:
        world.edit(item, author(move), what=f"001W{world.token()}")


def remove_away(world: World, item: Item, move: Move) -> None:
    """It is moved to another folder, or archived: nobody deleted it. One instance alone cannot be moved so."""
    if not item.series:
        world.calendars[item.side].remove(item.id, world.now, "", deleted=False)


def cancel(world: World, item: Item, move: Move) -> None:
    """The organizer cancels; the cancelled meeting still stands in Outlook."""
    if item.side is Side.EXCHANGE and not item.organized_by_owner:
        world.mourn(world.edit(item, cancelled=True))


def ignore(world: World, item: Item, move: Move) -> None:
    """Ann chooses *Ignore this item* from the history, or takes it back."""
    key = key_of(world, item)
    if key in world.entries:
        kept = world.notes.get(key) or Note(key=key)
        world.notes[key] = replace(kept, ignored=not kept.ignored)


def choose(world: World, item: Item, move: Move) -> None:
    """Ann chooses a side for something that stands under Unresolved."""
    key = key_of(world, item)
    entry = world.entries.get(key)
    if entry and (entry.decision.tab is Tab.UNRESOLVED or entry.decision.code in CHOOSABLE):
        kept = world.notes.get(key) or Note(key=key)
        world.notes[key] = replace(kept, choice=tuple(Side)[move.more % 2])
        if entry.decision.verdict is Verdict.HOLD or entry.decision.code in CHOOSABLE:
            world.chosen.add(world.lineage[item.side, item.id])


def key_of(world: World, item: Item) -> str:
    """The key of the history row of an item."""
    link = next((link for link in world.links.values() if link.id_on(item.side) == item.id), None)
    return link.key if link else item_key("ann", item.side, item.id)


SETTINGS: Mapping[str, tuple[str, ...]] = {
    "mode": ("sync_all", "match", "designate", "off"),
    "window.past_days": ("30", "2"),
    "window.future_days": ("365", "5"),
    "conflict": ("exchange", "salesforce", "latest", "hold"),
    "notify_attendees": ("updates", "never", "always"),
    "invite_attendees": ("off", "on"),
    "ignore_list": ("", "lead.example", "northwind.example", f"{PEOPLE[0]}, nobody.example"),
    "global_exclusion_list": ("", "", "initech.example"),
    "private_items": ("off", "off", "masked"),
    "guard.deletion_floor": ("5", "0"),
    "guard.updates_floor": ("5", "0"),
    **{f"prevent.{operation.value}_in_{side.value}": (*("off",) * 9, "on") for side in Side for operation in Operation},
}
MOVABLE = tuple(key for key in SETTINGS if key != "private_items")


def administer(world: World, move: Move) -> None:
    """An administrator changes a setting."""
    key = MOVABLE[move.which % len(MOVABLE)]
    world.policy = world.policy.with_changes({key: SETTINGS[key][move.more % len(SETTINGS[key])]})


def appear(world: World, move: Move) -> None:
    """Somebody enters a Contact for the stranger."""
    world.records.append(Record(f"003Z{world.token():011}AAA", RecordKind.CONTACT, STRANGER, "Zoe"))


def wait(world: World, move: Move) -> None:
    """Days pass."""
    world.now += timedelta(days=(1, 3, 20, 45)[move.more % 4])


ON_ITEMS: Mapping[str, Callable[[World, Item, Move], None]] = {
    act.__name__: act
    for act in (
        retitle, put_off, relocate, describe, show, hide, delete, regroup, relate, remove_away, cancel, ignore, choose, move_series,
    )
}  # fmt: skip


def both(world: World, move: Move) -> None:
    """Both halves of a pair are changed before Twincal looks again."""
    pairs = world.pairs()
    if not pairs:
        return
    for side, item, number in zip(Side, pairs[move.which % len(pairs)][1:], (move.more % 16, move.more // 16), strict=True):
        BOTH[number % len(BOTH)](world, item, replace(move, side=side))


BOTH = (retitle, put_off, relocate, describe, delete, relate, hide, regroup, retitle, delete)


def twin(world: World, move: Move) -> None:
    """Somebody types an item into the other calendar, where it does not stand yet, or once more."""
    items = sorted(world.calendars[move.side].items.values(), key=lambda item: item.id)
    held = {link.id_on(move.side) for link in world.links.values()}
    free = [item for item in items if item.id not in held and item.organized_by_owner and not (item.series or item.private)]
    if not free:
        return
    item, other = free[move.which % len(free)], move.side.other
    copy = Item(
        side=other, id=world.calendars[other].fresh_id(), times=item.times, subject=item.subject, place=item.place,
        body=item.body, show_as=item.show_as, organizer=ORGANIZER,
    )  # fmt: skip
    world.add(copy)


ON_WORLDS: Mapping[str, Callable[[World, Move], None]] = {
    act.__name__: act for act in (create, series, administer, appear, wait, both, twin)
}
CYCLE = "cycle"


def play(tape: Tape, world: World) -> None:
    """Everything on the tape happens; what follows a cycle with `more` falls between its look and its writes."""
    moves = list(tape.moves)
    while moves:
        move = moves.pop(0)
        if move.verb != CYCLE:
            act(world, move)
            continue
        early = moves.pop(0) if move.more % 4 == 3 and moves and moves[0].verb in ON_ITEMS else None
        world.cycle((lambda early=early: act(world, early)) if early else None)  # type: ignore[misc]


def act(world: World, move: Move) -> None:
    """One move; nothing where there is no item for it."""
    world.now += timedelta(seconds=1)
    if move.verb in ON_WORLDS:
        ON_WORLDS[move.verb](world, move)
        return
    items = sorted(world.calendars[move.side].items.values(), key=lambda item: item.id)
    if items:
        ON_ITEMS[move.verb](world, items[move.which % len(items)], move)


def world_of(tape: Tape, watch: object = None) -> World:
    """A world as the tape begins."""
    return World(tape.settings, shared=tape.shared, multiday=tape.multiday, watch=watch)  # type: ignore[arg-type]


OFTEN = (
    "create",
    "twin",
    "administer",
    "both",
    "both",
    "both",
    "cycle",
    "cycle",
    "cycle",
    "cycle",
    "retitle",
    "delete",
    "choose",
    "choose",
    "choose",
)
moves = st.builds(
    Move,
    verb=st.sampled_from((*OFTEN, *ON_ITEMS, *ON_WORLDS)),
    side=st.sampled_from(Side),
    which=st.integers(0, 31),
    more=st.integers(0, 255),
)


def _setting(key: str) -> st.SearchStrategy[str]:
    return st.sampled_from(SETTINGS[key])


making = st.builds(
    Move,
    st.sampled_from(("create", "create", "create", "series", "twin", "twin")),
    st.sampled_from(Side),
    st.just(0),
    st.integers(0, 255),
)
tapes = st.builds(
    lambda mode, more, first, moves, shared, multiday: Tape(
        {"mode": mode, **more}, (*first, Move(CYCLE), *moves), shared, multiday
    ),
    st.sampled_from(("sync_all", "sync_all", "match", "designate")),
    st.fixed_dictionaries({}, optional={key: _setting(key) for key in SETTINGS if key != "mode"}),
    st.lists(making, min_size=1, max_size=4),
    st.lists(moves, min_size=3, max_size=20),
    st.booleans(),
    st.booleans(),
)
