"""SOQL text as tokens, with the places where they stand."""

import re
from typing import NamedTuple

from twincal.sandbox.salesforce.errors import SalesforceError, plain

LONGEST_STATEMENT = 100_000
LONGEST_LITERAL = 4_000
TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<moment>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2}))
    | (?P<date>\d{4}-\d{2}-\d{2}(?![\w:]))
    | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?![\w.]))
    | (?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    | (?P<sign><=|>=|!=|<>|[=<>(),:])
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "_": "_", "%": "%"}


class Token(NamedTuple):
    """One token; a `string` keeps its quotes and escapes."""

    kind: str
    text: str
    at: int


def located(text: str, at: int, message: str, code: str) -> SalesforceError:
    """A refusal that shows the place, as the API does."""
    row = text.count("\n", 0, at) + 1
    begin = text.rfind("\n", 0, at) + 1
    column = at - begin
    line = text[begin:].split("\n", 1)[0]
    left = max(column - 60, 0)
    shown = line[left : column + 60]
    return plain(code, f"\n{shown}\n{' ' * (column - left)}^\nERROR at Row:{row}:Column:{column + 1}\n{message}")


def malformed(message: str) -> SalesforceError:
    """A statement that is not SOQL."""
    return plain("MALFORMED_QUERY", message)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a statement, the last one `end`. Raises SalesforceError MALFORMED_QUERY."""
    if len(text) > LONGEST_STATEMENT:
        raise malformed(f"SOQL statements cannot be longer than {LONGEST_STATEMENT} characters.")
    found: list[Token] = []
    at = 0
    while True:
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise located(text, at, _strange(text, at), "MALFORMED_QUERY")
        kind = match.lastgroup
        start = match.start(kind)
        found.append(Token(kind, match[kind], start))
        if kind == "end":
            return found
        at = match.end()


def _strange(text: str, at: int) -> str:
    rest = text[at:].lstrip()
    if rest.startswith("'"):
        return f"line 1:{len(text)} mismatched character '<EOF>' expecting '''"
    return f"unexpected token: '{rest[:1]}'"


def text_of(token: Token) -> str:
    """The text that a string literal means. Raises SalesforceError for an escape that SOQL does not have."""
    inner = token.text[1:-1]
    if len(inner) > LONGEST_LITERAL:
        raise malformed(f"String literals cannot be longer than {LONGEST_LITERAL} characters.")
    return ESCAPE.sub(lambda match: _unescape(match, token), inner) if "\\" in inner else inner


def _unescape(match: re.Match[str], token: Token) -> str:
    mark = match[1]
    if len(mark) == 5:
        return chr(int(mark[1:], 16))
    if mark not in ESCAPED:
        raise malformed(f"Invalid string literal {token.text}. Illegal character sequence '\\{mark}' in string literal.")
    return ESCAPED[mark]


def pattern_of(token: Token) -> re.Pattern[str]:
    """What a LIKE literal matches: `%` any text, `_` any character, both literal after a backslash."""
    parts: list[str] = []
    inner, at = token.text[1:-1], 0
    while at < len(inner):
        char = inner[at]
        if char == "\\":
            match = ESCAPE.match(inner, at)
            if match is not None:
                parts.append(re.escape(_unescape(match, token)))
                at = match.end()
                continue
        parts.append({"%": ".*", "_": "."}.get(char, re.escape(char)))
        at += 1
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
