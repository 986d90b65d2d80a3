"""The files of the house, as the house tests read them."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("src", "tests", "tools")


@dataclass(frozen=True)
class Source:
    """One Python file: where it stands and what is written in it."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """The path from the top of the clone, as a failing test shows it."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, filename=self.name)


@cache
def python_files(*rooms: str) -> tuple[Source, ...]:
    """Every Python file of these rooms (all of them when none is named); `dev` goes with the tools."""
    paths = [path for room in rooms or ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    if not rooms or "tools" in rooms:
        paths.append(ROOT / "dev")
    return tuple(Source(path, path.read_text(encoding="utf-8")) for path in paths)


def prose() -> tuple[Path, ...]:
    """Every text people read: README and its neighbours, and the pages of docs/."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))


def named(path: Path) -> str:
    """A path as a failing test shows it."""
    return path.relative_to(ROOT).as_posix()
