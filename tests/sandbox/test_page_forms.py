"""What the forms of the sandbox's page do: seen over the vendors' own protocols, as any client of theirs would see it."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.sandbox.stage import Stage
from tests.sandbox.test_page import ANN, BEN, PAGE, Json, Reader, book, cards, enter, reader, stage, words
from twincal.sandbox.page import Companion

__all__ = ["reader", "stage"]
CARLA = "carla@acme.example"
TIMES = {"first": "2027-03-04", "begins": "09:00", "last": "2027-03-04", "ends": "10:30"}


async def outlook(stage: Stage, who: str = ANN) -> list[Json]:
    """March 2027 as Graph tells it."""
    window = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z"
    url = f"{stage.line['graph']['base_url']}/users/{who}/calendarView?{window}&$top=50"
    answer = await stage.ask("GET", url, headers=await stage.token() | {"Prefer": 'outlook.body-content-type="text"'})
    found: list[Json] = answer.json["value"]
    return found


async def salesforce(stage: Stage) -> list[Json]:
    """Every event as Salesforce's REST tells it."""
    line = stage.line["salesforce"]
    form = {"grant_type": "client_credentials", "client_id": line["client_id"], "client_secret": line["client_secret"]}
    token = (await stage.ask("POST", f"{line['login_url']}/services/oauth2/token", data=form)).json["access_token"]
    soql = "SELECT Id, Subject, StartDateTime, EndDateTime, IsAllDayEvent, Location, IsPrivate, Description, WhoId FROM Event"
    url = f"{line['instance_url']}/services/data/v{line['api_version']}/query"
    answer = await stage.ask("GET", url, params={"q": soql}, headers={"Authorization": f"Bearer {token}"})
    found: list[Json] = answer.json["records"]
    return found


async def sent(reader: Reader, verb: str, **form: str) -> HTMLParser:
    """The page that a form leads to, which has to be taken."""
    answer = await reader.http.post(f"{PAGE}/{verb}", data={"who": ANN, "day": "2027-03-01", **form})
    assert answer.status_code == 200, words(HTMLParser(answer.text).text())
    return HTMLParser(answer.text)


def opened(page: HTMLParser) -> dict[str, str]:
    """The form that is open on a page, as a browser would send it."""
    fields: dict[str, str] = {}
    for node in page.css("#entry input, #entry textarea, #entry select"):
        said = node.attributes
        if said.get("type") == "checkbox" and "checked" not in said:
            continue
        chosen = node.css_first("option[selected]") if node.tag == "select" else None
        value = (chosen.attributes["value"] if chosen else "") if node.tag == "select" else said.get("value")
        fields[str(said["name"])] = (node.text() if node.tag == "textarea" else value) or ""
    return fields


async def form_of(reader: Reader, side: str, ident: str) -> dict[str, str]:
    """The form of an item."""
    return opened(await reader.week(edit=side, id=ident))


async def form_of_series(reader: Reader, ident: str) -> dict[str, str]:
    """The form of the series that an instance belongs to."""
    page = await reader.week(edit="exchange", id=ident)
    series = next(node for node in page.css("#entry a") if "whole series" in node.text())
    return opened(HTMLParser((await reader.http.get(str(series.attributes["href"]))).text))


def named_by(href: object) -> str:
    """The id that a link to a form names."""
    return dict(parse_qsl(urlsplit(str(href)).query))["id"]


async def card_id(reader: Reader, side: str, subject: str) -> str:
    """The id behind the first item with this subject in the week."""
    page = await reader.week()
    link = next(node for node in page.css(f".{side} .subject a") if node.text() == subject)
    return named_by(link.attributes["href"])


async def test_a_meeting_is_added_to_outlook_and_its_guests_are_invited(stage: Stage, reader: Reader) -> None:
    page = await sent(
        reader, "add", side="exchange", subject="Offer", **TIMES, place="Leeds", people=f"{CARLA}, {BEN}", private="1",
        notes="Bring\r\nsamples", categories="Red, No sync",
    )  # fmt: skip
    assert "Mailed: invitation to carla@acme.example, invitation to ben@northwind.example." in words(page.text())
    (event,) = await outlook(stage)
    assert (event["subject"], event["start"]["dateTime"][:16], event["end"]["dateTime"][:16]) == (
        "Offer", "2027-03-04T08:00", "2027-03-04T09:30",
    )  # fmt: skip
    assert [guest["emailAddress"]["address"] for guest in event["attendees"]] == [CARLA, BEN]
    assert (event["location"]["displayName"], event["sensitivity"], event["categories"]) == ("Leeds", "private", ["Red", "No sync"])
    assert event["body"]["content"].split() == ["Bring", "samples"]
    assert [copy["subject"] for copy in await outlook(stage, BEN)] == ["Offer"]


async def test_an_event_is_added_to_salesforce(stage: Stage, reader: Reader) -> None:
    contact = await stage.control(
        "/act", {"system": "salesforce", "who": ANN, "action": "insert", "object": "Contact", "fields": {"LastName": "Rossi"}}
    )
    offered = await reader.week(add="salesforce", on="2027-03-04")
    assert [node.text() for node in offered.css("#f-who option")] == ["Nobody", "Rossi"]
    await sent(reader, "add", side="salesforce", subject="Call", **TIMES, place="Leeds", notes="About it", who_id=contact["Id"])
    (event,) = await salesforce(stage)
    assert (event["Subject"], event["StartDateTime"], event["EndDateTime"]) == (
        "Call", "2027-03-04T08:00:00.000+0000", "2027-03-04T09:30:00.000+0000",
    )  # fmt: skip
    assert (event["Location"], event["Description"], event["WhoId"]) == ("Leeds", "About it", contact["Id"])


@pytest.mark.parametrize("side", ["exchange", "salesforce"])
async def test_whole_days_are_added_by_their_first_and_last_day(stage: Stage, reader: Reader, side: str) -> None:
    page = await sent(reader, "add", side=side, subject="Fair", **TIMES | {"last": "2027-03-05"}, all_day="1")
    assert [cards(page, side, f"2027-03-0{day}") for day in (3, 4, 5, 6)] == [[], ["All day Fair"], ["All day Fair"], []]
    if side == "exchange":
        (event,) = await outlook(stage)
        assert (event["isAllDay"], event["start"]["dateTime"][:10], event["end"]["dateTime"][:10]) == (
            True, "2027-03-04", "2027-03-06",
        )  # fmt: skip
    else:
        (event,) = await salesforce(stage)
        assert (event["IsAllDayEvent"], event["StartDateTime"][:10], event["EndDateTime"][:10]) == (
            True, "2027-03-04", "2027-03-05",
        )  # fmt: skip


async def test_a_series_is_added_and_one_instance_changed(stage: Stage, reader: Reader) -> None:
    await sent(reader, "add", side="exchange", subject="Standup", **TIMES, repeats="weekly", times="3")
    assert [event["start"]["dateTime"][:10] for event in await outlook(stage)] == ["2027-03-04", "2027-03-11", "2027-03-18"]
    ident = await card_id(reader, "exchange", "Standup")
    form = await form_of(reader, "exchange", ident)
    await sent(reader, "change", **form | {"subject": "Retro"}, do="save")
    assert [event["subject"] for event in await outlook(stage)] == ["Retro", "Standup", "Standup"]
    form = await form_of_series(reader, ident)
    assert form["id"] != ident
    await sent(reader, "change", **form, do="delete")
    assert await outlook(stage) == []


async def test_only_what_was_changed_is_written(stage: Stage, reader: Reader) -> None:
    guests = [{"emailAddress": {"name": "Carla Rossi", "address": CARLA}}]
    times = ("2027-03-04T09:00:30", "2027-03-04T10:00:00")
    await book(stage, "Offer", *times, attendees=guests, body={"contentType": "html", "content": "<p>One</p><p>Two</p>"})
    before = (await outlook(stage))[0]
    form = await form_of(reader, "exchange", await card_id(reader, "exchange", "Offer"))
    page = await sent(reader, "change", **form, do="save")
    assert "nothing was changed" in words(page.text())
    assert (await outlook(stage))[0] == before
    await sent(reader, "change", **form | {"subject": "Offer 2", "people": f"{CARLA}, {BEN}"}, do="save")
    after = (await outlook(stage))[0]
    assert after["subject"] == "Offer 2"
    assert (after["start"], after["body"]) == (before["start"], before["body"])
    assert [guest["emailAddress"]["name"] for guest in after["attendees"]] == ["Carla Rossi", "Ben Jones"]


async def test_an_event_of_salesforce_is_edited_moved_and_deleted(stage: Stage, reader: Reader) -> None:
    made = await enter(stage, "Call", "2027-03-04T09:00:00Z", "2027-03-04T10:00:00Z", Location="Leeds")
    form = await form_of(reader, "salesforce", made["Id"])
    page = await sent(reader, "change", **form | {"subject": "Visit", "place": "", "begins": "12:00", "ends": "12:45"}, do="save")
    assert cards(page, "salesforce", "2027-03-04") == ["12:00–12:45 Visit"]
    (event,) = await salesforce(stage)
    assert (event["Subject"], event["Location"], event["StartDateTime"]) == ("Visit", None, "2027-03-04T11:00:00.000+0000")
    page = await sent(reader, "change", side="salesforce", id=made["Id"], do="hour_later")
    assert cards(page, "salesforce", "2027-03-04") == ["13:00–13:45 Visit"]
    await sent(reader, "change", side="salesforce", id=made["Id"], do="delete")
    assert await salesforce(stage) == []


async def test_an_item_of_outlook_is_moved_into_another_week_and_deleted(stage: Stage, reader: Reader) -> None:
    await book(stage, "Offer", "2027-03-07T09:00:00", "2027-03-07T10:00:00", attendees=[{"emailAddress": {"address": CARLA}}])
    ident = await card_id(reader, "exchange", "Offer")
    page = await sent(reader, "change", side="exchange", id=ident, do="day_later")
    assert cards(page, "exchange", "2027-03-08") == ["10:00–11:00 Offer with carla@acme.example"]
    page = await sent(reader, "change", side="exchange", id=ident, do="delete")
    assert "Mailed: cancellation to carla@acme.example." in words(page.text())
    assert await outlook(stage) == []
    table = [words(row.text(separator=" ")) for row in page.css("tbody tr")]
    assert [row.split()[4] for row in table] == ["cancellation", "update", "invitation"]


async def test_an_invitation_is_answered(stage: Stage, reader: Reader) -> None:
    await book(stage, "Review", "2027-03-04T09:00:00", "2027-03-04T10:00:00", attendees=[{"emailAddress": {"address": BEN}}])
    of_ben = (await reader.week(who=BEN)).css_first(".exchange .subject a")
    assert of_ben is not None
    ident = named_by(of_ben.attributes["href"])
    await sent(reader, "change", who=BEN, side="exchange", id=ident, do="accept")
    assert (await outlook(stage))[0]["attendees"][0]["status"]["response"] == "accepted"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"first": "<i>soon"}, "The first day '<i>soon' is not a day. Write it as 2027-03-05."),
        ({"begins": "noon"}, "The start 'noon' is not a time. Write it as 09:30."),
        ({"ends": "08:00"}, "The end is before the start. Choose a later end, or an earlier start."),
        ({"people": "carla"}, "'carla' is not an address. Write addresses such as carla@acme.example, with commas between."),
        ({"repeats": "weekly", "times": "many"}, "'many' is not how often something can repeat. Write a number from 1 to 99."),
        ({"side": "salesforce", "subject": "x" * 300}, "Salesforce refuses: "),
        ({"side": "salesforce", "who_id": "003nobody"}, "Salesforce refuses: "),
    ],
)
async def test_wrong_input_keeps_what_was_typed_and_says_why(
    stage: Stage, reader: Reader, wrong: dict[str, str], sentence: str
) -> None:
    form = {"who": ANN, "day": "2027-03-01", "side": "exchange", "subject": "<b>Offer", **TIMES, **wrong}
    answer = await reader.http.post(f"{PAGE}/add", data=form)
    page = HTMLParser(answer.text)
    alert = page.css_first("[role=alert]")
    assert answer.status_code == 422
    assert alert is not None and words(alert.text()).startswith(f"! {sentence}".strip())
    again = opened(page)
    kept = {name: value for name, value in form.items() if name in again and name not in ("first", "begins", "who_id")}
    assert {name: again[name] for name in kept} == kept
    assert (await outlook(stage), await salesforce(stage)) == ([], [])


async def test_what_is_gone_and_what_cannot_be_done_is_told(stage: Stage, reader: Reader) -> None:
    made = await enter(stage, "Fair", "2027-03-02T00:00:00Z", "2027-03-02T00:00:00Z", IsAllDayEvent=True)
    refused: list[tuple[int, str]] = []
    for order in (
        {"side": "salesforce", "id": made["Id"], "do": "hour_later"},
        {"side": "salesforce", "id": made["Id"], "do": "dance"},
        {"side": "salesforce", "id": "00Unothing", "do": "delete"},
        {"side": "exchange", "id": "nothing", "do": "delete"},
        {"side": "moon", "id": made["Id"]},
        {"side": "salesforce", "id": made["Id"], "who": BEN, "do": "delete"},
    ):
        answer = await reader.http.post(f"{PAGE}/change", data={"who": ANN, "day": "2027-03-01", **order})
        alert = HTMLParser(answer.text).css_first("[role=alert]")
        refused.append((answer.status_code, words(alert.text()).removeprefix("! ") if alert else ""))
    assert refused == [
        (422, "Whole days cannot move by an hour. Move it by a day, or give it times first."),
        (422, "Nothing can be done by 'dance'. Use the buttons of the form."),
        (404, "Salesforce refuses: The requested resource does not exist"),
        (404, "Outlook refuses: The specified object was not found in the store."),
        (422, "There is no side 'moon'. There is exchange and salesforce."),
        (404, "Salesforce refuses: The requested resource does not exist"),
    ]
    assert [event["Subject"] for event in await salesforce(stage)] == ["Fair"]


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
async def test_a_form_of_another_site_is_refused(stage: Stage, reader: Reader, headers: dict[str, str]) -> None:
    form = {"who": ANN, "side": "exchange", "subject": "Planted", **TIMES}
    answer = await reader.http.post(f"{PAGE}/add", data=form, headers=headers)
    assert answer.status_code == 422
    assert "belongs to another site" in answer.text
    assert await outlook(stage) == []
    own = {"Origin": str(reader.http.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert (await reader.http.post(f"{PAGE}/add", data=form, headers=own)).status_code == 200
    assert [event["subject"] for event in await outlook(stage)] == ["Planted"]


async def test_what_was_done_is_said_once(reader: Reader) -> None:
    answer = await reader.http.post(f"{PAGE}/add", data={"who": ANN, "side": "exchange", "subject": "Once", **TIMES})
    assert "'Once' stands in Outlook." in words(HTMLParser(answer.text).text())
    again = await reader.http.get(str(answer.url))
    assert "stands in Outlook" not in again.text


async def test_a_watched_page_comes_again_by_itself(reader: Reader) -> None:
    watched = await reader.http.get(PAGE, params={"who": ANN, "day": "2027-03-01", "watch": "1"})
    assert watched.headers["refresh"] == f"5; url={PAGE}?who=ann%40northwind.example&day=2027-03-01&watch=1"
    form = await reader.http.get(PAGE, params={"who": ANN, "day": "2027-03-01", "watch": "1", "add": "exchange"})
    assert "refresh" not in form.headers


async def test_sync_now_is_offered_where_something_keeps_this_mailbox_in_step(stage: Stage, reader: Reader) -> None:
    asked: list[str] = []

    async def knows(mailbox: str) -> bool:
        return mailbox == ANN

    async def sync(mailbox: str) -> tuple[bool, str]:
        asked.append(mailbox)
        return False, "It rains <i>there</i>."

    await book(stage, "Offer", "2027-03-04T09:00:00", "2027-03-04T10:00:00")
    alone = await reader.http.post(f"{PAGE}/sync", data={"who": ANN})
    assert (alone.status_code, "Nothing runs beside this sandbox" in alone.text) == (422, True)
    assert "Sync now" not in words((await reader.week()).text())
    stage.sandbox.calendars.companion = Companion(
        name="Robot", address="http://robot.example/", knows=knows, sync=sync, explanation=lambda who, item: f"/why?{who}&<{item}"
    )
    page = await sent(reader, "sync")
    said = page.css_first("[role=status]")
    assert said is not None and words(said.text()) == "! It rains <i>there</i>."
    assert asked == [ANN]
    (item,) = [node.attributes["href"] for node in page.css("a.why")]
    assert str(item).startswith(f"/why?{ANN}&<")
    of_ben = await reader.week(who=BEN)
    assert "Robot does not look after this mailbox." in words(of_ben.text())
    assert of_ben.css("form.sync, a.why") == []
    await sent(reader, "add", side="exchange", subject="Standup", **TIMES, repeats="daily", times="2")
    ident = await card_id(reader, "exchange", "Standup")
    explained = [
        [
            str(node.attributes["href"])
            for node in (await reader.week(edit="exchange", id=one)).css("#entry a")
            if node.text() == "Explain"
        ]
        for one in (ident, (await form_of_series(reader, ident))["id"])
    ]
    assert explained == [[f"/why?{ANN}&<{ident}"], []], "a series as a whole is no item"
