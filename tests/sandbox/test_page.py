"""The sandbox's page for people, over HTTP: what it shows of both calendars, and what its forms do to them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.sandbox.stage import Stage, staged

ANN, BEN = "ann@northwind.example", "ben@northwind.example"
PAGE = "/control/calendars"
Json = dict[str, Any]


class Reader:
    """Somebody who reads the page, and sends its forms."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.http = httpx.AsyncClient(base_url=stage.sandbox.plain_url, follow_redirects=True)

    async def week(self, day: str = "2027-03-04", who: str = ANN, **more: str) -> HTMLParser:
        """The week of a day."""
        answer = await self.http.get(PAGE, params={"who": who, "day": day, **more})
        assert answer.status_code == 200, answer.text
        return HTMLParser(answer.text)

    async def state(self, who: str = ANN) -> Json:
        """Both calendars, as the sandbox's control tells."""
        found: Json = await self.stage.control(f"/state?mailbox={who}")
        return found


def cards(page: HTMLParser, side: str, day: str) -> list[str]:
    """What stands in one cell of the week, a line for each item."""
    return [words(node.text(separator=" ")) for node in page.css(f"section[aria-labelledby='d{day}'] .{side} .item")]


def words(text: str) -> str:
    """A text with its blanks folded."""
    return " ".join(text.split())


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        for name, mailbox in (("Ann Smith", ANN), ("Ben Jones", BEN)):
            order = {"name": name, "mailbox": mailbox, "salesforce_username": mailbox, "time_zone": "Europe/Berlin"}
            await found.control("/people", order)
        yield found


@pytest.fixture
async def reader(stage: Stage) -> AsyncIterator[Reader]:
    found = Reader(stage)
    async with found.http:
        yield found


async def book(stage: Stage, subject: str, start: str, end: str, who: str = ANN, **more: Any) -> Json:
    times = {name: {"dateTime": at, "timeZone": "UTC"} for name, at in (("start", start), ("end", end))}
    event = {"subject": subject, **times, **more}
    done: Json = await stage.control("/act", {"system": "exchange", "who": who, "action": "book", "event": event})
    return done


async def enter(stage: Stage, subject: str, start: str, end: str, **more: Any) -> Json:
    fields = {"Subject": subject, "StartDateTime": start, "EndDateTime": end, **more}
    done: Json = await stage.control("/act", {"system": "salesforce", "who": ANN, "action": "insert", "fields": fields})
    return done


async def test_both_weeks_stand_side_by_side_in_the_zone_of_the_mailbox(stage: Stage, reader: Reader) -> None:
    guests = [{"emailAddress": {"name": "Carla Rossi", "address": "carla@acme.example"}}]
    await book(stage, "Offer", "2027-03-04T09:00:00", "2027-03-04T10:00:00", attendees=guests, location={"displayName": "Leeds"})
    await enter(stage, "Call", "2027-03-04T23:30:00Z", "2027-03-05T00:15:00Z")
    page = await reader.week()
    assert cards(page, "exchange", "2027-03-04") == ["10:00–11:00 Offer Leeds with Carla Rossi"]
    assert cards(page, "salesforce", "2027-03-05") == ["00:30–01:15 Call"]
    assert cards(page, "salesforce", "2027-03-04") == []
    assert "Times in Europe/Berlin" in words(page.text())


async def test_whole_days_lie_on_their_dates_and_long_items_on_each_of_their_days(stage: Stage, reader: Reader) -> None:
    await enter(stage, "Fair", "2027-03-02T00:00:00Z", "2027-03-03T00:00:00Z", IsAllDayEvent=True)
    midnight = [{"dateTime": f"2027-03-0{day}T00:00:00", "timeZone": "Asia/Tokyo"} for day in (3, 4)]
    event = {"subject": "Holiday", "isAllDay": True, "start": midnight[0], "end": midnight[1]}
    await stage.control("/act", {"system": "exchange", "who": ANN, "action": "book", "event": event})
    await book(stage, "Night shift", "2027-03-04T20:00:00", "2027-03-05T05:00:00")
    page = await reader.week()
    assert [cards(page, "salesforce", f"2027-03-0{day}") for day in (1, 2, 3, 4)] == [[], ["All day Fair"], ["All day Fair"], []]
    assert [cards(page, "exchange", f"2027-03-0{day}") for day in (2, 3)] == [[], ["All day Holiday"]]
    assert cards(page, "exchange", "2027-03-04") == ["21:00–… Night shift"]
    assert cards(page, "exchange", "2027-03-05") == ["…–06:00 Night shift"]


async def test_weeks_back_and_forward_and_other_mailboxes(stage: Stage, reader: Reader) -> None:
    await book(stage, "Later", "2027-03-10T09:00:00", "2027-03-10T10:00:00")
    await book(stage, "Of Ben", "2027-03-04T09:00:00", "2027-03-04T10:00:00", who=BEN)
    stage.sandbox.exchange.add_mailbox("room.fjord@northwind.example", "Room Fjord", time_zone="Europe/Oslo")
    page = await reader.week()
    links = {node.attributes.get("aria-label"): node.attributes.get("href") for node in page.css("nav a")}
    on = HTMLParser((await reader.http.get(str(links["A week on"]))).text)
    assert cards(on, "exchange", "2027-03-10") == ["10:00–11:00 Later"]
    back = {node.attributes.get("aria-label"): node.attributes.get("href") for node in on.css("nav a")}["A week back"]
    assert (await reader.http.get(str(back))).text == (await reader.http.get(PAGE, params={"who": ANN, "day": "2027-03-01"})).text
    assert cards(await reader.week(who=BEN), "exchange", "2027-03-04") == ["10:00–11:00 Of Ben"]
    choices = [str(node.attributes["value"]) for node in page.css("#who option")]
    assert choices == [ANN, BEN, "room.fjord@northwind.example"]
    assert "Salesforce knows no user" in words((await reader.week(who=choices[2])).text())


async def test_texts_are_escaped_and_scripts_refused(stage: Stage, reader: Reader) -> None:
    hostile = "<script>alert(1)</script>\"'>&amp;{{ 7 * 7 }}"
    await book(stage, hostile, "2027-03-04T09:00:00", "2027-03-04T10:00:00", location={"displayName": hostile})
    await enter(stage, hostile, "2027-03-04T09:00:00Z", "2027-03-04T10:00:00Z", Location=hostile)
    answer = await reader.http.get(PAGE, params={"who": ANN, "day": "2027-03-04"})
    assert "<script" not in answer.text
    page = HTMLParser(answer.text)
    assert [cards(page, side, "2027-03-04") for side in ("exchange", "salesforce")] == [[f"10:00–11:00 {hostile} {hostile}"]] * 2
    link = page.css_first(".exchange .subject a")
    assert link is not None
    form = await reader.http.get(str(link.attributes["href"]))
    subject = HTMLParser(form.text).css_first("#f-subject")
    assert subject is not None and subject.attributes["value"] == hostile
    assert "<script" not in form.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    style = await reader.http.get(f"{PAGE}/page.css")
    assert (style.status_code, style.headers["content-type"].split(";")[0]) == (200, "text/css")


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ({"who": "<b>nobody"}, 404, "Outlook refuses: The requested user '<b>nobody' is invalid."),
        ({"day": "<b>someday"}, 422, "The day '<b>someday' is not a day. Write it as 2027-03-05."),
        ({"day": "9999-12-31"}, 422, "The day 9999-12-31 is too far away. Choose one from 1990-01-01 to 2100-12-31."),
    ],
)
async def test_a_wrong_address_is_answered_with_a_sentence(
    reader: Reader, query: dict[str, str], status: int, sentence: str
) -> None:
    answer = await reader.http.get(PAGE, params=query)
    alert = HTMLParser(answer.text).css_first("[role=alert]")
    assert (answer.status_code, alert.text() if alert else "") == (status, sentence)


async def test_an_empty_company_is_told_as_one() -> None:
    async with staged() as stage:
        reader = Reader(stage)
        async with reader.http:
            assert "Nobody works here yet" in (await reader.http.get(PAGE)).text


async def test_what_starts_at_one_time_stands_in_one_row(stage: Stage, reader: Reader) -> None:
    for subject, start, end in (("Early", "08", "09"), ("Offer", "09", "10"), ("Offer too", "09", "11"), ("Late", "15", "16")):
        await book(stage, subject, f"2027-03-04T{start}:00:00", f"2027-03-04T{end}:00:00")
    await enter(stage, "Late", "2027-03-04T15:00:00Z", "2027-03-04T16:00:00Z")
    await enter(stage, "Offer", "2027-03-04T09:00:00Z", "2027-03-04T10:00:00Z")
    page = await reader.week()
    rows = {
        side: [
            (node.css(".subject")[0].text(), str(node.attributes["class"]).split()[-1])
            for node in page.css(f"section[aria-labelledby='d2027-03-04'] .{side} .item")
        ]
        for side in ("exchange", "salesforce")
    }
    assert rows == {
        "exchange": [("Early", "r1"), ("Offer", "r2"), ("Offer too", "r3"), ("Late", "r4")],
        "salesforce": [("Offer", "r2"), ("Late", "r4")],
    }
