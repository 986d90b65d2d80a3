"""Daily reports go out: once a day, to everybody who has them on, where there is a mail server."""

from twincal.core.listing import Sort, Wanted
from twincal.core.vocabulary import Tab
from twincal.engine.daily import Post, composed, due, written_since
from twincal.engine.history import row
from twincal.engine.person import Ports
from twincal.engine.report import Standing
from twincal.engine.steering import Steering
from twincal.engine.undo import runs_of
from twincal.errors import TwincalError
from twincal.logs import log
from twincal.ports import Member

STREAM = "reported"
"""The stream of a person whose cursor is the day of the last report."""
NAMED = 200


class Reporting(Steering):
    """The daily report."""

    post: Post | None = None

    async def reports(self) -> int:
        """Send the reports that are due; how many went out. A mail server that fails costs a day's report and nothing else."""
        if self.post is None:
            return 0
        ports, now, sent = await self._connections.ports(), self._clock.now(), 0
        for member in await self.people():
            policy = await self._policy(member)
            stream = f"{STREAM}:{member.id}"
            if not policy.report_daily or not due(await ports.ledger.cursor(stream) or "", now):
                continue
            try:
                await self._reported(member, self.post)
                sent += 1
            except TwincalError as error:
                log().warning("report not sent", person=member.id, error=type(error).__name__)
            await self._remember(ports, stream)
        return sent

    async def _reported(self, member: Member, post: Post) -> None:
        now = self._clock.now()
        counts = Standing(**await self._books.counts(member.id))
        written = written_since(runs_of(await self._books.journal(member.id)), now)
        waiting = await self._books.entries(member.id, Wanted(tab=Tab.UNRESOLVED, sort=Sort.START, limit=NAMED))
        notices = await self.audit_log.book.notices(member.id) if self.audit_log else ()
        mail = composed(member.mailbox, member.name, counts, written, [row(one) for one in waiting], notices, post.url)
        await post.send(mail.to, mail.subject, mail.text, mail.html)

    async def _remember(self, ports: Ports, stream: str) -> None:
        await ports.ledger.record([], stream, f"{self._clock.now():%Y-%m-%d}")
