"""What administrators changed, and what people were told of it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from twincal.core.access import AuditLine, Notice, Sought
from twincal.store.batches import AnyRow
from twincal.store.database import Database
from twincal.store.packing import moment_at, seconds
from twincal.store.visitor_tables import audit, notice

EVERYTHING = Sought()
TEXTS = (audit.c.who, audit.c.target, audit.c.before, audit.c.after)
"""What a search looks into."""


class Audit:
    """The audit log and the notices of one home. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, line: AuditLine) -> None:
        """Write a line down."""
        row = {
            "at": seconds(line.at),
            "who": line.who,
            "action": line.action,
            "target": line.target,
            "person": int(line.person) if line.person else None,
            "profile": line.profile,
            "before": line.before,
            "after": line.after,
        }
        self._database.run(lambda opened: opened.execute(insert(audit).values(**row)).rowcount)

    async def lines(
        self, sought: Sought = EVERYTHING, *, profiles: Collection[str] | None = None, before: int | None = None, limit: int = 200
    ) -> list[tuple[int, AuditLine]]:
        """The newest lines first, each with its number; `profiles` None for every part; `before` continues below a number."""
        wheres = [*_of(profiles), *_sought(sought), *([audit.c.id < before] if before is not None else [])]
        query = select(audit).where(*wheres).order_by(audit.c.id.desc()).limit(limit)
        return self._database.run(lambda opened: [(row.id, _line(row)) for row in opened.execute(query)])

    async def choices(self, profiles: Collection[str] | None = None) -> tuple[list[str], list[str]]:
        """Who did anything in this part, and what was done there, by name."""
        queries = [select(column).where(*_of(profiles)).distinct().order_by(column) for column in (audit.c.who, audit.c.action)]
        who, actions = self._database.run(lambda opened: [list(opened.scalars(query)) for query in queries])
        return who, actions

    async def tell(self, people: Iterable[str], text: str, at: datetime) -> None:
        """Leave a notice for these people."""
        rows = [{"person": int(one), "at": seconds(at), "text": text, "seen": False} for one in people]
        if rows:
            self._database.run(lambda opened: opened.execute(insert(notice), rows).rowcount)

    async def notices(self, person: str) -> Sequence[Notice]:
        """What a person was told and has not put away, newest first."""
        query = select(notice).where(notice.c.person == int(person), notice.c.seen.is_(False)).order_by(notice.c.id.desc())
        return self._database.run(
            lambda opened: [
                Notice(id=str(row.id), at=moment_at(row.at), text=row.text, seen=row.seen) for row in opened.execute(query)
            ]
        )

    async def put_away(self, person: str) -> None:
        """The person has seen all notices."""
        where = notice.c.person == int(person)
        self._database.run(lambda opened: opened.execute(update(notice).where(where).values(seen=True)).rowcount)

    async def tidy(self, before: datetime) -> None:
        """Drop notices that were put away and are older. The audit log is kept."""
        self._database.run(_tidied, seconds(before))


def _tidied(opened: Connection, before: int) -> None:
    opened.execute(delete(notice).where(notice.c.seen.is_(True), notice.c.at < before))


def _of(profiles: Collection[str] | None) -> list[ColumnElement[bool]]:
    """The lines of these profiles; None for all."""
    return [] if profiles is None else [audit.c.profile.in_(list(profiles))]


def _sought(sought: Sought) -> list[ColumnElement[bool]]:
    part = f"%{sought.search.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    wheres: list[tuple[object, ColumnElement[bool]]] = [
        (sought.who, audit.c.who == sought.who),
        (sought.action, audit.c.action == sought.action),
        (sought.search, or_(*(column.like(part, escape="!") for column in TEXTS))),
        (sought.since, audit.c.at >= (seconds(sought.since) if sought.since else 0)),
        (sought.until, audit.c.at <= (seconds(sought.until) if sought.until else 0)),
    ]
    return [where for wanted, where in wheres if wanted]


def _line(row: AnyRow) -> AuditLine:
    return AuditLine(
        at=moment_at(row.at),
        who=row.who,
        action=row.action,
        target=row.target,
        before=row.before,
        after=row.after,
        person=str(row.person) if row.person is not None else "",
        profile=row.profile,
    )
