"""Look: what both calendars show now, stored with the cursor behind it. Nothing is concluded from absence alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import Item
from twincal.core.privacy import shielded
from twincal.core.trees import Window
from twincal.core.vocabulary import Side
from twincal.core.writes import Absent
from twincal.engine.person import Person, Ports
from twincal.ports import Look, Sight, Sighting


class Observed(Struct, frozen=True):
    """What a look brought: the items with their bodies, by id, and the addresses whose Salesforce records changed. `blind`
    tells that nobody knows which records did: then everything has to be judged."""

    items: Mapping[str, Item] = {}
    addresses: frozenset[str] = frozenset()
    blind: bool = False


class Polled(Struct, frozen=True, omit_defaults=True):
    """Whom the polls of the org have shown without a gap, by id, and since when some of them have not been asked for."""

    people: frozenset[str] = frozenset()
    away_since: datetime | None = None


SALESFORCE_STREAM = "salesforce"
POLLED_STREAM = "polled"
PATIENCE = timedelta(minutes=30)
"""How long the org's cursor waits for people who are not asked for, because somebody else is synced alone. Who stays away for
longer (inactive, sync off) is read in full when they come back."""


async def observe_exchange(person: Person, ports: Ports, *, whole: bool = False) -> Observed:
    """Look at one mailbox and store what it shows; with `whole` all of it, changed or not. Raises VendorFault when Exchange
    fails."""
    stream = f"exchange:{person.id}"
    window = person.look(ports.clock.now())
    cursor = None if whole else await ports.ledger.cursor(stream)
    sight = await _look(ports, Side.EXCHANGE, [person.mailbox], cursor, person.window(ports.clock.now()), window)
    look = sight.looks.get(person.mailbox, Look())
    sighting, items = await _sighting(person, ports, Side.EXCHANGE, look)
    if sighting or sight.cursor != cursor:
        await ports.ledger.record([sighting] if sighting else [], stream, sight.cursor)
    return Observed(items)


async def observe_salesforce(people: Sequence[Person], ports: Ports) -> dict[str, Observed]:
    """Look at the org once for all people, and at those who are new or due in full; what was seen, by person.

    What has changed is asked for even where everybody is read in full: the records of Contacts, Leads and Users are not read.
    """
    found: dict[str, Observed] = {}
    cursor = await ports.ledger.cursor(SALESFORCE_STREAM)
    polled = await _waited_for(people, ports)
    fresh = [person for person in people if person.id not in polled.people or not await _covered(person, ports)]
    if cursor is not None and people:
        found = await _poll(people, ports, cursor, keep_cursor=polled.away_since is not None)
        if any(seen.blind for seen in found.values()):
            polled = Polled(frozenset(person.id for person in people))
    for person in fresh:
        if found.get(person.id, Observed()).blind:
            continue  # that was a full reading
        seen, _ = await _scan(person, ports)
        known = found.get(person.id, Observed())
        found[person.id] = Observed({**known.items, **seen.items}, known.addresses | seen.addresses)
    shown = polled.people | {person.id for person in people}
    if shown != polled.people:
        await _remember_polled(replace(polled, people=shown), ports)
    return found


async def _waited_for(people: Sequence[Person], ports: Ports) -> Polled:
    """Whom the next poll goes on for. A poll moves the org's cursor for everybody: it stays while others are away for a short
    time, and who is away for longer no longer counts as shown, which is written down before the cursor moves on."""
    text, now = await ports.ledger.cursor(POLLED_STREAM), ports.clock.now()
    before = decode(text, type=Polled) if text else Polled()
    here = before.people & {person.id for person in people}
    if here == before.people or not people:
        after = replace(before, away_since=None) if people else before
    elif before.away_since is None or abs(now - before.away_since) < PATIENCE:
        after = replace(before, away_since=before.away_since or now)
    else:
        after = Polled(here)
    if after != before:
        await _remember_polled(after, ports)
    return after


async def _remember_polled(polled: Polled, ports: Ports) -> None:
    await ports.ledger.record([], POLLED_STREAM, encode(polled, order="deterministic").decode())


async def observe_whole(person: Person, ports: Ports) -> Observed:
    """Read all events of one person, changed or not. Raises VendorFault when Salesforce fails."""
    seen, _ = await _scan(person, ports)
    return seen


async def _poll(people: Sequence[Person], ports: Ports, cursor: str, *, keep_cursor: bool) -> dict[str, Observed]:
    by_user = {person.owner.user_id: person for person in people}
    window = _widest(people, ports)
    try:
        sight = await ports.salesforce.look(list(by_user), cursor, window)
    except VendorFault as fault:
        if fault.code is not FaultCode.CURSOR_EXPIRED:
            raise
        return await _anew(people, ports)
    sightings, found = [], {person.id: Observed(addresses=sight.addresses) for person in people}
    for user, look in sight.looks.items():
        person = by_user[user]
        sighting, items = await _sighting(person, ports, Side.SALESFORCE, look)
        sightings += [sighting] if sighting else []
        found[person.id] = Observed(items, sight.addresses)
    after = cursor if keep_cursor else sight.cursor
    if sightings or after != cursor:
        await ports.ledger.record(sightings, SALESFORCE_STREAM, after)
    return found


async def _anew(people: Sequence[Person], ports: Ports) -> dict[str, Observed]:
    """Read everybody in full. The cursor moves on when everybody has been read, and to where the first reading began: who was
    not reached before the process ended is read again, and what has changed between two readings is shown by the next poll."""
    await _remember_polled(Polled(frozenset(person.id for person in people)), ports)
    read = {person.id: await _scan(person, ports) for person in people}
    await ports.ledger.record([], SALESFORCE_STREAM, next(iter(read.values()))[1])
    return {person: Observed(seen.items, seen.addresses, blind=True) for person, (seen, _) in read.items()}


async def _scan(person: Person, ports: Ports) -> tuple[Observed, str]:
    """Read one person's events in full; also, from where a poll would go on. The org's cursor is kept where there is one: others
    have been shown nothing but what lies before it, and its overlap covers the meantime."""
    window = person.look(ports.clock.now())
    sight = await ports.salesforce.look([person.owner.user_id], None, window)
    look = sight.looks.get(person.owner.user_id, Look(full=True, window=window))
    sighting, items = await _sighting(person, ports, Side.SALESFORCE, look)
    before = await ports.ledger.cursor(SALESFORCE_STREAM)
    await ports.ledger.record([sighting] if sighting else [], SALESFORCE_STREAM, before or sight.cursor)
    await ports.ledger.record([], f"scanned:{person.id}", f"{ports.clock.now():%Y-%m-%d}/{_window_text(window)}")
    return Observed(items, sight.addresses), sight.cursor


async def _covered(person: Person, ports: Ports) -> bool:
    """Has everything been read today? What is erased for good leaves no trace in Salesforce that a poll could find."""
    text = await ports.ledger.cursor(f"scanned:{person.id}")
    if text is None:
        return False
    now = ports.clock.now()
    day, _, window = text.partition("/")
    return day == f"{now:%Y-%m-%d}" and _window_from(window).covers(person.window(now))


def _window_text(window: Window) -> str:
    return f"{window.start.isoformat()}/{window.end.isoformat()}"


def _window_from(text: str) -> Window:
    start, end = (datetime.fromisoformat(part) for part in text.split("/"))
    return Window(start, end)


def _widest(people: Sequence[Person], ports: Ports) -> Window:
    windows = [person.window(ports.clock.now()) for person in people]
    return Window(min(w.start for w in windows), max(w.end for w in windows))


async def _look(ports: Ports, side: Side, owners: list[str], cursor: str | None, window: Window, widened: Window) -> Sight:
    """Continue from the cursor; where it no longer serves, read everything anew."""
    calendar = ports.calendar(side)
    if cursor is None:
        return await calendar.look(owners, None, widened)
    try:
        return await calendar.look(owners, cursor, window)
    except VendorFault as fault:
        if fault.code is not FaultCode.CURSOR_EXPIRED:
            raise
        return await calendar.look(owners, None, widened)


async def _sighting(person: Person, ports: Ports, side: Side, look: Look) -> tuple[Sighting | None, dict[str, Item]]:
    """What is to be stored of a look: items, unlinked ids that are gone, and linked ones whose absence was confirmed."""
    items = {item.id: shielded(item, person.policy.private_items) for item in look.items}
    claims = await _claims(person, ports, side, look) - items.keys()
    linked = await _remembered(person, ports, side, claims) if claims else frozenset()
    absent: list[Absent] = []
    if linked:
        for found in (await ports.calendar(side).read(person.owner_on(side), sorted(linked))).values():
            if isinstance(found, Absent):
                absent.append(found)
            else:
                items[found.id] = shielded(found, person.policy.private_items)
    if not (items or absent or claims):
        return None, items
    stored = Sighting(
        person=person.id,
        side=side,
        items=tuple(items.values()),
        dropped=tuple(sorted(claims - linked)),
        absent=tuple(_without_text(gone) for gone in absent),
    )
    return stored, items


async def _remembered(person: Person, ports: Ports, side: Side, claims: set[str]) -> frozenset[str]:
    """The ids that stand in a link, or will once an open intent is settled: their absence has to be confirmed, not forgotten."""
    begun = {intent.link.id_on(side) for intent in await ports.ledger.open_intents(person.id) if intent.link is not None}
    return await ports.ledger.linked_ids(person.id, side, claims) | (begun & claims)


def _without_text(gone: Absent) -> Absent:
    return Absent(gone.id, gone.deleted, gone.by, gone.at, gone.changed_at)


async def _claims(person: Person, ports: Ports, side: Side, look: Look) -> set[str]:
    """Ids that the look claims to be gone: reported ones, instances missing from a series that was read whole, and
    whatever a full reading did not show."""
    claims = set(look.gone)
    for master in look.gone:
        claims |= await ports.ledger.known_ids(person.id, side, series=master)
    for series, ids in look.series.items():
        claims |= await ports.ledger.known_ids(person.id, side, series=series, window=look.window) - ids
    if look.full and look.window:
        claims |= await ports.ledger.known_ids(person.id, side, window=look.window) - _ids(look.items)
    return claims


def _ids(items: Iterable[Item]) -> set[str]:
    return {item.id for item in items}
