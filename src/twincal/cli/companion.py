"""What the sandbox's page offers of the Twincal that runs beside it: a look at once, and the way to each explanation."""

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from twincal.core.vocabulary import Side
from twincal.errors import TwincalError

if TYPE_CHECKING:
    from twincal.engine.report import Report
    from twincal.engine.service import Service
    from twincal.sandbox.page import Companion

IDLE = {"off": "the mode of this person is Off", "inactive": "this person was stopped"}
CALENDARS = {Side.EXCHANGE: "Outlook", Side.SALESFORCE: "Salesforce"}
"""The sides as that page calls them."""
DONE = ("created", "updated", "deleted")


def companion(service: "Service", address: str) -> "Companion":
    """The companion of a sandbox; `address` is the web app's."""
    from twincal.sandbox.page import Companion

    async def knows(mailbox: str) -> bool:
        return any(one.mailbox == mailbox for one in await service.people())

    async def sync(mailbox: str) -> tuple[bool, str]:
        try:
            return _told(await service.sync([mailbox]))
        except TwincalError as error:
            return False, f"{error.message} {error.remedy}".strip()

    def explanation(mailbox: str, item: str) -> str:
        return f"{address}/explain?{urlencode({'who': mailbox, 'item': item})}"

    return Companion(name="Twincal", address=address, knows=knows, sync=sync, explanation=explanation)


def _told(report: "Report") -> tuple[bool, str]:
    """Whether one person's cycle went well, and what it did, in a sentence or two."""
    (line,) = report.people
    if line.failure is not None:
        return False, f"{line.failure.message} {line.failure.remedy}".strip()
    if line.idle:
        return False, f"Nobody looked at these calendars: {IDLE[line.idle]}."
    done = [f"{CALENDARS[side]}: {counts}" for side in Side if (counts := _counts(report, side))]
    sentences = [f"Twincal wrote in {'; in '.join(done)}." if done else "Twincal looked at both calendars; nothing had to be done."]
    waiting = {"unresolved": line.unresolved, "held": line.held, "failed": line.failed}
    if any(waiting.values()):
        sentences.append(f"Still waiting: {', '.join(f'{count} {what}' for what, count in waiting.items() if count)}.")
    return line.failed == 0, " ".join(sentences)


def _counts(report: "Report", side: Side) -> str:
    counts = {what: getattr(report.total(what), side.value) for what in DONE}
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)
