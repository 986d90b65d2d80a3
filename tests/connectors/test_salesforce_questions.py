"""How questions travel: long ones, lost places, objects out of sight, sessions that end under several calls at once."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.connectors.salesforce_script import (
    FULL,
    OWNER,
    WINDOW,
    ScriptedOrg,
    answer,
    calendar_of,
    client_of,
    error,
    event,
    event_id,
)
from twincal.connectors.salesforce.client import Query
from twincal.connectors.salesforce.doctor import doctor
from twincal.connectors.salesforce.soql import select
from twincal.connectors.salesforce.wire import EVENTS
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.trees import Window
from twincal.ports import Capabilities, Reply

SHORT = "SELECT Id FROM Event"
LONG = SHORT + " WHERE " + " OR ".join(f"Id = '{event_id(number)}'" for number in range(150))
REST = "/services/data/v67.0/query/01g-2000"
UNFINISHED = answer(200, {"done": False, "nextRecordsUrl": REST, "records": [event(1)]})


async def refusal(org: ScriptedOrg, soql: str = SHORT, *, optional: bool = False) -> FaultCode:
    with pytest.raises(VendorFault) as told:
        await client_of(org).query(Query(soql=soql, pages=EVENTS, optional=optional))
    return told.value.code


async def test_a_long_question_whose_place_was_lost_travels_in_a_body_again() -> None:
    org = ScriptedOrg()
    answers = [UNFINISHED, answer(200, {"done": True, "records": [event(1), event(2)]})]
    org.tables["Event"] = lambda _: answers.pop(0)
    org.pages[REST] = error(400, "INVALID_QUERY_LOCATOR")
    rows = await client_of(org).query(Query(soql=LONG, pages=EVENTS))
    assert [row.id for row in rows] == [event_id(1), event_id(2)]
    assert [method for method, _, _ in org.sent] == ["POST", "GET", "POST"]


async def test_a_place_that_is_always_lost_is_told() -> None:
    org = ScriptedOrg({"Event": UNFINISHED})
    org.pages[REST] = error(400, "INVALID_QUERY_LOCATOR")
    assert await refusal(org) is FaultCode.UNAVAILABLE


async def test_a_page_that_is_refused_is_not_asked_for_anew() -> None:
    org = ScriptedOrg({"Event": UNFINISHED})
    org.pages[REST] = error(403, "INSUFFICIENT_ACCESS")
    assert await refusal(org) is FaultCode.PERMISSION_MISSING
    assert len(org.sent) == 2


@pytest.mark.parametrize("soql", [SHORT, LONG])
async def test_an_object_may_be_out_of_sight_where_the_question_allows_it(soql: str) -> None:
    org = ScriptedOrg({"Event": error(400, "INVALID_TYPE")})
    assert await client_of(org).query(Query(soql=soql, pages=EVENTS, optional=True)) == []
    assert await refusal(org, soql) is FaultCode.PERMISSION_MISSING
    org.tables["Event"] = error(400, "MALFORMED_QUERY")
    assert await refusal(org, soql, optional=True) is FaultCode.BAD_REQUEST


async def test_answers_to_another_number_of_questions_are_none() -> None:
    org = ScriptedOrg()
    org.paths["composite"] = answer(200, {"compositeResponse": []})
    assert await refusal(org, LONG) is FaultCode.BAD_ANSWER


class SlowOrg(ScriptedOrg):
    """Answers only when everybody who asks at once has asked."""

    async def send(self, method: str, url: str, **more: Any) -> Reply:
        reply = await super().send(method, url, **more)
        await asyncio.sleep(0)
        return reply


async def test_a_session_that_ended_under_two_calls_is_renewed_once() -> None:
    org = SlowOrg()
    client = client_of(org)
    await client.query(Query(soql=SHORT, pages=EVENTS))
    org.before = [error(401, "INVALID_SESSION_ID")] * 2
    await asyncio.gather(*(client.query(Query(soql=SHORT, pages=EVENTS)) for _ in range(2)))
    assert len(org.tokens) == 2


async def test_a_question_too_large_for_one_owner_is_asked_by_halves_of_the_time() -> None:
    org = ScriptedOrg()
    asked: list[str] = []

    def rows(soql: str) -> object:
        asked.append(soql)
        return error(400, "OPERATION_TOO_LARGE") if len(asked) == 1 else [event(1)]

    org.tables["Event"] = rows  # type: ignore[assignment]
    sight = await calendar_of(org).look([OWNER], None, WINDOW)
    assert [item.id for item in sight.looks[OWNER].items] == [event_id(1)]
    assert len(asked) == 3
    assert ["2026-12-01T00:00:00Z" in soql for soql in asked] == [False, True, True]


async def test_a_day_that_is_too_large_fails_the_look() -> None:
    org = ScriptedOrg({"Event": error(400, "OPERATION_TOO_LARGE")})
    with pytest.raises(VendorFault):
        await calendar_of(org).look([OWNER], None, Window(WINDOW.start, WINDOW.start + timedelta(days=1)))
    assert len(org.sent) == 1


async def test_a_poll_that_does_not_know_who_we_are_asks_for_everybodys_changes() -> None:
    org = ScriptedOrg()
    calendar = calendar_of(org, Capabilities(key_field=FULL.key_field))
    cursor = (await calendar.look([OWNER], None, WINDOW)).cursor
    org.asked.clear()
    await calendar.look([OWNER], cursor, WINDOW)
    assert org.asked
    assert not any("LastModifiedById !=" in soql for _, soql in org.asked)


async def test_a_log_of_deletions_that_fails_fails_the_reading() -> None:
    org = ScriptedOrg()
    org.paths["sobjects/Event/deleted/"] = error(403, "REQUEST_LIMIT_EXCEEDED")
    with pytest.raises(VendorFault):
        await calendar_of(org).read(OWNER, [event_id(1)])


@pytest.mark.parametrize(("columns", "source"), [("Id; Name", "Event"), ("Id", "Event WHERE")])
def test_only_names_are_put_into_a_question(columns: str, source: str) -> None:
    with pytest.raises(ValueError, match="columns"):
        select(columns, source)


class ReservedOrg(ScriptedOrg):
    """Tells nothing unasked, not even its meter; what is not scripted is out of sight."""

    async def send(self, method: str, url: str, **more: Any) -> Reply:
        reply = await super().send(method, url, **more)
        return Reply(status=reply.status, headers={}, body=reply.body)

    def _answer(self, method: str, path: str, query: Mapping[str, list[str]], content: Any) -> Reply:
        known = "query" in path or path.rsplit("/v67.0/")[-1] in self.paths
        return super()._answer(method, path, query, content) if known else error(404, "NOT_FOUND")


async def findings(org: ReservedOrg) -> dict[str, tuple[bool, str]]:
    org.paths["limits"] = answer(200, {"DailyApiRequests": {"Max": 1000, "Remaining": 20}})
    return {finding.check: (finding.well, finding.note) for finding in await doctor(client_of(org))}


async def test_the_doctor_asks_for_what_was_not_told() -> None:
    org = ReservedOrg({"UserPermissionAccess": []})
    found = await findings(org)
    assert not found["Salesforce permission View All Data"][0]
    assert found["Salesforce API calls"] == (False, "20 of 1000 left today")


async def test_the_doctor_tells_why_permissions_could_not_be_looked_up() -> None:
    org = ReservedOrg({"UserPermissionAccess": error(403, "REQUEST_LIMIT_EXCEEDED")})
    assert not (await findings(org))["Salesforce permissions"][0]
    org.tables["UserPermissionAccess"] = error(400, "INVALID_TYPE")
    well, note = (await findings(org))["Salesforce permissions"]
    assert (well, "could not be looked up" in note) == (True, True)
