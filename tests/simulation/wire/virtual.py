"""An event loop in which waiting takes no time: when nothing is ready, the time is that of the first who waits."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class _Patience(selectors.SelectSelector):
    """A selector that does not wait: it tells how long it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.waited = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """What is ready now. Raises RuntimeError where everybody would wait for ever."""
        found = super().select(0)
        if not found:
            if timeout is None:
                raise RuntimeError("everybody waits for a socket or a thread")
            self.waited += max(0.0, timeout)
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """The real loop with a clock of its own. Nothing in it may wait for a socket or a thread."""

    def __init__(self) -> None:
        self._patience = _Patience()
        super().__init__(self._patience)

    def time(self) -> float:
        """Seconds since the world began."""
        return self._patience.waited


def lived(story: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a story to its end on a loop of its own."""
    loop = VirtualLoop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(story)
    finally:
        asyncio.set_event_loop(None)
        loop.close()
