"""The port `Directory`, and what the poll of the org tells of it: who is who in Salesforce."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.calendars import ADAPTERS, WINDOW, Stage, later
from twincal.core.vocabulary import RecordKind

SALESFORCE = [name for name in ADAPTERS if name.startswith("Salesforce") and "without" not in name]


@pytest.fixture(params=SALESFORCE)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with ADAPTERS[request.param]() as opened:
        yield opened


async def test_every_address_has_an_answer(stage: Stage) -> None:
    contact = await stage.contact("bo@acme.example")
    found = await stage.directory.match(["bo@acme.example", "nobody@acme.example"])
    assert [(one.id, one.kind, one.address) for one in found["bo@acme.example"]] == [
        (contact, RecordKind.CONTACT, "bo@acme.example")
    ]
    assert found["nobody@acme.example"] == ()
    assert dict(await stage.directory.match([])) == {}


async def test_all_records_with_an_address_are_told(stage: Stage) -> None:
    ids = {await stage.contact("bo@acme.example"), await stage.contact("bo@acme.example")}
    assert len(ids) == 2
    found = await stage.directory.match(["bo@acme.example"])
    assert {one.id for one in found["bo@acme.example"]} == ids


async def test_an_unknown_user_is_nobody(stage: Stage) -> None:
    assert await stage.directory.user("nobody@northwind.example") is None


async def test_a_new_record_is_told_by_the_poll_and_then_matched(stage: Stage) -> None:
    """A directory may remember that an address has nobody; the poll makes it forget."""
    owners = [stage.owner, stage.other]
    cursor = (await stage.calendar.look(owners, None, WINDOW)).cursor
    assert (await stage.directory.match(["bo@acme.example"]))["bo@acme.example"] == ()
    await later(stage, 60)
    cursor = (await stage.calendar.look(owners, cursor, WINDOW)).cursor
    contact = await stage.contact("bo@acme.example")
    sight = await stage.calendar.look(owners, cursor, WINDOW)
    assert sight.addresses == frozenset({"bo@acme.example"})
    assert [one.id for one in (await stage.directory.match(["bo@acme.example"]))["bo@acme.example"]] == [contact]


async def test_a_quiet_poll_names_nobody(stage: Stage) -> None:
    await stage.contact("bo@acme.example")
    cursor: str | None = None
    for _ in range(4):
        sight = await stage.calendar.look([stage.owner], cursor, WINDOW)
        cursor = sight.cursor
        await later(stage, 120)
    assert (sight.addresses, dict(sight.looks)) == (frozenset(), {})
