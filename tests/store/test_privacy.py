"""What becomes private leaves no text in any file; ids and prints stay (SPEC 3.3)."""

from pathlib import Path

from msgspec.structs import replace

from tests.store.samples import NOW, created, creation, entry, exchange, in_step, plan, salesforce, see, somebody
from twincal.core.item import Body, Item, Participant
from twincal.core.policy import PrivateItems
from twincal.core.privacy import shielded
from twincal.core.scene import Settled
from twincal.core.vocabulary import Side
from twincal.store.store import Store

CANARY = "XyzzyCanary"


def secret(number: int) -> Item:
    """An item full of what must not stay."""
    return exchange(
        number,
        subject=f"{CANARY} subject",
        place=f"{CANARY} place",
        categories=(f"{CANARY} category",),
        people=(Participant(f"{CANARY.lower()}@acme.com", f"{CANARY} name"),),
        source=f"https://outlook.example/{CANARY}",
    )


def hidden(item: Item) -> Item:
    """The same item once its owner has made it private."""
    return replace(item, private=True)


def everywhere(home: Path) -> bytes:
    """All bytes of all files of a home."""
    return b"".join(path.read_bytes() for path in home.iterdir())


def holds(home: Path) -> bool:
    return CANARY.lower().encode() in everywhere(home).lower()


async def linked_secret(store: Store, person: str) -> Settled:
    """A linked pair whose both halves say the secret, with history, receipts and a body in the intents."""
    await see(store, person, secret(1))
    await store.ledger.scene(person, NOW, everything=True)
    step = creation(secret(1), person)
    write = replace(step.writes[0], values=replace(step.writes[0].values, body=f"{CANARY} body"))
    step = replace(step, writes=(write,))
    run = await store.ledger.begin(plan(person, [step]))
    done = created(step, salesforce(1, subject=f"{CANARY} subject", what_name=f"{CANARY} Ltd"))
    await store.ledger.finish(run, [done], NOW)
    return done


async def test_a_linked_item_that_becomes_private_leaves_no_text(home: Path) -> None:
    store = Store.open(home)
    person = await somebody(store)
    done = await linked_secret(store, person)
    assert holds(home), "the test would prove nothing"
    await see(store, person, hidden(secret(1)))
    assert not holds(home), "neither in the database nor in its log, while it is open"
    assert not await store.history.rows(person)
    (told,) = await store.history.receipts(person, done.key)
    assert (told.before, told.after) == (None, None)
    scene = await store.ledger.scene(person, NOW, everything=True)
    assert list(scene.links) == [done.link], "prints and ids stay"
    store.close()
    assert not holds(home)


async def test_an_unlinked_item_that_becomes_private_leaves_no_text(home: Path) -> None:
    store = Store.open(home)
    person = await somebody(store)
    await see(store, person, secret(1))
    await store.ledger.scene(person, NOW, everything=True)
    step = replace(creation(secret(1), person), writes=())
    await store.ledger.finish(await store.ledger.begin(plan(person, [step])), [Settled(key=step.key, entry=entry(step))], NOW)
    assert holds(home)
    await see(store, person, hidden(secret(1)))
    assert not holds(home)
    scene = await store.ledger.scene(person, NOW, everything=True, addresses=[])
    (found,) = scene.exchange.values()
    assert found == shielded(hidden(secret(1)), PrivateItems.OFF)
    assert not (await store.ledger.scene(person, NOW, everything=False, addresses=[f"{CANARY.lower()}@acme.com"])).salesforce
    store.close()
    assert not holds(home)


async def test_an_item_that_was_always_private_never_gets_in(home: Path) -> None:
    store = Store.open(home)
    person = await somebody(store)
    await see(store, person, hidden(secret(1)))
    assert not holds(home)
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert scene.exchange.keys() == {secret(1).id}
    store.close()


async def test_an_open_intent_of_an_item_that_becomes_private_loses_its_values(home: Path) -> None:
    store = Store.open(home)
    person = await somebody(store)
    await see(store, person, secret(1))
    step = creation(secret(1), person)
    await store.ledger.begin(plan(person, [step]))
    await see(store, person, hidden(secret(1)))
    assert not holds(home)
    (intent,) = await store.ledger.open_intents(person)
    assert (intent.write.mark, intent.link) == (step.writes[0].mark, step.after), "enough to find what was created"
    assert intent.write.values.names == ()
    store.close()


async def test_a_copy_read_back_as_private_leaves_no_text(home: Path) -> None:
    store = Store.open(home)
    person = await somebody(store)
    await see(store, person, secret(1))
    await store.ledger.scene(person, NOW, everything=True)
    step = creation(secret(1), person)
    run = await store.ledger.begin(plan(person, [step]))
    copy = salesforce(1, subject=f"{CANARY} subject", private=True)
    await store.ledger.finish(run, [created(step, copy)], NOW)
    assert not holds(home)
    store.close()


async def test_the_other_half_stays_without_text_until_the_item_is_shown_again(home: Path) -> None:
    store = Store.open(home)
    person = await somebody(store)
    done = await linked_secret(store, person)
    await store.ledger.record([], f"scanned:{person}", "a window")
    await see(store, person, hidden(secret(1)))
    edited = salesforce(1, subject=f"{CANARY} edited in Salesforce")
    await see(store, person, edited)
    assert not holds(home), "an edit of the copy brings no text back"
    scene = await store.ledger.scene(person, NOW, everything=True)
    assert all(isinstance(item, Item) and item.private for tree in (scene.exchange, scene.salesforce) for item in tree.values())
    assert await store.ledger.cursor(f"scanned:{person}") == "a window"

    await see(store, person, secret(1))
    assert await store.ledger.cursor(f"scanned:{person}") is None, "Salesforce is read in full, for the text that is missing"
    scene = await store.ledger.scene(person, NOW, everything=True)
    shown = scene.exchange[secret(1).id]
    assert isinstance(shown, Item)
    assert shown.subject == secret(1).subject
    copy = scene.salesforce[edited.id]
    assert isinstance(copy, Item)
    assert copy.private, "nobody takes the missing text for an edit"
    await see(store, person, edited)
    copy = (await store.ledger.scene(person, NOW, everything=True)).salesforce[edited.id]
    assert isinstance(copy, Item)
    assert copy.subject == edited.subject
    assert [link.key for link in (await store.ledger.scene(person, NOW, everything=True)).links] == [done.key]
    store.close()


async def test_bodies_are_kept_while_an_intent_is_open_and_no_longer(home: Path) -> None:
    store = Store.open(home)
    person = await somebody(store)
    item = exchange(1, body=Body.of(f"{CANARY} of a body"))
    await see(store, person, item)
    assert not holds(home), "trees hold digests"
    await store.ledger.scene(person, NOW, everything=True)
    step = creation(item, person)
    write = replace(step.writes[0], values=replace(step.writes[0].values, body=f"{CANARY} of a body"))
    step = replace(step, writes=(write,))
    run = await store.ledger.begin(plan(person, [step]))
    assert holds(home)
    await store.ledger.finish(run, [created(step, salesforce(1))], NOW)
    store.close()
    assert not holds(home)


async def test_somebody_who_is_removed_leaves_nothing(home: Path) -> None:
    store = Store.open(home)
    person = await somebody(store)
    other = await somebody(store, "bob@contoso.com")
    await linked_secret(store, person)
    await in_step(store, other, 1)
    member = await store.accounts.find("adele@contoso.com")
    assert member is not None
    await store.accounts.remove(member)
    assert not holds(home)
    assert await store.ledger.cursor(f"exchange:{person}") is None
    assert await store.ledger.known_ids(other, Side.EXCHANGE) == {exchange(1).id}
    assert len(await store.history.rows(other)) == 1
    assert await somebody(store) not in (person, other), "an id is never given again"
    store.close()
