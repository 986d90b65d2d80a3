"""`python -m tools.pages [--check]`: write the generated pages; with --check, only say which differ (exit code 1)."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.pages import decisions, glossary, scenarios, settings

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGES: Mapping[str, Callable[[], str]] = {
    "decisions.md": decisions.draw,
    "settings.md": settings.draw,
    "glossary.md": glossary.draw,
    "scenarios.md": scenarios.draw,
}


def main(arguments: list[str]) -> int:
    """Write or compare the pages; 2 for an argument that is not understood."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m tools.pages [--check]\n")
        return 2
    wanted = {DOCS / name: make() for name, make in PAGES.items()}
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if arguments:
        for path in stale:
            sys.stderr.write(f"docs/{path.name} says something else than the product: run ./dev docs\n")
        return 1 if stale else 0
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
        sys.stderr.write(f"docs/{path.name} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
