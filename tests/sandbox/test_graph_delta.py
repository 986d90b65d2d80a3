"""calendarView/delta: a list of things to read again, with all its traps."""

import time
from typing import Any

import pytest

from tests.sandbox.graph_company import (
    ANN,
    BOB,
    START,
    WINDOW,
    StillClock,
    company,
    delta_round,
    meeting,
    quirk,
    signed_in,
    weekly,
)  # fmt: skip


def kinds(rows: list[dict[str, Any]]) -> list[str]:
    """What each row is."""
    return ["removed" if "@removed" in row else row["type"] for row in rows]


async def test_first_round_shows_masters_bare_occurrences_exceptions_and_singles() -> None:
    exchange = company()
    exchange.book(ANN, meeting("Single"))
    master = exchange.book(ANN, meeting("Weekly", recurrence=weekly()))
    second = exchange.occurrences(ANN, master["id"], START, START.replace(year=2027))[1]
    exchange.change(ANN, second["id"], {"subject": "Other"})
    async with signed_in(exchange) as http:
        rows, link, _ = await delta_round(http)
    assert sorted(kinds(rows)) == ["exception", *["occurrence"] * 3, "seriesMaster", "singleInstance"]
    bare = next(row for row in rows if row["type"] == "occurrence")
    assert bare.keys() == {"@odata.type", "@odata.etag", "id", "type", "seriesMasterId", "start", "end"}
    assert bare["seriesMasterId"] == master["id"]
    assert next(row for row in rows if row["type"] == "exception")["subject"] == "Other"
    assert "$deltatoken=" in link
    assert "startDateTime" not in link


async def test_later_rounds_show_a_changed_series_whole_and_tombstones_bare() -> None:
    exchange = company()
    single = exchange.book(ANN, meeting("Single"))
    master = exchange.book(ANN, meeting("Weekly", recurrence=weekly()))
    async with signed_in(exchange) as http:
        _, link, _ = await delta_round(http)
        rows, link, _ = await delta_round(http, link)
        assert rows == []
        third = exchange.occurrences(ANN, master["id"], START, START.replace(year=2027))[2]
        exchange.remove(ANN, third["id"])
        rows, link, _ = await delta_round(http, link)
        assert kinds(rows) == ["seriesMaster", *["occurrence"] * 3]
        assert third["id"] not in {row["id"] for row in rows}
        exchange.remove(ANN, single["id"])
        exchange.book(ANN, meeting("Far", "2029-01-01"))
        rows, link, _ = await delta_round(http, link)
    assert kinds(rows) == ["removed", "removed"]
    assert rows[0] == {"@odata.type": "#microsoft.graph.event", "id": single["id"], "@removed": {"reason": "deleted"}}


async def test_immutable_ids_outlive_a_move_and_the_archive() -> None:
    exchange = company()
    book = exchange.book(ANN, meeting("Single"))
    other = exchange.add_calendar(ANN, "Other")
    async with signed_in(exchange, Prefer='IdType="ImmutableId", outlook.timezone="UTC"') as http:
        rows, link, _ = await delta_round(http)
        moved = exchange.move(ANN, book["id"], other)
        assert moved["id"] != book["id"]
        gone, _, _ = await delta_round(http, link)
        assert gone[0]["id"] == rows[0]["id"]
        assert "@removed" in gone[0]
        one = f"/v1.0/users/{ANN}/events/{rows[0]['id']}"
        assert (await http.get(one)).status_code == 200
        exchange.move_to_archive(ANN, moved["id"])
        assert (await http.get(one)).json()["subject"] == "Single"
        assert (await http.get(f"/v1.0/users/{ANN}/events/{moved['id']}")).status_code == 404
        assert (await http.get(f"/v1.0/users/{ANN}/calendar/events/{rows[0]['id']}")).status_code == 404


async def test_a_mailbox_that_moved_has_other_ids_and_knows_no_delta_link() -> None:
    exchange = company()
    exchange.book(ANN, meeting("Single"))
    async with signed_in(exchange, Prefer='IdType="ImmutableId", outlook.timezone="UTC"') as http:
        before, link, _ = await delta_round(http)
        exchange.migrate(ANN)
        assert (await http.get(link)).status_code == 410
        assert (await http.get(f"/v1.0/users/{ANN}/events/{before[0]['id']}")).json()["error"]["code"] == "ErrorItemNotFound"
        after, _, _ = await delta_round(http)
    assert [row["iCalUId"] for row in after] == [row["iCalUId"] for row in before]
    assert after[0]["id"] != before[0]["id"]


async def test_tombstones_of_what_lives() -> None:
    exchange = company()
    for subject in ("Alive", "Other"):
        exchange.book(ANN, meeting(subject))
    async with signed_in(exchange) as http:
        rows, link, _ = await delta_round(http)
        with quirk(exchange, delta_false_tombstones=["Alive"]):
            lies, _, _ = await delta_round(http, link)
            first, _, _ = await delta_round(http)
        alive = next(row["id"] for row in rows if row["subject"] == "Alive")
        assert [row["id"] for row in lies] == [alive] and kinds(lies) == ["removed"]
        assert sorted(kinds(first)) == ["removed", "singleInstance"]
        assert (await http.get(f"/v1.0/users/{ANN}/events/{alive}")).status_code == 200


async def test_pages_keep_a_series_together() -> None:
    exchange = company()
    for number in range(5):
        exchange.book(ANN, meeting(f"Single {number}"))
    exchange.book(ANN, meeting("Weekly", recurrence=weekly(8)))
    async with signed_in(exchange, Prefer="odata.maxpagesize=2") as http:
        answer = await http.get(f"/v1.0/users/{ANN}/calendarview/delta()?{WINDOW.lower()}")
        assert len(answer.json()["value"]) == 2
        assert "odata.track-changes" in answer.headers["preference-applied"]
        rows, _, pages = await delta_round(http)
        assert (len(rows), pages) == (14, 4)
        with quirk(exchange, delta_honours_maxpagesize=False):
            assert (await delta_round(http))[2] == 1


@pytest.mark.parametrize("spelling", ["delta", "delta()", "microsoft.graph.delta()"])
@pytest.mark.parametrize("place", ["", "calendar/", "calendars/{calendar}/"])
async def test_every_spelling_of_delta(spelling: str, place: str) -> None:
    exchange = company()
    exchange.book(ANN, meeting())
    path = place.format(calendar=exchange.mailbox(ANN).calendar_id)
    async with signed_in(exchange) as http:
        rows, _, _ = await delta_round(http, f"/v1.0/users/{ANN}/{path}calendarView/{spelling}?{WINDOW}")
    assert len(rows) == 1


@pytest.mark.parametrize("option", ["$select=subject", "$filter=subject eq 'x'", "$expand=instances", "$orderby=id"])
async def test_options_that_change_tracking_refuses(option: str) -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        answer = await http.get(f"/v1.0/users/{ANN}/calendarView/delta?{WINDOW}&{option}")
    assert answer.status_code == 400
    assert "change tracking" in answer.json()["error"]["message"]


async def test_expired_and_broken_tokens() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        _, link, _ = await delta_round(http)
        with quirk(exchange, sync_generation=150):
            answer = await http.get(link)
            assert (answer.status_code, answer.json()["error"]["code"]) == (410, "SyncStateNotFound")
            assert answer.headers["location"].endswith("/calendarView/delta")
            with quirk(exchange, expired_status=400, expired_code="resyncRequired", expired_location=False):
                answer = await http.get(link)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "resyncRequired")
            assert "location" not in answer.headers
        answer = await http.get(f"/v1.0/users/{ANN}/calendarView/delta?$deltatoken=rubbish!")
        assert answer.json()["error"]["code"] == "InvalidDeltaToken"
        exchange.reset()
        exchange.add_mailbox(ANN, "Ann")
        assert (await http.get(link)).status_code == 410


async def test_odd_rounds_by_switch() -> None:
    exchange = company()
    for number in range(3):
        exchange.book(ANN, meeting(f"Single {number}"))
    async with signed_in(exchange, Prefer="odata.maxpagesize=2") as http:
        with quirk(exchange, delta_repeats_rows=True):
            rows, _, _ = await delta_round(http)
            assert [row["subject"][-1] for row in rows] == ["0", "1", "2", "0"]
        with quirk(exchange, delta_empty_pages=True):
            rows, _, pages = await delta_round(http)
            assert (len(rows), pages) == (3, 4)
        with quirk(exchange, delta_lost_page=1):
            assert [row["subject"] for row in (await delta_round(http))[0]] == ["Single 2"]
        with quirk(exchange, withheld=["Single 1"]):
            assert len((await delta_round(http))[0]) == 2
        with quirk(exchange, delta_endless=True):
            first = (await http.get(f"/v1.0/users/{ANN}/calendarView/delta?{WINDOW}")).json()
            second = (await http.get(first["@odata.nextLink"])).json()
        assert second["value"] == first["value"]
        assert second["@odata.nextLink"] != first["@odata.nextLink"]


async def test_a_page_can_be_asked_for_again_and_the_window_is_frozen() -> None:
    exchange = company()
    for number in range(3):
        exchange.book(ANN, meeting(f"Single {number}"))
    async with signed_in(exchange, Prefer="odata.maxpagesize=2") as http:
        first = (await http.get(f"/v1.0/users/{ANN}/calendarView/delta?{WINDOW}")).json()
        again = [(await http.get(first["@odata.nextLink"])).json()["value"] for _ in range(2)]
        assert again[0] == again[1]
        _, link, _ = await delta_round(http)
        exchange.book(ANN, meeting("Later", "2027-03-02"))
        rows, _, _ = await delta_round(http, link)
    assert kinds(rows) == ["removed"]


async def test_a_lagging_feed_tells_later() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        _, link, _ = await delta_round(http)
        exchange.quirks.delta_lag_rounds = 2
        exchange.book(ANN, meeting())
        seen = []
        for _ in range(4):
            rows, link, _ = await delta_round(http, link)
            seen.append(len(rows))
    assert seen == [0, 0, 1, 0]


async def test_outsiders_can_be_left_out() -> None:
    exchange = company()
    inside = exchange.book(ANN, meeting())
    async with signed_in(exchange) as http:
        _, link, _ = await delta_round(http)
        exchange.quirks.delta_outsiders_removed = False
        exchange.book(ANN, meeting("Far", "2029-01-01"))
        rows, link, _ = await delta_round(http, link)
        assert rows == []
        exchange.change(ANN, inside["id"], meeting("Review", "2029-01-02"))
        rows, _, _ = await delta_round(http, link)
    assert kinds(rows) == ["removed"]


async def test_a_window_too_long_is_refused() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        long = "startDateTime=2020-01-01T00:00:00Z&endDateTime=2026-01-01T00:00:00Z"
        for path in ("calendarView", "calendarView/delta"):
            answer = await http.get(f"/v1.0/users/{BOB}/{path}?{long}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ErrorInvalidRequest")
            assert (await http.get(f"/v1.0/users/{BOB}/{path}")).status_code == 400


async def test_ten_thousand_events_come_in_ten_pages() -> None:
    exchange = company()
    for number in range(10_000):
        exchange.book(ANN, meeting(f"Event {number}", f"2026-12-{number % 28 + 1:02}"))
    clock = exchange.clock
    assert isinstance(clock, StillClock)
    async with signed_in(exchange, Prefer="odata.maxpagesize=1000") as http:
        began = time.process_time()
        rows, link, pages = await delta_round(http)
        print(f"first round: {time.process_time() - began:.2f} s")
        assert (len(rows), pages) == (10_000, 10)
        assert (await delta_round(http, link))[0] == []


async def test_a_moved_instance_shows_where_it_is_now() -> None:
    exchange = company()
    master = exchange.book(ANN, meeting("Weekly", "2027-02-16", recurrence=weekly(3, "2027-02-16")))
    async with signed_in(exchange) as http:
        rows, link, _ = await delta_round(http)
        assert kinds(rows) == ["seriesMaster", "occurrence", "occurrence"]
        third = exchange.occurrences(ANN, master["id"], START, START.replace(year=2028))[2]
        exchange.change(ANN, third["id"], meeting("Earlier", "2027-02-25"))
        rows, _, _ = await delta_round(http, link)
    assert kinds(rows) == ["seriesMaster", "occurrence", "occurrence", "exception"]
    assert rows[-1]["originalStart"] == "2027-03-02T09:00:00Z"


async def test_a_master_that_leaves_the_window_is_a_tombstone() -> None:
    exchange = company()
    master = exchange.book(ANN, meeting("Weekly", recurrence=weekly()))
    async with signed_in(exchange) as http:
        _, link, _ = await delta_round(http)
        exchange.change(ANN, master["id"], {**meeting("Weekly", "2028-12-05"), "recurrence": weekly(2, "2028-12-05")})
        rows, _, _ = await delta_round(http, link)
    assert rows == [{"@odata.type": "#microsoft.graph.event", "id": master["id"], "@removed": {"reason": "deleted"}}]
