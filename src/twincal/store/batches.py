"""Many rows in few statements."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Row, Table
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

Value = TypeVar("Value")
AnyRow = Row[*tuple[Any, ...]]
WORTH_COMPILING = 200
CHUNK = 500
"""Values in one IN list."""


def inserting(connection: Connection, table: Table) -> Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the connection."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert

        return insert(table)  # type: ignore[return-value]
    return sqlite_insert(table)


def put(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, keep: Collection[str] = ()) -> None:
    """Insert rows; where the primary key is taken, all other columns but `keep` are set anew."""
    if not rows:
        return
    statement = inserting(connection, table)
    keys = [column.name for column in table.primary_key]
    given = {name: statement.excluded[name] for name in rows[0] if name not in keys and name not in keep}
    many(connection, statement.on_conflict_do_update(index_elements=keys, set_=given), rows)


def put_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose primary key is not taken."""
    if rows:
        many(connection, inserting(connection, table).on_conflict_do_nothing(), rows)


def many(connection: Connection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    """One statement for each row, given by the names of its parameters; none when there are no rows.

    All rows have the same names. Where there are many, the statement is compiled by hand: SQLAlchemy looks at each
    parameter of each row once more, which takes longer than the database takes to store them.
    """
    if len(rows) < WORTH_COMPILING:
        if rows:
            connection.execute(statement, rows)
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))  # type: ignore[attr-defined]
    names: list[str] = compiled.positiontup
    constant = {name: compiled.params[name] for name in names if name not in rows[0]}
    if constant:
        rows = [{**row, **constant} for row in rows]
    values = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    # gate: sql because SQLAlchemy wrote this text; the values are bound
    connection.exec_driver_sql(str(compiled), [values(row) for row in rows])


def chunks(values: Iterable[Value]) -> Iterator[list[Value]]:
    """The values in lists that fit one IN."""
    left = iter(values)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
