"""HTML bodies as readable text: links, lists and line breaks kept, the rest of the markup gone. Worked out once a body."""

import re
from functools import lru_cache
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

BLOCKS = frozenset({"p", "div", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "hr"})
HIDDEN = "script,style,head,title,meta,template,noscript"
RULE = re.compile(r"_{20,}")
JOIN = re.compile(r"https://(?:teams\.microsoft\.com/l/meetup-join|teams\.live\.com/meet|[\w.-]*zoom\.us/j|meet\.google\.com)/?\S*")
MANY_BLANKS = re.compile(r"\n{3,}")
SPACES = re.compile(r"[ \t\r\f\v\n]+")


@lru_cache(maxsize=4096)
def readable(html: str) -> str:
    """The text of an HTML body as a person would copy it."""
    tree = LexborHTMLParser(html)
    for node in tree.css(HIDDEN):
        node.decompose()
    if tree.body is None:
        return ""
    parts: list[str] = []
    _walk(tree.body, parts)
    lines = "".join(parts).replace("\xa0", " ").split("\n")
    return MANY_BLANKS.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()


def _walk(node: LexborNode, parts: list[str]) -> None:
    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            parts.append(SPACES.sub(" ", child.text_content or ""))
        elif tag == "br":
            parts.append("\n")
        elif tag == "a":
            _link(child, parts)
        elif tag in ("td", "th"):
            _walk(child, parts)
            parts.append("\t")
        elif tag in BLOCKS:
            _break(parts)
            parts.append("- " if tag == "li" else "")
            _walk(child, parts)
            _break(parts)
        elif tag is not None and not tag.startswith("-") and tag != "!--":
            _walk(child, parts)


def _break(parts: list[str]) -> None:
    """A new line, unless one has just begun."""
    last = next((part for part in reversed(parts) if part), "\n")
    if not last.endswith("\n"):
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
    found = JOIN.search(text)
    return found.group().rstrip(">)") if found else ""


def without_meeting_block(text: str) -> str:
    """The text without the block of joining instructions between Teams' two rules; its other text stays."""
    rules = list(RULE.finditer(text))
    if len(rules) < 2 or not join_link(text[rules[0].start() : rules[-1].end()]):
        return text
    return (text[: rules[0].start()] + text[rules[-1].end() :]).strip()


def marked_up(text: str) -> str:
    """Readable text as the HTML of a new body."""
    return "<br>\n".join(escape(line, quote=False) for line in text.split("\n"))
