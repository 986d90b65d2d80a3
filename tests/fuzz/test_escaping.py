"""Escaping: what goes into a query comes out of it, whole; nothing in a value ends the literal it stands in."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, quote_plus, unquote, unquote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from tests.fuzz.budget import examples
from tests.fuzz.hostile import TEXTS
from twincal.connectors.graph.client import literal, segment
from twincal.connectors.salesforce import soql
from twincal.core.faults import VendorFault

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
"""What may follow a backslash (SOQL and SOSL Reference, Quoted String Escape Sequences)."""

sharp = st.text(st.sampled_from("'\"\\%_\n\r\t\b\f\0/&=+#?;,() ü🙈\u2028"), max_size=12)
whole = st.sampled_from([text for text in TEXTS if not any("\ud800" <= sign <= "\udfff" for sign in text)])
words = sharp | whole | st.text(max_size=20)


def soql_literal(text: str, at: int = 0) -> tuple[str, int]:
    """The value of the literal that begins here and where it ends, read as Salesforce reads it."""
    assert text[at] == "'", "a literal begins with a quote"
    found, at = "", at + 1
    while text[at] != "'":
        assert text[at] not in '\n\r"', "a bare line end or quote within a literal"
        if text[at] == "\\":
            found, at = found + ESCAPES[text[at + 1]], at + 2
        else:
            found, at = found + text[at], at + 1
    return found, at + 1


def soql_list(text: str) -> list[str]:
    """The values of `('…','…')`."""
    assert text[0] == "("
    found, at = [], 1
    while text[at] != ")":
        value, at = soql_literal(text, at)
        found.append(value)
        at += text[at] == ","
    assert at == len(text) - 1
    return found


def odata_literal(text: str) -> str:
    """The value of a literal that is all there is, read as OData says: a quote within is doubled."""
    assert text[0] == text[-1] == "'" and len(text) > 1
    inner = text[1:-1]
    assert "'" not in inner.replace("''", ""), "a quote that ends the literal"
    return inner.replace("''", "'")


@examples(400)
@given(words)
def test_a_soql_literal_is_the_value_and_nothing_behind_it(text: str) -> None:
    assert soql_literal(soql.quoted(text)) == (text, len(soql.quoted(text)))
    assert soql_literal(unquote_plus(quote_plus(soql.quoted(text))))[0] == text


@examples(200)
@given(words)
def test_a_pattern_finds_the_text_itself_and_no_other(text: str) -> None:
    inner = soql.part(text)
    assert inner.startswith("'%") and inner.endswith("%'")
    found, at, end = "", 2, len(inner) - 2
    while at < end:
        assert inner[at] not in "%_'\n\r\"", "a sign that stands for something else, or ends the literal"
        escaped = inner[at] == "\\"
        found += {**ESCAPES, "%": "%", "_": "_"}[inner[at + 1]] if escaped else inner[at]
        at += 2 if escaped else 1
    assert (found, at) == (text, end)


@examples(150)
@given(st.lists(words, min_size=1, max_size=5))
def test_a_soql_list_holds_exactly_its_values(texts: list[str]) -> None:
    assert sorted(soql_list(soql.one_of(texts))) == sorted(texts)


@examples(200)
@given(words | st.from_regex(r"[A-Za-z0-9]{14,19}", fullmatch=True))
def test_only_what_can_be_an_id_is_written_as_one(text: str) -> None:
    try:
        told = soql.record_id(text)
    except ValueError:
        assert not (text.isascii() and text.isalnum() and len(text) == 15)
        return
    assert told == f"'{text}'" and text.isascii() and text.isalnum() and len(text) in (15, 18)
    assert soql_list(soql.one_of_ids([text])) == [text]


@examples(150)
@given(words)
def test_only_names_are_written_as_columns_and_objects(text: str) -> None:
    for columns, source in ((f"Id, {text}", "Event"), ("Id", text)):
        try:
            told = soql.select(columns, source)
        except ValueError:
            continue
        assert told == f"SELECT {columns} FROM {source}"
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_., ()")


@examples(60)
@given(
    st.integers(-(10**10), 6 * 10**10).map(lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
    st.dates(date(1700, 1, 1), date(4000, 12, 31)),
)
def test_moments_and_days_are_digits(at: datetime, on: date) -> None:
    assert datetime.fromisoformat(soql.moment(at)) == at.replace(microsecond=0)
    assert date.fromisoformat(soql.day(on)) == on
    assert set(soql.moment(at) + soql.day(on)) <= set("0123456789-:TZ")


@examples(400)
@given(words)
def test_an_odata_literal_is_the_value_also_on_the_wire(text: str) -> None:
    told = literal(text)
    assert set(told) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%-._~")
    assert odata_literal(unquote(told)) == text
    sent = URL(f"https://graph.example/v1.0/events?$filter=a%20eq%20{told}&$top=1").raw_query_string
    told_again = dict(parse_qsl(sent, keep_blank_values=True, max_num_fields=2))
    assert told_again.keys() == {"$filter", "$top"}
    assert odata_literal(told_again["$filter"].removeprefix("a eq ")) == text


@examples(400)
@given(words.filter(bool))
def test_a_segment_is_one_segment_also_on_the_wire(text: str) -> None:
    try:
        told = segment(text)
    except VendorFault:
        assert text in (".", "..")
        return
    sent = URL(f"https://graph.example/v1.0/users/{told}/events?x=1")
    parts = urlsplit(str(sent.raw_path_qs)).path.split("/")
    assert [unquote(part) for part in parts] == ["", "v1.0", "users", text, "events"]


@pytest.mark.parametrize("text", [".", ".."])
def test_a_segment_does_not_climb(text: str) -> None:
    with pytest.raises(VendorFault):
        segment(text)
