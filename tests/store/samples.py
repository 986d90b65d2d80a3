"""Items, steps and what they leave behind, as short as the tests of the store need them."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from msgspec.structs import replace

from twincal.core.decision import Decision, Entry, Plan, Reason, Step, Verdict
from twincal.core.fields import prints
from twincal.core.item import Body, Item, Participant, Timed
from twincal.core.pairing import item_key
from twincal.core.scene import Settled
from twincal.core.trees import Link, Window
from twincal.core.vocabulary import Operation, Outcome, Side, Tab
from twincal.core.writes import Receipt, Values, Write
from twincal.ports import Sighting
from twincal.store.accounts import Member
from twincal.store.store import Store

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=30), NOW + timedelta(days=365))
KEY = b"k" * 32


def graph_id(number: int) -> str:
    """An id as long and as random as Graph's immutable ids: 152 characters."""
    return urlsafe_b64encode(b"\0\2\x60" + blake2b(b"%d" % number, digest_size=64).digest() + b"m" * 47).decode()


def exchange(number: int, **more: Any) -> Item:
    """An Exchange item, an hour long, the number tells which day."""
    start = NOW + timedelta(days=number)
    given: dict[str, Any] = {
        "side": Side.EXCHANGE,
        "id": graph_id(number),
        "times": Timed(start, start + timedelta(hours=1)),
        "subject": f"Review {number}",
        "body": Body.of(f"What to review {number}"),
        "organizer": Participant("me@contoso.com"),
        "people": (Participant("ada@acme.com", "Ada"),),
        "version": "v1",
    }
    return Item(**{**given, **more})


def salesforce(number: int, **more: Any) -> Item:
    """The Salesforce copy of the Exchange item with the same number."""
    start = NOW + timedelta(days=number)
    given: dict[str, Any] = {
        "side": Side.SALESFORCE,
        "id": f"00U{number:012d}AAA",
        "times": Timed(start, start + timedelta(hours=1)),
        "subject": f"Review {number}",
        "body": Body.of(f"What to review {number}"),
        "whos": ("003000000000001AAA",),
        "version": "2027-03-01T08:00:00Z",
    }
    return Item(**{**given, **more})


def kept(item: Item) -> Item:
    """The item as the store keeps it."""
    return replace(item, body=item.body.kept)


def creation(item: Item, person: str) -> Step:
    """A step that creates the Salesforce copy of an Exchange item."""
    key = item_key(person, Side.EXCHANGE, item.id)
    link = Link(key=key, exchange_id=item.id, born=Side.EXCHANGE, series=item.series, end=item.end)
    write = Write(
        intent=blake2b(key.encode(), digest_size=16).hexdigest(),
        side=Side.SALESFORCE,
        operation=Operation.CREATE,
        mark=link.mark,
        values=Values(subject=item.subject, times=item.times, body="a body that is not to stay"),
    )
    decision = Decision(Verdict.CREATE_IN_SALESFORCE, (Reason("A22"), Reason("F01")), Tab.SYNCED)
    return Step(key=key, decision=decision, exchange=item, after=link, writes=(write,))


def entry(step: Step, now: datetime = NOW, **more: Any) -> Entry:
    """The row of the history of a step."""
    item = step.item
    assert item is not None
    given: dict[str, Any] = {
        "key": step.key,
        "origin": item.side,
        "decision": step.decision,
        "subject": item.subject,
        "start": item.start,
        "end": item.end,
        "exchange_id": step.exchange.id if step.exchange else "",
        "salesforce_id": step.salesforce.id if step.salesforce else "",
        "first_seen": now,
        "last_attempt": now,
    }
    return Entry(**{**given, **more})


def created(step: Step, copy: Item, **more: Any) -> Settled:
    """What is left behind when the creation was done and read back."""
    assert step.after is not None
    assert step.exchange is not None
    link = replace(step.after, salesforce_id=copy.id, exchange=prints(step.exchange, KEY), salesforce=prints(copy, KEY))
    given: dict[str, Any] = {
        "key": step.key,
        "link": link,
        "entry": entry(step, salesforce_id=copy.id),
        "receipts": (Receipt(intent=step.writes[0].intent, outcome=Outcome.DONE, item_id=copy.id, item=copy),),
        "items": (copy,),
    }
    return Settled(**{**given, **more})


def plan(person: str, steps: Sequence[Step], **more: Any) -> Plan:
    """A plan of these steps."""
    return Plan(**{"person": person, "made_at": NOW, "window": WINDOW, "steps": tuple(steps), **more})


async def somebody(store: Store, mailbox: str = "adele@contoso.com") -> str:
    """Add a person; the id."""
    member = Member(id="", mailbox=mailbox, salesforce_username=f"{mailbox}.sf", profile="Standard User")
    return (await store.accounts.add(member)).id


async def see(store: Store, person: str, *items: Item, cursor: str = "c", **more: Any) -> None:
    """Record items of one side."""
    side = items[0].side if items else more.pop("side")
    await store.ledger.record([Sighting(person=person, side=side, items=items, **more)], f"{side.value}:{person}", cursor)


async def in_step(store: Store, person: str, *numbers: int, **more: Any) -> list[Link]:
    """Let these items be seen in Exchange, created in Salesforce, and remembered."""
    items = [exchange(number, **more) for number in numbers]
    await see(store, person, *items)
    await store.ledger.scene(person, NOW, everything=True)
    steps = [creation(item, person) for item in items]
    run = await store.ledger.begin(plan(person, steps))
    settled = [created(step, salesforce(number)) for step, number in zip(steps, numbers, strict=True)]
    await store.ledger.finish(run, settled, NOW)
    return [each.link for each in settled if each.link is not None]
