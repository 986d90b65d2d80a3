"""SOQL text to statements. Keywords in any case; SELECT, child subqueries, WHERE, ORDER BY, LIMIT, OFFSET, COUNT."""

from twincal.sandbox.salesforce.errors import SalesforceError, plain
from twincal.sandbox.salesforce.soql.lexer import Token, malformed, tokens_of
from twincal.sandbox.salesforce.soql.syntax import All, Any, Comparison, Condition, Count, Membership, Not, Order, Path, Query

SIGNS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
LITERALS = {"string", "moment", "date", "number"}
LARGEST_OFFSET = 2_000


def parse(text: str) -> Query:
    """The statement that a text is. Raises SalesforceError MALFORMED_QUERY."""
    parser = Parser(text)
    query = parser.query()
    parser.finish()
    return query


class Parser:
    """One pass over the tokens, by recursive descent."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._at = 0
        self._bracketed: set[int] = set()

    def query(self) -> Query:
        """SELECT ... FROM ... and what may follow."""
        self._keyword("select")
        select = [self._selected()]
        while self._take(","):
            select.append(self._selected())
        self._keyword("from")
        source = self._name()
        where = self._any() if self._try("where") else None
        return Query(
            text=self._text,
            select=select,
            source=source.text,
            source_at=source.at,
            where=where,
            order=self._order(),
            limit=self._number("limit"),
            offset=self._offset(),
        )

    def finish(self) -> None:
        """Nothing may follow the statement."""
        if self._next.kind != "end":
            raise self._unexpected()

    # Tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _advance(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _unexpected(self) -> SalesforceError:
        token = self._next
        return malformed(f"unexpected token: '{token.text or '<EOF>'}'")

    def _take(self, sign: str) -> bool:
        if self._next.kind == "sign" and self._next.text == sign:
            self._at += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unexpected()

    def _try(self, *words: str) -> bool:
        ahead = self._tokens[self._at : self._at + len(words)]
        if [token.text.lower() for token in ahead if token.kind == "word"] == list(words):
            self._at += len(words)
            return True
        return False

    def _keyword(self, word: str) -> None:
        if not self._try(word):
            raise self._unexpected()

    def _name(self) -> Token:
        if self._next.kind != "word":
            raise self._unexpected()
        return self._advance()

    def _path(self) -> Path:
        token = self._name()
        return Path(tuple(token.text.split(".")), token.at)

    # Clauses

    def _selected(self) -> Path | Count | Query:
        if self._take("("):
            query = self.query()
            self._expect(")")
            return query
        path = self._path()
        if path.parts[0].lower() == "count" and self._take("("):
            counted = None if self._take(")") else self._path()
            if counted is not None:
                self._expect(")")
            alias = self._advance().text if self._next.kind == "word" and self._next.text.lower() != "from" else None
            return Count(counted, alias)
        return path

    def _any(self) -> Condition:
        conditions = [self._all()]
        while self._try("or"):
            conditions.append(self._all())
        if len(conditions) > 1 and any(isinstance(each, All) and id(each) not in self._bracketed for each in conditions):
            # SOQL wants brackets where AND and OR meet on one level.
            raise malformed("unexpected token: 'OR'")
        return conditions[0] if len(conditions) == 1 else Any(conditions)

    def _all(self) -> Condition:
        conditions = [self._one()]
        while self._try("and"):
            conditions.append(self._one())
        return conditions[0] if len(conditions) == 1 else All(conditions)

    def _one(self) -> Condition:
        if self._try("not"):
            return Not(self._one())
        if self._take("("):
            condition = self._any()
            self._expect(")")
            self._bracketed.add(id(condition))
            return condition
        return self._comparison()

    def _comparison(self) -> Condition:
        path = self._path()
        if self._try("not", "in"):
            return Membership(path, self._list(), negated=True)
        if self._try("in"):
            return Membership(path, self._list(), negated=False)
        if self._try("like"):
            return Comparison(path, "like", self._literal())
        sign = SIGNS.get(self._next.text) if self._next.kind == "sign" else None
        if sign is None:
            raise self._unexpected()
        self._advance()
        return Comparison(path, sign, self._literal())

    def _list(self) -> list[Token] | Query:
        self._expect("(")
        if self._next.text.lower() == "select":
            query = self.query()
            self._expect(")")
            return query
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._expect(")")
        return values

    def _literal(self) -> Token:
        token = self._next
        if token.kind in LITERALS:
            return self._advance()
        if token.kind != "word":
            raise self._unexpected()
        self._advance()
        if self._take(":"):
            number = self._advance()
            return Token("word", f"{token.text}:{number.text}", token.at)
        return token

    def _order(self) -> list[Order]:
        if not self._try("order", "by"):
            return []
        keys = [self._key()]
        while self._take(","):
            keys.append(self._key())
        return keys

    def _key(self) -> Order:
        path = self._path()
        descending = self._try("desc")
        if not descending:
            self._try("asc")
        nulls_first = not descending
        if self._try("nulls", "first"):
            nulls_first = True
        elif self._try("nulls", "last"):
            nulls_first = False
        return Order(path, descending, nulls_first)

    def _number(self, word: str) -> int | None:
        if not self._try(word):
            return None
        token = self._advance()
        if token.kind != "number" or not token.text.isdigit():
            raise malformed(f"unexpected token: '{token.text}'")
        return int(token.text)

    def _offset(self) -> int:
        offset = self._number("offset") or 0
        if offset > LARGEST_OFFSET:
            raise plain("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {LARGEST_OFFSET}")
        return offset
