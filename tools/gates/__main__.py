"""`python -m tools.gates`: every gate proves its canaries, then judges the sources. 1 when anything was found.

A finding that is right as it stands is answered on its line, or on a line of its own before it, with the reason:
`# gate: CODE because ...`
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.gates import doors, pages, purity, queries, silence, telling
from tools.gates.rule import Rule, Source

ROOT = Path(__file__).resolve().parent.parent.parent
RULES: tuple[Rule, ...] = (*queries.RULES, *doors.RULES, *telling.RULES, *purity.RULES, *pages.RULES, *silence.RULES)
ANSWER = re.compile(r"(?:#|<!--|\{#)\s*gate: (\w+)(?: because (\S.+))?")
OURSELVES = ("tools/gates/", "tests/house/test_gates.py")
"""Here the canaries stand."""


def sources() -> Iterator[Source]:
    """Every file that a gate may judge."""
    rooms = [path for room in ("src", "tools", "tests") for path in sorted((ROOT / room).rglob("*"))]
    for path in [*rooms, ROOT / "dev"]:
        if path.suffix in (".py", ".html", *pages.TEMPLATES) or path.name == "dev":
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(OURSELVES):
                yield Source(name, path.read_text(encoding="utf-8"))


def judged(source: Source, rules: Sequence[Rule] = RULES) -> Iterator[str]:
    """What is wrong in a file: findings without an answer, answers without a reason, answers to nothing."""
    answers = {(number, found[1]): found[2] for number, found in _answers(source)}
    needed: set[tuple[int, str]] = set()
    for rule in rules:
        for line, words in rule.find(source) if rule.judges(source.name) else ():
            needed.add((line, rule.code))
            if not answers.get((line, rule.code)):
                yield f"{source.name}:{line} {rule.code}: {words}"
    for line, code in answers.keys() - needed:
        yield f"{source.name}:{line} {code}: an answer to nothing; take it away"


def _answers(source: Source) -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := ANSWER.search(line):
            alone = not line[: found.start()].strip()
            yield number + alone, found


def main() -> int:
    """The canaries, then the sources."""
    broken = [words for rule in RULES for words in rule.broken()]
    if broken:
        print("A gate is broken, nothing was judged:", *broken, sep="\n  ")
        return 1
    every = list(sources())
    found = [words for source in every for words in judged(source)]
    print(*found, sep="\n")
    canaries = sum(len(rule.canaries) for rule in RULES)
    print(f"{len(RULES)} gates, {canaries} canaries reported, {len(every)} files, {len(found)} findings.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
