"""A home in which every page has something to show: items in every state, a held plan, changes by administrators."""

from tests.engine.stage import ANN, BEN, CARLA, DORA
from tests.web.stage import Office

NO_SYNC = "No sync"


async def furnish(office: Office) -> None:
    """Fill the home."""
    stage, service = office.stage, office.service
    await service.set_setting("mode", "match", level="subscription")
    await service.set_setting("notify_attendees", "always", level="subscription", lock=True)
    await stage.record("Contact", "Carla Rossi", CARLA)
    await stage.meet("Offer for Acme", CARLA)
    await stage.meet("Demo at Initech", DORA, hour=12)
    await stage.book("Gym", hour=7, categories=[NO_SYNC])
    await stage.book("Doctor", hour=17, sensitivity="private")
    for number in range(12):
        await stage.meet(f"Round {number + 1}", CARLA, day=8 + number, hour=11)
    await stage.meet("Planning with Ben", CARLA, who=BEN)
    await service.sync()
    for number in range(9):
        await stage.act("salesforce", ANN, "delete", id=(await stage.event(f"Round {number + 1}"))["Id"])
    await service.sync()


async def addresses(office: Office) -> list[str]:
    """Every page that can be looked at, with something on it."""
    (plan,) = await office.service.held_plans()
    rows = await office.service.history(ANN)
    offer = next(row.item for row in rows if row.subject == "Offer for Acme")
    run = (await office.service.runs(ANN))[0].run
    who = f"who={ANN}"
    return [
        "/", f"/calendar?{who}&day=2027-03-04", f"/calendar?{who}&view=agenda&day=2027-03-01", f"/history?{who}&tab=unresolved",
        f"/history?{who}&tab=synced", f"/history?{who}&tab=excluded", "/history/grouped", f"/explain?{who}&item={offer}",
        f"/explain?{who}&item=nothing+like+it", f"/undo?{who}&run={run}", f"/settings?{who}", "/organization", "/subscriptions",
        "/connections", "/profiles", "/users", "/users/import?search=ben", "/held", f"/held/{plan.plan}", "/audit",
        "/admin/settings?level=subscription", "/no-such-page",
    ]  # fmt: skip
