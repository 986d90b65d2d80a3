"""A refresh token at rest: sealed, replaced by whoever used it, and used by one process at a time."""

import asyncio
from pathlib import Path

import pytest

from twincal.core.vocabulary import Side
from twincal.errors import WrongInput
from twincal.store.store import Store

SETTINGS = {"login_url": "https://acme.my.salesforce.com", "client_id": "app"}
FIRST, SECOND = "refresh-canary-one", "refresh-canary-two"


def holding(home: Path, text: str) -> list[str]:
    """The files of a home in which a text stands."""
    return [path.name for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


async def connected(store: Store, **secret: str) -> None:
    await store.accounts.connect(Side.SALESFORCE, "00D", SETTINGS, secret)


async def test_a_new_token_takes_the_place_of_the_one_before_and_nothing_else(home: Path) -> None:
    store = Store.open(home)
    await connected(store, secret="hush", refresh_token=FIRST)
    token = store.token(Side.SALESFORCE)
    async with token.alone() as found:
        assert found == FIRST
        await token.keep(SECOND)
    async with token.alone() as found:
        assert found == SECOND
    known = await store.accounts.connected(Side.SALESFORCE)
    assert known is not None and known.secret == {"secret": "hush", "refresh_token": SECOND}
    store.close()
    assert not holding(home, FIRST) + holding(home, SECOND)


async def test_a_process_that_only_reads_keeps_a_new_token_too(home: Path) -> None:
    writer = Store.open(home)
    await connected(writer, refresh_token=FIRST)
    reader = Store.open(home, writes=False)
    token = reader.token(Side.SALESFORCE)
    async with token.alone():
        await token.keep(SECOND)
    async with writer.token(Side.SALESFORCE).alone() as found:
        assert found == SECOND
    reader.close()
    writer.close()


async def test_two_processes_take_turns(home: Path) -> None:
    writer = Store.open(home)
    await connected(writer, refresh_token=FIRST)
    reader = Store.open(home, writes=False)
    mine, theirs = writer.token(Side.SALESFORCE), reader.token(Side.SALESFORCE)
    seen: list[str] = []

    async def other() -> None:
        async with theirs.alone() as found:
            seen.append(found)

    async with mine.alone():
        waiting = asyncio.create_task(other())
        await asyncio.sleep(0.2)
        assert seen == [], "it has the token while another process uses it"
        await mine.keep(SECOND)
    await waiting
    assert seen == [SECOND]
    reader.close()
    writer.close()


async def test_a_side_that_is_connected_in_another_way_by_now_has_none(home: Path) -> None:
    store = Store.open(home)
    await connected(store, secret="hush")
    with pytest.raises(WrongInput, match="in another way"):
        async with store.token(Side.SALESFORCE).alone():
            pytest.fail("a token was given")
    store.close()
