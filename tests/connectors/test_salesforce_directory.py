"""Who is who: matches by address, cached with their absence; and the text that goes into a question."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.salesforce_script import CONTACT, LEAD, OWNER, SECOND, ScriptedOrg, client_of, error
from twincal.connectors.salesforce import soql
from twincal.connectors.salesforce.directory import SalesforceDirectory
from twincal.core.trees import Record
from twincal.core.vocabulary import RecordKind
from twincal.ports import Account


def directory_of(org: ScriptedOrg, most: int = 100) -> SalesforceDirectory:
    return SalesforceDirectory(client_of(org), most=most)


async def test_contacts_and_leads_match_whatever_the_case() -> None:
    ann = {"Id": CONTACT, "Email": "Ann@X.example", "Name": "Ann", "OwnerId": OWNER, "LastActivityDate": "2026-11-01"}
    leo = {"Id": LEAD, "Email": "ann@x.example", "Name": "Leo", "OwnerId": OWNER, "LastActivityDate": None, "IsConverted": False}
    org = ScriptedOrg({"Contact": [ann], "Lead": [leo]})
    matches = await directory_of(org).match([" ANN@x.example ", "nobody@x.example"])
    assert matches == {
        "ann@x.example": (
            Record(CONTACT, RecordKind.CONTACT, "ann@x.example", "Ann", OWNER, date(2026, 11, 1)),
            Record(LEAD, RecordKind.LEAD, "ann@x.example", "Leo", OWNER),
        ),
        "nobody@x.example": (),
    }
    assert len(org.sent) == 1


async def test_a_converted_lead_names_its_contact() -> None:
    leads = [
        {"Id": LEAD, "Email": "a@x.example", "IsConverted": True, "ConvertedContactId": SECOND},
        {"Id": "00Q000000000002AAA", "Email": "a@x.example", "IsConverted": True, "ConvertedContactId": None},
    ]
    matches = await directory_of(ScriptedOrg({"Lead": leads})).match(["a@x.example"])
    assert [(record.id, record.converted_to) for record in matches["a@x.example"]] == [(LEAD, SECOND)]


async def test_answers_are_remembered_nothing_included() -> None:
    org = ScriptedOrg({"Contact": [{"Id": CONTACT, "Email": "a@x.example"}]})
    directory = directory_of(org)
    first = await directory.match(["a@x.example", "b@x.example"])
    assert await directory.match(["a@x.example", "b@x.example"]) == first
    assert len(org.sent) == 1
    await directory.cards([CONTACT])
    assert len(org.sent) == 1


async def test_only_so_many_answers_are_remembered_the_oldest_unused_going_first() -> None:
    org = ScriptedOrg()
    directory = directory_of(org, most=2)
    for address in ("a@x", "b@x", "a@x", "c@x", "a@x"):
        await directory.match([address])
    assert len(org.sent) == 3
    await directory.match(["b@x"])
    assert len(org.sent) == 4


async def test_three_hundred_addresses_cost_one_call() -> None:
    org = ScriptedOrg()
    await directory_of(org, 1_000).match([f"p{n}@x.example" for n in range(700)])
    assert len(org.sent) == 3


async def test_an_address_cannot_break_out_of_its_question() -> None:
    org = ScriptedOrg()
    await directory_of(org).match(["x' OR Name LIKE '%"])
    assert "Email IN ('x\\' or name like \\'%')" in org.asked[0][1]


async def test_leads_that_are_out_of_sight_do_not_stop_the_match() -> None:
    org = ScriptedOrg({"Contact": [{"Id": CONTACT, "Email": "a@x.example"}]})
    org.tables["Lead"] = error(400, "INVALID_TYPE", "sObject type 'Lead' is not supported.")
    assert len((await directory_of(org).match(["a@x.example"]))["a@x.example"]) == 1


async def test_no_address_no_call() -> None:
    org = ScriptedOrg()
    assert await directory_of(org).match(["", " "]) == {}
    assert org.sent == []


async def test_a_user_by_username() -> None:
    row = {"Id": OWNER, "Username": "ann@acme.example.sbx", "Name": "Ann", "Email": "Ann@acme.example", "IsActive": False}
    directory = directory_of(ScriptedOrg({"User": lambda text: [row] if "'ann@acme.example.sbx'" in text else []}))
    assert await directory.user("ann@acme.example.sbx") == Account(
        id=OWNER, username="ann@acme.example.sbx", name="Ann", email="ann@acme.example", active=False
    )
    assert await directory.user("nobody") is None


@given(st.text())
def test_a_literal_ends_where_it_should(text: str) -> None:
    literal = soql.quoted(text)
    inside, place = literal[1:-1], 0
    while place < len(inside):
        assert inside[place] not in "'\n\r"
        place += 2 if inside[place] == "\\" else 1
    assert place == len(inside)


def test_long_ids_are_reckoned_from_short_ones(shared: Path) -> None:
    lines = (shared / "reference/salesforce/recorded/cumulusci_interactions.jsonl").read_text().splitlines()
    recorded = {
        part for line in lines for part in json.dumps(json.loads(line)).split('\\"') if soql.is_id(part) and len(part) == 18
    }
    scrubbed = {part for part in recorded if "0x" in part}  # made up when the recording was cleaned
    recorded = {part for part in recorded - scrubbed if part[:3] in ("001", "003", "00D", "005", "006")}
    assert len(recorded) > 50
    assert {part for part in recorded if soql.long_id(part[:15]) != part} == set()


@pytest.mark.parametrize("text", ["", "003", "003000000000001AA", "003000000000001aaa", "003'00000000001AAA"])
def test_what_is_no_id_is_no_literal(text: str) -> None:
    with pytest.raises(ValueError, match="not a Salesforce id"):
        soql.record_id(text)
