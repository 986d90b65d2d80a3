"""docs/scenarios.md: the sentences of the user's document, the scenarios that show each, and the rules they reach."""

from tests.scenarios.pages import Quote, scenarios, title_of
from tools.pages.markdown import page, table

INTRODUCTION = """\
Every sentence of the troubleshooting guide that Twincal was built from is quoted by at least one scenario. A scenario is a page
of plain sentences that is carried out over both protocols, against the servers of the sandbox; it ends by asserting the tab of
the history, the codes of the rules, and the words of the explanation. Codes lead to [the decisions](decisions.md)."""
OTHERS = "The same pages show the rules that the guide does not speak of:"


def draw() -> str:
    """The whole page."""
    quoted: dict[Quote, list[tuple[str, tuple[str, ...]]]] = {}
    rest = []
    for scenario in scenarios():
        told = (f"[{title_of(scenario.page)}](../tests/scenarios/{scenario.page}.md): {scenario.title}", scenario.codes)
        for quote in scenario.quotes:
            quoted.setdefault(quote, []).append(told)
        if not scenario.quotes:
            rest.append(told)
    sections = list(dict.fromkeys(quote.section for quote in quoted))
    parts = []
    for section in sections:
        parts += [f"## {section}", _table([(quote.words, told) for quote, told in quoted.items() if quote.section == section])]
    others = table(["scenario", "rules"], [[title, _codes(codes)] for title, codes in rest])
    return page("Scenarios", INTRODUCTION, *parts, "## Besides", OTHERS, others)


def _table(rows: list[tuple[str, list[tuple[str, tuple[str, ...]]]]]) -> str:
    cells = []
    for words, told in rows:
        codes = tuple(dict.fromkeys(code for _, found in told for code in found))
        cells.append([words, "<br>".join(title for title, _ in told), _codes(codes)])
    return table(["sentence", "scenario", "rules"], cells)


def _codes(codes: tuple[str, ...]) -> str:
    rules = [code for code in codes if len(code) == 3 and code[1:].isdigit()]
    return " ".join(f"[{code}](decisions.md#{code.lower()})" for code in rules)
