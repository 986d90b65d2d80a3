"""Stopping cleanly: SIGTERM and Ctrl-C set an event, and the work in hand is finished."""

import asyncio
import signal


def stopped() -> asyncio.Event:
    """An event of the running loop that is set when the process is asked to stop."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, event.set)
    return event
