"""The history with each series folded into one row, wherever its instances stand among the others. Of every row little more than
the key is read, and whole rows for one page alone."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, select

from twincal.core.listing import Folded, Wanted
from twincal.store.history import COLUMNS, unpacked
from twincal.store.shelf import page
from twincal.store.tables import history

Place = tuple[int, str] | bytes
"""What is folded into one: a series and the code for which its instances stand there; an item by itself."""


class Fold(Struct):
    """The key of the first row of a place, and how many rows there are."""

    key: bytes
    rows: int = 1


def folded(connection: Connection, who: int, wanted: Wanted) -> Folded:
    """One page: `after` and `limit` count rows as they are folded."""
    folds = list(_folds(connection, who, wanted).values())
    begin = next((number for number, one in enumerate(folds, 1) if one.key.hex() == wanted.after), 0)
    end = len(folds) if wanted.limit is None else begin + wanted.limit
    shown = folds[begin:end]
    rows = connection.execute(select(*COLUMNS).where(history.c.person == who, history.c.key.in_([one.key for one in shown])))
    whole = {row.key: unpacked(row) for row in rows}
    return Folded(
        entries=tuple(whole[one.key] for one in shown), times=tuple(one.rows for one in shown),
        total=sum(one.rows for one in folds), following=shown[-1].key.hex() if end < len(folds) else "",
    )  # fmt: skip


def _folds(connection: Connection, who: int, wanted: Wanted) -> Mapping[Place, Fold]:
    """All places in the wanted order, each where its first row stands."""
    columns = (history.c.key, history.c.code, history.c.series)
    found: dict[Place, Fold] = {}
    for key, code, series in connection.execute(page(columns, who, replace(wanted, after=None, limit=None), None)).all():
        place = key if series is None else (series, code)
        known = found.get(place)
        if known is None:
            found[place] = Fold(key)
        else:
            known.rows += 1
    return found
