"""A first sync of calendars in which other products, or people, have left the same meetings: none doubled, each explained."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.engine.stage import ANN, CARLA, DORA, Stage, changes
from twincal.errors import WrongInput

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIELD = "Former_Id__c"


async def connect(stage: Stage, field: str = FIELD) -> list[str]:
    """Salesforce is connected, and the field of the former product named."""
    async with stage.twincal() as service:
        found = stage.sandbox.announcement()["salesforce"]
        return await service.connect_salesforce(
            login_url=found["login_url"], client_id=found["client_id"], secret=found["client_secret"], former_field=field
        )


async def left(stage: Stage, subject: str, known: str, day: int, hour: int = 9) -> None:
    """An event that the former product has left, with what it knew of the Outlook item."""
    fields: dict[str, Any] = {FIELD: known}
    await stage.enter(subject, day=day, hour=hour, **fields)


async def uid(stage: Stage, subject: str) -> str:
    """The iCalendar id of an item in Outlook."""
    return str((await stage.item(subject))["iCalUId"])


async def plan(stage: Stage) -> Counter[str]:
    """What the next cycle would decide, by code."""
    await stage.pass_time()
    async with stage.twincal() as service:
        (found,) = await service.plan([ANN])
        return Counter(step.code for step in found.steps)


async def test_a_former_product_that_left_icalendar_ids(stage: Stage) -> None:
    await stage.control("/org", {"former_field": True})
    await connect(stage)
    for number in range(8):
        await stage.book(f"Item {number}", day=number + 4)
    await left(stage, "Item 0", await uid(stage, "Item 0"), day=4)
    await left(stage, "Retitled in Salesforce", await uid(stage, "Item 1"), day=5)
    await left(stage, "Item 2", (await uid(stage, "Item 2")).lower(), day=20)
    await left(stage, "item 3", f"synced; uid={await uid(stage, 'Item 3')}", day=7, hour=11)
    await left(stage, "Something else", await uid(stage, "Item 4"), day=21)
    await left(stage, "Item 5", "gone-from-outlook-long-ago", day=9)
    await left(stage, "Item 6", await uid(stage, "Item 6"), day=10)
    await stage.enter("Item 6", day=10)
    assert await plan(stage) == {"F43": 5, "F03": 1, "F45": 1, "F46": 1, "F48": 1, "F01": 1}

    report = await stage.sync()
    assert (report.people[0].created.exchange, report.people[0].created.salesforce) == (0, 1), "nothing but Item 7 was missing"
    codes = await stage.codes()
    assert (codes["Item 1"], codes["Item 5"], codes["Something else"]) == ("F43", "F03", "F46")
    async with stage.twincal() as service:
        told = await service.explain(ANN, "Item 2")
        assert "the id that a former product left, the same subject" in told.headline
        likely = await service.explain(ANN, "Something else")
        assert "It may be the same as an item in Exchange" in likely.headline and "twincal pair" in likely.to_change[0]
        await service.pair(ANN, "Something else", "Item 4")
    await stage.sync()
    await stage.sync()
    exchange, salesforce = await stage.subjects()
    assert exchange == [f"Item {number}" for number in range(8)]
    assert salesforce == sorted([*exchange, "Item 6"]), "Exchange's subjects won; the second Item 6 is reported and left alone"
    assert [(row.subject, row.code) for row in await stage.history() if row.tab == "unresolved"] == [("Item 6", "F48")]
    await stage.rest()


async def test_a_field_that_is_not_there_is_refused(stage: Stage) -> None:
    with pytest.raises(WrongInput, match="no field 'Wrong__c'"):
        await connect(stage, "Wrong__c")


async def test_a_former_product_that_left_nothing(stage: Stage) -> None:
    carla = await stage.record("Contact", "Carla", CARLA)
    for number in range(6):
        await stage.meet(f"Review {number}", CARLA, day=number + 4)
        await stage.enter(f"{'' if number % 2 else 'FW: '}Review {number}", day=number + 4, WhoId=carla)
    await stage.book("Lunch with Bo", day=12)
    await stage.enter("Lunch Bo", day=12)
    await stage.book("Only here", day=13)
    await stage.enter("Only there", day=13, hour=15)
    assert await plan(stage) == {"F03": 3, "F43": 3, "F45": 1, "F46": 1, "F01": 1, "F02": 1}
    assert changes(await stage.sync()) == 2
    async with stage.twincal() as service:
        await service.pair(ANN, "Lunch with Bo", "Lunch Bo")
    await stage.rest()
    await stage.both(*(f"Review {number}" for number in range(6)), "Lunch with Bo", "Only here", "Only there")


async def ambiguous(stage: Stage) -> None:
    """Fifty pairs that nobody can be sure of, ten of each kind."""
    carla, dora = await stage.record("Contact", "Carla", CARLA), await stage.record("Contact", "Dora", DORA)
    for number in range(10):
        await stage.book(f"Call {number} with Bo", day=number + 4, hour=7)
        await stage.enter(f"Call {number} Bo", day=number + 4, hour=7)
        await stage.book(f"Dentist {number}", day=number + 4, hour=10)
        await stage.enter(f"Dentist {number}", day=number + 4, hour=12)
        await stage.book(f"Gym {number}", day=number + 4, hour=20)
        await stage.enter(f"Gym {number}", day=number + 4, hour=20)
        await stage.enter(f"Gym {number}", day=number + 4, hour=20)
    for number in range(5):
        for who, other in ((CARLA, dora), (DORA, carla)):
            await stage.meet(f"Review {number}", who, day=number + 4, hour=15)
            await stage.enter(f"Review {number}", day=number + 4, hour=15, WhoId=other)
    days = {"type": "numbered", "startDate": "2027-03-04", "numberOfOccurrences": 10}
    daily = {"pattern": {"type": "daily", "interval": 1}, "range": days}
    await stage.book("Standup", day=4, hour=17, recurrence=daily)
    for number in range(10):
        await stage.enter("Standup", day=number + 4, hour=18)


async def test_fifty_ambiguous_pairs_are_listed_and_none_is_doubled(stage: Stage) -> None:
    await ambiguous(stage)
    before = await stage.subjects()
    assert await plan(stage) == {"F45": 30, "F46": 30, "F04": 20, "F05": 30}
    assert changes(await stage.sync()) == 0
    assert changes(await stage.sync(full=True)) == 0
    await stage.pass_time(by=timedelta(days=2))
    assert changes(await stage.sync()) == 0, "the retries of a later day copy nothing either"
    assert await stage.subjects() == before
    rows = await stage.history()
    assert len(rows) == 110 and {row.tab for row in rows} == {"unresolved"}
    async with stage.twincal() as service:
        for row in rows:
            told = await service.explain(ANN, row.item)
            assert told.to_change and ("likely" not in told.headline)
            assert "pair" in told.to_change[0], told

    await decide(stage)
    await stage.sync()
    await stage.sync()
    exchange, salesforce = await stage.subjects()
    assert Counter(exchange) == Counter(before[0]), "nothing came into Outlook"
    assert Counter(salesforce) == Counter(exchange) + Counter(f"Gym {number}" for number in range(10)), "nor into Salesforce"
    surplus = [row.code for row in await stage.history() if row.tab == "unresolved"]
    assert surplus == ["F48"] * 10, "the surplus copies are reported until somebody deletes them"
    await stage.rest()


async def decide(stage: Stage) -> None:
    """Ann says of every item which event it is: by its subject's first two words, its start's day, and the people crosswise."""
    exchange, salesforce = await stage.state()
    free = sorted(salesforce, key=lambda event: (str(event["StartDateTime"]), event["Id"]))
    await stage.pass_time()
    async with stage.twincal() as service:
        await service.set_setting("guard.updates_floor", "200")
        for item in [one for one in exchange if one.get("type") != "seriesMaster"]:
            day = datetime.fromisoformat(item["start"]["dateTime"][:10]).replace(tzinfo=UTC)
            words = item["subject"].split()[:2]
            alike = [event for event in free if event["Subject"].split()[:2] == words]
            wanted = next(event for event in alike if str(event["StartDateTime"])[:10] == f"{day:%Y-%m-%d}")
            free.remove(wanted)
            if (await service.explain(ANN, item["id"])).trail[-1].code == "F03":
                continue  # the other review of that hour was paired, which left this one with one twin
            await service.pair(ANN, item["id"], wanted["Id"])
