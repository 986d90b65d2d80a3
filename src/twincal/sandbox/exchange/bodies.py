"""What Exchange makes of a body: HTML cleaned and wrapped, text turned into HTML, and back into text on request."""

import html
import re
from functools import lru_cache

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
_HIDDEN = re.compile(r"<(head|style|script)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:]*)((?:\s[^>]*)?/?)>")
_SPACES = re.compile(r"[ \t\r\n]+")
_ADDRESS = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
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


def _broken(tag: str, closing: bool, parts: list[str]) -> str:
    """What a tag leaves in the text."""
    if tag == "br":
        return "\n"
    if tag == "li" and not closing:
        return "\n  * "
    if tag in _BLOCKS and (closing or (parts and not parts[-1].endswith("\n"))):
        return "\n"
    return ""


@lru_cache(maxsize=20_000)
def text_of(content: str) -> str:
    """The text body Exchange gives to `Prefer: outlook.body-content-type="text"`: CRLF line ends, one at the end.

    A link whose words are not its address is followed by the address in angle brackets.
    """
    parts: list[str] = []
    link, at = "", 0
    content = _HIDDEN.sub("", content)
    for found in _TAG.finditer(content):
        parts.append(html.unescape(_SPACES.sub(" ", content[at : found.start()])))
        at = found.end()
        closing, tag, rest = found.group(1) == "/", (found.group(2) or "").lower(), found.group(3) or ""
        if tag == "a" and not closing:
            address = _ADDRESS.search(rest)
            link = html.unescape(address.group(1) or address.group(2) or "") if address else ""
        elif tag == "a" and link:
            parts.append("" if "".join(parts[-3:]).endswith(link) else f"<{link}>")
            link = ""
        parts.append(_broken(tag, closing, [part for part in parts[-2:] if part]))
    parts.append(html.unescape(_SPACES.sub(" ", content[at:])))
    lines = [line.strip(" ") for line in "".join(parts).split("\n")]
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
