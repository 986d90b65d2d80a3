"""Every route that changes something leaves a line in the audit log: walked over the list of all routes and of all verbs."""

import pytest

from tests.web.errands import Form, errands, forms, furnished, held_now
from tests.web.stage import ADMIN, Office
from tests.web.visitor import Visitor
from twincal.web import pages

pytestmark = pytest.mark.asyncio(loop_scope="module")

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


QUIET_VERBS = {"POST /what-if": "nothing is saved by asking", "POST /notices/read": "the reader's own view"}
"""Verbs that write no line, and why."""


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


async def test_every_verb_that_changes_something_leaves_a_line(desk: Office) -> None:
    await furnished(desk)
    admin, told, log = await desk.admin(), await errands(desk), desk.service.audit_log
    assert log is not None
    assert told.keys() == await changing(desk), "each verb that changes something needs an errand here"
    silent = []
    for name, errand in told.items():
        method, _, path = name.partition(" ")
        if path.startswith("/held/"):
            errand.names["plan"] = (await desk.service.held_plans())[0].plan
        before = {number for number, _ in await log.book.lines(limit=10_000)}
        answer = await admin.http.request(method, errand.address(path), json=errand.body, headers={"X-CSRF-Token": admin.csrf})
        assert answer.status_code == 200, f"{name} answered {answer.status_code}: {answer.text[:300]}"
        after = [line for number, line in await log.book.lines(limit=10_000) if number not in before]
        assert {line.who for line in after} <= {"Ada Admin"}
        silent += [] if after else [name]
    assert silent == list(QUIET_VERBS)


async def changing(desk: Office) -> set[str]:
    """The verbs of the API that are no mere questions."""
    document = (await desk.stranger().http.get("/api/v1/openapi.json")).json()
    return {f"{method.upper()} {path}" for path, verbs in document["paths"].items() for method in verbs if method != "get"}


def test_the_log_can_be_neither_changed_nor_emptied_by_a_page() -> None:
    assert not [page.path for page in pages.ALL if page.path.startswith("/audit") and page.methods != ("GET",)]
