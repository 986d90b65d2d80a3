"""What a SOQL statement says, before anybody knows whether its names exist."""

from dataclasses import dataclass

from twincal.sandbox.salesforce.soql.lexer import Token


@dataclass(frozen=True, slots=True)
class Path:
    """A column, maybe of a parent: `Subject`, `Owner.Name`. `at` is its place in the text."""

    parts: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Count:
    """`COUNT()` (no path) or `COUNT(Id)`, maybe under a name."""

    path: Path | None
    alias: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column against one literal; the operator is one of `= != < <= > >= like`."""

    path: Path
    operator: str
    value: Token


@dataclass(frozen=True, slots=True)
class Membership:
    """A column in a list of literals, or in what another query finds."""

    path: Path
    values: "list[Token] | Query"
    negated: bool


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds."""

    conditions: "list[Condition]"


@dataclass(frozen=True, slots=True)
class Any:
    """At least one condition holds."""

    conditions: "list[Condition]"


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: "Condition"


Condition = Comparison | Membership | All | Any | Not


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key. Nulls stand first unless the statement says otherwise or sorts downwards."""

    path: Path
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A statement. `text` is all of it, for messages that show a place."""

    text: str
    select: "list[Path | Count | Query]"
    source: str
    source_at: int
    where: Condition | None
    order: list[Order]
    limit: int | None
    offset: int
