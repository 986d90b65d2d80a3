"""What is packed is unpacked as it was, and takes little room."""

from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from tests.store.samples import KEY, NOW, creation, entry, exchange, graph_id, in_step, kept, salesforce, somebody
from twincal.core.decision import Entry, Matched, ParticipantVerdict
from twincal.core.fields import prints
from twincal.core.item import AllDay, Body, Item, Moment, Participant, Timed
from twincal.core.trees import Link, Prints
from twincal.core.vocabulary import Field, Kind, RecordKind, Role, ShowAs, Side
from twincal.store.packed import pack_entry, pack_intent, pack_item, unpack_entry, unpack_intent, unpack_item
from twincal.store.packing import (
    FIELD_BITS,
    SIDE_OF,
    SIDES,
    pack_ident,
    pack_moment,
    pack_prints,
    unpack_ident,
    unpack_moment,
    unpack_prints,
)
from twincal.store.store import Store

FULL = Item(
    side=Side.EXCHANGE,
    id=graph_id(1),
    times=Timed(NOW, NOW.replace(microsecond=5)),
    subject="Größe 🎉",
    place="Zimmer",
    show_as=ShowAs.OUT_OF_OFFICE,
    body=Body.of("text"),
    masked=True,
    former=("0123456789abcdef",),
    unnamed=2,
    organizer=Participant("me@contoso.com", "Me", Role.OPTIONAL),
    organized_by_owner=False,
    people=(Participant("a@b.c", "A", Role.RESOURCE, "003", RecordKind.CONTACT, invited=False),),
    categories=("Salesforce", "x"),
    series=graph_id(2),
    original_start=NOW,
    cancelled=True,
    online_meeting=True,
    version='W/"1"',
    mark="ab:1",
    stamp="cd:00",
    changed_by="005",
    changed_at=NOW.replace(microsecond=123456),
    created_by="006",
    what="001",
    what_name="Acme",
    whos=("003", "00Q"),
    source="https://outlook.example",
)


def test_every_field_of_an_item_comes_back() -> None:
    for field in fields(Item):
        if field.name not in ("private", "side", "id", "times"):
            assert getattr(FULL, field.name) != field.default, f"the sample says nothing about {field.name}"
    assert unpack_item(pack_item(FULL), FULL.side, FULL.id, FULL.series) == kept(FULL)
    for times in (AllDay(date(2027, 3, 1), date(2027, 3, 2)), Timed(NOW, NOW)):
        one = replace(FULL, times=times, original_start=date(2027, 3, 1))
        assert unpack_item(pack_item(one), one.side, one.id, one.series) == kept(one)


async def test_every_field_of_a_link_comes_back(store: Store) -> None:
    person = await somebody(store)
    (simple,) = await in_step(store, person, 1)
    full = Link(
        key=simple.key,
        generation=3,
        exchange_id=simple.exchange_id,
        salesforce_id=simple.salesforce_id,
        born=Side.SALESFORCE,
        kind=Kind.APPOINTMENT,
        exchange=prints(exchange(1), KEY),
        salesforce=prints(salesforce(1), KEY),
        added=("003",),
        whos=("003", "00Q"),
        what="001",
        frozen="A05",
        designated=True,
        masked=True,
        series="S",
        original_start=date(2027, 3, 1),
        end=NOW,
    )
    for field in fields(Link):
        assert getattr(full, field.name) != field.default, f"the sample says nothing about {field.name}"
    write = creation(exchange(1), person).writes[0]
    assert unpack_intent(pack_intent(write, full)) == (write, full)
    assert unpack_intent(pack_intent(write, None)) == (write, None)


def test_every_field_of_an_entry_comes_back() -> None:
    row = entry(
        creation(exchange(1), "1"),
        start=date(2027, 3, 1),
        series="S",
        organizer="me@contoso.com",
        participants=(ParticipantVerdict("a@b.c", "matched", "003"),),
        matched=(Matched(RecordKind.LEAD, "00Q", "Ada"),),
        related_to="Acme",
        salesforce_id="00U",
        source="https://outlook.example",
        lost={"subject": "Old"},
        attempts=4,
        next_attempt=NOW,
        retry_ends=NOW,
    )
    for field in fields(Entry):
        assert getattr(row, field.name) != field.default, f"the sample says nothing about {field.name}"
    assert unpack_entry(pack_entry(row), row.key, row.first_seen, row.last_attempt, row.next_attempt) == row


@given(st.one_of(st.none(), st.dates(), st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC))))  # noqa: DTZ001
def test_moments_come_back(moment: Moment | None) -> None:
    found = unpack_moment(pack_moment(moment))
    assert found == moment
    assert type(found) is type(moment)


@given(st.one_of(st.text(), st.binary(min_size=20).map(lambda raw: urlsafe_b64encode(raw).decode())))
def test_ids_come_back(ident: str) -> None:
    assert unpack_ident(pack_ident(ident)) == ident


def test_graph_ids_take_three_quarters() -> None:
    assert len(graph_id(1)) == 152
    assert len(pack_ident(graph_id(1))) == 115
    assert pack_ident("00U000000000001AAA") == b"\x0000U000000000001AAA"


def print_sets() -> Any:
    return st.dictionaries(st.sampled_from(Field), st.sampled_from([b"aaaaaaaa", b"bbbbbbbb", b"cccccccc"]))


@given(print_sets(), print_sets())
def test_prints_come_back(exchange_prints: Prints, salesforce_prints: Prints) -> None:
    packed = pack_prints(exchange_prints, salesforce_prints)
    assert unpack_prints(packed) == (exchange_prints, salesforce_prints)
    same = sum(exchange_prints.get(field) == value for field, value in salesforce_prints.items())
    assert len(packed) == 3 + 8 * (len(exchange_prints) + len(salesforce_prints) - same)


def test_a_print_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        pack_prints({Field.SUBJECT: b"short"}, {})


def test_every_field_and_side_has_its_place() -> None:
    assert set(FIELD_BITS) == set(Field)
    assert sum(FIELD_BITS.values()) == 2 ** len(Field) - 1
    assert [SIDES[side] for side in SIDE_OF] == [0, 1]


async def test_a_link_takes_at_most_350_bytes(store: Store) -> None:
    """Goal 7 of the store: a link with its indexes, by pages, over 3,000 links stored in lots of 500."""
    person = await somebody(store)
    for start in range(0, 3_000, 500):
        await in_step(store, person, *range(start, start + 500), series=graph_id(start))

    def sizes(prefix: str) -> int:
        wanted = "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = ?)"
        return int(store.database.run(lambda c: c.exec_driver_sql(wanted, (prefix,)).scalar_one())) // 3_000

    found = {table: sizes(table) for table in ("link", "item", "history", "receipt", "address")}
    print(found)
    assert found["link"] <= 350
