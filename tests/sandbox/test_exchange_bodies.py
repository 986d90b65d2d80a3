"""Bodies: text to HTML and back, and what is left of odd HTML."""

import pytest

from twincal.sandbox.exchange.bodies import from_text, meeting_block, preview_of, text_of, wrapped

READ = {
    "": "",
    "plain &amp; simple": "plain & simple\r\n",
    "<p>One</p><p>Two</p>": "One\r\nTwo\r\n",
    "One<br>Two<br/>Three": "One\r\nTwo\r\nThree\r\n",
    "<ul><li>a</li><li>b</li></ul>": "* a\r\n* b\r\n",
    '<a href="https://x.example/?a=1&amp;b=2">Join</a> now': "Join<https://x.example/?a=1&b=2> now\r\n",
    '<a href="https://x.example">https://x.example</a>': "https://x.example\r\n",
    "<style>p { color: red }</style>a&nbsp;b": "a\xa0b\r\n",
    "1 &lt; 2 and a<b>c</b>": "1 < 2 and ac\r\n",
    "a\r\n   b": "a b\r\n",
    "<!-- no -->yes": "yes\r\n",
}


@pytest.mark.parametrize("source", READ)
def test_html_reads_as_text(source: str) -> None:
    assert text_of(source) == READ[source]
    assert text_of(wrapped(source)) == READ[source]


@pytest.mark.parametrize("text", ["one", "one\ntwo", "a < b & c > d", "tab", "x\n\ny", '"quoted"'])
def test_text_survives_the_way_through_html(text: str) -> None:
    assert text_of(from_text(text)) == text.replace("\n", "\r\n") + "\r\n"


def test_wrapping_twice_is_wrapping_once() -> None:
    once = wrapped('<html><head><title>x</title></head><body class="y"><p>Hi</p></body></html>')
    assert wrapped(once) == once
    assert "<p>Hi</p>" in once
    assert "title" not in once


def test_the_meeting_block_stands_between_rules() -> None:
    text = text_of(wrapped("<p>Agenda</p>" + meeting_block("https://teams.example/j")))
    lines = [line for line in text.split("\r\n") if line]
    assert (lines[0], lines[1], lines[-1]) == ("Agenda", "_" * 80, "_" * 80)
    assert "Join: https://teams.example/j" in lines


def test_a_preview_is_255_characters() -> None:
    assert len(preview_of("x" * 300)) == 255
