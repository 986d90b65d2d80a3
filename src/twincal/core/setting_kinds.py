"""What kinds of values a setting can have: how each is read from text, written back, and told to people."""

from difflib import get_close_matches
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from twincal.core.addresses import ListEntry, format_entries, parse_entries
from twincal.core.vocabulary import Word

Value = bool | int | str | Word | tuple[ListEntry, ...]
"""A value as rules use it. Stored and shown values are texts, see `Setting.format`."""

W = TypeVar("W", bound=Word)
ON = frozenset({"on", "true", "yes", "1"})
OFF = frozenset({"off", "false", "no", "0"})
LONGEST_NAME = 255
"""Characters of an Outlook category's name."""


class ValueKind(Protocol):
    """How the values of a setting look. `parse` raises ValueError, or WrongInput where several things can be wrong."""

    @property
    def allowed(self) -> str:
        """The values that may be typed, to follow *It can be*."""
        ...

    def parse(self, text: str) -> Value:
        """The value that a text means."""
        ...

    def format(self, value: Value) -> str:
        """The value as text that `parse` reads back; equal values have equal texts."""
        ...


class Choice(Struct, Generic[W], frozen=True):
    """One word out of a few. The phrase people read is understood too (`Sync All` is `sync_all`)."""

    words: type[W]

    @property
    def allowed(self) -> str:
        """All words, in order."""
        return "one of " + ", ".join(f"`{word.value}`" for word in self.words)

    def parse(self, text: str) -> W:
        """The word; ValueError names the nearest one."""
        known = {word.value: word for word in self.words} | {word.phrase.lower(): word for word in self.words}
        wanted = text.strip().lower()
        for spelling in (wanted, wanted.replace("-", "_").replace(" ", "_")):
            if spelling in known:
                return known[spelling]
        near = get_close_matches(wanted, known, 1)
        raise ValueError(f"did you mean `{known[near[0]].value}`?" if near else "")

    def format(self, value: Value) -> str:
        """The word's stable value."""
        return str(value.value) if isinstance(value, Word) else str(value)


class Whole(Struct, frozen=True):
    """A whole number between two bounds, both included; the unit may stand behind it (`10 %`, `30 days`)."""

    least: int
    most: int
    unit: str = ""

    @property
    def allowed(self) -> str:
        """The bounds."""
        return f"a whole number from {self.least} to {self.most} {self.unit}".rstrip()

    def parse(self, text: str) -> int:
        """The number; ValueError where it is none or out of bounds."""
        digits = text.strip().lower().removesuffix(self.unit).strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 9 and self.least <= int(digits) <= self.most):
            raise ValueError
        return int(digits)

    def format(self, value: Value) -> str:
        """The bare number."""
        return str(value)


class Switch(Struct, frozen=True):
    """On or off."""

    @property
    def allowed(self) -> str:
        """Both words."""
        return "`on` or `off`"

    def parse(self, text: str) -> bool:
        """True for on; ValueError for anything that is neither."""
        wanted = text.strip().lower()
        if wanted not in ON | OFF:
            raise ValueError
        return wanted in ON

    def format(self, value: Value) -> str:
        """The word."""
        return "on" if value else "off"


class CategoryName(Struct, frozen=True):
    """The name of an Outlook category; Outlook separates categories with commas and semicolons."""

    @property
    def allowed(self) -> str:
        """What a name may contain."""
        return f"the name of an Outlook category: up to {LONGEST_NAME} characters, no comma, no semicolon"

    def parse(self, text: str) -> str:
        """The name; ValueError where Outlook has no such name."""
        name = " ".join(text.split())
        if not name or len(name) > LONGEST_NAME or not name.isprintable() or set(name) & set(",;"):
            raise ValueError
        return name

    def format(self, value: Value) -> str:
        """The name."""
        return str(value)


class Addresses(Struct, frozen=True):
    """A list of addresses and domains; entries of a `scoped` list say what they are for (SPEC 8)."""

    scoped: bool = True

    @property
    def allowed(self) -> str:
        """What stands in the list."""
        return "addresses and domains" + (", each with `[email]` behind it where it is for e-mail" if self.scoped else "")

    def parse(self, text: str) -> tuple[ListEntry, ...]:
        """The entries; WrongInput names every wrong line."""
        return parse_entries(text, scoped=self.scoped)

    def format(self, value: Value) -> str:
        """The entries on one line."""
        return format_entries(value) if isinstance(value, tuple) else str(value)
