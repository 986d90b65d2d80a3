"""Candidates in To/From order, and the records chosen for them (SPEC 2, 3.8 and 4)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincal.core.addresses import AddressList, parse_entries
from twincal.core.item import Item, Participant, Timed
from twincal.core.matching import Candidates, Owner, candidates, choose_records
from twincal.core.trees import Matches, Record
from twincal.core.vocabulary import RecordKind, Role, Side

HOUR = Timed(datetime(2027, 3, 5, 9, tzinfo=UTC), datetime(2027, 3, 5, 10, tzinfo=UTC))
ANN = Owner(("ann@acme.com", "ann.smith@acme.com"), "005000000000001AAA")
NOBODY = AddressList()


def person(text: str) -> Participant:
    """`bo@x.org`, `bo@x.org?` optional, `room@x.org!` a resource."""
    role = {"?": Role.OPTIONAL, "!": Role.RESOURCE}.get(text[-1:], Role.REQUIRED)
    return Participant(text.rstrip("?!"), role=role)


def exchange(*people: str, organizer: str = "ann@acme.com", mine: bool = True) -> Item:
    return Item(
        side=Side.EXCHANGE,
        id="e",
        times=HOUR,
        organizer=Participant(organizer) if organizer else None,
        organized_by_owner=mine,
        people=tuple(person(text) for text in people),
    )


def salesforce(*people: Participant) -> Item:
    return Item(side=Side.SALESFORCE, id="s", times=HOUR, organizer=Participant("ann@acme.com"), people=people)


def ignoring(text: str) -> AddressList:
    return AddressList.of(parse_entries(text))


def told(found: Candidates) -> list[str]:
    return [f"{c.address} {c.standing.value}" for c in found.ordered]


@pytest.mark.parametrize(
    ("item", "ignore", "expected"),
    [
        (exchange(), "", ["ann@acme.com own"]),
        (exchange(organizer=""), "", ["ann@acme.com own"]),
        (exchange("bo@x.org", "cy@y.org"), "", ["bo@x.org candidate", "cy@y.org candidate", "ann@acme.com own"]),
        (exchange("bo@x.org?", "cy@y.org"), "", ["cy@y.org candidate", "bo@x.org candidate", "ann@acme.com own"]),
        (
            exchange("bo@x.org?", "ann@acme.com", "cy@y.org", organizer="di@z.org", mine=False),
            "",
            ["di@z.org candidate", "cy@y.org candidate", "bo@x.org candidate", "ann@acme.com own"],
        ),
        (
            exchange("cy@y.org", organizer="di@z.org", mine=False),
            "",
            ["di@z.org candidate", "cy@y.org candidate", "ann@acme.com own"],
        ),
        (exchange("bo@x.org", "bo@x.org?"), "", ["bo@x.org candidate", "ann@acme.com own"]),
        (
            exchange("di@z.org", organizer="di@z.org", mine=False),
            "",
            ["di@z.org candidate", "ann@acme.com own"],
        ),
        (
            exchange("room@acme.com!", "bo@x.org"),
            "",
            ["room@acme.com resource", "bo@x.org candidate", "ann@acme.com own"],
        ),
        (exchange("room@acme.com", "room@acme.com!"), "", ["room@acme.com resource", "ann@acme.com own"]),
        (exchange("ann.smith@acme.com", "bo@x.org"), "", ["bo@x.org candidate", "ann.smith@acme.com own"]),
        (exchange("bo@x.org", "cy@y.org"), "x.org", ["bo@x.org ignored", "cy@y.org candidate", "ann@acme.com own"]),
        (exchange("bo@x.org"), "ann.smith@acme.com", ["bo@x.org candidate", "ann@acme.com ignored"]),
        (exchange("bo@x.org", organizer="alias@old.com"), "", ["bo@x.org candidate", "alias@old.com own"]),
    ],
)
def test_candidates_of_an_exchange_item(item: Item, ignore: str, expected: list[str]) -> None:
    assert told(candidates(item, ANN, ignoring(ignore))) == expected


def test_an_ignored_candidate_names_the_entry() -> None:
    found = candidates(exchange("bo@eu.x.org"), ANN, ignoring("x.org, acme.com"))
    assert [c.entry for c in found.ordered] == ["x.org", "acme.com"]


@pytest.mark.parametrize(
    ("ignore", "all_ignored"),
    [("", False), ("x.org", False), ("acme.com", False), ("x.org, acme.com", True), ("x.org, ann.smith@acme.com", True)],
)
def test_every_address_is_ignored_only_with_the_own_one(ignore: str, all_ignored: bool) -> None:
    found = candidates(exchange("bo@x.org", "room@rooms.net!"), ANN, ignoring(ignore))
    assert found.all_ignored is all_ignored


def test_what_remains_includes_the_own_address_and_what_may_match_does_not() -> None:
    found = candidates(exchange("bo@x.org", "cy@y.org", "room@acme.com!"), ANN, ignoring("x.org"))
    assert found.addresses == ("cy@y.org",)
    assert found.remaining == ("cy@y.org", "ann@acme.com")


def test_everybody_on_the_item_is_asked_for_the_global_exclusion_list() -> None:
    found = candidates(exchange("bo@x.org", "room@acme.com!"), ANN, ignoring("x.org"))
    assert found.everybody == ("bo@x.org", "room@acme.com", "ann@acme.com")


def who(address: str, kind: RecordKind, record: str, *, invited: bool = True) -> Participant:
    return Participant(address, record=record, record_kind=kind, invited=invited)


def test_people_of_a_salesforce_event_stand_as_listed_and_users_never_match() -> None:
    item = salesforce(
        who("leo@y.org", RecordKind.LEAD, "00Q1", invited=False),
        who("bo@acme.com", RecordKind.USER, "005B"),
        who("cy@x.org", RecordKind.CONTACT, "003C"),
    )
    found = candidates(item, ANN, NOBODY)
    assert told(found) == ["leo@y.org candidate", "bo@acme.com user", "cy@x.org candidate"]
    assert found.related == ("00Q1", "003C")
    assert found.everybody == ("leo@y.org", "bo@acme.com", "cy@x.org")


def test_on_a_salesforce_event_the_ignore_list_leaves_who_is_not_on_it() -> None:
    item = salesforce(who("cy@x.org", RecordKind.CONTACT, "003C"), who("", RecordKind.CONTACT, "003N"))
    assert candidates(item, ANN, ignoring("x.org")).related == ("003N",)
    assert not candidates(item, ANN, ignoring("x.org")).all_ignored
    assert candidates(salesforce(item.people[0]), ANN, ignoring("x.org")).all_ignored


def test_an_event_without_people_has_no_candidates() -> None:
    found = candidates(salesforce(), ANN, ignoring("acme.com"))
    assert (found.ordered, found.all_ignored) == ((), False)


def test_addresses_of_the_owner_are_lower_case_once_and_the_main_one_gives_the_domain() -> None:
    owner = Owner(("Ann@Acme.com", "ann@acme.com ", "A.Smith@old.org", ""))
    assert owner.addresses == ("ann@acme.com", "a.smith@old.org")
    assert (owner.domain, Owner(()).domain) == ("acme.com", "")


def contact(id: str, address: str = "bo@x.org", owner: str = "", last: date | None = None) -> Record:
    return Record(id, RecordKind.CONTACT, address, owner=owner, last_activity=last)


def lead(id: str, address: str = "bo@x.org", converted_to: str = "") -> Record:
    return Record(id, RecordKind.LEAD, address, converted_to=converted_to)


def chosen_ids(matches: Matches, *people: str) -> tuple[list[str], list[str]]:
    chosen = choose_records(candidates(exchange(*people), ANN, NOBODY), matches, ANN.user_id)
    return [r.id for r in chosen.contacts], [r.id for r in chosen.leads]


@pytest.mark.parametrize(
    ("records", "best"),
    [
        ((contact("003B"), contact("003A")), "003A"),
        ((contact("003A"), contact("003B", last=date(2026, 1, 1))), "003B"),
        ((contact("003A", last=date(2025, 1, 1)), contact("003B", last=date(2026, 1, 1))), "003B"),
        ((contact("003A", last=date(2026, 1, 1)), contact("003B", owner="005000000000001")), "003B"),
        ((contact("003A", owner="005000000000002AAA"), contact("003B", last=date(2026, 1, 1))), "003B"),
        ((contact("003B", owner=ANN.user_id), contact("003A", owner=ANN.user_id)), "003A"),
    ],
)
def test_of_several_records_owned_then_latest_then_lowest(records: tuple[Record, ...], best: str) -> None:
    chosen = choose_records(candidates(exchange("bo@x.org"), ANN, NOBODY), {"bo@x.org": records}, ANN.user_id)
    assert [r.id for r in chosen.contacts] == [best]
    assert chosen.ambiguous["bo@x.org"][0].id == best
    assert set(chosen.ambiguous["bo@x.org"]) == set(records)


def test_without_a_salesforce_user_no_record_counts_as_owned() -> None:
    records = (contact("003B"), contact("003A", owner="005X", last=date(2026, 1, 1)))
    chosen = choose_records(candidates(exchange("bo@x.org"), ANN, NOBODY), {"bo@x.org": records}, "")
    assert chosen.contacts[0].id == "003A"


def test_records_stand_in_candidate_order_each_once() -> None:
    matches = {"bo@x.org": (contact("003Z"), lead("00Q2")), "cy@y.org": (contact("003A"),), "di@z.org": (contact("003Z"),)}
    assert chosen_ids(matches, "bo@x.org", "cy@y.org", "di@z.org") == (["003Z", "003A"], ["00Q2"])


def test_a_converted_lead_is_the_contact_it_became() -> None:
    matches = {"bo@x.org": (lead("00Q1", converted_to="003A"),), "cy@y.org": (contact("003A", "cy@y.org"),)}
    assert chosen_ids(matches, "bo@x.org", "cy@y.org") == (["003A"], [])


def test_a_converted_lead_beside_its_contact_is_not_ambiguous() -> None:
    matches = {"bo@x.org": (lead("00Q1", converted_to="003A"), contact("003A"))}
    chosen = choose_records(candidates(exchange("bo@x.org"), ANN, NOBODY), matches, ANN.user_id)
    assert (len(chosen.contacts), chosen.ambiguous) == (1, {})


def test_a_contact_and_a_lead_with_one_address_are_not_ambiguous_since_contacts_win() -> None:
    matches = {"bo@x.org": (lead("00Q1"), lead("00Q2"), contact("003A"))}
    chosen = choose_records(candidates(exchange("bo@x.org"), ANN, NOBODY), matches, ANN.user_id)
    assert (chosen.contacts[0].id, chosen.leads[0].id, chosen.ambiguous) == ("003A", "00Q1", {})


def test_ids_of_15_and_18_characters_are_the_same_record() -> None:
    known = contact("003000000000001AAA", owner=ANN.user_id)
    matches = {"bo@x.org": (lead("00Q1", converted_to="003000000000001"), known)}
    chosen = choose_records(candidates(exchange("bo@x.org"), ANN, NOBODY), matches, ANN.user_id)
    assert (chosen.contacts, chosen.ambiguous) == ((known,), {})


def test_leads_that_contacts_drop_are_not_called_ambiguous() -> None:
    matches = {"bo@x.org": (contact("003A"),), "cy@y.org": (lead("00Q1", "cy@y.org"), lead("00Q2", "cy@y.org"))}
    chosen = choose_records(candidates(exchange("bo@x.org", "cy@y.org"), ANN, NOBODY), matches, ANN.user_id)
    assert ([r.id for r in chosen.leads], chosen.ambiguous) == (["00Q1"], {})


def test_the_own_address_rooms_and_ignored_ones_never_match() -> None:
    everything = ("ann@acme.com", "room@acme.com", "bo@x.org")
    matches = {address: (contact("003A", address),) for address in everything}
    found = candidates(exchange("bo@x.org", "room@acme.com!"), ANN, ignoring("x.org"))
    assert choose_records(found, matches, ANN.user_id).contacts == ()


def test_users_among_the_records_are_passed_over() -> None:
    assert chosen_ids({"bo@x.org": (Record("005B", RecordKind.USER, "bo@x.org"),)}, "bo@x.org") == ([], [])


def test_each_address_has_a_verdict_and_its_record() -> None:
    found = candidates(exchange("bo@x.org", "cy@y.org", "di@z.org", "room@acme.com!"), ANN, ignoring("di@z.org"))
    chosen = choose_records(found, {"bo@x.org": (contact("003A"),), "cy@y.org": ()}, ANN.user_id)
    assert [(p.address, p.verdict, p.record) for p in chosen.participants] == [
        ("bo@x.org", "matched", "003A"),
        ("cy@y.org", "no_record", ""),
        ("di@z.org", "ignored", ""),
        ("room@acme.com", "resource", ""),
        ("ann@acme.com", "own", ""),
    ]
    assert [p.verdict for p in found.verdicts] == ["candidate", "candidate", "ignored", "resource", "own"]


POOL = ["a@x.org", "b@x.org", "c@y.org", "ann@acme.com", "ann.smith@acme.com", "d@acme.com"]
PEOPLE = st.lists(st.builds(str.__add__, st.sampled_from(POOL), st.sampled_from(["", "?", "!"])), max_size=7)
LISTS = st.lists(st.sampled_from([*POOL, "x.org", "acme.com"]), max_size=4).map(lambda e: ignoring("\n".join(e)))


@given(PEOPLE, LISTS, st.sampled_from(POOL), st.booleans())
def test_every_address_stands_once_and_the_own_one_last(people: list[str], ignore: AddressList, organizer: str, mine: bool) -> None:
    item = exchange(*people, organizer="ann@acme.com" if mine else organizer, mine=mine)
    found = candidates(item, ANN, ignore)
    addresses = [c.address for c in found.ordered]
    assert len(addresses) == len(set(addresses))
    assert [a in ANN.addresses for a in addresses] == [False] * (len(addresses) - 1) + [True]
    assert {a for a in found.everybody if a not in ANN.addresses} == set(addresses[:-1])
    assert not any(ignore.covers(a) for a in found.addresses)
    assert not (found.all_ignored and found.addresses)


RECORDS = st.lists(
    st.builds(
        Record,
        st.sampled_from(["003A", "003B", "00Q1", "00Q2"]),
        st.just(RecordKind.CONTACT),
        st.just("bo@x.org"),
        owner=st.sampled_from(["", ANN.user_id, "005X"]),
        last_activity=st.none() | st.dates(),
    ).map(lambda r: r if r.id.startswith("003") else Record(r.id, RecordKind.LEAD, r.address, owner=r.owner)),
    max_size=4,
    unique_by=lambda r: r.id,
)


@given(RECORDS, st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order_of_records(records: list[Record], random: object) -> None:
    shuffled = sorted(records, key=lambda r: random.random())  # type: ignore[attr-defined]
    found = candidates(exchange("bo@x.org"), ANN, NOBODY)
    first, second = (choose_records(found, {"bo@x.org": tuple(r)}, ANN.user_id) for r in (records, shuffled))
    assert first == second
