"""A person is erased: no text of theirs is left in any file, only a record that it was done, and both calendars stay."""

import pytest

from tests.engine.stage import ANN, BEN
from tests.web.stage import Office
from tests.web.visitor import Visitor
from twincal.core.access import Authority
from twincal.core.vocabulary import Level

pytestmark = pytest.mark.asyncio(loop_scope="module")

GUEST = "lara@antipova.example"
TEXTS = ("Zhivago by ice", "Varykino", "Lara in Salesforce", "Yuriatin held", GUEST, "antipova.example", ANN, "Ann Smith")
"""What stands in Ann's items, settings and acts, and nowhere else."""


async def kept(desk: Office) -> dict[str, int]:
    """How often each text stands in the files of the home, whatever they are, the log of the database included."""
    files = [path.read_bytes() for path in desk.stage.home.rglob("*") if path.is_file()]
    return {text: sum(found.count(text.encode()) + found.lower().count(text.lower().encode()) for found in files) for text in TEXTS}


async def lived(desk: Office) -> Visitor:
    """Ann has items in every state, a held plan, settings and sessions; she was an administrator who changed things for others,
    and an administrator changed things for her."""
    stage, service = desk.stage, desk.service
    await service.set_setting("mode", "sync_all", level="subscription")
    await stage.meet(
        "Zhivago by ice", GUEST, location={"displayName": "Varykino"}, body={"content": "Varykino", "contentType": "text"}
    )
    await stage.enter("Lara in Salesforce", day=6)
    for number in range(12):
        await stage.book(f"Yuriatin held {number}", day=8 + number)
    await service.sync()
    await stage.change("Zhivago by ice", location={"displayName": "Varykino again"})
    for number in range(9):
        await stage.act("salesforce", ANN, "delete", id=(await stage.event(f"Yuriatin held {number}"))["Id"])
    await service.sync()
    assert await service.held_plans()
    ann, admin = await desk.person(), await desk.admin()
    found = await service.desk.visitors.find(email=ANN)
    assert found is not None
    await service.desk.visitors.appoint(found.id, [Authority(Level.SUBSCRIPTION)])
    await service.add_profile("Sales")
    await ann.get("/")
    await ann.does("/settings/set", level="subscription", key="conflict", value="latest", next="/")
    await ann.does("/settings/set", level="user", name=ANN, key="ignore_list", value="antipova.example", next="/settings")
    await ann.does("/history/retry", who=ANN, item="", next="/")
    await admin.get("/")
    await admin.does("/users/move", who=ANN, profile="Sales", next="/users")
    await admin.does("/stop", level="user", name=ANN, next="/users")
    await admin.does("/organization/invite", email=ANN, name="Ann Smith", next="/organization")
    await admin.does("/organization/shut-out", visitor=found.id, next="/organization")
    await admin.post("/settings/set", level="user", name=ANN, key="ignore_list", value="not one", next="/settings")
    return admin


async def test_an_erased_person_leaves_nothing_but_a_record_that_it_was_done(desk: Office) -> None:
    admin = await lived(desk)
    assert [text for text, times in (await kept(desk)).items() if not times] == [], "each of them can be found by this search"
    before = await desk.stage.subjects()
    refused = await admin.does("/users/erase", who=ANN, confirm=BEN, next="/users")
    assert "is another one" in refused.text
    assert (await kept(desk))[ANN]
    said = await admin.does("/users/erase", who=ANN, confirm=ANN, next="/users")
    assert "The person was erased. Nothing was deleted in either calendar." in said.text
    assert ANN not in said.text
    assert {text: times for text, times in (await kept(desk)).items() if times} == {}
    log = desk.service.audit_log
    assert log is not None
    lines = [(line.who, line.action, line.target) for _, line in await log.book.lines()]
    assert lines[0][:2] == ("Ada Admin", "person erased")
    assert ("somebody who was erased", "setting changed", "conflict for the subscription") in lines, "what she did for others stays"
    ben = await desk.person(BEN)
    assert "Somebody who was erased changed your settings" in (await ben.get("/")).text
    assert await desk.stage.subjects() == before, "nothing is deleted in the calendars"
    await desk.service.sync()


async def test_a_what_if_in_which_an_erased_person_stood_is_gone_too(desk: Office) -> None:
    await desk.stage.book("Zhivago by ice")
    admin = await desk.admin()
    await admin.get("/users")
    shown = await admin.post("/settings/preview", None, level="subscription", key="mode", value="match", next="/")
    assert "Zhivago by ice" in (await admin.get(shown.where)).text
    await admin.does("/users/erase", who=ANN, confirm=ANN, next="/users")
    assert (await admin.get(shown.where)).status == 404


async def test_the_last_one_who_looks_after_the_organization_is_not_erased(desk: Office) -> None:
    await desk.person()
    found = await desk.service.desk.visitors.find(email=ANN)
    assert found is not None
    await desk.service.desk.visitors.appoint(found.id, [Authority(Level.ORGANIZATION)])
    other = await desk.service.desk.visitors.add("eve@x.example", "Eve", authorities=[Authority(Level.SUBSCRIPTION)])
    session = await desk.service.desk.open(other.id)
    eve = desk.stranger().carries(session.token, session.csrf)
    said = await eve.does("/users/erase", who=ANN, confirm=ANN, next="/users")
    assert "Nobody would look after the organization" in said.text
    assert (await kept(desk))[ANN]


async def test_nobody_erases_themselves(desk: Office) -> None:
    ann = await desk.person()
    found = await desk.service.desk.visitors.find(email=ANN)
    assert found is not None
    await desk.service.desk.visitors.appoint(found.id, [Authority(Level.ORGANIZATION)])
    await ann.get("/users")
    assert (await ann.post("/users/erase", None, who=ANN, confirm=ANN, next="/users")).status == 403
