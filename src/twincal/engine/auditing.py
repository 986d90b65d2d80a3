"""What was changed, by whom, from what to what; and what the people are told whom a change concerns."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from twincal.core.access import AuditLine, Notice, Sought
from twincal.ports import Clock, Member


class AuditBook(Protocol):
    """The store's audit log and notices (store/audit.py)."""

    async def note(self, line: AuditLine) -> None: ...
    async def lines(
        self, sought: Sought = ..., *, profiles: Collection[str] | None = None, before: int | None = None, limit: int = 200
    ) -> list[tuple[int, AuditLine]]: ...
    async def choices(self, profiles: Collection[str] | None = None) -> tuple[list[str], list[str]]: ...
    async def tell(self, people: Iterable[str], text: str, at: datetime) -> None: ...
    async def notices(self, person: str) -> Sequence[Notice]: ...
    async def put_away(self, person: str) -> None: ...


class AuditLog:
    """Writes down what `who` does. `noted` counts the lines, so that a page can tell whether its act was recorded."""

    def __init__(self, book: AuditBook, clock: Clock, who: str) -> None:
        self.book = book
        self.noted = 0
        self._clock = clock
        self._who = who

    def of(self, who: str) -> "AuditLog":
        """The same log, written by somebody else."""
        return AuditLog(self.book, self._clock, who)

    async def note(
        self, action: str, target: str = "", *, before: str = "", after: str = "", member: Member | None = None, profile: str = ""
    ) -> None:
        """Write a line. `member` or `profile` says whose part it belongs to: only their administrators read it."""
        self.noted += 1
        line = AuditLine(
            at=self._clock.now(), who=self._who, action=action, target=target, before=before, after=after,
            person=member.id if member else "", profile=member.profile if member else profile,
        )  # fmt: skip
        await self.book.note(line)

    async def tell(self, people: Iterable[str], text: str) -> None:
        """Leave a notice for people whose settings were changed for them."""
        await self.book.tell(people, text, self._clock.now())
