"""A decision table: rows of finite facts, answered by exactly one row, listed and proved without running anything else."""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cached_property
from itertools import product
from string import Formatter

from msgspec import Struct

from twincal.core.vocabulary import Word

When = Mapping[str, Word | frozenset[Word]]


class Policy(Enum):
    """How a table is read: the first matching row, or the one and only."""

    FIRST = "first"
    UNIQUE = "unique"


class Rule(Struct, frozen=True, kw_only=True, dict=True):
    """One row: a rule, its reason, its help and an example.

    `when` is data: a fact left out does not matter. `because` is a sentence with places for evidence, `remedy` says what
    would change the outcome. `setting` names the policy setting that decided, if one did. `mirror` is the code of the row
    that says the same with the sides swapped; empty where `one_way` gives the reason why there is none.
    A code is never reused; a row that retires moves to the table's `retired` codes.
    """

    code: str
    when: When
    then: Word
    because: str
    remedy: str
    example: str
    setting: str = ""
    mirror: str = ""
    one_way: str = ""

    @cached_property
    def evidence(self) -> frozenset[str]:
        """The names of the evidence that its sentences have places for."""
        places = Formatter().parse(self.because + self.remedy)
        return frozenset(name for _, name, _, _ in places if name)

    def matches(self, facts: Mapping[str, Word]) -> bool:
        """Does this row apply?"""
        return all(
            facts[name] in wanted if isinstance(wanted, frozenset) else facts[name] is wanted for name, wanted in self.when.items()
        )


class Table:
    """Rows over named facts. `facts` maps each fact's name to the enum of its values; `possible` rules out situations
    that cannot occur, so that the rest can be listed."""

    def __init__(
        self,
        name: str,
        policy: Policy,
        facts: Mapping[str, type[Word]],
        rows: tuple[Rule, ...],
        possible: Callable[[Mapping[str, Word]], bool] = lambda facts: True,
        title: str = "",
    ) -> None:
        self.name, self.policy, self.facts, self.rows, self.possible = name, policy, facts, rows, possible
        self.title = title or name
        self._memory: dict[tuple[Word, ...], Rule] = {}

    def decide(self, facts: Mapping[str, Word]) -> Rule:
        """The row that answers this situation. Raises LookupError where none does: tests prove that this cannot happen."""
        situation = tuple(facts.values())
        known = self._memory.get(situation)
        if known is None:
            known = self._memory[situation] = self._search(facts)
        return known

    def _search(self, facts: Mapping[str, Word]) -> Rule:
        for row in self.rows:
            if row.matches(facts):
                return row
        raise LookupError(f"table {self.name} has no row for {[f'{n}={w.name}' for n, w in facts.items()]}")

    def situations(self) -> Iterator[dict[str, Word]]:
        """Every situation that can occur."""
        for words in product(*(tuple(kind) for kind in self.facts.values())):
            facts = dict(zip(self.facts, words, strict=True))
            if self.possible(facts):
                yield facts

    def rule(self, code: str) -> Rule | None:
        """The row with this code."""
        return next((row for row in self.rows if row.code == code), None)


def any_of(*words: Word) -> frozenset[Word]:
    """One of these words, in a row's `when`."""
    return frozenset(words)


class YesNo(Word):
    """A fact that holds or does not."""

    NO = "no", "no"
    YES = "yes", "yes"

    @staticmethod
    def of(held: bool) -> "YesNo":
        """The word for a truth value."""
        return YesNo.YES if held else YesNo.NO
