"""A scheduler that owns every await: one coroutine makes one step, then it chooses again. No loop, no threads, no real time."""

import types
from collections.abc import Callable, Coroutine, Generator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol
from zlib import crc32

Flow = Coroutine[Any, None, None]
Point = tuple[str, datetime | None]
MOMENTS = tuple(timedelta(milliseconds=count) for count in range(512))
"""How long one step may take."""
KILL = timedelta(0)
"""What `Fate` answers where the process ends here; any longer time is how long it stands still."""
Fate = Callable[[str], timedelta | None]


@types.coroutine
def pause(point: str, until: datetime | None = None) -> Generator[Point, None, None]:
    """A place where anything else may happen first; with `until`, not to go on before that moment."""
    yield point, until


@types.coroutine
def together(flows: Sequence[Flow], draw: Random) -> Generator[Point, None, None]:
    """Several coroutines of one process side by side, in an order drawn anew at every await. The first failure ends all."""
    live = list(flows)
    try:
        while live:
            flow = live[int(draw.random() * len(live))] if len(live) > 1 else live[0]
            try:
                point = flow.send(None)
            except StopIteration:
                live.remove(flow)
            else:
                yield point
    finally:
        for flow in live:
            flow.close()


class VirtualClock:
    """The port `Clock` on time that the scheduler moves."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def now(self) -> datetime:
        """The moment, aware and in UTC."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        await pause("sleep", self.moment + timedelta(seconds=seconds))


class SkewedClock(VirtualClock):
    """The clock of a machine that is wrong by `off`, which may change at any time."""

    def __init__(self, true: VirtualClock, off: timedelta) -> None:
        self._true = true
        self.off = off

    def now(self) -> datetime:
        """What this machine believes."""
        return self._true.moment + self.off

    async def sleep(self, seconds: float) -> None:
        """Waiting is by the monotonic clock."""
        await self._true.sleep(seconds)


class Life(Protocol):
    """A process: it can be started anew after it was killed, and it may stand still for a while."""

    def begin(self) -> Flow:
        """Start it."""
        ...

    def frozen(self, until: datetime) -> None:
        """It stands still until then."""
        ...


class Task:
    """A coroutine with the moment from which it may go on, and the process it is, where it is one."""

    __slots__ = ("flow", "life", "name", "steps", "wake")

    def __init__(self, name: str, flow: Flow, wake: datetime, life: Life | None) -> None:
        self.name = name
        self.flow = flow
        self.wake = wake
        self.life = life
        self.steps: dict[str, int] = {}
        """A number for each point that the task has paused at, for the digest."""


class Scheduler:
    """Runs tasks in an order drawn from a seed. `fate` is asked at every step of a process."""

    def __init__(self, order: int, clock: VirtualClock, fate: Fate = lambda point: None) -> None:
        self.clock = clock
        self.steps = 0
        self.kills = 0
        self.digest = 0
        self.draw = Random(order)
        self._fate = fate
        self._tasks: list[Task] = []

    def spawn(self, name: str, flow: Flow, *, wake: datetime | None = None, life: Life | None = None) -> None:
        """Let a coroutine run, from `wake` on."""
        self._tasks.append(Task(name, flow, wake or self.clock.moment, life))

    def kill(self, doomed: Callable[[Life], bool]) -> None:
        """End processes where they stand; none follows."""
        for task in [task for task in self._tasks if task.life is not None and doomed(task.life)]:
            self.kills += 1
            task.flow.close()
            self._tasks.remove(task)

    def run(self, *, until: datetime, most: int = 1_000_000) -> None:
        """Go on until this moment, or until nothing is left to do. Raises RuntimeError after `most` steps: it does not rest."""
        last, clock, tasks = self.steps + most, self.clock, self._tasks
        while tasks:
            moment = clock.moment
            ready = [task for task in tasks if task.wake <= moment]
            if not ready:
                first = min(task.wake for task in tasks)
                if first > until:
                    break
                clock.moment = first
                continue
            if moment > until:
                break
            if self.steps >= last:
                raise RuntimeError("the world does not come to rest")
            self._step(ready[int(self.draw.random() * len(ready))] if len(ready) > 1 else ready[0])
        clock.moment = max(clock.moment, until)

    def _step(self, task: Task) -> None:
        self.steps += 1
        clock = self.clock
        clock.moment = moment = clock.moment + MOMENTS[self.draw.getrandbits(9)]
        try:
            point, until = task.flow.send(None)
        except StopIteration:
            if task in self._tasks:
                self._tasks.remove(task)
            self.digest = crc32(task.name.encode(), self.digest)
            return
        number = task.steps.get(point) or task.steps.setdefault(point, crc32(f"{task.name} {point}".encode()))
        self.digest = (self.digest * 31 + number) & 0xFFFFFFFFFFFF
        task.wake = until or moment
        if task.life is not None and (struck := self._fate(point)) is not None:
            self._strike(task, task.life, struck)

    def _strike(self, task: Task, life: Life, struck: timedelta) -> None:
        if struck == KILL:
            self.kills += 1
            task.flow.close()
            task.flow = life.begin()
            task.wake = self.clock.moment
        else:
            task.wake = max(task.wake, self.clock.moment) + struck
            life.frozen(task.wake)

    def close(self) -> None:
        """End every task that is left."""
        for task in self._tasks:
            task.flow.close()
        self._tasks.clear()
