"""The log: lines of JSON on standard error. Loaded when there is something to say, since most commands have nothing.

What is logged names things by their ids, never by subject, address or body, and holds no token.
"""

import logging
import os
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

LEVEL = "TWINCAL_LOG_LEVEL"
"""The variable that holds debug, info, warning (the default) or error."""


@cache
def log() -> "FilteringBoundLogger":
    """The log of this process."""
    import structlog

    level = logging.getLevelNamesMapping().get(os.environ.get(LEVEL, "warning").upper(), logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    found: FilteringBoundLogger = structlog.get_logger("twincal")
    return found
