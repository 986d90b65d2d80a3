"""A scheduler that owns every await: one coroutine makes one step, then it chooses again. No loop, no threads, no real time."""

import types
from collections.abc import Callable, Coroutine, Generator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zlib import crc32

Flow = Coroutine[Any, None, None]
MOMENTS = tuple(timedelta(milliseconds=count) for count in range(512))
"""How long one step may take."""


@types.coroutine
def pause(point: str, until: datetime | None = None) -> Generator[tuple[str, datetime | None], None, None]:
    """A place where anything else may happen first; with `until`, not to go on before that moment."""
    yield point, until


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


class Task:
    """A coroutine with the moment from which it may go on. `reborn` starts it anew after it was killed."""

    __slots__ = ("flow", "name", "reborn", "steps", "wake")

    def __init__(self, name: str, flow: Flow, wake: datetime, reborn: Callable[[], Flow] | None) -> None:
        self.name = name
        self.flow = flow
        self.wake = wake
        self.reborn = reborn
        self.steps: dict[str, int] = {}
        """A number for each point that the task has paused at, for the digest."""


class Scheduler:
    """Runs tasks in an order drawn from a seed. `kill` is asked at every step of a task that can be reborn."""

    def __init__(self, order: int, clock: VirtualClock, kill: Callable[[str], bool] = lambda point: False) -> None:
        self.clock = clock
        self.steps = 0
        self.kills = 0
        self.digest = 0
        self._draw = Random(order)
        self._kill = kill
        self._tasks: list[Task] = []

    def spawn(self, name: str, flow: Flow, *, wake: datetime | None = None, reborn: Callable[[], Flow] | None = None) -> None:
        """Let a coroutine run, from `wake` on."""
        self._tasks.append(Task(name, flow, wake or self.clock.moment, reborn))

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
            self._step(ready[int(self._draw.random() * len(ready))] if len(ready) > 1 else ready[0])
        clock.moment = max(clock.moment, until)

    def _step(self, task: Task) -> None:
        self.steps += 1
        self.clock.moment += MOMENTS[self._draw.getrandbits(9)]
        try:
            point, until = task.flow.send(None)
        except StopIteration:
            self._tasks.remove(task)
            self.digest = crc32(task.name.encode(), self.digest)
            return
        number = task.steps.get(point) or task.steps.setdefault(point, crc32(f"{task.name} {point}".encode()))
        self.digest = (self.digest * 31 + number) & 0xFFFFFFFFFFFF
        task.wake = until or self.clock.moment
        if task.reborn and self._kill(point):
            self.kills += 1
            task.flow.close()
            task.flow = task.reborn()
            task.wake = self.clock.moment

    def close(self) -> None:
        """End every task that is left."""
        for task in self._tasks:
            task.flow.close()
        self._tasks.clear()
