"""What is due: one look at the org, then a cycle for each person; again and again, whatever becomes of any one of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from msgspec import Struct

from twincal.core.faults import VendorFault
from twincal.core.limits import NOTHING, Release
from twincal.core.vocabulary import Mode
from twincal.engine.cycle import Cycle, run_cycle
from twincal.engine.observe import Observed, observe_salesforce
from twincal.engine.person import Person, Ports
from twincal.errors import TakenOver, TwincalError
from twincal.logs import log

AT_ONCE = 8
"""People whose cycles run side by side; each mailbox has its own limit at the vendor."""


class Result(Struct, frozen=True, kw_only=True):
    """What became of one person's cycle: the cycle, or the failure that ended it."""

    cycle: Cycle = Cycle()
    failure: TwincalError | None = None


Watch = Callable[[str, int, int], None]
"""Told after each person: the mailbox, how many are done, how many there are."""


async def run_round(
    people: Sequence[Person],
    ports: Ports,
    *,
    full: bool = False,
    release: Mapping[str, Release] | None = None,
    watch: Watch = lambda mailbox, done, of: None,
) -> dict[str, Result]:
    """One cycle for each person, by mailbox. One person's failure is that person's alone; a failure of the org is everybody's.

    Raises TakenOver when another process writes in the home by now: then this one has nothing left to do.
    """
    active = [person for person in people if person.active and person.policy.mode is not Mode.OFF]
    results = {person.mailbox: Result() for person in people}
    try:
        seen = await observe_salesforce(active, ports) if active else {}
    except TakenOver:
        raise
    except TwincalError as failure:
        return {person.mailbox: Result(failure=failure if person in active else None) for person in people}
    places = asyncio.Semaphore(AT_ONCE)
    done = 0

    async def one(person: Person) -> None:
        nonlocal done
        async with places:
            results[person.mailbox] = await _survived(
                person, ports, seen.get(person.id, Observed()), full, (release or {}).get(person.id, NOTHING)
            )
        done += 1
        watch(person.mailbox, done, len(active))

    # gate: order because people share nothing; the simulation owns the order within one person's cycle, which starts no task
    await asyncio.gather(*(one(person) for person in active))
    return results


async def _survived(person: Person, ports: Ports, seen: Observed, full: bool, release: Release) -> Result:
    try:
        return Result(cycle=await run_cycle(person, ports, seen, full=full, release=release))
    except TakenOver:
        raise
    except TwincalError as failure:
        code = failure.code.value if isinstance(failure, VendorFault) else type(failure).__name__
        log().warning("cycle failed", person=person.id, fault=code)
        return Result(failure=failure)
    except Exception as error:
        log().error("cycle broke off", person=person.id, error=type(error).__name__, at=_place(error))
        return Result(failure=TwincalError(_broken(error), "Please report it; the next cycle starts afresh."))


def _broken(error: Exception) -> str:
    return f"The cycle broke off because of an error in Twincal ({type(error).__name__})."


def _place(error: Exception) -> str:
    """Where it broke off, without a traceback, which could carry text of items."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "unknown"


async def serve(round_of: Callable[[], Awaitable[None]], stop: asyncio.Event, *, interval: float, random: Random) -> None:
    """Call a round at an interval, with a tenth of it as jitter, until `stop` is set; a running round is finished."""
    while not stop.is_set():
        await round_of()
        pause = interval * (0.95 + 0.1 * random.random())
        try:
            await asyncio.wait_for(stop.wait(), timeout=pause)
        except TimeoutError:
            continue
