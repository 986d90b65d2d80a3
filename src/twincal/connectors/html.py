"""HTML bodies as readable text: links, lists and line breaks kept, the rest of the markup gone. Worked out once a body."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
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
TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
FORMATTING = frozenset({"b", "big", "code", "em", "font", "i", "nobr", "s", "small", "span", "strike", "strong", "tt", "u"})
NEVER_NESTED = frozenset(
    {"a", "area", "base", "body", "br", "col", "dd", "dt", "embed", "head", "hr", "html", "img", "input", "li", "link", "meta"}
    | {"option", "p", "param", "script", "source", "style", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "wbr"}
)
MOST_TAGS, MOST_NESTING_TAGS, DEEPEST = 1000, 10_000, 250
"""Markup with no more tags is read as it is; of other markup, so many elements may hold others, and so deep."""
_Level = tuple[LexborNode, str, Iterator[LexborNode], bool, int]
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
    tree = LexborHTMLParser(_shallow(markup.html))
    if tree.body is None:
        return ""
    hidden = {node.mem_id for node in tree.css(NOT_SHOWN)}
    hidden |= {node.mem_id for node in tree.css("[style]") if HIDDEN.search(node.attributes.get("style") or "")}
    lines = _walked(tree.body, hidden).replace("\xa0", " ").split("\n")
    return MANY_BLANKS.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()


def _shallow(html: str) -> str:
    """Markup that is parsed in reasonable time: a parser takes the square of the depth, and of the formatting left open.

    Of much markup, formatting goes, which no text needs; what would be too deep or too much ends a line and holds nothing.
    """
    if html.count("<") <= MOST_TAGS:
        return html
    held: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    budget = MOST_NESTING_TAGS

    def kept(tag: re.Match[str]) -> str:
        nonlocal budget
        closing, name = tag[1], tag[2].lower()
        if name in FORMATTING:
            return f"<{closing}wbr"
        if name in NEVER_NESTED:
            return tag[0]
        if closing:
            count = dropped if dropped[name] else held
            count[name] = max(0, count[name] - 1)
            return tag[0] if count is held else "<br"
        budget -= 1
        if held.total() < DEEPEST and budget > 0:
            held[name] += 1
            return tag[0]
        dropped[name] += 1
        return "<br"

    return TAG.sub(kept, html)


class _Text:
    """Text as it grows: where a line has just begun, another break changes nothing."""

    __slots__ = ("_fresh", "parts")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._fresh = True

    def add(self, text: str) -> None:
        """More text; blanks alone leave a line as it is."""
        self.parts.append(text)
        shown = text.rstrip(" ")
        if shown:
            self._fresh = shown.endswith("\n")

    def line(self, bullet: str = "") -> None:
        """A new line; what a list item begins with stays on its line."""
        if not self._fresh:
            self.parts.append("\n")
            self._fresh = True
        if bullet:
            self.parts.append(bullet)


def _walked(body: LexborNode, hidden: Collection[int]) -> str:
    """The text below a node, however deep; hidden elements aside. Each level holds its element, the children left, whether
    line ends mean themselves (`pre`), and where its text began."""
    text = _Text()
    levels: list[_Level] = [(body, "body", body.iter(include_text=True), False, 0)]
    while levels:
        node, tag, left, kept, began = levels[-1]
        for child in left:
            name = child.tag or "-"
            if name == "-text":
                content = child.text_content or ""
                text.add(content if kept else SPACES.sub(" ", content))
            elif name == "br":
                text.add("\n")
            elif name[0] not in "-!" and not (hidden and child.mem_id in hidden):
                if name in BLOCKS:
                    text.line("- " if name == "li" else "")
                levels.append((child, name, child.iter(include_text=True), kept or name == "pre", len(text.parts)))
                break
        else:
            levels.pop()
            _leave(node, tag, text, began)
    return "".join(text.parts)


def _leave(node: LexborNode, tag: str, text: _Text, began: int) -> None:
    """What stands behind an element: the address of a link, the end of a cell or of a line."""
    if tag == "a":
        text.add(_address(node, "".join(text.parts[began:])))
    elif tag in ("td", "th"):
        text.parts.append("\t")
    elif tag in BLOCKS:
        text.line()


def _address(link: LexborNode, shown: str) -> str:
    target = (link.attributes.get("href") or "").strip()
    return f" <{target}>" if target and not target.startswith("#") and target.removeprefix("mailto:") not in shown else ""


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
