"""Home: what a first-time visitor does next, what needs somebody, and how the connections stand."""

import pytest

from tests.engine.stage import ANN, BEN, Stage
from tests.web.stage import Office
from twincal.core.access import Authority
from twincal.core.vocabulary import Level
from twincal.wiring import opened

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_first_administrator_is_told_what_to_do_next(stage: Stage) -> None:
    async with opened(stage.home, now=stage.now, web=True) as service:
        page = await (await Office(stage, service).admin()).get("/")
    told = page.text[page.text.index("What to do next") :]
    steps = ["Connect Exchange", "Connect Salesforce", "Add the people", "Choose what is synced", "Come back here"]
    assert sorted(steps, key=told.index) == steps
    assert "Done:" not in told
    assert "Not connected" in page.text


async def test_what_is_done_is_ticked_off_and_then_the_steps_are_gone(desk: Office) -> None:
    await desk.service.set_setting("mode", "off", level="subscription")
    admin = await desk.admin()
    page = await admin.get("/")
    assert page.text.count("Done:") == 3, "both sides are connected and people are there"
    assert page.links("/admin/settings?level=subscription#mode")
    await desk.service.set_setting("mode", "match", level="subscription")
    assert "What to do next" not in (await admin.get("/")).text


async def test_a_person_for_whom_nothing_is_synced_is_led_to_the_mode(desk: Office) -> None:
    await desk.service.set_setting("mode", "off", level="subscription")
    ann = await desk.person()
    page = await ann.get("/")
    assert "Choose what is synced of your own calendars" in page.text
    assert page.links("/settings#mode")
    await ann.does("/settings/set", key="mode", value="sync_all", next="/settings")
    page = await ann.get("/")
    assert "What to do next" not in page.text
    assert "Press Look now below" in page.text


async def test_a_person_sees_why_items_wait_and_gets_there_with_one_click(desk: Office) -> None:
    await desk.service.set_setting("mode", "match", level="subscription")
    await desk.stage.meet("Offer", "eve@acme.example")
    await desk.stage.meet("Demo", "eve@acme.example", hour=12)
    await desk.service.sync()
    ann = await desk.person()
    page = await ann.get("/")
    assert "What needs you Items Why they are unresolved 2 The mode is Match and no Contact or Lead has" in page.text
    (link,) = page.links("/history?tab=unresolved&code=")
    assert "2 items found" in (await ann.get(link)).text
    assert "of 100,000 requests of the day used" in page.text


async def test_an_administrator_sees_for_whom_something_waits_and_nobody_beyond_their_part(desk: Office) -> None:
    await desk.service.set_setting("mode", "match", level="subscription")
    for who in (ANN, BEN):
        await desk.stage.meet(f"Offer of {who}", "eve@acme.example", who=who)
    await desk.service.sync()
    sales = await desk.head_of_sales()
    await desk.service.move_person(BEN, "Sales")
    everybody, part = (await (await desk.admin()).get("/")).text, (await sales.get("/")).text
    assert "2 Unresolved" in everybody and "Ann Smith 1 0" in everybody and "Ben Jones 1 0" in everybody
    assert "1 Unresolved" in part and "Ben Jones 1 0" in part and "Ann Smith" not in part


async def test_two_who_look_after_different_parts_are_shown_different_steps(desk: Office) -> None:
    await desk.service.set_setting("mode", "off", level="subscription")
    assert "What to do next" not in (await (await desk.head_of_sales()).get("/")).text, "it is not theirs to choose"
    found = await desk.service.desk.visitors.add("sub@x.example", "Sue", authorities=[Authority(Level.SUBSCRIPTION)])
    session = await desk.service.desk.open(found.id)
    assert "What to do next" in (await desk.stranger().carries(session.token, session.csrf).get("/")).text
