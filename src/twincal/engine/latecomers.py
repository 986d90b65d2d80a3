"""Creates that may still arrive where nothing refuses the second copy for certain: they are remembered, so that what turns up
later is told from something that a person has entered. In Salesforce that is an org without the key field; how long Exchange
knows a `transactionId` again is documented nowhere. Copies of ours whose other half a restored home does not find are the same."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from msgspec import UNSET
from msgspec.json import decode, encode

from twincal.core.item import Item
from twincal.core.pairing import trace
from twincal.core.vocabulary import Operation, Side
from twincal.engine.person import Person, Ports
from twincal.ports import Intent

KEPT = timedelta(days=30)
"""How long a create whose reply was lost is remembered: a copy that arrived late may be read much later, after a long pause."""


async def remember_latecomers(person: Person, ports: Ports) -> None:
    """Remember every create whose end is not known, before it is looked for and, where it is not found, sent again."""
    begun = {
        found: intent.begun_at.timestamp()
        for intent in await ports.ledger.open_intents(person.id)
        if (found := _trace(intent, ports))
    }
    await _remember(person, ports, begun)


async def remember_copies(person: Person, ports: Ports, copies: Iterable[Item]) -> None:
    """Remember copies of ours that stand alone: what they were made of is out of sight, and would get a second copy."""
    now = ports.clock.now().timestamp()
    await _remember(person, ports, {trace(one.side, one.subject, one.times, ports.key): now for one in copies})


async def _remember(person: Person, ports: Ports, begun: Mapping[str, float]) -> None:
    if not begun:
        return
    oldest = (ports.clock.now() - KEPT).timestamp()
    known = {found: at for found, at in (await _known(person, ports)).items() if at >= oldest}
    await ports.ledger.record([], _stream(person), encode({**known, **begun}, order="sorted").decode())


async def latecomers(person: Person, ports: Ports) -> frozenset[str]:
    """The traces of items that may stand twice on the side where they were created."""
    return frozenset(await _known(person, ports))


def _stream(person: Person) -> str:
    return f"late:{person.id}"


async def _known(person: Person, ports: Ports) -> Mapping[str, float]:
    """When each was begun, in seconds since 1970, by its trace."""
    text = await ports.ledger.cursor(_stream(person))
    return decode(text, type=dict[str, float]) if text else {}


def _trace(intent: Intent, ports: Ports) -> str:
    """The trace of the item that a create makes; none of other writes, nor of what can be there only once."""
    write = intent.write
    subject, times = write.values.subject, write.values.times
    once = write.side is Side.SALESFORCE and ports.capabilities.key_field
    if once or write.operation is not Operation.CREATE or subject is UNSET or times is UNSET:
        return ""
    return trace(write.side, subject, times, ports.key)
