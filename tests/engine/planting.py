"""What goes wrong behind everybody's back: reports that are lost, and a memory that says something else."""

from msgspec.structs import replace

from twincal.connectors.graph.wire import MARK_PROPERTY
from twincal.core.decision import Plan
from twincal.core.item import Item
from twincal.core.scene import Settled
from twincal.core.vocabulary import Field, Side
from twincal.engine.observe import SALESFORCE_STREAM
from twincal.engine.service import Service

WITHOUT_MARK = {"singleValueExtendedProperties": [{"id": MARK_PROPERTY, "value": ""}]}
"""An edit in Exchange that takes Twincal's mark away."""
OTHER = {Field.SUBJECT: b"8 bytes!", Field.TIME: b"8 others"}


async def swallow(service: Service, mailbox: str) -> None:
    """What both sides have to report is lost: the places up to which they were read move on without it."""
    (person,) = await service._people([mailbox])
    ports = await service._connections.ports()
    for side, stream in ((Side.EXCHANGE, f"exchange:{person.id}"), (Side.SALESFORCE, SALESFORCE_STREAM)):
        cursor = await ports.ledger.cursor(stream)
        sight = await ports.calendar(side).look([person.owner_on(side)], cursor, person.window(ports.clock.now()))
        await ports.ledger.record([], stream, sight.cursor)


async def misremember(service: Service, mailbox: str, subject: str) -> None:
    """What both sides had agreed on about an item is replaced by something else."""
    (person,) = await service._people([mailbox])
    ports = await service._connections.ports()
    now = ports.clock.now()
    scene = await ports.ledger.scene(person.id, now, everything=True)
    (item,) = [one for one in scene.exchange.values() if isinstance(one, Item) and one.subject == subject]
    (link,) = [one for one in scene.links if one.exchange_id == item.id]
    link = replace(link, exchange={**link.exchange, **OTHER}, salesforce={**link.salesforce, **OTHER})
    nothing = Plan(person=person.id, made_at=now, window=person.window(now), steps=(), everything=False)
    await ports.ledger.finish(await ports.ledger.begin(nothing), [Settled(key=link.key, link=link)], now)
