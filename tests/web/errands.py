"""What is sent to every route that changes something, and to every verb of the API: about Ann, or about the whole home."""

from collections.abc import Mapping
from typing import Any

from tests.engine.stage import ANN, BEN
from tests.web.stage import Office

Form = Mapping[str, str | list[str]]


class Verb:
    """A request to the API: what its path names, and its body."""

    def __init__(self, body: Mapping[str, Any] | None = None, **names: str) -> None:
        self.body = body
        self.names = names

    def address(self, path: str) -> str:
        """The path with what it names."""
        for name, value in self.names.items():
            path = path.replace(f"{{{name}}}", value)
        return f"/api/v1{path}"


async def furnished(desk: Office) -> None:
    """Something for every route: a held plan, a conflict, two that may be the same, what can be ignored and undone."""
    stage, service = desk.stage, desk.service
    await service.set_setting("conflict", "hold", level="subscription")
    for number in range(12):
        await stage.book(f"Talk {number:02}", day=5 + number)
    for name in ("Review", "Kick-off"):
        await stage.book(name, day=20)
    await stage.book("Lunch with Bo", day=22)
    await stage.enter("Lunch Bo", day=22)
    await service.sync()
    await stage.change("Review", subject="In Outlook")
    await stage.edit("Review", Subject="In Salesforce")
    for number in range(9):
        await stage.act("salesforce", ANN, "delete", id=(await stage.event(f"Talk {number:02}"))["Id"])
    await service.sync()
    await service.add_profile("Sales")
    await desk.person(BEN)


async def forms(desk: Office) -> dict[str, Form]:
    """What is sent to every route, in an order in which one does not take away what the next one needs."""
    rows = {row.subject: row.item for row in await desk.service.history(ANN)}
    ben = await desk.service.desk.visitors.find(email=BEN)
    line = desk.stage.sandbox.announcement()
    graph, org = line["graph"], line["salesforce"]
    assert ben is not None
    return {
        "/look": {"who": ANN},
        "/history/choose": {"who": ANN, "item": rows["In Outlook"], "side": "exchange"},
        "/history/reinstate": {"who": ANN, "item": rows["In Outlook"], "field": "subject"},
        "/history/pair": {"who": ANN, "item": rows["Lunch with Bo"], "other": rows["Lunch Bo"]},
        "/history/ignore": {"who": ANN, "item": rows["Kick-off"]},
        "/history/retry": {"who": ANN, "item": rows["Kick-off"]},
        "/history/ignore-address": {"who": ANN, "entry": "eve@acme.example"},
        "/history/grouped/ignore": {"who": [ANN], "entry": ["initech.example"]},
        "/history/grouped/retry": {"who": [ANN]},
        "/held/release": {"part": "1", "item": []},
        "/held/decline": {},
        "/undo": {"who": ANN, "item": rows["Kick-off"]},
        "/settings/set": {"level": "user", "name": ANN, "key": "conflict", "value": "latest"},
        "/organization/invite": {"email": "eve@northwind.example", "name": "Eve"},
        "/organization/appoint": {"visitor": ben.id, "part": ["subscription"]},
        "/organization/shut-out": {"visitor": ben.id},
        "/connections/test": {"mailbox": ANN},
        "/connections/exchange": {
            "secret": graph["client_secret"], **{key: graph[key] for key in ("tenant", "client_id", "authority", "base_url")}
        },
        "/connections/salesforce": {
            "login_url": org["login_url"], "client_id": org["client_id"], "secret": org["client_secret"]
        },
        "/profiles/add": {"name": "Marketing"},
        "/stop": {"level": "user", "name": ANN},
        "/resume": {"level": "user", "name": ANN},
        "/users/move": {"who": BEN, "profile": "Sales"},
        "/users/active": {"who": BEN, "active": "0"},
        "/users/erase": {"who": BEN, "confirm": BEN},
        "/users/import": {"username": [BEN], "profile": "Standard User", f"mailbox {BEN}": BEN},
    }  # fmt: skip


async def held_now(desk: Office, form: Form) -> Form:
    """A held plan has another name once a part of it was let go on."""
    (plan,) = await desk.service.held_plans()
    steps = await desk.service.held_steps(plan.plan)
    return {**form, "plan": plan.plan, **({"item": [steps[0].item]} if "part" in form else {})}


async def errands(desk: Office) -> dict[str, Verb]:
    """The same for every verb of the API that changes something, by method and path, in an order that takes nothing away."""
    pages, (plan,) = await forms(desk), await desk.service.held_plans()
    rows = {row.subject: row.item for row in await desk.service.history(ANN)}
    about = {"mailbox": ANN, "item": rows["Kick-off"]}
    ben = pages["/organization/shut-out"]["visitor"]
    ours = {"level": "user", "name": ANN}
    step = (await desk.service.held_steps(plan.plan))[0].item
    return {
        "POST /people/{mailbox}/sync": Verb(mailbox=ANN),
        "POST /items/choose": Verb({"mailbox": ANN, "item": rows["In Outlook"], "side": "exchange"}),
        "POST /items/reinstate": Verb({"mailbox": ANN, "item": rows["In Outlook"], "field": "subject"}),
        "POST /items/pair": Verb({"mailbox": ANN, "item": rows["Lunch with Bo"], "other": rows["Lunch Bo"]}),
        "POST /items/ignore": Verb(about),
        "POST /items/retry": Verb(about),
        "POST /items/ignore-entry": Verb({"mailbox": ANN, "entry": "eve@acme.example"}),
        "POST /unresolved/ignore": Verb({"mailboxes": [ANN], "entries": ["initech.example"]}),
        "POST /unresolved/retry": Verb({"mailboxes": [ANN]}),
        "POST /held/{plan}/release": Verb({"items": [step]}, plan=plan.plan),
        "POST /held/{plan}/decline": Verb({}, plan=plan.plan),
        "POST /undo": Verb({**about, "do": True}),
        "POST /what-if": Verb({**ours, "key": "mode", "value": "match"}),
        "PUT /settings": Verb({**ours, "key": "conflict", "value": "latest"}),
        "POST /settings/unset": Verb({**ours, "key": "conflict"}),
        "POST /visitors": Verb(pages["/organization/invite"]),
        "PUT /visitors/{visitor}/parts": Verb({"parts": ["subscription"]}, visitor=str(ben)),
        "PATCH /visitors/{visitor}": Verb({"active": False}, visitor=str(ben)),
        "POST /connections/test": Verb({"mailbox": ANN}),
        "PUT /connections/exchange": Verb(pages["/connections/exchange"]),
        "PUT /connections/salesforce": Verb(pages["/connections/salesforce"]),
        "POST /profiles": Verb({"name": "Marketing"}),
        "POST /stop": Verb(ours),
        "POST /resume": Verb(ours),
        "PATCH /users/{mailbox}": Verb({"profile": "Sales", "active": False}, mailbox=BEN),
        "DELETE /users/{mailbox}": Verb(mailbox=BEN),
        "POST /users": Verb({"mailbox": BEN, "salesforce_username": BEN}),
        "POST /notices/read": Verb(),
    }
