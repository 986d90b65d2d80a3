"""A home in which every page has something to show: items in every state, a held plan, changes by administrators."""

from collections.abc import Mapping, Sequence

from tests.engine.stage import ANN, BEN, CARLA, DORA
from tests.web.stage import ADMIN, Office
from tests.web.visitor import Visitor
from twincal.core.vocabulary import Tab

NO_SYNC = "No sync"


async def furnish(office: Office) -> None:
    """Fill the home."""
    stage, service = office.stage, office.service
    await service.add_profile("Sales")
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


NO_PAGES = {
    "/history.csv": "a file",
    "/audit.csv": "a file",
    "/sign-in/{provider}": "leads elsewhere at once",
    "/sign-in/{provider}/done": "leads on, or fails as every page can",
    "/connections/exchange/consent": "leads elsewhere at once",
    "/connections/exchange/consented": "leads on, or fails as every page can",
    "/connections/salesforce/consented": "leads on, or fails as every page can",
}
"""Routes that are opened and yet show nothing of their own."""


async def addresses(office: Office, admin: Visitor) -> Mapping[str, Sequence[str]]:
    """Every page that somebody who has signed in can look at, by its route, with something on it. The administrator is the one
    who will look: a preview is shown only to whoever asked for it."""
    (plan,) = await office.service.held_plans()
    rows = await office.service.history(ANN)
    offer = next(row.item for row in rows if row.subject == "Offer for Acme")
    run = (await office.service.runs(ANN))[0].run
    who = f"who={ANN}"
    return {
        "/": ["/"],
        "/calendar": [f"/calendar?{who}&day=2027-03-04", f"/calendar?{who}&view=agenda&day=2027-03-01"],
        "/history": [*(f"/history?{who}&tab={tab.value}" for tab in Tab), f"/history?{who}&tab=synced&fold=series"],
        "/history/grouped": ["/history/grouped"],
        "/explain": ["/explain", *(f"/explain?{who}&item={item}" for item in (offer, "nothing+like+it", "round"))],
        "/undo": [f"/undo?{who}", f"/undo?{who}&run={run}"],
        "/settings": [f"/settings?{who}"],
        "/admin/settings": [f"/admin/settings?level={level}" for level in ("organization", "subscription", "profile&name=Sales")],
        "/what-if/{job}": [await previewed(admin)],
        "/organization": ["/organization"],
        "/subscriptions": ["/subscriptions"],
        "/connections": ["/connections"],
        "/profiles": ["/profiles"],
        "/users": ["/users", "/users?search=nobody+like+it"],
        "/users/import": ["/users/import", "/users/import?search=ben"],
        "/held": ["/held"],
        "/held/{plan}": [f"/held/{plan.plan}"],
        "/audit": ["/audit", "/audit?search=nothing+like+it"],
        "": ["/no-such-page"],
    }


async def previewed(admin: Visitor) -> str:
    """The page of a what-if that has been asked for."""
    await admin.get("/admin/settings?level=subscription")
    sent = await admin.post("/settings/preview", level="subscription", name="", key="mode", value="sync_all", next="/")
    return str(sent.where)


async def doors(office: Office) -> Mapping[str, Sequence[str]]:
    """The pages of somebody who has not signed in, by route."""
    found = await office.service.desk.visitors.find(email=ADMIN)
    token = await office.service.desk.invite(found.id) if found else ""
    return {"/sign-in": ["/sign-in"], "/first/{token}": [f"/first/{token}", "/first/used-up"]}
