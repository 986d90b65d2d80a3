"""Every small change of a rule table must be noticed. Prints the living ones.

A mutant changes one row: another outcome, a condition dropped, weakened or turned, the row deleted, or two neighbours
swapped. It is killed when a situation gets no answer or several, a row can no longer be reached, or the outcome or the
reason differs from SPEC as tests/core tells it a second time. A mutant that answers every situation as before is harmless.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from tests.core.oracle import ORACLES
from tests.core.reasons import REASONS
from twincal.core.rules.admit import ADMIT
from twincal.core.rules.fate import FATE
from twincal.core.rules.gates import GATES
from twincal.core.rules.people import PEOPLE
from twincal.core.rules.table import Policy, Rule, Table
from twincal.core.rules.undo import UNDO
from twincal.core.vocabulary import Word

Situations = Sequence[Mapping[str, Word]]
TABLES = (ADMIT, PEOPLE, FATE, GATES, UNDO)


def changed_rows(row: Rule, table: Table) -> Iterator[tuple[str, Rule]]:
    """Every small change of one row, with its description."""
    for word in type(row.then):
        if word is not row.then:
            yield f"then {word.name}", replace(row, then=word)
    for name, wanted in row.when.items():
        yield f"without {name}", replace(row, when={k: v for k, v in row.when.items() if k != name})
        words = wanted if isinstance(wanted, frozenset) else frozenset({wanted})
        for word in table.facts[name]:
            other = words - {word} if word in words else words | {word}
            if other:
                yield f"{name} {'-' if word in words else '+'}{word.name}", replace(row, when={**row.when, name: other})


def mutants(table: Table) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """Every mutant of a table, with its description."""
    rows = table.rows
    for place, row in enumerate(rows):
        for what, changed in changed_rows(row, table):
            yield f"{row.code} {what}", (*rows[:place], changed, *rows[place + 1 :])
        yield f"{row.code} deleted", (*rows[:place], *rows[place + 1 :])
        if place + 1 < len(rows):
            yield f"{row.code} swapped with {rows[place + 1].code}", (
                *rows[:place], rows[place + 1], row, *rows[place + 2 :])  # fmt: skip


def verdict(table: Table, rows: tuple[Rule, ...], situations: Situations) -> str:
    """`killed`, `harmless` (it answers everything as before), or `alive`."""
    told, reasons = ORACLES[table.name], REASONS[table.name]
    reached: set[str] = set()
    same = True
    for situation in situations:
        matching = [row for row in rows if row.matches(situation)]
        if not matching or (table.policy is Policy.UNIQUE and len(matching) > 1):
            return "killed"
        row = matching[0]
        reached.add(row.code)
        if row.then is not told(situation) or row.code != reasons(situation):
            return "killed"
        same = same and row.then is table.decide(situation).then
    if {row.code for row in rows} != reached:
        return "killed"
    return "harmless" if same else "alive"


def main(say: Callable[[str], object] = print) -> int:
    """Try every mutant of every table; 1 when one lives."""
    alive = 0
    for table in TABLES:
        situations = list(table.situations())
        counts = dict.fromkeys(("killed", "harmless", "alive"), 0)
        for what, rows in mutants(table):
            found = verdict(table, rows, situations)
            counts[found] += 1
            if found == "alive":
                say(f"  alive: {table.name} {what}")
        alive += counts["alive"]
        say(f"{table.name}: {sum(counts.values())} mutants, {counts['killed']} killed, {counts['harmless']} harmless, "
            f"{counts['alive']} alive ({len(situations)} situations)")  # fmt: skip
    return 1 if alive else 0
