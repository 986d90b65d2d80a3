"""The documentation: every page can be reached, every link leads somewhere, every generated page is current."""

import re
import subprocess
import sys
from pathlib import Path

from tests.house.sources import ROOT, named, prose
from tools.pages.glossary import MEANINGS
from twincal.core.explain import TABLES

DOCS = ROOT / "docs"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def links(page: Path) -> list[str]:
    """The targets of a page's links, code left out."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [target for target in LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]


def target(page: Path, link: str) -> Path:
    """The file a link leads to."""
    path = link.split("#")[0]
    return (page.parent / path).resolve() if path else page


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as Markdown renderers make them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    titles = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_reachable_from_the_index() -> None:
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        waiting += [target(page, link) for link in links(page)]
    lost = [named(page) for page in DOCS.rglob("*.md") if page not in reached]
    assert not lost, f"no way leads there from docs/index.md: {lost}"


def test_every_link_leads_somewhere() -> None:
    dead = [
        f"{named(page)} → {link}"
        for page in prose()
        for link in links(page)
        if not (to := target(page, link)).exists() or ("#" in link and to.suffix == ".md" and link.split("#")[1] not in anchors(to))
    ]
    assert not dead, "\n".join(dead)


def test_every_page_has_one_title() -> None:
    for page in prose():
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1, named(page)


def test_generated_pages_are_current() -> None:
    done = subprocess.run([sys.executable, "-m", "tools.pages", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_glossary_defines_facts_that_exist() -> None:
    asked = {fact for each in TABLES for fact in each.facts}
    assert not set(MEANINGS) - asked, "defined, but no rule looks at it"


CITED = re.compile(r"`(tests/[\w/*]+\.(?:py|md))(?:::(\w+))?`")
PROMISES = [*(f"S{number}" for number in range(1, 16)), *(f"L{number}" for number in range(1, 6))]


def test_every_test_that_a_page_cites_is_there() -> None:
    cited = {(named(page), *found) for page in prose() for found in CITED.findall(page.read_text(encoding="utf-8"))}
    lost = sorted(
        f"{page} → {path}::{name}"
        for page, path, name in cited
        if not (files := list(ROOT.glob(path))) or (name and not any(f"def {name}(" in file.read_text("utf-8") for file in files))
    )
    assert cited
    assert not lost, "\n".join(lost)


def test_every_test_is_cited_by_its_whole_path() -> None:
    short = [
        f"{named(page)}: {name}"
        for page in (DOCS / "reliability.md", DOCS / "security.md")
        for name in re.findall(r"`(test_\w+\.py)", page.read_text(encoding="utf-8"))
    ]
    assert not short, "\n".join(short)


def test_every_promise_names_a_test() -> None:
    rows = re.findall(r"^\| ([SL]\d+) \|[^|]+\|([^|]+)\|$", (DOCS / "reliability.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [promise for promise, _ in rows] == PROMISES
    assert [promise for promise, tried in rows if not CITED.search(tried)] == []
