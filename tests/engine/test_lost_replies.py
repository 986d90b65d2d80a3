"""Replies lost after the commit, and requests that arrive late: nothing twice, no edit lost, at rest within three cycles."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.engine.stage import ANN, CARLA, MINUTE, Stage, of
from twincal.engine.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")
GRAPH, SALESFORCE = {"system": "graph", "path": "*batch"}, {"system": "salesforce", "path": "*/composite/sobjects"}
KEYS = pytest.mark.parametrize("key_fields", [True, False], ids=["key fields", "reduced guarantee"])


def losing(where: dict[str, str], kind: str = "reply_lost", **more: Any) -> dict[str, Any]:
    """The next write there loses its reply."""
    return {"transport": {"kinds": [kind], **where, **(more or {"next": 1})}}


@KEYS
async def test_a_create_in_salesforce_whose_reply_is_lost_is_found_again(stage: Stage, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    await stage.record("Contact", "Carla", CARLA)
    await stage.meet("Review", CARLA)
    await stage.book("Dentist", hour=11)
    await stage.weather(**losing(SALESFORCE))
    report = await stage.sync()
    assert (stage.struck, of(report).failed) == (1, 2)
    assert (await stage.row("Review")).code == "no_reply"
    assert (await stage.subjects())[1] == ["Dentist", "Review"]
    await stage.rest()
    await stage.both("Review", "Dentist")
    assert await stage.codes() == {"Review": "F10", "Dentist": "F10"}


@KEYS
async def test_a_create_in_salesforce_that_was_never_carried_out_is_sent_again(stage: Stage, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    await stage.book("Dentist")
    await stage.weather(**losing(SALESFORCE, "request_lost"))
    await stage.sync()
    assert (stage.struck, (await stage.subjects())[1]) == (1, [])
    await stage.rest()
    await stage.both("Dentist")


@KEYS
async def test_items_that_are_alike_are_each_found_again_once(stage: Stage, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    for _ in range(3):
        await stage.book("Standup")
    await stage.weather(**losing(SALESFORCE))
    await stage.sync()
    assert len((await stage.subjects())[1]) == 3
    await stage.rest()
    await stage.both("Standup", "Standup", "Standup")
    await stage.act("exchange", ANN, "remove", id=(await stage.state())[0][0]["id"])
    await stage.rest()
    await stage.both("Standup", "Standup")


async def test_many_that_were_left_open_are_looked_for_together(stage: Stage) -> None:
    await stage.open(key_fields=True)
    for number in range(30):
        await stage.book(f"Here {number}", day=4 + number % 20)
        await stage.enter(f"There {number}", day=4 + number % 20, hour=12)
    await stage.weather(transport=[{"kinds": ["reply_lost"], **where, "rate": 1.0} for where in (GRAPH, SALESFORCE)])
    assert of(await stage.sync()).failed == 60
    await stage.weather(calm=True)
    again = await stage.sync()
    assert again.requests["salesforce"] < 10 and again.requests["graph"] < 10, again.requests
    await stage.rest()
    await stage.both(*(f"{place} {number}" for place in ("Here", "There") for number in range(30)))


@KEYS
async def test_an_edit_made_before_the_lost_create_was_found_still_counts(stage: Stage, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    await stage.book("Dentist", location={"displayName": "Bath"})
    await stage.weather(**losing(SALESFORCE))
    await stage.sync()
    await stage.edit("Dentist", Location="Leeds")
    await stage.rest()
    assert (await stage.item("Dentist"))["location"]["displayName"] == "Leeds"
    await stage.both("Dentist")


async def test_a_lost_create_that_a_person_deleted_at_once_is_not_made_again(stage: Stage) -> None:
    await stage.book("Dentist")
    await stage.weather(**losing(SALESFORCE))
    await stage.sync()
    await stage.act("salesforce", ANN, "delete", id=(await stage.event("Dentist"))["Id"])
    await stage.rest()
    await stage.both()


@pytest.mark.parametrize("kind", ["reply_lost", "request_lost", "late_write"])
async def test_a_create_in_exchange_stays_one_whatever_happened_to_the_request(stage: Stage, kind: str) -> None:
    await stage.enter("Call")
    await stage.enter("Visit", hour=11, Location="York")
    await stage.weather(**losing(GRAPH, kind, next=1, late_ms=30))
    report = await stage.sync()
    assert (stage.struck, of(report).failed) == (1, 2)
    await stage.sandbox.weather.settle()
    await stage.rest(4)
    await stage.both("Call", "Visit")
    assert await stage.mails() == []


async def test_a_create_in_exchange_waits_a_minute_before_it_is_sent_again(stage: Stage) -> None:
    """And keeps nothing else waiting."""
    await stage.book("Dentist", hour=11)
    await stage.sync()
    await stage.enter("Call")
    await stage.weather(**losing(GRAPH, "request_lost"))
    await stage.sync()
    york = {"location": {"displayName": "York"}}
    await stage.control("/act", {"system": "exchange", "who": ANN, "action": "change", "subject": "Dentist", "event": york})
    async with stage.twincal() as service:
        await service.sync()
    assert (await stage.subjects())[0] == ["Dentist"]
    assert (await stage.event("Dentist"))["Location"] == "York"
    await stage.pass_time(MINUTE)
    await stage.rest()
    await stage.both("Call", "Dentist")


async def blind(monkeypatch: pytest.MonkeyPatch, service: Service, side: str) -> None:
    """From now on nothing is found by its mark: the search index of the side lags behind."""

    async def too_early(self: object, owner: str, marks: Sequence[str]) -> dict[str, tuple[()]]:
        return dict.fromkeys(marks, ())

    calendar = getattr(await service._connections.ports(), side)
    monkeypatch.setattr(type(calendar), "find", too_early)


@pytest.mark.parametrize("moment", ["just before the look", "just after the lookup"])
async def test_a_write_that_arrives_in_the_middle_of_a_cycle_is_not_taken_for_something_new(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """It lands before recovery has looked for it or when that has been in vain, and the event it was made of has been edited."""
    await stage.enter("Call")
    await stage.weather(**losing(GRAPH, "late_write", next=1, late_ms=1000))
    async with stage.twincal() as service:
        await service.sync()
        await stage.edit("Call", Subject="Call back")
        calendar = type((await service._connections.ports()).exchange)
        look, find = calendar.look, calendar.find

        async def arrives_first(self: Any, *given: Any) -> Any:
            await stage.sandbox.weather.settle()
            return await look(self, *given)

        async def arrives_afterwards(self: Any, *given: Any) -> Any:
            found = await find(self, *given)
            await stage.sandbox.weather.settle()
            return found

        with monkeypatch.context() as patch:
            if moment == "just before the look":
                patch.setattr(calendar, "look", arrives_first)
            else:
                patch.setattr(calendar, "find", arrives_afterwards)
            await service.sync()
    await stage.rest()
    await stage.both("Call back")


async def test_a_late_write_that_cannot_be_found_yet_is_linked_as_the_twin_it_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.enter("Call")
    await stage.weather(**losing(GRAPH, "late_write", next=1, late_ms=0))
    async with stage.twincal() as service:
        await service.sync()
        with monkeypatch.context() as patch:
            await blind(patch, service, "exchange")
            await stage.sandbox.weather.settle()
            await service.sync()
            await stage.both("Call")
    await stage.pass_time(MINUTE)
    await stage.rest()
    await stage.both("Call")
    assert len(await stage.history()) == 1


@pytest.mark.parametrize("side", ["exchange", "salesforce"])
async def test_an_update_whose_reply_is_lost_is_neither_lost_nor_repeated(stage: Stage, side: str) -> None:
    await stage.book("Dentist")
    await stage.sync()
    if side == "salesforce":
        await stage.change("Dentist", subject="Dentist in Bath")
    else:
        await stage.edit("Dentist", Subject="Dentist in Bath")
    await stage.weather(**losing(SALESFORCE if side == "salesforce" else GRAPH))
    report = await stage.sync()
    assert stage.struck == 1
    assert of(report).failed <= 1
    await stage.rest()
    await stage.both("Dentist in Bath")


@pytest.mark.parametrize("side", ["exchange", "salesforce"])
async def test_a_later_edit_of_the_same_field_wins_over_an_update_whose_reply_was_lost(stage: Stage, side: str) -> None:
    await stage.book("Dentist")
    await stage.sync()
    change = {"subject": "One"} if side == "salesforce" else {"Subject": "One"}
    await (stage.change("Dentist", **change) if side == "salesforce" else stage.edit("Dentist", **change))
    await stage.weather(**losing(SALESFORCE if side == "salesforce" else GRAPH))
    await stage.sync()
    await (stage.edit("One", Subject="Two") if side == "salesforce" else stage.change("One", subject="Two"))
    await stage.rest()
    await stage.both("Two")


@pytest.mark.parametrize("side", ["exchange", "salesforce"])
async def test_a_deletion_whose_reply_is_lost_is_done_once(stage: Stage, side: str) -> None:
    await stage.book("Dentist")
    await stage.sync()
    if side == "salesforce":
        await stage.act("exchange", ANN, "remove", subject="Dentist")
    else:
        await stage.act("salesforce", ANN, "delete", id=(await stage.event("Dentist"))["Id"])
    await stage.weather(**losing(SALESFORCE if side == "salesforce" else GRAPH))
    await stage.sync()
    assert stage.struck == 1
    await stage.rest()
    await stage.both()
    assert set((await stage.codes()).values()) <= {"F21", "F31", "F40"}


async def test_an_event_with_our_mark_that_stands_there_already_is_adopted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recovery looked too early: the create is sent again, and Salesforce refuses the same key."""
    await stage.book("Dentist")
    await stage.weather(**losing(SALESFORCE))
    await stage.sync()
    await stage.pass_time(MINUTE)
    async with stage.twincal() as service:
        with monkeypatch.context() as patch:
            await blind(patch, service, "salesforce")
            await service.sync()
    await stage.rest()
    await stage.both("Dentist")


@KEYS
async def test_every_tenth_reply_lost_over_a_busy_week_leaves_no_trace(stage: Stage, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    await stage.set(guard__updates_floor="100")
    for day in range(2, 12):
        await stage.book(f"Outlook {day}", day=day)
        await stage.enter(f"Salesforce {day}", day=day, hour=14)
    await stage.weather(transport={"kinds": ["reply_lost"], "lose_reply_every": 3})
    for cycle in range(5):
        await stage.sync()
        await stage.act("exchange", ANN, "change", subject=f"Outlook {cycle + 2}", event={"location": {"displayName": "York"}})
        await stage.edit(f"Salesforce {cycle + 2}", Location="Bath")
    assert stage.struck > 2
    await stage.weather()
    await stage.pass_time(MINUTE)
    await stage.rest()
    await stage.both(*(f"{where} {day}" for where in ("Outlook", "Salesforce") for day in range(2, 12)))
    for day in range(2, 7):
        assert (await stage.event(f"Outlook {day}")).get("Location") == "York"
        assert (await stage.item(f"Salesforce {day}"))["location"]["displayName"] == "Bath"
