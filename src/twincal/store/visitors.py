"""Who may open the web app, their sessions and one-time links. Tokens are kept as digests: whoever reads the database signs in
as nobody."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from twincal.core.access import Authority, Session, Visitor
from twincal.core.vocabulary import Level
from twincal.errors import WrongInput
from twincal.store.database import Database
from twincal.store.packing import moment_at, seconds
from twincal.store.visitor_tables import authority, session, ticket, visitor

Given = Mapping[str, Any]


class Visitors:
    """The visitors of one home. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Visitor]:
        """Everybody, by address."""
        return self._database.run(_visitors)

    async def find(self, *, id: str = "", email: str = "", subject: str = "", person: str = "") -> Visitor | None:
        """The visitor with this id, address, account of an identity provider, or calendar."""
        wanted = {
            visitor.c.id: int(id) if id.isdigit() else None,
            visitor.c.email: email.lower() or None,
            visitor.c.subject: subject or None,
            visitor.c.person: int(person) if person else None,
        }
        wheres = [column == value for column, value in wanted.items() if value is not None]
        return next(iter(self._database.run(_visitors, *wheres)), None) if wheres else None

    async def add(
        self, email: str, name: str, *, subject: str = "", password: str = "", person: str = "",
        authorities: Sequence[Authority] = (),
    ) -> Visitor:  # fmt: skip
        """Add a visitor; `password` is a hash. Raises WrongInput for an address that is taken."""
        row = {
            "email": email.strip().lower(),
            "name": name,
            "subject": subject or None,
            "password": password or None,
            "person": int(person) if person else None,
            "active": True,
        }
        return self._database.run(_added, row, tuple(authorities))

    async def change(self, id: str, **values: object) -> None:
        """Change columns of a visitor: name, subject, password, person, active."""
        row = {key: (int(str(value)) if key == "person" and value else value or None if key != "active" else value)
               for key, value in values.items()}  # fmt: skip
        self._database.run(lambda opened: opened.execute(update(visitor).where(visitor.c.id == int(id)).values(row)).rowcount)

    async def appoint(self, id: str, authorities: Sequence[Authority]) -> None:
        """Make a visitor administrator of these parts and no others."""
        self._database.run(_appointed, int(id), tuple(authorities))

    async def remove(self, id: str) -> None:
        """Remove a visitor with all sessions."""
        self._database.run(lambda opened: opened.execute(delete(visitor).where(visitor.c.id == int(id))).rowcount)

    async def password_of(self, id: str) -> str:
        """The hash of a visitor's password, empty where they have none."""
        found = self._database.run(lambda opened: opened.scalar(select(visitor.c.password).where(visitor.c.id == int(id))))
        return found or ""


class Sessions:
    """Open browsers and one-time links. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, token: str) -> Session | None:
        """The session of a cookie."""
        where = session.c.token == digest(token)
        row = self._database.run(lambda opened: opened.execute(select(session).where(where)).first())
        if row is None:
            return None
        data = msgspec.json.decode(row.data, type=dict[str, object])
        who = str(row.visitor) if row.visitor is not None else ""
        return Session(token=token, csrf=row.csrf, visitor=who, begun_at=moment_at(row.begun_at), seen_at=moment_at(row.seen_at),
                       data=data)  # fmt: skip

    async def put(self, one: Session) -> None:
        """Store a session, new or changed."""
        row = {
            "token": digest(one.token),
            "visitor": int(one.visitor) if one.visitor else None,
            "csrf": one.csrf,
            "begun_at": seconds(one.begun_at),
            "seen_at": seconds(one.seen_at),
            "data": msgspec.json.encode(one.data).decode(),
        }
        self._database.run(_put, row)

    async def end(self, *, token: str = "", visitor: str = "", before: datetime | None = None) -> None:
        """End one session, all of a visitor, or all that have not been seen since."""
        wheres = []
        if token:
            wheres.append(session.c.token == digest(token))
        if visitor:
            wheres.append(session.c.visitor == int(visitor))
        if before is not None:
            wheres.append(session.c.seen_at < seconds(before))
        self._database.run(lambda opened: opened.execute(delete(session).where(*wheres)).rowcount if wheres else 0)

    async def issue(self, token: str, until: datetime, visitor: str = "") -> None:
        """Remember a one-time link. One for nobody in particular (the first administrator) takes the place of the one before."""
        row = {"token": digest(token), "visitor": int(visitor) if visitor else None, "until": seconds(until)}
        self._database.run(_issued, row)

    async def redeem(self, token: str, now: datetime, *, keep: bool = False) -> str | None:
        """The visitor (empty for nobody in particular) whom a link lets in, None where it is not valid. It is then used up,
        unless it is to be kept."""
        return self._database.run(_redeemed, digest(token), seconds(now), keep=keep)


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return blake2b(token.encode(), digest_size=32, person=b"twincal-session").digest()


def _visitors(opened: Connection, *where: object) -> list[Visitor]:
    rows = opened.execute(select(visitor).where(*where).order_by(visitor.c.email)).all()  # type: ignore[arg-type]
    held: dict[int, list[Authority]] = {}
    for row in opened.execute(select(authority).where(authority.c.visitor.in_([row.id for row in rows]))):
        held.setdefault(row.visitor, []).append(Authority(Level.of_value(row.level), row.name))
    return [
        Visitor(
            id=str(row.id),
            email=row.email,
            name=row.name,
            person=str(row.person) if row.person is not None else "",
            subject=row.subject or "",
            authorities=tuple(sorted(held.get(row.id, ()), key=lambda one: (one.level.value, one.name))),
            active=row.active,
            local=row.password is not None,
        )
        for row in rows
    ]


def _added(opened: Connection, row: Given, authorities: Iterable[Authority]) -> Visitor:
    if opened.scalar(select(visitor.c.id).where(visitor.c.email == row["email"])) is not None:
        raise WrongInput(f"{row['email']} may sign in already.", "Change the entry that is there.")
    made = opened.execute(insert(visitor).values(**row).returning(visitor.c.id)).scalar_one()
    _appointed(opened, made, authorities)
    return _visitors(opened, visitor.c.id == made)[0]


def _appointed(opened: Connection, who: int, authorities: Iterable[Authority]) -> None:
    opened.execute(delete(authority).where(authority.c.visitor == who))
    rows = [{"visitor": who, "level": one.level.value, "name": one.name} for one in dict.fromkeys(authorities)]
    if rows:
        opened.execute(insert(authority), rows)


def _put(opened: Connection, row: Given) -> None:
    opened.execute(delete(session).where(session.c.token == row["token"]))
    opened.execute(insert(session).values(**row))


def _issued(opened: Connection, row: Given) -> None:
    if row["visitor"] is None:
        opened.execute(delete(ticket).where(ticket.c.visitor.is_(None)))
    opened.execute(insert(ticket).values(**row))


def _redeemed(opened: Connection, token: bytes, now: int, *, keep: bool) -> str | None:
    row = opened.execute(select(ticket).where(ticket.c.token == token)).first()
    opened.execute(delete(ticket).where(ticket.c.until < now))
    if row is None or row.until < now:
        return None
    if not keep:
        opened.execute(delete(ticket).where(ticket.c.token == token))
    return str(row.visitor) if row.visitor is not None else ""
