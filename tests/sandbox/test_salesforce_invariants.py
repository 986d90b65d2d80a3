"""What holds in the org after any order of deeds."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.salesforce_company import DATA, Company, company, wire
from twincal.sandbox.salesforce import SalesforceError
from twincal.sandbox.salesforce.storage import SORTED

PEOPLE = st.integers(0, 4)
DEEDS = st.one_of(
    st.tuples(st.just("who"), st.none() | PEOPLE),
    st.tuples(st.just("whos"), st.lists(PEOPLE, max_size=4)),
    st.tuples(st.just("what"), st.booleans()),
    st.tuples(st.just("private"), st.booleans()),
    st.tuples(st.just("invite"), PEOPLE),
    st.tuples(st.just("relate"), PEOPLE),
    st.tuples(st.just("unrelate"), PEOPLE),
    st.tuples(st.just("drop"), st.integers(0, 2)),
    st.tuples(st.just("status"), st.lists(PEOPLE, max_size=3)),
    st.tuples(st.just("bin"), st.just(0)),
    st.tuples(st.just("move"), st.integers(1, 28)),
)


def do(there: Company, event: str, people: list[str], deed: tuple[str, Any]) -> None:
    """One deed of Ann's; refusals are fine, half-done deeds are not."""
    kind, given_value = deed
    relations = there.org.relations.of(event)
    one = people[given_value] if kind in {"who", "invite", "relate", "unrelate"} and given_value is not None else None
    fields: dict[str, dict[str, Any]] = {
        "who": {"WhoId": one},
        "whos": {"EventWhoIds": [people[each] for each in given_value] if isinstance(given_value, list) else []},
        "what": {"WhatId": there.account if given_value else None},
        "move": {"StartDateTime": f"2026-11-{given_value:02}T09:00:00Z" if kind == "move" else None},
        "private": {"IsPrivate": bool(given_value)},
        "status": {"AcceptedEventInviteeIds": [people[each] for each in given_value] if isinstance(given_value, list) else []},
    }
    if kind in fields:
        there.org.update("Event", event, fields[kind], by=there.ann)
    elif kind in {"invite", "relate"}:
        flag = {"IsInvitee": True} if kind == "invite" else {"IsParent": True}
        there.org.insert("EventRelation", {"EventId": event, "RelationId": one, **flag}, by=there.ann)
    elif kind == "unrelate":
        row = next((row for row in relations if row["RelationId"] == one), None)
        if row is not None:
            there.org.update("EventRelation", row["Id"], {"IsParent": False}, by=there.ann)
    elif kind == "drop" and len(relations) > given_value:
        there.org.delete("EventRelation", relations[given_value]["Id"], by=there.ann)
    elif kind == "bin":
        there.org.delete("Event", event, by=there.ann)
        there.org.undelete("Event", event, by=there.ann)


def check(there: Company, event_id: str) -> None:
    row = there.org.records.storage["Event"].rows[event_id]
    relations = there.org.relations.of(event_id)
    people = [each["RelationId"] for each in relations]
    assert len(people) == len(set(people)), "one row a person"
    parents = {each["RelationId"] for each in relations if each["IsParent"]}
    assert parents == {*row["_Whos"], row.get("WhatId")} - {None}
    assert row.get("WhoId") == (row["_Whos"][0] if row["_Whos"] else None)
    assert (row["WhoCount"], row["WhatCount"]) == (len(row["_Whos"]), int(bool(row.get("WhatId"))))
    assert not (row["IsPrivate"] and parents)
    assert row["IsGroupEvent"] is any(each["IsInvitee"] for each in relations)
    assert all(each["IsParent"] or each["IsInvitee"] for each in relations)
    copies = {each["OwnerId"] for each in there.org.records.storage["Event"].where("_ParentId", event_id)}
    assert copies == {each["RelationId"] for each in relations if each["IsInvitee"] and each["RelationId"].startswith("005")}
    assert sum(who.startswith("00Q") for who in row["_Whos"]) in ({0, 1} if len(row["_Whos"]) < 2 else {0})


def indexes_agree(there: Company) -> None:
    for table in there.org.records.storage.tables.values():
        for column, index in table.hashed.items():
            for value in {row.get(column) for row in table.rows.values()} - {None}:
                expected = {key for key, row in table.rows.items() if index.key(row.get(column)) == index.key(value)}
                assert set(index.ids([value])) == expected
        for column in SORTED:
            for least in {str(row[column]) for row in table.rows.values() if row.get(column)}:
                expected = {key for key, row in table.rows.items() if (row.get(column) or "") >= least}
                found = table.sorted[column].ids_from(table.rows, least)
                assert len(found) == len(set(found)) and set(found) == expected


@given(deeds=st.lists(DEEDS, max_size=12))
def test_columns_relations_and_copies_never_disagree(deeds: list[tuple[str, Any]]) -> None:
    there = company()
    people = [*there.contacts, there.lead, there.bob]
    event = there.book()
    there.book(StartDateTime="2026-11-15T09:00:00Z", DurationInMinutes=5)
    for deed in deeds:
        there.clock.pass_by(seconds=1)
        before = there.org.records.storage["Event"].rows[event]
        try:
            do(there, event, people, deed)
        except SalesforceError:
            assert there.org.records.storage["Event"].rows[event] == before, "a refused deed leaves no trace"
        check(there, event)
    indexes_agree(there)


@given(deeds=st.lists(st.integers(0, 3), min_size=1, max_size=8))
async def test_a_failed_transaction_leaves_no_trace(deeds: list[int]) -> None:
    there = company()
    made = there.book(EventWhoIds=there.contacts[:2], UndecidedEventInviteeIds=[there.bob])
    steps: list[dict[str, Any]] = [
        {"method": "PATCH", "url": f"{DATA}/sobjects/Event/{made}", "body": {"Subject": "New", "EventWhoIds": there.contacts[1:]}},
        {"method": "DELETE", "url": f"{DATA}/sobjects/Contact/{there.contacts[0]}"},
        {
            "method": "POST",
            "url": f"{DATA}/sobjects/Event",
            "body": {"StartDateTime": "2026-11-24T09:00:00Z", "DurationInMinutes": 5},
        },
        {"method": "PATCH", "url": f"{DATA}/sobjects/Event/{made}", "body": {"UndecidedEventInviteeIds": None}},
    ]
    parts = [{**steps[deed], "referenceId": f"r{number}"} for number, deed in enumerate(deeds)]
    parts.append({"method": "PATCH", "url": f"{DATA}/sobjects/Event/{made}", "body": {"ShowAs": "No"}, "referenceId": "bad"})
    before = {name: dict(table.rows) for name, table in there.org.records.storage.tables.items()}
    async with wire(there) as client:
        answer = await client.post(f"{DATA}/composite", json={"allOrNone": True, "compositeRequest": parts})
    assert all(each["httpStatusCode"] >= 400 for each in answer.json()["compositeResponse"])
    assert {name: dict(table.rows) for name, table in there.org.records.storage.tables.items()} == before
    indexes_agree(there)
