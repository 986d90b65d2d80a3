"""Every route that changes something leaves a line in the audit log: walked over the list of all routes."""

from collections.abc import Mapping

import pytest

from tests.engine.stage import ANN, BEN
from tests.web.stage import ADMIN, Office
from tests.web.visitor import Visitor
from twincal.web import pages

pytestmark = pytest.mark.asyncio(loop_scope="module")

Form = Mapping[str, str | list[str]]
CHANGING = {page.path for page in pages.ALL if page.methods == ("POST",) and not page.quiet}
QUIET = {
    "/sign-in": "coming in changes nothing of anybody's",
    "/first/{token}": "as above; the administrator who made the link is in the log",
    "/sign-out": "going out changes nothing",
    "/sign-out-everywhere": "as above",
    "/notices": "the reader's own view",
    "/zone": "the reader's own view",
    "/settings/preview": "nothing is saved by asking",
    "/users/preview-move": "nothing is saved by asking",
    "/connections/salesforce/consent": "nothing is saved by asking; coming back with consent is in the log",
}
"""Routes that write no line, and why."""


def test_what_writes_no_line_is_known_with_its_reason() -> None:
    assert {page.path for page in pages.ALL if page.methods == ("POST",) and page.quiet} == QUIET.keys()


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
        "/users/import": {"username": [BEN], "profile": "Sales", f"mailbox {BEN}": BEN},
    }  # fmt: skip


async def held_now(desk: Office, form: Form) -> Form:
    """A held plan has another name once a part of it was let go on."""
    (plan,) = await desk.service.held_plans()
    steps = await desk.service.held_steps(plan.plan)
    return {**form, "plan": plan.plan, **({"item": [steps[0].item]} if "part" in form else {})}


async def noted(desk: Office, admin: Visitor, path: str, form: Form) -> list[str]:
    """The lines that sending a form adds to the log: who did what."""
    log = desk.service.audit_log
    assert log is not None
    before = {number for number, _ in await log.book.lines(limit=10_000)}
    sent = await admin.post(path, None, **form)
    assert sent.status in (200, 303), f"{path} answered {sent.status}: {sent.text[:300]}"
    told = await admin.get(sent.where or "/")
    assert 'class="say bad"' not in told.html, f"{path} did nothing: {told.text[:600]}"
    return [f"{line.who}: {line.action}" for number, line in await log.book.lines(limit=10_000) if number not in before]


async def test_every_route_that_changes_something_leaves_a_line(desk: Office) -> None:
    await furnished(desk)
    admin, told = await desk.admin(), await forms(desk)
    assert told.keys() == CHANGING, "each route that changes something needs a form here"
    lines = {}
    for path, form in told.items():
        lines[path] = await noted(desk, admin, path, await held_now(desk, form) if path.startswith("/held/") else form)
    assert [path for path, found in lines.items() if not found] == []
    assert {line.partition(":")[0] for found in lines.values() for line in found} == {"Ada Admin"}, "under the name of who did it"
    assert ADMIN not in str(lines)


def test_the_log_can_be_neither_changed_nor_emptied_by_a_page() -> None:
    assert not [page.path for page in pages.ALL if page.path.startswith("/audit") and page.methods != ("GET",)]
