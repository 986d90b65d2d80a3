"""Classes of steps that a guard holds: remembered until an administrator releases them, as they were shown."""

from base64 import b32encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b

from msgspec.msgpack import Decoder, encode
from sqlalchemy import Connection, delete, insert, select, update

from twincal.core.decision import Plan
from twincal.errors import WrongInput
from twincal.ports import Held, HeldClass
from twincal.store.batches import AnyRow
from twincal.store.database import Database
from twincal.store.packing import moment_at, seconds
from twincal.store.tables import held

Released = frozenset[tuple[str, str]]
"""The code of a guard and the key of a step that it lets go on."""


_classes = Decoder(tuple[HeldClass, ...])


class HeldPlans:
    """Held plans by person. A release lets exactly the steps go on that were shown; any other is held again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold(self, plan: Plan) -> str:
        """Remember what is held of a plan: of one about everything in place of what was held before, of one about a part beside
        it; the id to release it by."""
        return self._database.run(_hold, plan)

    async def held(self, person: str | None = None) -> list[Held]:
        """What waits to be released, of one person or of everybody."""
        return [one for one in self._database.run(_rows) if one.released_at is None and person in (None, one.person)]

    async def release(self, name: str, who: str, now: datetime) -> Held:
        """Let a held plan go on in the next cycle. Raises WrongInput where none has this id, or it was released before."""
        return self._database.run(_release, name.strip().lower(), who, now)

    async def released(self, person: str) -> Released:
        """The steps of a person that may go on though a guard holds their class."""
        rows = [one for one in self._database.run(_rows) if one.released_at is not None and one.person == person]
        return frozenset((each.code, key) for one in rows for each in one.classes for key in each.keys)

    async def forget_held(self, person: str) -> None:
        """Forget what was held and released of a person: the next plan is checked afresh."""
        self._database.run(_forget, int(person))


def _classes_of(plan: Plan) -> tuple[HeldClass, ...]:
    steps: Mapping[str, list[tuple[str, int]]] = {
        code: sorted((step.key, step.mail) for step in plan.steps if step.held_by == code) for code in sorted(plan.held)
    }
    return tuple(
        HeldClass(code=code, evidence=plan.held[code], keys=tuple(key for key, _ in found), mail=sum(mail for _, mail in found))
        for code, found in steps.items()
    )


def _name(person: str, classes: tuple[HeldClass, ...]) -> str:
    """Eight letters and digits that are easily told apart, in two groups."""
    text = "\n".join(f"{person}|{each.code}|{key}" for each in classes for key in each.keys)
    letters = b32encode(blake2b(text.encode(), digest_size=5).digest()).decode().lower()
    return f"{letters[:4]}-{letters[4:]}"


def _hold(connection: Connection, plan: Plan) -> str:
    classes = _classes_of(plan)
    name = _name(plan.person, classes)
    mine = held.c.person == int(plan.person)
    if plan.everything:
        connection.execute(delete(held).where(mine, held.c.id != name))
    if connection.scalar(select(held.c.id).where(held.c.id == name)) is None:
        row = {"id": name, "person": int(plan.person), "made_at": seconds(plan.made_at), "payload": encode(classes)}
        connection.execute(insert(held), row)
    return name


def _rows(connection: Connection) -> list[Held]:
    return [_unpacked(row) for row in connection.execute(select(held).order_by(held.c.made_at, held.c.id))]


def _unpacked(row: AnyRow) -> Held:
    return Held(
        id=row.id,
        person=str(row.person),
        made_at=moment_at(row.made_at),
        classes=_classes.decode(row.payload),
        released_by=row.released_by,
        released_at=moment_at(row.released_at) if row.released_at is not None else None,
    )


def _release(connection: Connection, name: str, who: str, now: datetime) -> Held:
    waiting = (held.c.id == name, held.c.released_at.is_(None))
    changed = connection.execute(update(held).where(*waiting).values(released_by=who, released_at=seconds(now)))
    if changed.rowcount == 0:
        raise WrongInput(
            f"No held plan is called `{name}`.", "`twincal sync` prints the name; a plan that has changed since has another one."
        )
    return _unpacked(connection.execute(select(held).where(held.c.id == name)).one())


def _forget(connection: Connection, who: int) -> None:
    connection.execute(delete(held).where(held.c.person == who))
