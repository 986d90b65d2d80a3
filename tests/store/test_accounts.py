"""People, connections, secrets at rest, and explicit settings."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.store.samples import NOW, exchange, in_step, somebody
from twincal.core.policy import Explicit
from twincal.core.vocabulary import Level, Side
from twincal.errors import HomeUnusable, WrongInput
from twincal.ports import Capabilities
from twincal.store.accounts import Member
from twincal.store.keys import keys_of
from twincal.store.secrets import Place, Sealer
from twincal.store.store import Store
from twincal.store.tables import connection, sealed

ADELE = Member(
    id="",
    mailbox="Adele@Contoso.com",
    aliases=("A.Vance@contoso.com",),
    name="Adele Vance",
    salesforce_username="adele@acme.sf",
    salesforce_user_id="005A",
    profile="Standard User",
)
CAN = Capabilities(api_version="62.0", organization_id="00D1", shared_activities=False, hidden_fields=("Location",), checked_at=NOW)
CANARY = "very-secret-canary"


def stored_in(home: Path) -> bytes:
    """All bytes of all files of a home."""
    return b"".join(path.read_bytes() for path in home.iterdir())


async def test_people_are_added_found_changed_and_removed(store: Store) -> None:
    added = await store.accounts.add(ADELE)
    assert added == replace(ADELE, id=added.id, mailbox="adele@contoso.com", aliases=("a.vance@contoso.com",))
    assert await store.accounts.people() == [added]
    assert await store.accounts.find(" ADELE@contoso.com ") == added
    assert await store.accounts.find("a.vance@CONTOSO.com") == added
    assert await store.accounts.find("bob@contoso.com") is None
    changed = replace(added, active=False, profile="Administrator", salesforce_user_id="005B")
    await store.accounts.change(changed)
    assert await store.accounts.people() == [changed]
    await store.policies.set([Explicit("mode", Level.USER, added.mailbox, "match")])
    await store.accounts.remove(changed)
    assert await store.accounts.people() == []
    assert await store.policies.all() == ()


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (replace(ADELE, salesforce_user_id="005B"), "belongs to adele@contoso.com already"),
        (Member(id="", mailbox="A.VANCE@contoso.com", profile="Standard User"), "a.vance@contoso.com belongs to"),
        (Member(id="", mailbox="b@c.d", aliases=("adele@contoso.com",), profile="Standard User"), "adele@contoso.com belongs to"),
        (Member(id="", mailbox="b@c.d", salesforce_user_id="005A", profile="Standard User"), "The Salesforce user"),
        (Member(id="", mailbox="b@c.d", profile="Sales"), "no profile `Sales`"),
    ],
)
async def test_wrong_people_are_refused_and_nothing_is_written(store: Store, other: Member, told: str) -> None:
    added = await store.accounts.add(ADELE)
    with pytest.raises(WrongInput, match=told) as refused:
        await store.accounts.add(other)
    assert refused.value.remedy
    assert await store.accounts.people() == [added]


async def test_a_connection_comes_back_with_its_secret(home: Path) -> None:
    store = Store.open(home)
    assert await store.accounts.connected(Side.SALESFORCE) is None
    rebuilt = await store.accounts.connect(Side.SALESFORCE, "00D1", {"login_url": "https://acme"}, {"client_secret": CANARY}, CAN)
    assert not rebuilt
    store.close()
    store = Store.open(home)
    found = await store.accounts.connected(Side.SALESFORCE)
    assert found is not None
    assert (found.account, found.settings, found.secret) == ("00D1", {"login_url": "https://acme"}, {"client_secret": CANARY})
    assert found.capabilities == CAN
    assert CANARY not in repr(found)
    better = replace(CAN, shared_activities=True)
    await store.accounts.set_capabilities(Side.SALESFORCE, better)
    found = await store.accounts.connected(Side.SALESFORCE)
    assert found is not None
    assert found.capabilities == better
    store.close()
    assert CANARY.encode() not in stored_in(home)


async def test_another_account_rebuilds_and_the_same_does_not(store: Store) -> None:
    person = (await store.accounts.add(ADELE)).id
    for side, account in ((Side.EXCHANGE, "tenant"), (Side.SALESFORCE, "00D1")):
        assert not await store.accounts.connect(side, account, {}, {"s": "1"})
    await in_step(store, person, 1)
    await store.policies.set([Explicit("mode", Level.SUBSCRIPTION, "", "sync_all")])
    await store.ledger.record([], "salesforce", "c")
    assert not await store.accounts.connect(Side.SALESFORCE, "00D1", {}, {"s": "new secret"})
    assert await store.ledger.known_ids(person, Side.EXCHANGE) == {exchange(1).id}

    assert await store.accounts.connect(Side.SALESFORCE, "00D2", {}, {"s": "1"})
    scene = await store.ledger.scene(person, NOW, everything=True)
    assert (dict(scene.exchange), list(scene.links), scene.totals.first_sync) == ({}, [], True)
    assert await store.history.rows(person) == []
    for stream in (f"exchange:{person}", "salesforce"):
        assert await store.ledger.cursor(stream) is None
    (member,) = await store.accounts.people()
    assert member.salesforce_user_id == "", "user ids of another org mean nothing"
    assert len(await store.policies.all()) == 1, "settings are about people, not about accounts"


def _sealer_of(home: Path) -> Sealer:
    return Sealer(lambda: keys_of(home))


def test_what_is_sealed_opens_in_its_place_only() -> None:
    sealer = Sealer(lambda: [b"1" * 32])
    place = Place(1, "Salesforce", "secret")
    locked = sealer.seal(CANARY.encode(), place)
    assert CANARY.encode() not in locked
    assert sealer.open(locked, place) == CANARY.encode()
    assert locked != sealer.seal(CANARY.encode(), place)
    others = [Place(2, "Salesforce", "secret"), Place(1, "Exchange", "secret"), Place(1, "Salesforce", "other")]
    for elsewhere in others:
        with pytest.raises(HomeUnusable, match="does not open"):
            sealer.open(locked, elsewhere)
    for at in (0, 5, 40, len(locked) - 1):
        altered = locked[:at] + bytes((locked[at] ^ 1,)) + locked[at + 1 :]
        with pytest.raises(HomeUnusable, match="does not open"):
            sealer.open(altered, place)
    with pytest.raises(HomeUnusable, match="sealed with another key"):
        Sealer(lambda: [b"2" * 32]).open(locked, place)


async def test_a_secret_copied_to_another_row_does_not_open(store: Store) -> None:
    await store.accounts.connect(Side.EXCHANGE, "t", {}, {"s": "exchange"})
    await store.accounts.connect(Side.SALESFORCE, "o", {}, {"s": "salesforce"})
    copied = connection.update().where(connection.c.side == 0).values(secret=connection.select().with_only_columns(
        connection.c.secret).where(connection.c.side == 1).scalar_subquery())  # fmt: skip
    store.database.run(lambda c: c.execute(copied).rowcount)
    with pytest.raises(HomeUnusable, match="The stored secret for Exchange does not open") as refused:
        await store.accounts.connected(Side.EXCHANGE)
    assert "connect Exchange again" in refused.value.remedy


async def test_a_lost_key_is_a_sentence(home: Path) -> None:
    store = Store.open(home)
    await store.accounts.connect(Side.EXCHANGE, "t", {}, {"s": "1"})
    first = store.fingerprint_key
    store.close()
    (home / "key").unlink()
    store = Store.open(home)
    with pytest.raises(HomeUnusable, match="another key"):
        await store.accounts.connected(Side.EXCHANGE)
    with pytest.raises(HomeUnusable, match="prints of items"):
        assert store.fingerprint_key != first
    store.close()


def test_the_key_is_made_once_and_may_come_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    place = Place(1, "x", "y")
    locked = _sealer_of(home).seal(b"s", place)
    assert _sealer_of(home).open(locked, place) == b"s"
    assert [path.name for path in home.iterdir()] == ["key"]
    monkeypatch.setenv("TWINCAL_KEY", base64.b64encode(b"3" * 32).decode())
    assert _sealer_of(home).open(Sealer(lambda: [b"3" * 32]).seal(b"s", place), place) == b"s"
    for wrong in ("not base64!", base64.b64encode(b"short").decode()):
        monkeypatch.setenv("TWINCAL_KEY", wrong)
        with pytest.raises(WrongInput, match="TWINCAL_KEY does not hold a key"):
            _sealer_of(home)
    monkeypatch.delenv("TWINCAL_KEY")
    (home / "key").write_text("")
    with pytest.raises(WrongInput, match="does not hold a key"):
        _sealer_of(home)


async def test_the_key_of_prints_is_made_once_and_kept_sealed(home: Path) -> None:
    store = Store.open(home)
    key = store.fingerprint_key
    assert (len(key), store.fingerprint_key) == (32, key)
    stored = store.database.run(lambda c: c.execute(sealed.select()).one().secret)
    store.close()
    assert key not in stored
    store = Store.open(home)
    assert store.fingerprint_key == key
    store.close()


async def test_explicit_settings_by_person(store: Store) -> None:
    rows = [
        Explicit("mode", Level.SUBSCRIPTION, "", "match", who="admin", when=NOW),
        Explicit("mode", Level.PROFILE, "Sales", "off", lock=True, who="admin", when=NOW),
        Explicit("conflict", Level.ORGANIZATION, "", None, lock=True),
        Explicit("mode", Level.USER, "adele@contoso.com", "designate"),
        Explicit("mode", Level.USER, "bob@contoso.com", "sync_all"),
    ]
    await store.policies.set(rows)
    assert set(await store.policies.all()) == set(rows)
    assert set(await store.policies.of(profile="Sales", mailbox="adele@contoso.com")) == set(rows[:4])
    assert set(await store.policies.of()) == {rows[0], rows[2]}
    later = replace(rows[0], value="sync_all", who="other", when=NOW + timedelta(days=1))
    await store.policies.set([later, replace(rows[2], lock=False)])
    assert set(await store.policies.of()) == {later}, "a row that says nothing is not kept"
    await store.policies.unset([rows[1], rows[3]])
    assert set(await store.policies.all()) == {later, rows[4]}


async def test_a_setting_without_a_value_is_not_an_empty_one(store: Store) -> None:
    await store.policies.set([Explicit("ignore_list", Level.USER, "a@b.c", "", lock=False)])
    assert await store.policies.all() == (Explicit("ignore_list", Level.USER, "a@b.c", ""),)
    assert await somebody(store)
