"""Bodies as people read them: what stays of markup, what goes, and what hostile markup costs."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincal.connectors.html import join_link, marked_up, readable, without_meeting_block

TEAMS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_YWJj%40thread.v2/0?context=%7b%22Tid%22%3a%22t%22%7d"
RULE = "_" * 80
BLOCK = f"{RULE}\nMicrosoft Teams meeting\nJoin: {TEAMS}\nMeeting ID: 123 456 789\n{RULE}"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<div><div><p>deep</p></div></div>after", "deep\nafter"),
        ("a  \n\t b", "a b"),
        ("a&nbsp;b &amp; c &lt;d&gt;", "a b & c <d>"),
        ("<b>bo</b>ld and <i>it</i>alic", "bold and italic"),
        ("<p>x</p>" + "<br>" * 9 + "<p>y</p>", "x\n\ny"),
        ("<pre>a\n  b\n</pre>c\nd", "a\nb\nc d"),
        ("<h1>Title</h1>text<hr>more", "Title\ntext\nmore"),
        ("a<!-- not <b>this</b> -->b", "ab"),
        ("<frameset><frame src=x></frameset>", ""),
    ],
)
def test_text_keeps_its_lines(html: str, text: str) -> None:
    assert readable(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://a.example/x?y=1&amp;z=2">notes</a>', "notes <https://a.example/x?y=1&z=2>"),
        ('<a href="https://a.example/x">https://a.example/x</a>', "https://a.example/x"),
        ('<a href="mailto:ann@a.example">ann@a.example</a>', "ann@a.example"),
        ('<a href="mailto:ann@a.example">Ann</a>', "Ann <mailto:ann@a.example>"),
        ('<a href="#top">up</a>', "up"),
        ("<a>nowhere</a>", "nowhere"),
        ('<a href="https://a.example/"><b>bold</b><img src=x></a>', "bold <https://a.example/>"),
    ],
)
def test_links_show_where_they_lead(html: str, text: str) -> None:
    assert readable(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<ul><li><p>one</p></li><li><div>two</div></li></ul>end", "- one\n- two\nend"),
        ("<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "- a\n- b\n- c"),
        ("<table><tr><td>Room</td><td>Berlin</td></tr><tr><th>Seats</th><td>12</td></tr></table>", "Room\tBerlin\nSeats\t12"),
    ],
)
def test_lists_and_tables_keep_their_order(html: str, text: str) -> None:
    assert readable(html) == text


@pytest.mark.parametrize(
    "hidden",
    [
        "<style>p {color: red}</style>",
        "<script>alert('x')</script>",
        "<template>x</template>",
        '<div style="display: NONE">x</div>',
        '<span style="color:red;visibility:hidden">x</span>',
        '<p style="mso-hide:all">x</p>',
        "<div hidden>x<p hidden>y<span style='display:none'>z</span></p></div>",
        "<title>x</title>",
    ],
)
def test_what_nobody_sees_is_no_text(hidden: str) -> None:
    assert readable(f"<p>before</p>{hidden}<p>after</p>") == "before\nafter"


def test_outlook_writes_a_body() -> None:
    html = (
        "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head>\r\n<meta http-equiv='Content-Type' content='text/html'>"
        "<style><!-- p.MsoNormal {margin:0cm} --></style></head><body lang=EN-GB><div class=WordSection1>"
        "<p class=MsoNormal>Dear all,<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        "<p class=MsoNormal><span style='font-size:11.0pt'>See you at <b>nine</b>.</span><o:p></o:p></p></div></body></html>"
    )
    assert readable(html) == "Dear all,\n\nSee you at nine."


@pytest.mark.parametrize(
    "link",
    [
        TEAMS,
        "https://teams.microsoft.com/meet/25612?p=abc",
        "https://teams.live.com/meet/9312",
        "https://acme.zoom.us/j/8412?pwd=x",
        "https://meet.google.com/abc-defg-hij",
        "https://acme.webex.com/meet/ann",
    ],
)
def test_the_address_of_an_online_meeting_is_found(link: str) -> None:
    assert join_link(readable(f'<p>Join <a href="{link}">here</a>.</p>')) == link
    assert join_link(f"({link}),") == link


@pytest.mark.parametrize("text", ["", "https://a.example/j/1", "http://teams.microsoft.com/l/meetup-join/1", "zoom.us/j/12"])
def test_another_address_is_no_online_meeting(text: str) -> None:
    assert join_link(text) == ""


def test_the_joining_instructions_go_and_other_rules_stay() -> None:
    assert without_meeting_block(f"Agenda\n{BLOCK}\nSee you") == "Agenda\n\nSee you"
    assert without_meeting_block(BLOCK) == ""
    signature = f"Text\n{RULE}\nAnn Smith\n{RULE}\nmore"
    assert without_meeting_block(signature) == signature
    assert without_meeting_block(f"{signature}\n{BLOCK}") == signature
    assert without_meeting_block(f"{RULE}\nJoin: {TEAMS}") == f"{RULE}\nJoin: {TEAMS}", "a single rule ends nothing"


def test_text_becomes_markup_and_stays_text() -> None:
    assert marked_up("a <b> & c\r\n  in") == "a &lt;b&gt; &amp; c<br>\n&nbsp;&nbsp;in"
    assert readable(marked_up("if a < b:\n  <script>x</script> & y")) == "if a < b:\n<script>x</script> & y"


@given(st.text(alphabet=string.printable.replace("\r", "").replace("\x0b", "").replace("\x0c", "").replace("\t", "")))
def test_any_text_survives_as_markup(text: str) -> None:
    def words(shown: str) -> list[str]:
        return shown.split()

    assert words(readable(marked_up(text))) == words(text)


@pytest.mark.parametrize(
    "opening",
    ["<div>", "<b>", "<span>", "<ul><li>", "<table><tr><td>", "<blockquote><p>", "<a href=x><div>", "<svg>", "<dl><dd>", "<x-y>"],
)
def test_a_hundred_thousand_levels_are_read(opening: str) -> None:
    text = readable(opening * 100_000 + "deep")
    assert text.removesuffix(" <x>").endswith("deep")


def test_open_formatting_does_not_multiply() -> None:
    html = "".join(f"<p><font color={number}>" for number in range(20_000)) + "end"
    assert readable(html) == "end"


def test_closings_that_close_nothing_hide_no_depth() -> None:
    assert readable("<div><table></div></table>" * 50_000 + "end").endswith("end")


def test_a_huge_body_is_read_whole() -> None:
    html = "".join(
        f"<p>Line {number} with <b>bold</b> and <a href='https://a.example/{number}'>link</a></p>" for number in range(20_000)
    )
    lines = readable(html).split("\n")
    assert len(lines) == 20_000
    assert lines[0] == "Line 0 with bold and link <https://a.example/0>"
    assert lines[-1] == "Line 19999 with bold and link <https://a.example/19999>"


@pytest.mark.parametrize(
    "html", ["<", "<<<>", "</div></p></html>", "<a href=", "<p", "<!--", "<![CDATA[", "&#xD800;", "\ud800", "\x00", "<td>x"]
)
def test_broken_markup_is_no_error(html: str) -> None:
    assert isinstance(readable(html), str)


@given(
    st.lists(
        st.sampled_from(
            ["<div>", "</div>", "<p>", "</p>", "<li>", "<a href=q>", "</a>", "<td>", "<br>", "<b>", "word", " ", "<i hidden>"]
        )
    )
)
def test_any_order_of_tags_is_read(parts: list[str]) -> None:
    text = readable("".join(parts))
    assert "<div" not in text
    assert "\n\n\n" not in text
    assert text == text.strip()
