"""Who may come into the web app, and who looks after what: visitors invited, appointed, shut out."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from twincal.core.access import Authority, Visitor
from twincal.core.vocabulary import Level
from twincal.engine.administration import Administration
from twincal.errors import WrongInput
from twincal.ports import Member

if TYPE_CHECKING:
    from twincal.engine.desk import Desk


class Appointing(Administration):
    """What the administrators of an organization say of those who come in."""

    @property
    @abstractmethod
    def desk(self) -> "Desk":
        """The door of the web app."""

    async def visitors(self) -> list[Visitor]:
        """Everybody who may come in, or might again, by address."""
        return await self.desk.visitors.all()

    async def appoint(self, id: str, parts: Sequence[Authority]) -> Visitor:
        """Make a visitor administrator of parts, or of none any more. Raises WrongInput where nobody would look after the
        organization."""
        found = await self._visitor(id)
        if Authority(Level.ORGANIZATION) not in parts:
            await self._somebody_left(found)
        unknown = {one.name for one in parts if one.level is Level.PROFILE} - set(await self._books.profiles())
        if unknown:
            raise WrongInput(f"There is no profile {min(unknown)!r}.", "Load the page anew.")
        await self.desk.visitors.appoint(id, parts)
        before, after = phrase(found.authorities), phrase(parts)
        await self._note("administrator appointed", found.email, before=before, after=after, member=await self._calendar_of(found))
        return found

    async def invite(self, email: str, name: str) -> tuple[str, str]:
        """Let somebody sign in with a password: their address, and the token of the link with which it is chosen. Raises
        WrongInput."""
        address = email.strip().lower()
        if "@" not in address:
            raise WrongInput(f"{address!r} is not an address.", "For example: ann@northwind.example.")
        member = next((one for one in await self.people() if address in (one.mailbox, *one.aliases)), None)
        found = await self.desk.visitors.find(email=address)
        if found is None:
            person = member.id if member and await self.desk.visitors.find(person=member.id) is None else ""
            found = await self.desk.visitors.add(address, name.strip() or (member.name if member else ""), person=person)
        token = await self.desk.invite(found.id)
        await self._note("invited", address, member=member)
        return address, token

    async def let_in(self, id: str, *, active: bool) -> Visitor:
        """Let a visitor sign in no more, and end their sessions; or let them in again, by whichever account has their name by
        then. Raises WrongInput where nobody would look after the organization."""
        found = await self._visitor(id)
        if not active:
            await self._somebody_left(found)
        await self.desk.visitors.change(found.id, active=active, **({"subject": ""} if active else {}))
        await self.desk.close_everywhere(found.id)
        await self._note("let in again" if active else "shut out", found.email, member=await self._calendar_of(found))
        return found

    async def _visitor(self, id: str) -> Visitor:
        found = await self.desk.visitors.find(id=id)
        if found is None:
            raise WrongInput("That person may not sign in any more.", "Load the page anew.")
        return found

    async def _somebody_left(self, *gone: Visitor) -> None:
        """Raises WrongInput where without these nobody would look after the organization any more."""
        ids = {one.id for one in gone}
        heads = [one for one in await self.visitors() if one.active and one.reaches(Level.ORGANIZATION)]
        if heads and all(one.id in ids for one in heads):
            raise WrongInput("Nobody would look after the organization.", "Appoint somebody else first.")

    async def _calendar_of(self, visitor: Visitor) -> Member | None:
        """The person that a visitor is."""
        return next((one for one in await self.people() if visitor.person == one.id), None)


def phrase(parts: Iterable[Authority]) -> str:
    """Parts in words."""
    return ", ".join(one.phrase for one in parts) or "nothing"
