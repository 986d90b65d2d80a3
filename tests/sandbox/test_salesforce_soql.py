"""SOQL over HTTP: what it finds, in which order, and how it refuses."""

import re
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.salesforce_company import DATA, Company, ask, company, wire
from twincal.sandbox.salesforce.soql.parser import parse
from twincal.sandbox.salesforce.soql.statement import Statement


@pytest.fixture(scope="module")
def acme() -> Company:
    there = company()
    for day in range(1, 11):
        there.book(
            Subject=f"Talk {day:02}", StartDateTime=f"2026-12-{day:02}T09:00:00Z", DurationInMinutes=30 * day,
            Location=["Berlin", "london", None][day % 3], OwnerId=there.ann if day % 2 else there.bob, by=there.admin,
            WhoId=there.contacts[day % 3] if day < 9 else None,
        )  # fmt: skip
        there.clock.pass_by(minutes=1)
    there.book(Subject="O'Neil \\ 50%_off", by=there.admin)
    return there


def found(there: Company, soql: str) -> list[dict[str, Any]]:
    return Statement(there.org.records, parse(soql), there.org.rights(there.admin), "v68.0").rows()


def subjects(there: Company, where: str) -> str:
    rows = found(there, f"SELECT Id FROM Event WHERE {where}")
    return " ".join(sorted(row["Subject"].removeprefix("Talk ") for row in rows if row["Subject"].startswith("Talk")))


@pytest.mark.parametrize(
    ("where", "days"),
    [
        ("Subject = 'TALK 03'", "03"),
        ("subject in ('Talk 01', 'talk 02') and DurationInMinutes > 30", "02"),
        ("Location = null", "02 05 08"),
        ("Location != 'Berlin'", "01 02 04 05 07 08 10"),
        ("NOT Location = 'Berlin'", "01 02 04 05 07 08 10"),
        ("Location NOT IN ('Berlin', 'London')", "02 05 08"),
        ("Location LIKE 'LON%' AND StartDateTime < 2026-12-05T00:00:00Z", "01 04"),
        ("Subject LIKE 'Talk _2'", "02"),
        ("StartDateTime >= 2026-12-09T10:00:00+01:00", "09 10"),
        ("ActivityDate = 2026-12-04 OR ActivityDate > 2026-12-09", "04 10"),
        ("(ActivityDate = 2026-12-04 OR ActivityDate = 2026-12-05) AND DurationInMinutes = 150", "05"),
        ("IsAllDayEvent = false AND (NOT (DurationInMinutes < 270))", "09 10"),
        ("Who.Email = 'KIM1@globex.example'", "01 04 07"),
        ("Who.Type = 'Contact' AND Owner.Name = 'bob ray' AND DurationInMinutes <= 60", "02"),
        ("WhoId = null", "09 10"),
        ("Account.Name = 'Globex' AND DurationInMinutes >= 240", "08"),
        ("Id IN (SELECT EventId FROM EventRelation WHERE RelationId = '{0}')", "03 06"),
        ("OwnerId IN ('{1}') AND SystemModstamp >= 2026-11-23T08:06:00Z", "08 10"),
        ("SystemModstamp > 2026-11-23T08:08:00Z OR (SystemModstamp = 2026-11-23T08:08:00Z AND Id > '00U')", "10"),
        ("ActivityDate > NEXT_N_DAYS:13", "07 08 09 10"),
        ("CreatedDate = TODAY AND Subject = 'talk 10'", "10"),
    ],
)
def test_which_rows_fit(acme: Company, where: str, days: str) -> None:
    where = where.replace("Id > '00U'", f"Id > '{'0' * 15}'")
    expected = days if "SystemModstamp > " not in where else "09 10"
    assert subjects(acme, where.replace("{0}", acme.contacts[0]).replace("{1}", acme.bob)) == expected


@pytest.mark.parametrize(
    "where",
    [
        "OwnerId = '{0}'", "SystemModstamp >= 2026-11-23T08:04:00Z", "WhoId IN ('{1}')", "StartDateTime > 2026-12-05T00:00:00Z",
        "OwnerId = '{0}' OR StartDateTime >= 2026-12-08T00:00:00Z", "Id != null AND WhoId = '{1}'",
    ],
)  # fmt: skip
def test_an_index_finds_what_a_look_at_every_row_finds(acme: Company, where: str) -> None:
    where = where.format(acme.ann, acme.contacts[0])
    narrowed = {row["Id"] for row in found(acme, f"SELECT Id FROM Event WHERE {where}")}
    whole = {row["Id"] for row in found(acme, f"SELECT Id FROM Event WHERE NOT (NOT ({where}))")}
    assert narrowed == whole and 0 < len(narrowed) < 11


def test_several_sort_keys_and_nulls(acme: Company) -> None:
    def places(order: str) -> list[Any]:
        rows = found(acme, f"SELECT Id FROM Event WHERE Subject LIKE 'Talk%' ORDER BY {order}")
        return [(row.get("Location"), row["Subject"][-2:]) for row in rows]

    assert places("Location, Subject DESC")[:4] == [(None, "08"), (None, "05"), (None, "02"), ("Berlin", "09")]
    assert places("Location DESC NULLS FIRST, Subject")[:4] == [(None, "02"), (None, "05"), (None, "08"), ("london", "01")]
    assert places("Location ASC NULLS LAST, Id")[-1] == (None, "08")
    assert [place[1] for place in places("DurationInMinutes DESC LIMIT 2 OFFSET 1")] == ["09", "08"]


async def test_the_answer_holds_parents_children_and_names_in_their_own_case(acme: Company) -> None:
    async with wire(acme) as client:
        answer = await ask(
            client,
            "select id, who.name, WHO.type, owner.email, account.name, "
            "(select relationid, relation.type from eventrelations), whocount FROM event WHERE subject = 'talk 01'",
        )
    [record] = answer["records"]
    assert record["Who"]["Name"] == "Kim No1" and record["Who"]["Type"] == "Contact"
    assert record["Who"]["attributes"] == {"type": "Name", "url": f"{DATA}/sobjects/Contact/{acme.contacts[1]}"}
    assert record["Account"]["attributes"]["type"] == "Account"
    assert record["EventRelations"]["totalSize"] == 1 and record["EventRelations"]["done"] is True
    assert record["EventRelations"]["records"][0]["Relation"]["Type"] == "Contact"
    assert record["WhoCount"] == 1


async def test_absent_parents_and_children_are_null(acme: Company) -> None:
    async with wire(acme) as client:
        soql = "SELECT Subject, Who.Name, What.Name, (SELECT Id FROM EventRelations) FROM Event WHERE Subject = 'Talk 10'"
        [record] = (await ask(client, soql))["records"]
    assert (record["Who"], record["What"], record["EventRelations"], "Id" in record) == (None, None, None, False)


async def test_counting(acme: Company) -> None:
    async with wire(acme) as client:
        assert await ask(client, "SELECT COUNT() FROM Event") == {"totalSize": 11, "done": True, "records": []}
        counted = await ask(client, "select count(Location) from Event")
        named = await ask(client, "select count(Id) many from Event where Location = 'Berlin'")
    assert counted["records"] == [{"attributes": {"type": "AggregateResult"}, "expr0": 7}]
    assert named["records"][0]["many"] == 3


@pytest.mark.parametrize(
    ("soql", "code", "message"),
    [
        ("SELECT Id FORM Event", "MALFORMED_QUERY", "unexpected token: 'FORM'"),
        ("SELECT Id FROM Event WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Event WHERE Subject = 'x", "MALFORMED_QUERY", "expecting"),
        ("SELECT Id FROM Event WHERE Subject = 'a\\q'", "MALFORMED_QUERY", "Illegal character sequence"),
        ("SELECT Id FROM Event WHERE Id = 'x' AND Id = 'y' OR Id = 'z'", "MALFORMED_QUERY", "unexpected token: 'OR'"),
        ("SELECT Id FROM Event LIMIT x", "MALFORMED_QUERY", "unexpected token: 'x'"),
        ("SELECT Id FROM Event OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
        ("SELECT Id, Nope FROM Event", "INVALID_FIELD", "No such column 'Nope' on entity 'Event'."),
        ("SELECT Id, Id FROM Event", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Nope.Name FROM Event", "INVALID_FIELD", "Didn't understand relationship 'Nope'"),
        ("SELECT (SELECT Id FROM Nopes) FROM Event", "INVALID_TYPE", "Didn't understand relationship 'Nopes'"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        ("SELECT Id FROM Event WHERE Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered"),
        ("SELECT Id FROM Event ORDER BY Description", "INVALID_FIELD", "field 'Description' can not be sorted"),
        ("SELECT Id FROM Event WHERE OwnerId = 'nobody'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: nobody"),
        ("SELECT Id FROM Event WHERE StartDateTime > '2026-11-24T00:00:00Z'", "INVALID_FIELD", "dateTime and should not"),
        ("SELECT Id FROM Event WHERE StartDateTime > 2026-11-24", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Event WHERE Subject = 5", "INVALID_FIELD", "must be of type string and should be enclosed in quotes"),
        (f"SELECT Id FROM Event WHERE Subject = '{'x' * 4001}'", "MALFORMED_QUERY", "4000"),
    ],
)  # fmt: skip
async def test_what_is_refused(acme: Company, soql: str, code: str, message: str) -> None:
    async with wire(acme) as client:
        answer = await client.get(f"{DATA}/query", params={"q": soql})
    [error] = answer.json()
    assert (answer.status_code, error["errorCode"], set(error)) == (400, code, {"message", "errorCode"})
    assert message in error["message"]


async def test_a_refusal_shows_the_place(acme: Company) -> None:
    async with wire(acme) as client:
        answer = await client.get(f"{DATA}/query", params={"q": "SELECT Id, WhoKount FROM Event"})
    shown = "\nSELECT Id, WhoKount FROM Event\n           ^\nERROR at Row:1:Column:12\nNo such column 'WhoKount'"
    assert answer.json()[0]["message"].startswith(shown)


def escaped(text: str) -> str:
    """A SOQL literal, as the SOQL reference says to write one."""
    named = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
    return "'" + "".join(named.get(char, char) for char in text) + "'"


LETTERS = st.text(st.sampled_from(string.ascii_letters + "'\\\"%_\n\r\t()=,äß é☂"), max_size=30)


@given(text=LETTERS)
def test_any_text_survives_a_literal(text: str) -> None:
    acme = company()
    acme.org.quirks.trim_text = False
    made = acme.book(Subject=text)
    rows = found(acme, f"SELECT Id FROM Event WHERE Subject = {escaped(text) if text else 'null'}")
    assert [row["Id"] for row in rows] == [made]


@given(text=LETTERS, other=LETTERS)
def test_a_fully_escaped_pattern_matches_only_its_text(text: str, other: str) -> None:
    literal = escaped(text).replace("%", "\\%").replace("_", "\\_")
    acme = company()
    acme.org.quirks.trim_text = False
    made = acme.book(Subject="." + text)
    acme.book(Subject="." + other)
    ids = {
        row["Id"] for row in found(acme, f"SELECT Id FROM Event WHERE Subject LIKE {literal.replace(chr(39), chr(39) + '.', 1)}")
    }
    assert made in ids
    assert len(ids) == 1 + (text.lower() == other.lower() or bool(re.fullmatch(re.escape(text), other, re.IGNORECASE)))


async def test_a_user_finds_own_events_and_those_of_people_they_know(acme: Company) -> None:
    async with wire(acme, username="ann@acme.example") as client:
        rows = (await ask(client, "SELECT OwnerId, WhoId FROM Event"))["records"]
    assert rows and all(row["OwnerId"] == acme.ann or row["WhoId"] for row in rows)
    assert len(rows) < 11
