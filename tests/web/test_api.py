"""The API at /api/v1: its document is valid and true, the same roles hold, and nothing unsafe goes without the token."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response as Answer
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.engine.stage import ANN, BEN, CARLA
from tests.web.stage import Office
from tests.web.visitor import Visitor
from twincal.web import pages

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def document(front: Office) -> dict[str, Any]:
    found: dict[str, Any] = (await front.stranger().http.get("/api/v1/openapi.json")).json()
    return found


async def asked(visitor: Visitor, method: str, path: str, token: str | None = None, **body: Any) -> httpx.Response:
    headers = {"X-CSRF-Token": visitor.csrf if token is None else token}
    return await visitor.http.request(method, f"/api/v1{path}", headers=headers, json=body or None)


async def test_the_document_names_every_schema_it_uses(front: Office) -> None:
    told = await document(front)
    assert told["openapi"].startswith("3.1")
    Draft202012Validator.check_schema({"$defs": told["components"]["schemas"]})
    used = {line.split('"')[0] for line in repr(told).replace("'", '"').split("#/components/schemas/")[1:]}
    assert used <= set(told["components"]["schemas"])


async def test_people_read_their_own_and_nobody_elses(front: Office) -> None:
    ann = await front.person()
    assert (await asked(ann, "GET", "/me")).json()["mailbox"] == ANN
    for path in ("history", "calendar?start=2027-03-01", "standing", "unresolved", "runs", "explain?item=x", "timeline?item=x"):
        assert (await asked(ann, "GET", f"/people/{BEN}/{path}")).status_code == 403, path
    assert (await asked(ann, "GET", f"/people/{ANN}/history")).json()["rows"] == []
    assert (await asked(ann, "GET", "/audit")).status_code == 403
    assert (await asked(front.stranger(), "GET", "/me")).status_code == 401


async def test_an_item_is_synced_explained_and_ignored(desk: Office) -> None:
    await desk.stage.meet("Offer", CARLA)
    ann = await desk.person()
    report = (await asked(ann, "POST", f"/people/{ANN}/sync")).json()
    assert report["people"][0]["created"] == {"exchange": 0, "salesforce": 1}
    found = (await asked(ann, "GET", f"/people/{ANN}/explain?item=Offer")).json()
    assert found["headline"]
    assert (await asked(ann, "POST", "/items/ignore", mailbox=ANN, item="Offer")).status_code == 200
    rows = (await asked(ann, "GET", f"/people/{ANN}/history?tab=excluded")).json()["rows"]
    assert [row["subject"] for row in rows] == ["Offer"]
    written = (await asked(ann, "GET", f"/people/{ANN}/timeline?item=Offer")).json()
    assert written[0]["operation"] == "created"


async def test_a_what_if_and_then_the_setting(desk: Office) -> None:
    await desk.stage.book("Alone")
    ann = await desk.person()
    previews = (await asked(ann, "POST", "/what-if", key="mode", value="match", name=ANN)).json()
    assert previews[0]["changed"]["create"]["salesforce"] == 0
    assert (await asked(ann, "PUT", "/settings", key="mode", value="match", name=ANN)).json()["value"] == "match"
    assert (await asked(ann, "PUT", "/settings", key="mode", value="nonsense", name=ANN)).status_code == 422
    assert (await asked(ann, "PUT", "/settings", key="mode", value="off", level="subscription")).status_code == 403


async def test_a_what_if_for_several_who_move(desk: Office) -> None:
    await desk.service.add_profile("Sales")
    await desk.service.set_setting("mode", "off", level="profile", who="Sales")
    admin = await desk.admin()
    previews = (await asked(admin, "POST", "/what-if", profile="Sales", people=[ANN, BEN])).json()
    assert {one["mailbox"]: one["settings"][0]["after"] for one in previews} == {ANN: "off", BEN: "off"}
    head = await desk.head_of_sales()
    assert (await asked(head, "POST", "/what-if", profile="Sales", people=[ANN])).status_code == 403


async def test_a_person_is_found_by_name_address_or_salesforce_profile_and_added(desk: Office) -> None:
    cat, user = "cat@northwind.example", "cat.miller@northwind.example.crm"
    order = {"name": "Cat Miller", "mailbox": cat, "salesforce_username": user, "profile": "Sales User"}
    await desk.stage.control("/people", order)
    admin = await desk.admin()
    wanted = {"username": user, "name": "Cat Miller", "mailbox": cat, "profile": "Sales User", "known": "", "same_address": []}
    for text in ("miller", "CAT@", "example.crm", "sales user"):
        assert (await asked(admin, "GET", f"/users/proposed?search={text}")).json() == [wanted], text
    assert (await asked(await desk.person(), "GET", "/users/proposed?search=miller")).status_code == 403
    added = await asked(admin, "POST", "/users", mailbox=cat, salesforce_username=user, profile="Administrator")
    assert (added.status_code, added.json()["profile"]) == (200, "Administrator")
    [found] = (await asked(admin, "GET", "/users/proposed?search=miller")).json()
    assert found["known"] == cat


async def test_every_change_is_in_the_audit_log_and_needs_the_token(front: Office) -> None:
    told = await document(front)
    admin = await front.admin()
    changing = [(method, path) for path, verbs in told["paths"].items() for method in verbs if method not in ("get", "head")]
    assert len(changing) > 12
    for method, path in changing:
        address = path.replace("{mailbox}", BEN).replace("{plan}", "none")
        assert (await asked(admin, method.upper(), address, token="")).status_code == 403, path
        assert (await asked(admin, method.upper(), address, token="another")).status_code == 403, path
    log = front.service.audit_log
    assert log is not None
    before = len(await log.book.lines())
    assert (await asked(admin, "POST", f"/people/{BEN}/sync")).status_code == 200
    assert len(await log.book.lines()) == before + 1


OUTSIDE = ("/connections/exchange", "/connections/salesforce")
"""Drawn words would be sent to addresses out in the world; test_audit_rows.py connects the sandbox by these verbs."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


async def test_schemathesis_finds_no_server_error_and_no_undocumented_answer(front: Office) -> None:
    """Every verb with drawn arguments, under an administrator's session. The application is asked in this event loop, so the
    cases are made by schemathesis and sent here."""
    schema = schemathesis.openapi.from_dict(await document(front))
    admin = await front.admin()
    told: list[str] = []
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        if operation.path in OUTSIDE:
            continue
        for case in drawn(operation.as_strategy()):
            answer = await admin.http.request(
                case.method, f"/api/v1{case.formatted_path.removeprefix('/api/v1')}", params=case.query or None,
                json=case.body if isinstance(case.body, dict | list) else None, headers={"X-CSRF-Token": admin.csrf},
            )  # fmt: skip
            told += complaints(case, answer)
    assert told == []


def drawn(strategy: Any, count: int = 12) -> list[Any]:
    """Some examples of a strategy, the same in every run."""
    found: list[Any] = []

    @settings(max_examples=count, database=None, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(case: Any) -> None:
        found.append(case)

    collect()
    return found


def complaints(case: Any, answer: httpx.Response) -> list[str]:
    try:
        case.validate_response(Answer.from_any(answer), checks=CHECKS)
    except BaseExceptionGroup as error:
        return [f"{case.method} {case.formatted_path}: {str(error)[:300]}"]
    return []


OF_THE_BROWSER = {
    "/sign-in", "/sign-in/{provider}", "/sign-in/{provider}/done", "/first/{token}", "/sign-out", "/sign-out-everywhere",
    "/sign-out-page", "/zone", "/connections", "/subscriptions", "/connections/exchange/consent",
    "/connections/exchange/consented", "/connections/salesforce/consent", "/connections/salesforce/consented",
}  # fmt: skip
"""Pages that begin and end the session itself, or are only about how something looks or is typed."""
VERBS = {
    "/": "GET /overview", "/look": "POST /people/{mailbox}/sync", "/notices": "POST /notices/read",
    "/calendar": "GET /people/{mailbox}/calendar", "/history": "GET /people/{mailbox}/history",
    "/history.csv": "GET /people/{mailbox}/history", "/history/grouped": "GET /unresolved",
    "/history/grouped/ignore": "POST /unresolved/ignore", "/history/grouped/retry": "POST /unresolved/retry",
    "/history/retry": "POST /items/retry", "/history/ignore": "POST /items/ignore",
    "/history/ignore-address": "POST /items/ignore-entry", "/history/choose": "POST /items/choose",
    "/history/pair": "POST /items/pair", "/history/reinstate": "POST /items/reinstate",
    "/explain": "GET /people/{mailbox}/explain", "/undo": "POST /undo",
    "/settings": "GET /settings", "/admin/settings": "GET /settings", "/settings/set": "PUT /settings",
    "/settings/preview": "POST /what-if", "/what-if/{job}": "POST /what-if", "/organization": "GET /visitors",
    "/organization/appoint": "PUT /visitors/{visitor}/parts", "/organization/invite": "POST /visitors",
    "/organization/shut-out": "PATCH /visitors/{visitor}", "/connections/test": "POST /connections/test",
    "/connections/exchange": "PUT /connections/exchange", "/connections/salesforce": "PUT /connections/salesforce",
    "/profiles": "GET /profiles", "/profiles/add": "POST /profiles", "/stop": "POST /stop", "/resume": "POST /resume",
    "/users": "GET /people", "/users/import": "POST /users", "/users/preview-move": "POST /what-if",
    "/users/move": "PATCH /users/{mailbox}", "/users/active": "PATCH /users/{mailbox}",
    "/users/erase": "DELETE /users/{mailbox}", "/held": "GET /held", "/held/{plan}": "GET /held/{plan}",
    "/held/release": "POST /held/{plan}/release", "/held/decline": "POST /held/{plan}/decline", "/audit": "GET /audit",
    "/audit.csv": "GET /audit",
}  # fmt: skip
"""The verb of the API that does what a page does."""


async def test_the_api_has_a_verb_for_every_page(front: Office) -> None:
    told = await document(front)
    known = {f"{method.upper()} {path}" for path, verbs in told["paths"].items() for method in verbs}
    assert {page.path for page in pages.ALL} - OF_THE_BROWSER == VERBS.keys(), "each page needs a verb, or a reason"
    assert set(VERBS.values()) <= known
