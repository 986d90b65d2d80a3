"""What was set, at which level, by whom and when. Only explicit values are stored (SPEC 9); core/policy.py makes them effective."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, or_, select

from twincal.core.policy import Explicit
from twincal.core.vocabulary import Level
from twincal.store.batches import AnyRow, put
from twincal.store.database import Database
from twincal.store.packing import moment_at, seconds
from twincal.store.tables import setting


class Policies:
    """The explicit settings. Rows of the organization and the subscription have no name; the profile's and the person's
    rows are named by profile and mailbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[Explicit, ...]:
        """Every row."""
        return self._database.run(_rows, IN_ORDER)

    async def of(self, *, profile: str = "", mailbox: str = "") -> tuple[Explicit, ...]:
        """The rows that bear on a person: of the organization, the subscription, the profile and the person."""
        return self._database.run(_rows, BEARING, {"profile": profile, "mailbox": mailbox})

    async def about(self, key: str) -> tuple[Explicit, ...]:
        """The rows of one setting, at every level."""
        return self._database.run(_rows, IN_ORDER.where(setting.c.key == key))

    async def set(self, rows: Sequence[Explicit]) -> None:
        """Store rows, as `core.policy.check_set` made them; one without value and lock is removed."""
        self._database.run(_set, rows)

    async def unset(self, rows: Sequence[Explicit]) -> None:
        """Remove rows, as `core.policy.check_unset` named them."""
        self._database.run(_unset, rows)


IN_ORDER = select(setting).order_by(setting.c.key, setting.c.level, setting.c.name)
BEARING = IN_ORDER.where(
    or_(
        setting.c.level.in_((Level.ORGANIZATION.value, Level.SUBSCRIPTION.value)),
        and_(setting.c.level == Level.PROFILE.value, setting.c.name == bindparam("profile")),
        and_(setting.c.level == Level.USER.value, setting.c.name == bindparam("mailbox")),
    )
)
"""Asked for everybody in every round, so it is put together once."""


def _rows(connection: Connection, wanted: Select[Any], names: Mapping[str, str] | None = None) -> tuple[Explicit, ...]:
    return tuple(_explicit(row) for row in connection.execute(wanted, names))


def _explicit(row: AnyRow) -> Explicit:
    when = moment_at(row.at) if row.at is not None else None
    return Explicit(row.key, Level.of_value(row.level), row.name, row.value, row.lock, row.who, when)


def _set(connection: Connection, rows: Sequence[Explicit]) -> None:
    _unset(connection, [row for row in rows if row.value is None and not row.lock])
    told = [
        {
            "key": row.key,
            "level": row.level.value,
            "name": row.name,
            "value": row.value,
            "lock": row.lock,
            "who": row.who,
            "at": seconds(row.when) if row.when else None,
        }
        for row in rows
        if row.value is not None or row.lock
    ]
    put(connection, setting, told)


def _unset(connection: Connection, rows: Iterable[Explicit]) -> None:
    for row in rows:
        here = (setting.c.key == row.key, setting.c.level == row.level.value, setting.c.name == row.name)
        connection.execute(delete(setting).where(*here))
