"""Markdown from values: rows, paragraphs, sentences with places for evidence."""

import inspect
import re
from collections.abc import Iterable, Sequence

WRITTEN_BY_NOBODY = "<!-- Drawn from the product's own tables by `./dev docs`. Change them, not this page. -->"


def page(title: str, *parts: str) -> str:
    """A whole page."""
    return "\n\n".join([WRITTEN_BY_NOBODY, f"# {title}", *(part for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars and line ends inside a cell are made harmless."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def evidence(sentence: str) -> str:
    """A rule's sentence as a reader of the page sees it: `{window_start}` becomes *window start*."""
    return re.sub(r"\{(\w+)\}", lambda place: "*" + place[1].replace("_", " ") + "*", sentence)


def doc(thing: object) -> str:
    """The first paragraph of a docstring, on one line, single quotes and backticks as they stand."""
    paragraphs = (inspect.getdoc(thing) or "").split("\n\n")
    return " ".join(paragraphs[0].split())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
