"""Scenario pages: Markdown in, cases out. README.md tells how a page is written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SECTION = re.compile(r"^— (?P<section>.+)$")
AXIS = re.compile(r"^(Modes|Shared Activities): (?P<values>[\w, ]+)$")
AXES = {"Modes": "mode", "Shared Activities": "shared"}
USUAL = {"mode": "sync_all", "shared": "on"}
KEYWORD = re.compile(r"^(Given|When|Then|And) ")


class WrongPage(Exception):
    """A page that cannot be read; the message names page and line."""


@dataclass(frozen=True)
class Quote:
    """Words of the user's document, with the section they stand in."""

    words: str
    section: str


@dataclass(frozen=True)
class Step:
    """One line of a scenario without its keyword."""

    text: str
    line: int


@dataclass(frozen=True)
class Scenario:
    """One `##` of a page: what it quotes, its steps, and what it is run for."""

    page: str
    title: str
    line: int
    quotes: tuple[Quote, ...] = ()
    steps: tuple[Step, ...] = ()
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: tuple[Mapping[str, str], ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Every rule code or fault that a step asserts, in order."""
        told = (text for case in self.cases() for step in case.steps for text in re.findall(r"\(([^()]*)\)(?::|$)", step.text))
        return tuple(dict.fromkeys(code for text in told for code in text.split() if re.fullmatch(r"[A-Z]\d\d|[a-z_]+", code)))

    def cases(self) -> Iterator["Case"]:
        """Every mode, Shared Activities and row of the table."""
        names = list(self.axes)
        for values in product(*(self.axes[name] for name in names)):
            for number, row in enumerate(self.rows or ({},), 1):
                chosen = {**USUAL, **dict(zip(names, values, strict=True)), **row}
                told = [*values, *([row.get("case") or str(number)] if self.rows else [])]
                steps = (replace(step, text=_filled(step.text, chosen)) for step in self.steps)
                yield Case(self, chosen, "-".join(told), tuple(step for step in steps if step.text))


@dataclass(frozen=True)
class Case:
    """A scenario with every choice made: what is run."""

    scenario: Scenario
    chosen: Mapping[str, str]
    told: str
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """As a failing test shows it."""
        title = re.sub(r"\W+", "-", self.scenario.title.lower()).strip("-")
        return f"{self.scenario.page}:{title}" + (f"[{self.told}]" if self.told else "")


def _filled(text: str, chosen: Mapping[str, str]) -> str:
    for name, value in chosen.items():
        text = text.replace(f"<{name}>", value)
    return KEYWORD.sub("", text).strip()


def scenarios() -> list[Scenario]:
    """Every scenario of every page."""
    return [found for path in sorted(FOLDER.glob("*.md")) if path.name != "README.md" for found in read(path)]


def title_of(page: str) -> str:
    """The title of a page."""
    return (FOLDER / f"{page}.md").read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ")


def read(path: Path) -> list[Scenario]:
    """The scenarios of one page. Raises WrongPage."""
    reader = _Reader(path.stem)
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        reader.take(line, number)
    return reader.finished()


class _Reader:
    """Reads a page line by line."""

    def __init__(self, page: str) -> None:
        self._page = page
        self._done: list[Scenario] = []
        self._now: Scenario | None = None
        self._quote: list[str] = []
        self._header: list[str] = []

    def finished(self) -> list[Scenario]:
        """What was read. Raises WrongPage where a scenario has no step."""
        self._close()
        return self._done

    def take(self, line: str, number: int) -> None:
        """One line."""
        if line.startswith("## "):
            self._close()
            self._now = Scenario(self._page, line[3:].strip(), number)
        elif self._now is not None:
            self._inside(self._now, line, number)
        elif line.startswith(("- ", "|", ">")):
            raise WrongPage(f"{self._page}.md:{number}: this belongs below a scenario's heading (##): {line}")

    def _close(self) -> None:
        if self._now is None:
            return
        if not self._now.steps or self._quote:
            raise WrongPage(f"{self._page}.md:{self._now.line}: the scenario has no steps, or a quotation without its section")
        self._done.append(self._now)
        self._header = []

    def _inside(self, now: Scenario, line: str, number: int) -> None:
        axis = AXIS.match(line)
        if line.startswith(">"):
            self._now = self._quoted(now, line[1:].strip())
        elif axis:
            values = tuple(value.strip() for value in axis["values"].split(","))
            self._now = replace(now, axes={**now.axes, AXES[axis[1]]: values})
        elif line.startswith("|"):
            self._now = self._row(now, line, number)
        elif line.startswith("- "):
            self._now = replace(now, steps=(*now.steps, Step(line[2:].strip(), number)))
        elif line.startswith("  ") and now.steps:
            last = now.steps[-1]
            self._now = replace(now, steps=(*now.steps[:-1], Step(f"{last.text} {line.strip()}", last.line)))

    def _quoted(self, now: Scenario, text: str) -> Scenario:
        section = SECTION.match(text)
        if not section:
            self._quote += [text] if text else []
            return now
        quote, self._quote = Quote(" ".join(self._quote), section["section"]), []
        return replace(now, quotes=(*now.quotes, quote))

    def _row(self, now: Scenario, line: str, number: int) -> Scenario:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not self._header:
            self._header = cells
            return now
        if set("".join(cells)) <= set("-: "):
            return now
        if len(cells) != len(self._header):
            raise WrongPage(f"{self._page}.md:{number}: {len(cells)} cells below {len(self._header)} headings")
        return replace(now, rows=(*now.rows, dict(zip(self._header, cells, strict=True))))
