"""A new key in the place of the installation's: nothing is lost wherever it breaks off, and nobody has to stop."""

import base64
import re
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from twincal.core.vocabulary import Side
from twincal.errors import WrongInput
from twincal.store import rotation
from twincal.store.keys import keys_of, write_keys
from twincal.store.rotation import rotate
from twincal.store.store import Store

SECRETS = {Side.EXCHANGE: {"secret": "for Exchange"}, Side.SALESFORCE: {"jwt_key": "for Salesforce"}}


async def furnished(home: Path) -> bytes:
    """A home with both sides connected; its key of prints."""
    store = Store.open(home)
    for side, secret in SECRETS.items():
        await store.accounts.connect(side, "account", {}, secret)
    prints = store.fingerprint_key
    store.close()
    return prints


async def opens(store: Store, prints: bytes) -> bool:
    """Does everything that is sealed open?"""
    connected = {side: await store.accounts.connected(side) for side in SECRETS}
    assert {side: one.secret for side, one in connected.items() if one} == SECRETS
    return store.fingerprint_key == prints


async def test_every_secret_opens_with_the_new_key_and_none_with_the_former(home: Path) -> None:
    prints = await furnished(home)
    [former] = keys_of(home)
    assert rotate(home) == 3
    [key] = keys_of(home)
    assert key != former
    store = Store.open(home)
    assert await opens(store, prints)
    store.close()
    assert (home / "key").stat().st_mode & 0o777 == 0o600
    (home / "key").write_bytes(base64.b64encode(former))
    store = Store.open(home)
    with pytest.raises(Exception, match="another key"):
        await store.accounts.connected(Side.EXCHANGE)
    store.close()


async def test_a_process_that_runs_meanwhile_goes_on(home: Path) -> None:
    prints = await furnished(home)
    running = Store.open(home)
    for _ in range(3):
        rotate(home)
        assert await opens(running, prints)
    await running.accounts.connect(Side.EXCHANGE, "account", {}, SECRETS[Side.EXCHANGE])
    running.close()
    store = Store.open(home)
    assert await opens(store, prints), "what was sealed after the rotation is sealed with the new key"
    store.close()


async def test_a_secret_stored_in_the_midst_of_a_rotation_opens_after_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prints = await furnished(home)
    running = Store.open(home)
    run = running.database.run

    def rotated_just_before(*given: Any, **named: Any) -> Any:
        monkeypatch.undo()
        rotate(home)
        return run(*given, **named)

    monkeypatch.setattr(running.database, "run", rotated_just_before)
    await running.accounts.connect(Side.EXCHANGE, "account", {}, SECRETS[Side.EXCHANGE])
    running.close()
    store = Store.open(home)
    assert await opens(store, prints)
    store.close()


async def test_two_rotations_at_once_lose_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prints = await furnished(home)
    others: list[Thread] = []

    def joined_by_another(*given: Any) -> None:
        if not others:
            others.append(Thread(target=rotate, args=(home,)))
            others[0].start()
            others[0].join(timeout=0.5)  # it has to wait for the one under way; one that did not would be done by now
        write_keys(*given)

    monkeypatch.setattr(rotation, "write_keys", joined_by_another)
    rotate(home)
    others[0].join()
    assert len(keys_of(home)) == 1
    store = Store.open(home)
    assert await opens(store, prints)
    store.close()


@pytest.mark.parametrize("broken_off", ["_rewrap", "write_keys"])
async def test_it_may_break_off_anywhere_and_begin_again(home: Path, monkeypatch: pytest.MonkeyPatch, broken_off: str) -> None:
    prints = await furnished(home)
    kept = getattr(rotation, broken_off)
    calls = 0

    def breaks(*given: object) -> object:
        nonlocal calls
        calls += 1
        if broken_off == "_rewrap" or calls == 2:
            raise OSError("cut off")
        return kept(*given)

    monkeypatch.setattr(rotation, broken_off, breaks)
    with pytest.raises(Exception, match=r"cut off|cannot be used"):
        rotate(home)
    monkeypatch.undo()
    assert len(keys_of(home)) == 2
    store = Store.open(home)
    assert await opens(store, prints)
    store.close()
    rotate(home)
    assert len(keys_of(home)) == 1
    store = Store.open(home)
    assert await opens(store, prints)
    store.close()


async def test_a_key_in_the_environment_is_changed_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (base64.b64encode(letter * 32).decode() for letter in (b"1", b"2"))
    monkeypatch.setenv("TWINCAL_KEY", first)
    prints = await furnished(home)
    with pytest.raises(WrongInput, match="TWINCAL_KEY, which Twincal cannot change") as refused:
        rotate(home)
    assert "TWINCAL_KEY_FORMER" in refused.value.remedy
    monkeypatch.setenv("TWINCAL_KEY", second)
    monkeypatch.setenv("TWINCAL_KEY_FORMER", first)
    assert rotate(home) == 3
    monkeypatch.delenv("TWINCAL_KEY_FORMER")
    store = Store.open(home)
    assert await opens(store, prints)
    store.close()
    assert not (home / "key").exists()


def test_the_rotation_knows_every_place_where_something_is_sealed() -> None:
    """A new kind of secret that rotation.py does not wrap anew would be lost with the former key."""
    sources = Path(rotation.__file__).parent
    places = {path.name for path in sources.rglob("*.py") if re.search(r"\bPlace\(", path.read_text(encoding="utf-8"))}
    assert places == {"accounts.py", "journal.py", "secrets.py"}, "teach rotation.py the new place, then name it here"
