"""What Exchange makes of a body: HTML cleaned and wrapped, text turned into HTML, and back into text on request."""

import html
import re
from html.parser import HTMLParser

_META = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
_CHARSET = '<meta content="text/html; charset=us-ascii">'
_UNSAFE = re.compile(
    r"<(script|style|iframe|object|embed|form)\b.*?</\1\s*>|<!--.*?-->|<\?.*?>|<!doctype[^>]*>"
    r"|</?(?:script|iframe|object|embed|form|input|link)\b[^>]*>",
    re.IGNORECASE | re.DOTALL,
)
_HANDLER = re.compile(r"""\s+on\w+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_SCRIPT_LINK = re.compile(r"""\s+(?:href|src)\s*=\s*(?:"\s*javascript:[^"]*"|'\s*javascript:[^']*')""", re.IGNORECASE)
_BODY = re.compile(r"<body[^>]*>(.*?)(?:</body\s*>|$)", re.IGNORECASE | re.DOTALL)
_HEAD = re.compile(r"<head\b.*?</head\s*>|</?(?:html|head|body)\b[^>]*>", re.IGNORECASE | re.DOTALL)
_BREAKS = re.compile(r"\n{3,}")
_BLOCKS = {"p", "div", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"}
RULE = "_" * 80


def wrapped(content: str, *, charset: bool = False) -> str:
    """HTML as Exchange stores it: active content dropped, one html/head/body around what is left."""
    inner = content
    if "<" in content:
        inner = _SCRIPT_LINK.sub("", _HANDLER.sub("", _UNSAFE.sub("", content)))
        found = _BODY.search(inner)
        inner = _HEAD.sub("", found.group(1) if found else inner)
    head = f"{_META}\r\n{_CHARSET}" if charset else _META
    return f"<html>\r\n<head>\r\n{head}\r\n</head>\r\n<body>\r\n{inner.strip()}\r\n</body>\r\n</html>\r\n"


def from_text(content: str, *, charset: bool = False) -> str:
    """Plain text as the HTML in which it reads back."""
    lines = html.escape(content.replace("\r\n", "\n"), quote=False).split("\n")
    broken = "<br>\r\n".join(lines)
    return wrapped(f'<div class="PlainText">{broken}</div>', charset=charset)


class _Reader(HTMLParser):
    """Collects readable text, line breaks where blocks end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"head", "style", "script"}:
            self.hidden += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n  * ")
        elif tag in _BLOCKS and self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")
        elif tag == "a":
            self.link = next((value or "" for name, value in attrs if name == "href"), "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"head", "style", "script"}:
            self.hidden = max(0, self.hidden - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a" and self.link:
            self._close_link()

    def _close_link(self) -> None:
        if not "".join(self.parts[-3:]).endswith(self.link):
            self.parts.append(f"<{self.link}>")
        self.link = ""

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"[ \t\r\n]+", " ", data) if data.strip() else " " * (" " in data))


def text_of(content: str) -> str:
    """The text body Exchange gives to `Prefer: outlook.body-content-type="text"`: CRLF line ends, one at the end."""
    if not content:
        return ""
    reader = _Reader()
    reader.feed(content)
    reader.close()
    lines = [line.strip(" ") for line in "".join(reader.parts).split("\n")]
    text = _BREAKS.sub("\n\n", "\n".join(lines)).strip("\n ")
    return text.replace("\n", "\r\n") + "\r\n" if text else ""


def preview_of(text: str) -> str:
    """The first 255 characters of the text form."""
    return text.strip()[:255]


def meeting_block(join_url: str) -> str:
    """The Teams block that carries an online meeting in the body; without it the meeting is no longer online."""
    return (
        f'<br><div class="me-email-text" lang="en-US"><div>{RULE}</div><div>Microsoft Teams meeting</div>'
        f'<div>Join: <a href="{join_url}">{join_url}</a></div><div>{RULE}</div></div>'
    )
