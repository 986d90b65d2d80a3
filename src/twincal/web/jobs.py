"""Work that takes longer than a page may: it runs in the background, and a page shows how far it has got."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable

from msgspec import Struct

from twincal.engine.preview import Preview
from twincal.engine.whatif import Change
from twincal.errors import TwincalError
from twincal.logs import log

KEPT = 20
"""So many finished jobs are kept; older ones are forgotten."""


class Job(Struct, kw_only=True):
    """One what-if under way. `of` is how many people it is about; `failure` says why it ended before all of them were looked at."""

    id: str
    visitor: str
    change: Change
    of: int
    previews: list[Preview] = []
    failure: str = ""
    over: bool = False

    @property
    def found(self) -> list[Preview]:
        """The people who could be looked at."""
        return [one for one in self.previews if one.failure is None]

    @property
    def missing(self) -> list[Preview]:
        """Those whose calendar could not be read, with the reason."""
        return [one for one in self.previews if one.failure is not None]


class Jobs:
    """The background work of one process. A job is its visitor's own."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, id: str, visitor: str) -> Job | None:
        """A visitor's job."""
        found = self._jobs.get(id)
        return found if found and found.visitor == visitor else None

    def begin(self, visitor: str, change: Change, of: int, work: Callable[[], AsyncIterator[Preview]]) -> Job:
        """Start a what-if."""
        job = Job(id=secrets.token_urlsafe(8), visitor=visitor, change=change, of=of, previews=[])
        for old in [one.id for one in self._jobs.values() if one.over][: max(0, len(self._jobs) - KEPT)]:
            del self._jobs[old]
        self._jobs[job.id] = job
        task = asyncio.create_task(_run(job, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def forget(self, mailbox: str) -> None:
        """Forget every what-if in which this person stands."""
        about = [job.id for job in self._jobs.values() if mailbox in {*job.change.people, *(one.mailbox for one in job.previews)}]
        for id in about:
            del self._jobs[id]

    async def settled(self, job: Job, seconds: float) -> None:
        """Wait a little: most jobs are over before anybody would look at a bar."""
        for _ in range(int(seconds * 20)):
            if job.over:
                return
            await asyncio.sleep(0.05)


async def _run(job: Job, work: Callable[[], AsyncIterator[Preview]]) -> None:
    try:
        async for one in work():
            job.previews.append(one)
    except TwincalError as error:
        job.failure = f"{error.message} {error.remedy}".strip()
    except Exception as error:
        log().error("what-if failed", error=type(error).__name__)
        job.failure = "Something went wrong in Twincal. Nothing was saved."
    finally:
        job.over = True
