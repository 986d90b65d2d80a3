"""A person is erased: every row and text of theirs, and their name where it stands on what they did for others."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, exists, func, literal, or_, select, update

from twincal.core.vocabulary import Level
from twincal.errors import WrongInput
from twincal.store.tables import cursor, held, person, setting
from twincal.store.visitor_tables import audit, authority, notice, session, visitor

STREAMS = ("exchange", "scanned", "judged", "absent", "reported", "audit", "late")
"""The cursors of one person."""
ERASED = "somebody who was erased"
"""Stands in place of the name on what an erased person did as an administrator."""


def erased(opened: Connection, who: int, mailbox: str, addresses: Collection[str]) -> None:
    """Erase a person of these addresses, also as a visitor. Raises WrongInput where nobody would look after the organization."""
    theirs = or_(visitor.c.person == who, visitor.c.email.in_(addresses))
    _somebody_left(opened, set(opened.scalars(select(visitor.c.id).where(theirs))))
    names = {*addresses, *_names(opened, who, addresses)}
    opened.execute(delete(visitor).where(theirs))
    opened.execute(delete(person).where(person.c.id == who))
    opened.execute(delete(cursor).where(cursor.c.stream.in_([f"{stream}:{who}" for stream in STREAMS])))
    opened.execute(delete(setting).where(setting.c.level == Level.USER.value, setting.c.name == mailbox))
    opened.execute(delete(audit).where(audit.c.target.in_(addresses)))
    _nameless(opened, names)


def _names(opened: Connection, who: int, addresses: Collection[str]) -> set[str]:
    """The names under which a person acted, without those that somebody else has too."""
    rows = opened.execute(select(visitor.c.name, visitor.c.email, visitor.c.person)).all()
    mine = [row for row in rows if row.person == who or row.email in addresses]
    own = {*opened.scalars(select(person.c.name).where(person.c.id == who)), *(text for row in mine for text in row[:2])}
    others = {*opened.scalars(select(person.c.name).where(person.c.id != who)), *(row.name for row in rows if row not in mine)}
    return own - others - {""}


def _nameless(opened: Connection, names: Collection[str]) -> None:
    """Take these names off what stands in the rows of others."""
    for column in (audit.c.who, setting.c.who, held.c.released_by):
        opened.execute(update(column.table).where(column.in_(names)).values({column: ERASED}))
    for name in names:
        rest = func.substr(notice.c.text, len(name) + 1)
        told = notice.c.text.startswith(f"{name} ", autoescape=True)
        opened.execute(update(notice).where(told).values(text=literal(ERASED).concat(rest)))
    # What pages keep between two requests may quote a person; nothing of it is missed
    quoted = or_(*(session.c.data.contains(name, autoescape=True) for name in sorted(names)))
    opened.execute(update(session).where(quoted).values(data="{}"))


def _somebody_left(opened: Connection, going: Collection[int]) -> None:
    head = exists().where(authority.c.visitor == visitor.c.id, authority.c.level == Level.ORGANIZATION.value)
    heads = set(opened.scalars(select(visitor.c.id).where(visitor.c.active, head)))
    if heads and heads <= set(going):
        raise WrongInput("Nobody would look after the organization.", "Appoint somebody else first.")
