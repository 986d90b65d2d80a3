"""Reading through Graph: lists, filters, pages, calendars, users, zones."""

import pytest

from tests.sandbox.graph_company import ANN, BOB, START, WINDOW, StillClock, asking, company, meeting, quirk, signed_in, weekly

EVENTS = f"/v1.0/users/{ANN}/events"


async def test_events_lists_singles_and_masters_and_the_view_lists_instances() -> None:
    exchange = company()
    exchange.book(ANN, meeting("Single"))
    exchange.book(ANN, meeting("Weekly", recurrence=weekly()))
    async with signed_in(exchange) as http:
        listed = (await http.get(EVENTS)).json()["value"]
        assert sorted(each["type"] for each in listed) == ["seriesMaster", "singleInstance"]
        viewed = (await http.get(f"/v1.0/users/{ANN}/calendarview?{WINDOW.lower()}")).json()["value"]
        assert sorted(each["type"] for each in viewed) == [*["occurrence"] * 4, "singleInstance"]
        assert all(each["recurrence"] is None and each["body"] for each in viewed)


async def test_pages() -> None:
    exchange = company()
    for number in range(25):
        exchange.book(ANN, meeting(f"{number:02}", f"2026-12-{number + 1:02}"))
    async with signed_in(exchange) as http:
        link, sizes, seen = f"/v1.0/users/{ANN}/calendarView?{WINDOW}", list[int](), list[str]()
        while link:
            page = (await http.get(link)).json()
            sizes.append(len(page["value"]))
            seen += [each["subject"] for each in page["value"]]
            link = page.get("@odata.nextLink", "")
        assert sizes == [10, 10, 5]
        assert seen == [f"{number:02}" for number in range(25)]
        assert len((await http.get(f"{EVENTS}?$top=20&$skip=10")).json()["value"]) == 15
        assert len((await http.get(EVENTS, headers={"Prefer": "odata.maxpagesize=7"})).json()["value"]) == 7
        assert (await http.get(f"{EVENTS}?$top=5&$count=true")).json()["@odata.count"] == 25
        assert (await http.get(f"{EVENTS}?$top=5000")).status_code == 400
        with quirk(exchange, withheld=["03"]):
            assert (await http.get(f"{EVENTS}?$count=true")).json()["@odata.count"] == 24


FILTERS = {
    "subject eq 'ALPHA'": "A",
    "startsWith(subject,'al')": "A",
    "contains(subject,'a') and not (importance eq 'high')": "AG",
    "subject eq 'Beta' or endswith(subject,'ma')": "BG",
    "lastModifiedDateTime gt 2026-11-23T08:30:00Z": "BG",
    "lastModifiedDateTime ge 2026-11-23T10:00:00+01:00": "BG",
    "start/dateTime ge '2026-12-02T00:00:00'": "BG",
    "organizer/emailAddress/address eq 'ann@corp.example' and isAllDay eq false": "ABG",
    "type eq 'seriesMaster'": "",
    "seriesMasterId ne null": "",
    "transactionId eq 'It''s'": "A",
}


@pytest.mark.parametrize("condition", FILTERS)
async def test_filters(condition: str) -> None:
    exchange = company()
    clock = exchange.clock
    assert isinstance(clock, StillClock)
    exchange.book(ANN, meeting("Alpha", "2026-12-01", transactionId="It's"))
    clock.tick(hours=1)
    exchange.book(ANN, meeting("Beta", "2026-12-02", importance="high"))
    exchange.book(ANN, meeting("Gamma", "2026-12-03"))
    async with signed_in(exchange) as http:
        found = (await http.get(asking(EVENTS, filter=condition, orderby="subject"))).json()
    assert "".join(each["subject"][0] for each in found["value"]) == FILTERS[condition]


@pytest.mark.parametrize("condition", ["subject", "subject eq", "nothing eq 'x'", "f(subject)", "subject eq 'x' )", "a & b"])
async def test_filters_that_cannot_be_read(condition: str) -> None:
    exchange = company()
    exchange.book(ANN, meeting())
    async with signed_in(exchange) as http:
        answer = await http.get(asking(EVENTS, filter=condition))
    assert answer.status_code == (200 if condition == "subject" else 400)


async def test_a_plus_is_no_space() -> None:
    exchange = company()
    exchange.book(ANN, meeting())
    async with signed_in(exchange) as http:
        assert (await http.get(f"{EVENTS}?$filter=subject+eq+'Review'")).status_code == 400
        assert (await http.get(f"{EVENTS}?$filter=subject%20eq%20'Review'")).status_code == 200


async def test_finding_by_icaluid_and_order() -> None:
    exchange = company()
    event = exchange.book(ANN, meeting("One", "2026-12-01", BOB))
    exchange.book(ANN, meeting("Two", "2026-12-02"))
    async with signed_in(exchange) as http:
        theirs = await http.get(asking(f"/v1.0/users/{BOB}/events", filter=f"iCalUId eq '{event['iCalUId']}'"))
        assert [each["subject"] for each in theirs.json()["value"]] == ["One"]
        down = await http.get(asking(EVENTS, orderby="start/dateTime desc"))
        assert [each["subject"] for each in down.json()["value"]] == ["Two", "One"]


async def test_times_in_the_zone_that_was_asked_for() -> None:
    exchange = company()
    event = exchange.book(ANN, meeting())
    async with signed_in(exchange) as http:
        one = f"{EVENTS}/{event['id']}"
        read = (await http.get(one, headers={"Prefer": 'outlook.timezone="Pacific Standard Time"'})).json()
        assert read["start"] == {"dateTime": "2026-12-01T01:00:00.0000000", "timeZone": "Pacific Standard Time"}
        refused = await http.get(one, headers={"Prefer": 'outlook.timezone="Mars Time"'})
        assert refused.json()["error"]["code"] == "TimeZoneNotSupportedException"
        offset = "startDateTime=2026-12-01T00:00:00-10:00&endDateTime=2026-12-01T12:00:00-10:00"
        assert (await http.get(f"/v1.0/users/{ANN}/calendarView?{offset}")).json()["value"] == []


async def test_calendars_users_and_zones() -> None:
    exchange = company()
    exchange.register_app("app", secret="secret", roles=("Calendars.Read", "User.Read.All"))
    mailbox = exchange.mailbox("a.archer@corp.example")
    async with signed_in(exchange) as http:
        user = (await http.get(f"/v1.0/users/{mailbox.id}")).json()
        assert (user["mail"], user["displayName"], user["id"]) == (ANN, "Ann Archer", mailbox.id)
        calendar = (await http.get(f"/v1.0/users/{ANN}/calendar")).json()
        assert (calendar["id"], calendar["owner"]["address"]) == (mailbox.calendar_id, ANN)
        assert (await http.get(f"/v1.0/users/{ANN}/calendars/{calendar['id']}")).json()["isDefaultCalendar"] is True
        assert len((await http.get(f"/v1.0/users/{ANN}/calendars")).json()["value"]) == 1
        zones = (await http.get(f"/v1.0/users/{ANN}/outlook/supportedTimeZones")).json()["value"]
        assert "W. Europe Standard Time" in {zone["alias"] for zone in zones}
        for spelling in ("'Iana'", "microsoft.graph.timeZoneStandard'Iana'"):
            path = f"/v1.0/users/{ANN}/outlook/supportedTimeZones(TimeZoneStandard={spelling})"
            assert "Europe/Berlin" in {zone["alias"] for zone in (await http.get(path)).json()["value"]}


async def test_paths_that_lead_nowhere() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        statuses = {
            path: (await http.get(path)).status_code
            for path in ("/v1.0/me/events", "/v1.0/groups", f"/v1.0/users/{ANN}/inbox", "/v1.0/users/no@one/events", "/x")
        }
        assert list(statuses.values()) == [400, 400, 400, 404, 404]
        assert (await http.put(EVENTS, json={})).status_code == 405
        assert (await http.get(f"/v1.0/users/{ANN}/calendars/none/events")).status_code == 404


async def test_answers_are_compressed_only_when_asked() -> None:
    exchange = company()
    exchange.book(ANN, meeting(body={"contentType": "text", "content": "x" * 3000}))
    async with signed_in(exchange) as http:
        assert (await http.get(EVENTS)).headers.get("content-encoding") == "gzip"
        assert "content-encoding" not in (await http.get(EVENTS, headers={"Accept-Encoding": "identity"})).headers
        with quirk(exchange, gzip=False):
            assert "content-encoding" not in (await http.get(EVENTS)).headers
    assert exchange.now() == START
