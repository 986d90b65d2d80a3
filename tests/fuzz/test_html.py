"""Bodies as hostile HTML: text comes out, what is not shown stays inside, and much of it costs in proportion."""

import sys
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.budget import examples
from tests.fuzz.hostile import texts
from twincal.connectors.html import (
    DEEPEST,
    FORMATTING,
    NEVER_NESTED,
    _shallow,
    join_link,
    marked_up,
    readable,
    without_meeting_block,
)
from twincal.core.item import Body

HIDDEN = "hiddencanary"
TAGS = (
    "div",
    "p",
    "b",
    "a",
    "table",
    "tr",
    "td",
    "ul",
    "li",
    "span",
    "font",
    "blockquote",
    "pre",
    "svg",
    "math",
    "select",
    "textarea",
)
SCRAPS = (
    "<", ">", "&", "&#0;", "&#xD800;", "&#x110000;", "&nbsp;", "&amp;lt;", "&" + "a" * 300, "<!--", "-->", "<![CDATA[", "]]>",
    "<?x", "</", "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>", "<a href=javascript:alert(1)>y</a>",
    "<p style='display:none'>", "<img src=x onerror=alert(1)>", "<style>p{}", "<script>", "</script>", "<plaintext>",
    "<template>", "<noscript>", "<frameset>", "<base href=//evil>", "<meta refresh>", "<svg/onload=alert(1)>", "<div hidden>",
    "\0", "\ufeff", "\u202e", "\ud83d", "_" * 30, "\x0c\x0b",
)  # fmt: skip

soup = st.lists(
    st.sampled_from(SCRAPS)
    | texts
    | st.sampled_from(TAGS).map(lambda tag: f"<{tag}>")
    | st.sampled_from(TAGS).map(lambda tag: f"</{tag}>"),
    max_size=40,
).map("".join)


class Seen(HTMLParser):
    """Every tag and attribute of a markup, and its text, by a parser that is not ours."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[Any] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[Any]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@examples(300)
@given(soup)
def test_any_markup_becomes_text(html: str) -> None:
    text = readable(html)
    Body.of(without_meeting_block(text).encode(errors="replace").decode())
    join_link(text)
    assert "\n\n\n" not in text


@st.composite
def pages(draw: st.DrawFn, depth: int = 4) -> tuple[str, list[str]]:
    """Well-formed markup, and the words of it that a person sees, in order."""
    parts: list[str] = []
    words: list[str] = []
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(("word", "element", "hidden")))
        if kind == "word":
            word = f"w{draw(st.integers(0, 10**9))}"
            words.append(word)
            parts.append(f" {word} ")
        elif kind == "hidden":
            parts.append(draw(st.sampled_from(HIDES)).replace("{}", HIDDEN))
        elif depth:
            inner, seen = draw(pages(depth - 1))
            tag = draw(st.sampled_from(("div", "b", "span", "ul", "blockquote", "center", "i", "font")))
            parts.append(f"<{tag}>{inner}</{tag}>")
            words += seen
    return "".join(parts), words


HIDES = (
    "<script>{}</script>", "<style>{}</style>", "<template>{}</template>", "<!-- {} -->", "<p hidden>{}</p>",
    "<div style='DISPLAY : NONE'>{}</div>", "<span style='mso-hide:all'>{}</span>", "<title>{}</title>", "<meta content={}>",
    "<img alt={} src=x>", "<a name={}></a>", "<div onclick={}></div>", "<script type=x>&lt;/script&gt;{}</script>",
)  # fmt: skip


@examples(200)
@given(pages())
def test_what_a_person_sees_is_there_in_order_and_nothing_else(page: tuple[str, list[str]]) -> None:
    html, words = page
    text = readable(html)
    assert HIDDEN not in text
    assert [word for word in text.split() if word.startswith("w")] == words


@examples(300)
@given(soup)
def test_text_written_as_a_body_is_text_again(text: str) -> None:
    clean = text.replace("\r", "\n")
    seen = Seen(marked_up(clean))
    assert seen.tags <= {"br"} and not seen.attributes
    bare = marked_up(clean).replace("<br>", "")
    assert "<" not in bare and ">" not in bare
    assert unescape(bare).replace("\xa0", " ") == clean.replace("\xa0", " ")


def work(do: Callable[[], object]) -> int:
    """How many calls of functions, Python's and C's, a piece of work makes."""
    count = 0

    def count_calls(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_calls)
    try:
        do()
    finally:
        sys.setprofile(before)
    return count


LARGE: dict[str, Callable[[int], str]] = {
    "deep": lambda n: "<div>" * n + "visible" + "</div>" * n,
    "never closed": lambda n: "<div>" * n + "visible",
    "open formatting": lambda n: "<b><i><font>" * n + "visible",
    "tables in tables": lambda n: "<table><tr><td>" * n + "visible",
    "lists in lists": lambda n: "<ul><li>" * n + "visible",
    "links in links": lambda n: "<a href=x>" * n + "visible",
    "entities": lambda n: "&amp;&nbsp;&#x41;" * n + "visible",
    "comments": lambda n: "<!-- - -- -->" * n + "visible",
    "angles": lambda n: "<" * n + " visible",
    "many cells": lambda n: "<table>" + "<tr><td>1</td></tr>" * n + "</table>visible",
    "attributes": lambda n: "<p " + "a=b " * n + ">visible</p>",
    "scripts": lambda n: "<script>x</script>" * n + "visible",
    "blanks": lambda n: "<p> \n </p>" * n + "visible",
    "rules": lambda n: ("_" * 25 + "\n") * n + "visible",
    "links": lambda n: "https://teams.microsoft.com/meet/1 " * n + "visible",
    "styles": lambda n: "<p style='display:  none '>x</p>" * n + "visible",
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE.keys())
def test_twice_as_much_is_at_most_a_little_more_than_twice_the_work(make: Callable[[int], str]) -> None:
    def read(html: str) -> None:
        text = readable(html)
        assert "visible" in text
        join_link(text)
        without_meeting_block(text)

    once, twice = (work(lambda n=n: read(make(n))) for n in (3_000, 6_000))  # type: ignore[misc]
    assert twice <= 2.3 * once + 1_000


@pytest.mark.parametrize("kind", ["deep", "never closed", "open formatting", "tables in tables", "lists in lists"])
def test_what_the_parser_is_given_is_never_deep(kind: str) -> None:
    depth = deepest = 0

    class Depth(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            nonlocal depth, deepest
            depth += tag not in NEVER_NESTED
            deepest = max(deepest, depth)
            assert tag not in FORMATTING

        def handle_endtag(self, tag: str) -> None:
            nonlocal depth
            depth -= tag not in NEVER_NESTED

    Depth().feed(_shallow(LARGE[kind](10_000)))
    assert deepest <= DEEPEST


def test_a_large_body_is_read() -> None:
    assert readable("<p>" + "word " * 400_000 + "</p>").count("word") == 400_000
