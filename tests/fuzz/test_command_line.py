"""What people type: any text in any place ends in an answer or in a sentence, with an exit code of its own, never in a crash."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.stage import command
from tests.fuzz.budget import examples
from tests.fuzz.hostile import TEXTS
from tests.store.samples import somebody
from twincal.core.settings_table import SETTINGS
from twincal.errors import WrongInput
from twincal.store.store import Store

PERSON = "ann@contoso.com"
MORE = (
    "2027-03-05", "2027-03-05T09:00:00+23:59", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "all",
    "last", "0", "-5", "99999999999999999999", "1e5", "mode=sync_all", "mode=", "=", "a=b=c", "*", "%", "_", "--",
    "-", "--json", "\udcff", "/x/y", "\t", "on", "acme.com", "ann@acme.com [email]", "x@[1.2.3.4]", "xn--a",
    "ü.example", "@", "[calendar", "30 days", "Sync All",
)  # fmt: skip
typed = st.sampled_from([text for text in (*TEXTS, *MORE) if "\0" not in text]) | st.text(
    st.characters(exclude_characters="\0"), max_size=15
)
keys = st.sampled_from([*SETTINGS, "no.such.key"])

COMMANDS = (
    ("history", PERSON, "--search", None), ("history", PERSON, "--tab", None), ("history", PERSON, "--code", None),
    ("history", None), ("explain", PERSON, None), ("explain", None, "x"), ("ignore", PERSON, None),
    ("retry", PERSON, None), ("choose", PERSON, None, "exchange"),
    ("reinstate", PERSON, None, None), ("runs", None), ("undo", PERSON, "--day", None),
    ("undo", PERSON, "--run", None), ("undo", PERSON, None, "--field", None), ("plan", "--with", None),
    ("plan", None), ("release", None), ("people", "remove", None), ("people", "add", None, "--salesforce", None),
    ("settings", "show", "--user", None), ("settings", "lock", None), ("verify", None), ("audit", None), (None,),
    (None, None),
)  # fmt: skip
"""Every place into which somebody types; None is what they type."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with one person, connected to nothing."""
    folder = tmp_path_factory.mktemp("typed") / "home"
    store = Store.open(folder)
    asyncio.run(somebody(store))
    store.close()
    yield folder


def ends_well(home: Path, *words: str) -> int:
    """The exit code of a command; that it did not crash, nor say what cannot be printed."""
    ended = command("--home", home, *words)
    assert "An error in Twincal" not in ended.err, (words, ended.err)
    assert "Traceback" not in ended.err + ended.out
    ended.out.encode()
    assert ended.code in (0, 1, 2, 3), words
    assert ended.code == 0 or ended.err or ended.out
    return ended.code


@examples(80)
@given(st.sampled_from(COMMANDS), st.lists(typed, min_size=3, max_size=3))
def test_any_text_in_any_place_ends_in_a_sentence(home: Path, places: tuple[str | None, ...], given_texts: list[str]) -> None:
    left = iter(given_texts)
    ends_well(home, *(next(left) if place is None else place for place in places))


@examples(30)
@given(keys, typed)
def test_any_value_of_any_setting_is_taken_or_refused(home: Path, key: str, text: str) -> None:
    code = ends_well(home, "settings", "set", f"{key}={text}")
    assert code in (0, 2)


@examples(400)
@given(keys.filter(SETTINGS.__contains__), typed)
def test_a_value_that_is_taken_reads_back_as_itself(key: str, text: str) -> None:
    setting = SETTINGS[key]
    try:
        value = setting.parse(text)
    except (WrongInput, ValueError):
        return
    assert setting.parse(setting.format(value)) == value


@pytest.mark.parametrize("text", [text for text in (*TEXTS, *MORE) if text[:1].isdigit() and "\0" not in text])
def test_any_moment_is_one_or_none(home: Path, text: str) -> None:
    assert ends_well(home, "--now", text, "people", "list") in (0, 2)
    ends_well(home, "undo", PERSON, "--day", text)
