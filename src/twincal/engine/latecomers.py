"""Creates that may still arrive in an org without the key field, where nothing refuses the second copy: they are remembered, so
that what turns up later is told from something that a person has entered."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import UNSET
from msgspec.json import decode, encode

from twincal.core.pairing import trace
from twincal.core.vocabulary import Operation, Side
from twincal.engine.person import Person, Ports
from twincal.ports import Intent

KEPT = timedelta(days=30)
"""How long a create whose reply was lost is remembered: a copy that arrived late may be read much later, after a long pause."""


async def remember_latecomers(person: Person, ports: Ports) -> None:
    """Remember every create whose end is not known, before it is looked for and, where it is not found, sent again."""
    if ports.capabilities.key_field:
        return
    begun = {
        found: intent.begun_at.timestamp()
        for intent in await ports.ledger.open_intents(person.id)
        if (found := _trace(intent, ports))
    }
    if not begun:
        return
    oldest = (ports.clock.now() - KEPT).timestamp()
    known = {found: at for found, at in (await _known(person, ports)).items() if at >= oldest}
    await ports.ledger.record([], _stream(person), encode(known | begun, order="sorted").decode())


async def latecomers(person: Person, ports: Ports) -> frozenset[str]:
    """The traces of events that may stand in Salesforce twice."""
    return frozenset() if ports.capabilities.key_field else frozenset(await _known(person, ports))


def _stream(person: Person) -> str:
    return f"late:{person.id}"


async def _known(person: Person, ports: Ports) -> Mapping[str, float]:
    """When each was begun, in seconds since 1970, by its trace."""
    text = await ports.ledger.cursor(_stream(person))
    return decode(text, type=dict[str, float]) if text else {}


def _trace(intent: Intent, ports: Ports) -> str:
    """The trace of the event that a create makes; none of other writes."""
    write = intent.write
    subject, times = write.values.subject, write.values.times
    if write.side is not Side.SALESFORCE or write.operation is not Operation.CREATE or subject is UNSET or times is UNSET:
        return ""
    return trace(subject, times, ports.key)
