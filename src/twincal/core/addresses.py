"""Lists of addresses and domains, as people type them and as rules ask them (SPEC 8)."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from twincal.core.vocabulary import Word
from twincal.errors import WrongInput

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
LOCAL_PART = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}")
SCOPED = re.compile(r"(?P<entry>[^\[\]]*)\[(?P<scopes>[^\[\]]*)\]")
NAMED = re.compile(r"[^<>]*<(?P<address>[^<>]*)>")
PIECE = re.compile(r"(?:\"[^\"]*\"|<[^>]*>|\[[^\]]*\]|[^,;])+")
"""What stands between separators; a comma or semicolon in quotes, angle brackets or square brackets separates
nothing."""

HOW_TO_WRITE = "Write addresses (`ann@acme.com`) and domains (`acme.com`), one per line or separated by commas or semicolons."


class Scope(Word):
    """What an entry of the Ignore List is for; `email` is kept for the sibling job and has no effect here (SPEC 8)."""

    CALENDAR = "calendar", "calendar"
    EMAIL = "email", "e-mail"


class ListEntry(Struct, frozen=True, omit_defaults=True):
    """One address or domain of a list, lower case and ASCII, with its scopes (calendar alone unless said otherwise)."""

    text: str
    scopes: tuple[Scope, ...] = (Scope.CALENDAR,)

    def __str__(self) -> str:
        if self.scopes == (Scope.CALENDAR,):
            return self.text
        return f"{self.text} [{', '.join(scope.value for scope in self.scopes)}]"


class AddressList(Struct, frozen=True):
    """Addresses and domains. A domain covers its subdomains and nothing that merely looks like it (SPEC 8)."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    @staticmethod
    def of(entries: Iterable[ListEntry], scope: Scope = Scope.CALENDAR) -> "AddressList":
        """The entries that have this scope."""
        texts = frozenset(entry.text for entry in entries if scope in entry.scopes)
        addresses = frozenset(text for text in texts if "@" in text)
        return AddressList(addresses, texts - addresses)

    def covers(self, address: str) -> str | None:
        """The entry that matches: the address itself, else the narrowest domain; None where none does."""
        if not self:
            return None
        wanted = normalized(address)
        if wanted in self.addresses:
            return wanted
        _, at, domain = wanted.rpartition("@")
        while at and domain:
            if domain in self.domains:
                return domain
            domain = domain.partition(".")[2]
        return None

    def union(self, other: "AddressList") -> "AddressList":
        """Everything that either list covers."""
        return AddressList(self.addresses | other.addresses, self.domains | other.domains)

    def __bool__(self) -> bool:
        return bool(self.addresses or self.domains)


def normalized(address: str) -> str:
    """An address as it is compared: trimmed, lower case, an international domain in its ASCII form (IDNA 2003, RFC
    3490)."""
    wanted = address.strip().lower()
    if wanted.isascii():
        return wanted
    local, at, domain = wanted.rpartition("@")
    return f"{local}{at}{_ascii(domain) or domain}"


def parse_entries(text: str, *, scoped: bool = True) -> tuple[ListEntry, ...]:
    """The entries of a text, one per line or separated by commas or semicolons (SPEC 8).

    `Ann <ann@acme.com>`, `mailto:`, `@acme.com` and `*.acme.com` are understood; `[email]` and `[calendar]` behind an
    entry say its scopes where the list is `scoped`. Raises WrongInput that names every wrong line; then nothing is
    accepted.
    """
    entries: list[ListEntry] = []
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        for piece in PIECE.findall(line):
            if not piece.strip():
                continue
            try:
                entries.append(_entry(piece.strip(), scoped=scoped))
            except ValueError as error:
                wrong.append(f"Line {number}: `{piece.strip()}` {error}.")
    if wrong:
        raise WrongInput(" ".join(wrong), f"{HOW_TO_WRITE} Nothing has been changed.")
    return merged_entries(entries)


def format_entries(entries: Iterable[ListEntry]) -> str:
    """The entries as text that `parse_entries` reads back, on one line."""
    return ", ".join(str(entry) for entry in entries)


def merged_entries(*groups: Iterable[ListEntry]) -> tuple[ListEntry, ...]:
    """All entries in order, each text once with all its scopes: the union of several levels' lists (SPEC 8)."""
    scopes: dict[str, set[Scope]] = {}
    for entry in (entry for group in groups for entry in group):
        scopes.setdefault(entry.text, set()).update(entry.scopes)
    return tuple(ListEntry(text, tuple(s for s in Scope if s in wanted)) for text, wanted in scopes.items())


def _entry(piece: str, *, scoped: bool) -> ListEntry:
    """One entry. Raises ValueError with what is wrong, to follow the entry in a sentence."""
    marked = SCOPED.fullmatch(piece)
    if marked is None:
        return ListEntry(_address_or_domain(piece))
    if not scoped:
        raise ValueError("has a scope, and this list has none")
    wanted = set(_scopes(marked["scopes"]))
    return ListEntry(_address_or_domain(marked["entry"].strip()), tuple(scope for scope in Scope if scope in wanted))


def _scopes(text: str) -> Iterator[Scope]:
    for name in re.split(r"[\s,;]+", text.strip().lower()):
        scope = next((scope for scope in Scope if name in (scope.value, scope.phrase)), None)
        if scope is None:
            raise ValueError(f"has the scope `{name}`; the scopes are `calendar` and `email`")
        yield scope


def _address_or_domain(piece: str) -> str:
    named = NAMED.fullmatch(piece)
    text = (named["address"] if named else piece).strip().lower()
    text = text.removeprefix("mailto:").removeprefix("smtp:").partition("?")[0]
    local, at, host = text.rpartition("@")
    if not at or local in ("", "*"):
        return _domain(host.removeprefix("*."))
    if not LOCAL_PART.fullmatch(local):
        raise ValueError("is no address: what stands before the @ cannot be read")
    domain = _ascii(host)
    if domain is None:
        raise ValueError("is no address: what stands behind the @ is no domain")
    return f"{local}@{domain}"


def _domain(text: str) -> str:
    domain = _ascii(text.removesuffix("."))
    if domain is None:
        raise ValueError("is neither an address nor a domain")
    if "." not in domain:
        raise ValueError("is no whole domain (such as `acme.com`)")
    return domain


def _ascii(domain: str) -> str | None:
    """A domain in ASCII, None where it is none."""
    try:
        text = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return text if len(text) <= 253 and all(LABEL.fullmatch(label) for label in text.split(".")) else None
