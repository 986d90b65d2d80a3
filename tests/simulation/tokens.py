"""Values that tell what they are: every edit writes a token that occurs once in a world, so that a value which vanishes, is
doubled or turns up where it does not belong is seen without knowing how the engine works.

An edit's *parent* is what its author saw. An edit *supersedes* its parent and all that came before it.
"""

import re

TOKEN = re.compile(r"L(\d+)#(\d+)")
CANARY = "CANARY"
"""Stands in every text of a private item, and must stand nowhere else."""


class Tokens:
    """The family tree of all edits of one world, a field each."""

    def __init__(self, first: int = 0) -> None:
        """Appointments are counted from here on, so that those of two worlds can be told apart."""
        self._made = 0
        self._lineages = first
        self._parents: dict[str, frozenset[str]] = {}
        self.edits = 0
        self.by_person: dict[str, list[tuple[str, str]]] = {}
        """Person → every token with the field it was written into."""

    def lineage(self) -> int:
        """A new appointment, as a person would count them."""
        self._lineages += 1
        return self._lineages

    def made(self, lineage: int, *seen: str, person: str = "", field: str = "") -> str:
        """A token for a new value, written by somebody who saw these."""
        self._made += 1
        self.edits += 1
        token = f"L{lineage}#{self._made}"
        self._parents[token] = frozenset(found for text in seen for found in tokens_in(text))
        self.by_person.setdefault(person, []).append((token, field))
        return token

    def overrule(self, value: str, seen: str) -> None:
        """Somebody who may has put one value in the place of another, whether they saw it or not."""
        for token in tokens_in(value):
            self._parents[token] = self._parents.get(token, frozenset()) | (set(tokens_in(seen)) - {token})

    def ancestors(self, *values: str) -> set[str]:
        """The tokens in these values and everything they supersede."""
        known: set[str] = set()
        open_ends = [token for value in values for token in tokens_in(value)]
        while open_ends:
            token = open_ends.pop()
            if token not in known:
                known.add(token)
                open_ends += self._parents.get(token, ())
        return known

    def saw(self, value: str, seen: str) -> bool:
        """Did whoever wrote this value know that one, directly or through those before?"""
        wanted = tokens_in(seen)
        return not wanted or value == seen or self.ancestors(value).issuperset(wanted)


def tokens_in(text: str) -> list[str]:
    """The tokens in a value."""
    return [match.group() for match in TOKEN.finditer(text)] if "#" in text else []


def word(text: str) -> str:
    """A value without what surrounds its token: limits cut the end off, and people write strange things behind it."""
    found = TOKEN.search(text)
    return found.group() if found else text


def lineage_of(text: str) -> int | None:
    """The appointment that a value belongs to."""
    found = TOKEN.search(text)
    return int(found.group(1)) if found else None
