"""Find an item by what a person has at hand: a part of its subject, an id of either side, a key, or a link to it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from urllib.parse import unquote

from msgspec import Struct
from sqlalchemy import Connection

from twincal.core.decision import Entry
from twincal.core.item import Item
from twincal.core.pairing import item_keys
from twincal.core.scene import Note, Scene
from twincal.core.trees import Link
from twincal.core.vocabulary import Side
from twincal.core.writes import Absent
from twincal.store.database import Database
from twincal.store.history import entries
from twincal.store.scenes import scene

SHORT_ID, LONG_ID = 15, 18
"""Salesforce shows ids of 15 characters, case telling them apart, and of 18, with three more that repeat the case."""
PARTS = re.compile(r"[^\w\-+=]+")


class Found(Struct, frozen=True, kw_only=True):
    """Everything the store knows of one item or pair. `entry` is None where the history does not list it."""

    key: str
    exchange: Item | Absent | None = None
    salesforce: Item | Absent | None = None
    link: Link | None = None
    entry: Entry | None = None
    note: Note | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        """The items that are there."""
        return tuple(one for one in (self.exchange, self.salesforce) if isinstance(one, Item))

    @property
    def subject(self) -> str:
        """What it is called; empty for private items."""
        return next((one.subject for one in self.items), self.entry.subject if self.entry else "")


async def find_items(database: Database, person: str, text: str, now: datetime) -> list[Found]:
    """The items of a person that `text` names: those it names exactly, else those whose subject contains it, by start.

    A private item has no subject here; it is found by its id, its key or the key of its pair.
    """
    wanted = text.strip()
    if not wanted:
        return []
    every = database.run(_everything, int(person), now)
    named = set(_names(wanted))
    exact = [one for one in every if one.key in named or any(_is(item, named, wanted) for item in _halves(one))]
    folded = wanted.casefold()
    return sorted(exact or [one for one in every if folded in one.subject.casefold()], key=_start)


def _names(text: str) -> Iterator[str]:
    """What in the text may be an id: the text itself, or a part of a link, as Graph writes it."""
    yield text
    plain = unquote(text)
    yield plain
    for part in (*PARTS.split(plain), *re.split(r"[?&#]", plain)):
        value = part.partition("=")[2] if "=" in part.rstrip("=") else part
        if len(value) >= SHORT_ID:
            yield value
            yield value.replace("+", "-").replace("/", "_")


def _is(one: Item | Absent, named: set[str], text: str) -> bool:
    if one.id in named or (isinstance(one, Item) and one.source and one.source == text):
        return True
    return len(one.id) == LONG_ID and any(
        len(name) in (SHORT_ID, LONG_ID) and name[:SHORT_ID] == one.id[:SHORT_ID] for name in named
    )


def _halves(one: Found) -> Iterable[Item | Absent]:
    found = [half for half in (one.exchange, one.salesforce) if half is not None]
    if one.link is not None:  # a half that nobody has read yet has an id all the same
        found += [Absent(one.link.id_on(side), deleted=False) for side in Side if one.link.id_on(side)]
    return found


def _start(one: Found) -> tuple[float, str]:
    return min((item.start.timestamp() for item in one.items), default=0.0), one.key


def _everything(connection: Connection, who: int, now: datetime) -> list[Found]:
    there, _ = scene(connection, who, now, everything=True, addresses=())
    listed = {entry.key: entry for entry in entries(connection, who)}
    trees: Mapping[Side, Mapping[str, Item | Absent]] = {Side.EXCHANGE: there.exchange, Side.SALESFORCE: there.salesforce}
    found = [_pair(link, there, listed) for link in there.links]
    tied = {link.id_on(side) for link in there.links for side in Side}
    for side, tree in trees.items():
        for ident, one in tree.items():
            if ident not in tied:
                found.append(_single(str(who), side, one, there, listed))
    known = {one.key for one in found}
    found += [Found(key=key, entry=entry, note=there.notes.get(key)) for key, entry in listed.items() if key not in known]
    return found


def _pair(link: Link, there: Scene, listed: Mapping[str, Entry]) -> Found:
    return Found(
        key=link.key,
        exchange=there.exchange.get(link.exchange_id),
        salesforce=there.salesforce.get(link.salesforce_id),
        link=link,
        entry=listed.get(link.key),
        note=there.notes.get(link.key),
    )


def _single(who: str, side: Side, one: Item | Absent, there: Scene, listed: Mapping[str, Entry]) -> Found:
    own, other = item_keys(who, side, one.id)
    key = other if other in listed else own
    exchange = side is Side.EXCHANGE
    return Found(
        key=key,
        exchange=one if exchange else None,
        salesforce=None if exchange else one,
        entry=listed.get(key),
        note=there.notes.get(key),
    )
