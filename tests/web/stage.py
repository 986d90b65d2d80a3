"""A company of two in the sandbox, a home of its own, and the web app on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from tests.engine.stage import ANN, BEN, Stage
from tests.web.visitor import Visitor
from twincal.core.access import Authority
from twincal.core.vocabulary import Level
from twincal.engine.service import Service
from twincal.web.app import create_app

ADMIN = "admin@northwind.example"
SALES = "sales@northwind.example"


class Office:
    """The app, and doors into it for the people that tests need."""

    def __init__(self, stage: Stage, service: Service) -> None:
        self.stage = stage
        self.service = service
        self.app: Starlette = create_app(service)

    def stranger(self) -> Visitor:
        """Somebody who has not signed in."""
        return Visitor(self.app)

    async def _let_in(self, email: str, name: str, *, person: str = "", authorities: tuple[Authority, ...] = ()) -> Visitor:
        desk = self.service.desk
        found = await desk.visitors.find(email=email)
        if found is None:
            found = await desk.visitors.add(email, name, person=person, authorities=authorities)
        session = await desk.open(found.id)
        return self.stranger().carries(session.token, session.csrf)

    async def admin(self) -> Visitor:
        """The administrator of the organization."""
        return await self._let_in(ADMIN, "Ada Admin", authorities=(Authority(Level.ORGANIZATION),))

    async def head_of_sales(self) -> Visitor:
        """The administrator of one profile."""
        if "Sales" not in await self.service.profiles():
            await self.service.add_profile("Sales")
        return await self._let_in(SALES, "Sam Sales", authorities=(Authority(Level.PROFILE, "Sales"),))

    async def person(self, mailbox: str = ANN) -> Visitor:
        """Somebody with a calendar and nothing else."""
        member = next(one for one in await self.service.people() if one.mailbox == mailbox)
        return await self._let_in(mailbox, member.name, person=member.id)


@asynccontextmanager
async def office(stage: Stage) -> AsyncIterator[Office]:
    """The app on a home that is connected, with Ann and Ben."""
    async with stage.twincal(web=True) as service:
        if not any(one.mailbox == BEN for one in await service.people()):
            await service.add_person(BEN, BEN)
        yield Office(stage, service)
