"""HTML bodies as readable text: links, lists and line breaks kept, the rest of the markup gone. Worked out once a body."""

import re
from functools import lru_cache
from hashlib import blake2b
from html import escape
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser, LexborNode

BLOCKS = frozenset(
    {"address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tbody", "thead", "tr", "ul"}
)
NOT_SHOWN = "script,style,head,title,meta,template,noscript,[hidden]"
HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)", re.IGNORECASE)
RULE = re.compile(r"_{20,}")
JOIN = re.compile(
    r"https://(?:teams\.microsoft\.com/(?:l/meetup-join|meet)|teams\.live\.com/meet|[\w.-]*zoom\.us/j|meet\.google\.com|[\w.-]*webex\.com)/[^\s<>\"]+"
)
MANY_BLANKS = re.compile(r"\n{3,}")
SPACES = re.compile(r"[ \t\r\f\v\n]+")
INDENT = re.compile(r"(?m)^ +|(?<= ) ")
KEPT = 4096
"""Bodies of which the text is remembered; the markup is not."""


class _Markup:
    """Markup that is remembered by its digest alone: a cache of whole bodies would outgrow the calendar."""

    __slots__ = ("digest", "html")

    def __init__(self, html: str) -> None:
        self.html = html
        self.digest = blake2b(html.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Markup) and self.digest == other.digest


def readable(html: str) -> str:
    """The text of an HTML body as a person would copy it: links as `text <address>`, list items behind `- `, cells apart."""
    markup = _Markup(html)
    text = _readable(markup)
    markup.html = ""
    return text


@lru_cache(maxsize=KEPT)
def _readable(markup: _Markup) -> str:
    tree = LexborHTMLParser(markup.html)
    for node in tree.css(NOT_SHOWN):
        node.decompose()
    for node in tree.css("[style]"):
        if HIDDEN.search(node.attributes.get("style") or ""):
            node.decompose()
    if tree.body is None:
        return ""
    parts: list[str] = []
    _walk(tree.body, parts)
    lines = "".join(parts).replace("\xa0", " ").split("\n")
    return MANY_BLANKS.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()


def _walk(node: LexborNode, parts: list[str], *, kept: bool = False) -> None:
    """The text below a node; `kept` where line ends mean themselves (`pre`)."""
    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            text = child.text_content or ""
            parts.append(text if kept else SPACES.sub(" ", text))
        elif tag == "br":
            parts.append("\n")
        elif tag == "a":
            _link(child, parts)
        elif tag in ("td", "th"):
            _walk(child, parts, kept=kept)
            parts.append("\t")
        elif tag in BLOCKS:
            _break(parts)
            parts.append("- " if tag == "li" else "")
            _walk(child, parts, kept=kept or tag == "pre")
            _break(parts)
        elif tag is not None and not tag.startswith("-") and tag != "!--":
            _walk(child, parts, kept=kept)


def _break(parts: list[str]) -> None:
    """A new line, unless one has just begun; what a list item begins with stays on its line."""
    last = next((part for part in reversed(parts) if part.strip(" ")), "\n")
    if last == "- " or last.endswith("\n"):
        return
    parts.append("\n")


def _link(node: LexborNode, parts: list[str]) -> None:
    inner: list[str] = []
    _walk(node, inner)
    text = "".join(inner)
    target = (node.attributes.get("href") or "").strip()
    shown = target.removeprefix("mailto:")
    parts.append(text if not target or target.startswith("#") or shown in text else f"{text} <{target}>")


def join_link(text: str) -> str:
    """The address of the online meeting that a body invites to, empty where there is none."""
    found = JOIN.search(text) if "https://" in text else None
    return found.group().rstrip(").,") if found else ""


def without_meeting_block(text: str) -> str:
    """The text without the block of joining instructions between Teams' two rules; its other text stays."""
    rules = list(RULE.finditer(text))
    for first, last in pairwise(rules):
        if join_link(text[first.start() : last.end()]):
            return (text[: first.start()] + text[last.end() :]).strip()
    return text


def marked_up(text: str) -> str:
    """Readable text as the HTML of a new body: nothing in it is markup, its lines and indents stay."""
    lines = (escape(line, quote=False) for line in text.replace("\r\n", "\n").split("\n"))
    return "<br>\n".join(INDENT.sub(lambda blanks: "&nbsp;" * len(blanks.group()), line) for line in lines)
