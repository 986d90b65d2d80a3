"""What people and administrators do on the pages, with its effect in both calendars, and its line in the audit log."""

import pytest

from tests.engine.stage import ANN, BEN, CARLA, DORA
from tests.web.stage import Office
from tests.web.visitor import Visitor
from twincal.core.listing import Wanted
from twincal.core.vocabulary import Tab

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def key_of(desk: Office, subject: str, who: str = ANN) -> str:
    (row,) = [one for one in await desk.service.history(who) if one.subject == subject]
    return row.item


async def audited(desk: Office) -> list[tuple[str, str, str]]:
    log = desk.service.audit_log
    assert log is not None
    return [(line.who, line.action, line.target) for _, line in await log.book.lines()]


async def test_look_now_brings_both_sides_into_step(desk: Office) -> None:
    await desk.stage.book("Kick-off")
    ann = await desk.person()
    await ann.get("/")
    said = await ann.does("/look", who=ANN, next="/")
    assert "1 created" in said.text
    await desk.stage.both("Kick-off")


async def test_an_ignored_item_and_its_way_back(desk: Office) -> None:
    ann = await desk.person()
    await desk.stage.book("Dentist")
    await desk.service.sync()
    item = await key_of(desk, "Dentist")
    await ann.get("/history?tab=synced")
    await ann.does("/history/ignore", who=ANN, item=item, next="/history?tab=excluded")
    assert "Dentist" in (await ann.get("/history?tab=excluded")).text
    await desk.stage.change("Dentist", subject="Dentist, again")
    await desk.service.sync()
    assert (await desk.stage.subjects())[1] == ["Dentist"], "what is ignored stays as it is"
    await ann.does("/history/retry", who=ANN, item=item, next="/history?tab=synced")
    await desk.stage.both("Dentist, again")
    assert [action for _, action, _ in await audited(desk)][:2] == ["retry item", "ignore item"]


async def test_unresolved_by_address_and_what_settles_many(desk: Office) -> None:
    await desk.service.set_setting("mode", "match", level="subscription")
    await desk.stage.meet("Offer", CARLA)
    await desk.stage.meet("Demo", CARLA, hour=12)
    await desk.stage.meet("Review", DORA, hour=15)
    await desk.service.sync()
    ann = await desk.person()
    page = await ann.get("/history/grouped")
    assert page.text.index("acme.example") < page.text.index("initech.example"), "what holds most items up stands first"
    await desk.stage.record("Contact", "Carla", CARLA)
    await ann.does("/history/grouped/retry", who=[ANN], next="/history/grouped")
    await desk.service.sync()
    assert (await desk.stage.subjects())[1] == ["Demo", "Offer"]
    await ann.does("/history/grouped/ignore", who=[ANN], entry=["initech.example"], next="/history/grouped")
    settings = {one.key: one.value for one in await desk.service.settings(ANN)}
    assert settings["ignore_list"] == "initech.example"


async def test_the_export_holds_every_row_and_no_formula(desk: Office) -> None:
    await desk.stage.book('=HYPERLINK("x")')
    await desk.service.sync()
    ann = await desk.person()
    found = await ann.get("/history.csv?tab=synced")
    assert found.answer.headers["content-type"].startswith("text/csv")
    assert "'=HYPERLINK" in found.html
    assert '\n"=' not in found.html


async def test_a_list_is_sorted_searched_and_paged_by_its_address(desk: Office) -> None:
    for number in range(3):
        await desk.stage.book(f"Talk {number}", hour=9 + number)
    await desk.service.sync()
    ann = await desk.person()
    page = await ann.get("/history?tab=synced&sort=subject&order=down")
    assert page.text.index("Talk 2") < page.text.index("Talk 0")
    found = await ann.get("/history?tab=synced&search=talk+1")
    assert "1 item found" in found.text
    assert "Talk 0" not in found.text
    assert (await ann.get("/history?tab=synced&sort=nonsense")).status == 422
    listed = await desk.service.listed(ANN, Wanted(tab=Tab.SYNCED, limit=2))
    assert (len(listed.rows), listed.total) == (2, 3)
    behind = await ann.get(f"/history?tab=synced&after={listed.following}")
    assert "Talk 2" in behind.text
    assert "Talk 0" not in behind.text


async def test_what_if_tells_what_saving_then_does(desk: Office) -> None:
    await desk.service.set_setting("mode", "match", level="subscription")
    await desk.stage.book("Alone")
    await desk.stage.meet("With Carla", CARLA, hour=14)
    await desk.service.sync()
    ann = await desk.person()
    await ann.get("/settings")
    seen = await ann.does("/settings/preview", level="user", name=ANN, key="mode", value="sync_all", next="/settings")
    assert seen.title == "What it would do"
    assert "Create in Salesforce 0 2" in seen.text
    assert (await desk.stage.subjects())[1] == [], "nothing was written"
    said = await ann.does("/settings/set", level="user", name=ANN, key="mode", value="sync_all", next="/settings")
    assert "Mode is now sync_all; before, it was match" in said.text
    report = await desk.service.sync()
    assert report.total("created").salesforce == 2
    assert "Take it back" in said.text
    await ann.does("/settings/set", level="user", name=ANN, key="mode", value="", give_up="1", next="/settings")
    assert {one.key: one.value for one in await desk.service.settings(ANN)}["mode"] == "match"


async def test_a_locked_setting_is_shown_and_cannot_be_changed(desk: Office) -> None:
    admin, ann = await desk.admin(), await desk.person()
    await admin.get("/admin/settings?level=subscription")
    await admin.does(
        "/settings/set", level="subscription", key="mode", value="match", lock="1", next="/admin/settings?level=subscription"
    )
    page = await ann.get("/settings")
    assert "Locked by the subscription" in page.text
    said = await ann.does("/settings/set", level="user", name=ANN, key="mode", value="off", next="/settings")
    assert "is locked" in said.text
    assert {one.key: one.value for one in await desk.service.settings(ANN)}["mode"] == "match"


async def test_people_are_told_when_an_administrator_changes_their_settings(desk: Office) -> None:
    admin, ann = await desk.admin(), await desk.person()
    await admin.get("/")
    await admin.does("/settings/set", level="subscription", key="mode", value="match", next="/")
    page = await ann.get("/")
    assert "Ada Admin changed your settings: mode was set to match." in page.text
    await ann.does("/notices", next="/")
    assert "changed your settings" not in (await ann.get("/")).text
    await ann.does("/settings/set", level="user", name=ANN, key="mode", value="off", next="/settings")
    assert "changed your settings" not in (await ann.get("/")).text, "who changes their own is not told of it"


async def test_people_see_nothing_of_the_global_exclusion_list(desk: Office) -> None:
    admin, ann = await desk.admin(), await desk.person()
    await admin.get("/")
    await admin.does("/settings/set", level="subscription", key="global_exclusion_list", value="rival.example", lock="1", next="/")
    shown = [(await ann.get(path)).html for path in ("/", "/settings")]
    shown += [(await ann.http.get(f"/api/v1{path}")).text for path in (f"/settings?level=user&name={ANN}", "/notices")]
    assert "Ada Admin changed your settings" in shown[0]
    assert [number for number, text in enumerate(shown) if "rival.example" in text] == []
    assert "rival.example" in (await admin.get("/admin/settings?level=subscription")).html


async def test_a_what_if_for_the_whole_subscription(desk: Office) -> None:
    await desk.stage.book("Mine")
    await desk.stage.book("Bens", who=BEN)
    await desk.service.set_setting("mode", "match", level="subscription")
    await desk.service.sync()
    admin = await desk.admin()
    await admin.get("/admin/settings?level=subscription")
    seen = await admin.does(
        "/settings/preview", level="subscription", key="mode", value="sync_all", next="/admin/settings?level=subscription"
    )
    assert "Create in Salesforce 0 2" in seen.text


async def test_the_emergency_stop_and_its_way_back(desk: Office) -> None:
    await desk.service.set_setting("mode", "sync_all", level="subscription")
    admin = await desk.admin()
    await admin.get("/organization")
    await admin.does("/stop", level="organization", next="/organization")
    await desk.stage.book("Meanwhile")
    await desk.service.sync()
    assert (await desk.stage.subjects())[1] == []
    await admin.does("/resume", level="organization", next="/organization")
    await desk.service.sync()
    await desk.stage.both("Meanwhile")
    await admin.does("/stop", level="user", name=ANN, next="/organization")
    assert {one.key: one.value for one in await desk.service.settings(ANN)}["mode"] == "off"
    await admin.does("/resume", level="user", name=ANN, next="/organization")
    assert {one.key: one.value for one in await desk.service.settings(ANN)}["mode"] == "sync_all"


async def test_an_emergency_stop_for_one_person_is_not_theirs_to_end(desk: Office) -> None:
    await desk.service.set_setting("mode", "match", level="user", who=ANN)
    admin, ann = await desk.admin(), await desk.person()
    assert "Emergency stop" in (await admin.get("/users")).text
    said = await admin.does("/stop", level="user", name=ANN, next="/users")
    assert "stopped by Ada Admin" in said.text
    again = await admin.does("/stop", level="user", name=ANN, next="/users")
    assert "stopped there before, by Ada Admin" in again.text
    assert "Locked by the person" in (await ann.get("/settings")).text
    for path in ("/settings/set", "/settings/preview"):
        assert (await ann.post(path, None, level="user", name=ANN, key="mode", value="sync_all")).status == 403
    answer = await ann.http.put(
        "/api/v1/settings", json={"key": "mode", "value": "sync_all", "name": ANN}, headers={"X-CSRF-Token": ann.csrf}
    )
    assert answer.status_code == 403
    assert (await ann.post("/resume", None, level="user", name=ANN)).status == 403
    await desk.stage.book("Meanwhile")
    await desk.service.sync()
    assert (await desk.stage.subjects())[1] == []
    await admin.does("/resume", level="user", name=ANN, next="/users")
    assert {one.key: one.value for one in await desk.service.settings(ANN)}["mode"] == "match", (
        "what was set before, in spite of both"
    )


async def test_an_emergency_stop_of_a_profile(desk: Office) -> None:
    await desk.service.add_profile("Sales")
    await desk.service.move_person(BEN, "Sales")
    admin = await desk.admin()
    await admin.get("/profiles")
    await admin.does("/stop", level="profile", name="Sales", next="/profiles")
    await desk.stage.book("Anns")
    await desk.stage.book("Bens", who=BEN)
    await desk.service.sync()
    assert [(await desk.stage.subjects(who))[1] for who in (ANN, BEN)] == [["Anns"], []]
    await admin.does("/resume", level="profile", name="Sales", next="/profiles")
    await desk.service.sync()
    assert (await desk.stage.subjects(BEN))[1] == ["Bens"]


async def test_somebody_who_is_no_longer_synced_and_is_again(desk: Office) -> None:
    admin = await desk.admin()
    await admin.get("/users")
    said = await admin.does("/users/active", who=BEN, active="0", next="/users")
    assert f"{BEN} is no longer synced." in said.text
    assert "not synced" in said.text
    await desk.stage.book("Bens", who=BEN)
    await desk.service.sync()
    assert (await desk.stage.subjects(BEN))[1] == []
    said = await admin.does("/users/active", who=BEN, active="1", next="/users")
    assert f"{BEN} is synced again." in said.text
    await desk.service.sync()
    assert (await desk.stage.subjects(BEN))[1] == ["Bens"]


async def held(desk: Office) -> tuple[Visitor, str]:
    """Nine of twelve events were deleted in Salesforce, more than goes through by itself; who decides, and the plan."""
    for number in range(12):
        await desk.stage.book(f"Talk {number:02}", day=5 + number)
    await desk.service.sync()
    for number in range(9):
        await desk.stage.act("salesforce", ANN, "delete", id=(await desk.stage.event(f"Talk {number:02}"))["Id"])
    await desk.service.sync()
    (plan,) = await desk.service.held_plans()
    admin = await desk.admin()
    assert "Held plans" in (await admin.get(f"/held/{plan.plan}")).title
    return admin, plan.plan


async def test_a_held_plan_is_released_in_part(desk: Office) -> None:
    admin, plan = await held(desk)
    steps = await desk.service.held_steps(plan)
    assert len(steps) == 9
    said = await admin.does("/held/release", plan=plan, part="1", item=[steps[0].item, steps[1].item], next="/held")
    assert "Released: 2 writes" in said.text
    assert len((await desk.stage.subjects())[0]) == 10


async def test_a_held_plan_is_declined(desk: Office) -> None:
    admin, plan = await held(desk)
    await admin.does("/held/decline", plan=plan, next="/held")
    await desk.service.sync(full=True)
    exchange, salesforce = await desk.stage.subjects()
    assert len(exchange) == 12
    assert exchange == salesforce, "what was deleted is made again"


async def test_people_are_taken_over_from_salesforce(desk: Office) -> None:
    await desk.service.remove_person(BEN)
    admin = await desk.admin()
    page = await admin.get("/users/import?search=jones")
    assert "Ben Jones" in page.text
    said = await admin.does("/users/import", username=[BEN], profile="Standard User", next="/users", **{f"mailbox {BEN}": BEN})
    assert "1 person was added" in said.text
    assert "is here already" in (await admin.get("/users/import?search=jones")).text


async def test_a_move_is_previewed_and_made(desk: Office) -> None:
    await desk.service.add_profile("Sales")
    await desk.service.set_setting("mode", "match", level="profile", who="Sales")
    await desk.service.set_setting("mode", "sync_all", level="subscription")
    await desk.stage.book("Alone")
    admin = await desk.admin()
    await admin.get("/users")
    seen = await admin.does("/users/preview-move", who=ANN, profile="Sales", next="/users")
    assert "Create in Salesforce 1 0" in seen.text
    assert "ann@northwind.example Mode sync_all match" in seen.text, "the setting that the other profile brings"
    assert "Conflict" not in seen.text, "and none that stays"
    await admin.does("/users/move", who=ANN, profile="Sales", next="/users")
    assert {one.mailbox: one.profile for one in await desk.service.people()}[ANN] == "Sales"


async def test_several_people_move_with_one_preview(desk: Office) -> None:
    await desk.service.add_profile("Sales")
    await desk.service.set_setting("mode", "match", level="profile", who="Sales")
    await desk.service.set_setting("mode", "sync_all", level="subscription")
    await desk.stage.book("Anns")
    await desk.stage.book("Bens", who=BEN)
    admin = await desk.admin()
    assert f'form="moving" name="who" value="{BEN}"' in (await admin.get("/users")).html
    nobody = await admin.does("/users/preview-move", profile="Sales", next="/users")
    assert "Nobody was ticked" in nobody.text
    seen = await admin.does("/users/preview-move", who=[ANN, BEN], profile="Sales", next="/users")
    assert "Create in Salesforce 2 0" in seen.text
    assert [f"{one} Mode sync_all match" in seen.text for one in (ANN, BEN)] == [True, True]
    done = await admin.does("/users/move", who=[ANN, BEN], profile="Sales", next="/users")
    assert "2 people are in the profile Sales now." in done.text
    assert {one.profile for one in await desk.service.people()} == {"Sales"}


async def test_undo_of_a_run_is_shown_and_done(desk: Office) -> None:
    await desk.stage.book("Kick-off")
    await desk.service.sync()
    await desk.stage.change("Kick-off", location={"displayName": "Room 5"})
    await desk.service.sync()
    ann = await desk.person()
    run = (await desk.service.runs(ANN))[0].run
    assert "Take it back" in (await ann.get(f"/undo?run={run}")).text
    done = await ann.post("/undo", who=ANN, run=run)
    assert "1 of 1 were taken back" in done.text
    assert (await desk.stage.event("Kick-off")).get("Location") in (None, "")


async def test_a_private_item_is_explained_to_its_owner_alone(desk: Office) -> None:
    told = await desk.stage.book("Secret plan", sensitivity="private")
    await desk.service.sync()
    ann, admin = await desk.person(), await desk.admin()
    mine = await ann.get(f"/explain?item={told['id']}")
    assert "Private, ignored completely" in mine.text
    theirs = await admin.get(f"/explain?who={ANN}&item={told['id']}")
    assert "Only its owner is told" in theirs.text
    assert "Secret" not in mine.text + theirs.text


async def test_the_calendar_shows_both_sides_and_how_each_item_stands(desk: Office) -> None:
    await desk.stage.book("Kick-off", day=3)
    await desk.service.sync()
    await desk.stage.book("Since then", day=4)
    ann = await desk.person()
    page = await ann.get("/calendar?day=2027-03-03")
    assert "Kick-off" in page.text
    assert "Exchange + Salesforce" in page.text
    assert (await ann.get("/calendar?view=agenda&day=2027-03-01")).status == 200
