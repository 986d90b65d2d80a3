"""Lists of addresses and domains: what people may type, and what an entry covers (SPEC 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincal.core.addresses import AddressList, ListEntry, Scope, format_entries, merged_entries, parse_entries
from twincal.errors import WrongInput

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(lambda t: not t.startswith("xn--"))
DOMAINS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)
ADDRESSES = st.builds("{}@{}".format, st.from_regex(r"[a-z0-9._+'-]{1,12}", fullmatch=True), DOMAINS)
SCOPES = st.sampled_from([(Scope.CALENDAR,), (Scope.EMAIL,), (Scope.CALENDAR, Scope.EMAIL)])
ENTRIES = st.lists(st.builds(ListEntry, ADDRESSES | DOMAINS, SCOPES), max_size=6).map(merged_entries)


def texts(text: str) -> list[str]:
    return [str(entry) for entry in parse_entries(text)]


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("", []),
        (" \n ;, \n", []),
        ("acme.com", ["acme.com"]),
        ("  ACME.Com.  ", ["acme.com"]),
        ("@acme.com", ["acme.com"]),
        ("*@acme.com", ["acme.com"]),
        ("*.acme.com", ["acme.com"]),
        ("Ann@Acme.com", ["ann@acme.com"]),
        ("mailto:Ann@acme.com?subject=Hello", ["ann@acme.com"]),
        ("SMTP:ann@acme.com", ["ann@acme.com"]),
        ("Ann Smith <ann@acme.com>", ["ann@acme.com"]),
        ('"Smith, Ann" <ann@acme.com>; bo@acme.com', ["ann@acme.com", "bo@acme.com"]),
        ("a@x.org, b@x.org;c@x.org\nd@x.org", ["a@x.org", "b@x.org", "c@x.org", "d@x.org"]),
        ("a@x.org\r\nb@x.org", ["a@x.org", "b@x.org"]),
        ("a@x.org, A@X.ORG", ["a@x.org"]),
        ("bücher.example", ["xn--bcher-kva.example"]),
        ("eva@bücher.example", ["eva@xn--bcher-kva.example"]),
        ("ann@intranet", ["ann@intranet"]),
        ("acme.com [calendar]", ["acme.com"]),
        ("acme.com [email]", ["acme.com [email]"]),
        ("acme.com [E-Mail]", ["acme.com [email]"]),
        ("acme.com[email, calendar]", ["acme.com [calendar, email]"]),
        ("acme.com\nacme.com [email]", ["acme.com [calendar, email]"]),
        ("Ann <ann@acme.com> [email]", ["ann@acme.com [email]"]),
    ],
)
def test_what_people_type(typed: str, understood: list[str]) -> None:
    assert texts(typed) == understood


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("acme", "Line 1: `acme` is no whole domain"),
        ("a b", "Line 1: `a b` is neither an address nor a domain"),
        ("acme..com", "neither an address nor a domain"),
        ("-acme.com", "neither an address nor a domain"),
        ("*", "neither an address nor a domain"),
        ("*.com", "is no whole domain"),
        ("https://acme.com/", "neither an address nor a domain"),
        ("ann@", "what stands behind the @"),
        ("ann@ac me.com", "what stands behind the @"),
        ("ann smith@acme.com", "what stands before the @"),
        ("ann@bo@acme.com", "what stands before the @"),
        ("Ann <>", "neither an address nor a domain"),
        ("acme.com [mail]", "the scope `mail`"),
        ("acme.com []", "the scope ``"),
        ("a" * 64 + ".com", "neither an address nor a domain"),
        (".".join(["a" * 60] * 5), "neither an address nor a domain"),
    ],
)
def test_a_wrong_entry_is_named_with_its_line(typed: str, complaint: str) -> None:
    with pytest.raises(WrongInput) as caught:
        parse_entries(typed)
    assert complaint in caught.value.message
    assert "`acme.com`" in caught.value.remedy


def test_all_wrong_lines_are_named_at_once_and_nothing_is_accepted() -> None:
    with pytest.raises(WrongInput) as caught:
        parse_entries("good.com\nbad\nann@acme.com; wor se\n\nfoo@")
    assert [line in caught.value.message for line in ("Line 1", "Line 2: `bad`", "Line 3: `wor se`", "Line 5: `foo@`")] == [
        False,
        True,
        True,
        True,
    ]


def test_a_list_without_scopes_refuses_one() -> None:
    with pytest.raises(WrongInput, match="this list has none"):
        parse_entries("rival.example [email]", scoped=False)


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("ann@acme.com", "ann@acme.com"),
        ("ANN@ACME.COM ", "ann@acme.com"),
        ("bo@acme.com", None),
        ("bo@rival.org", "rival.org"),
        ("bo@eu.rival.org", "rival.org"),
        ("bo@shop.eu.rival.org", "shop.eu.rival.org"),
        ("bo@notrival.org", None),
        ("bo@rival.org.evil.net", None),
        ("bo@rival.or", None),
        ("rival.org@acme.com", None),
        ("eva@bücher.example", "xn--bcher-kva.example"),
        ("rival.org", None),
        ("", None),
        ("@", None),
        ("/o=exchangelabs/cn=ann", None),
    ],
)
def test_what_a_list_covers(address: str, entry: str | None) -> None:
    listed = AddressList.of(parse_entries("ann@acme.com, rival.org, shop.eu.rival.org, bücher.example"))
    assert listed.covers(address) == entry


def test_only_calendar_entries_count_for_the_calendar() -> None:
    entries = parse_entries("acme.com [email], rival.org, both.org [calendar, email]")
    assert AddressList.of(entries).domains == {"rival.org", "both.org"}
    assert AddressList.of(entries, Scope.EMAIL).domains == {"acme.com", "both.org"}


def test_an_empty_list_is_false() -> None:
    assert not AddressList()
    assert AddressList.of(parse_entries("acme.com"))
    assert AddressList.of(parse_entries("ann@acme.com"))


@given(ENTRIES)
def test_entries_survive_being_written_and_read(entries: tuple[ListEntry, ...]) -> None:
    assert parse_entries(format_entries(entries)) == entries
    assert parse_entries("\n".join(str(entry) for entry in entries)) == entries


@given(DOMAINS, DOMAINS, LABELS)
def test_a_domain_covers_its_subdomains_and_no_lookalike(domain: str, other: str, label: str) -> None:
    listed = AddressList(domains=frozenset({domain}))
    assert listed.covers(f"ann@{domain}") == domain
    assert listed.covers(f"ann@{label}.{domain}") == domain
    assert listed.covers(f"ann@{label}{domain}") is None
    assert (listed.covers(f"ann@{other}") is not None) == (other == domain or other.endswith("." + domain))


@given(ENTRIES, ENTRIES, ADDRESSES)
def test_a_union_covers_what_either_covers(one: tuple[ListEntry, ...], two: tuple[ListEntry, ...], address: str) -> None:
    first, second = AddressList.of(one), AddressList.of(two)
    either = bool(first.covers(address) or second.covers(address))
    assert bool(first.union(second).covers(address)) == either
    assert first.union(second) == second.union(first) == AddressList.of(merged_entries(one, two))


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        entries = parse_entries(text)
    except WrongInput as error:
        assert error.message.startswith("Line ")
        assert error.remedy
    else:
        assert parse_entries(format_entries(entries)) == entries
