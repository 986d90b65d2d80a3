"""The log: lines of JSON on standard error. Loaded when there is something to say, since most commands have nothing.

What is logged names things by their ids, never by subject, address or body, and holds no token. The gates see to that where
the lines are written; what gets past them is masked here, by the names of the fields and by what values look like.
"""

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

LEVEL = "TWINCAL_LOG_LEVEL"
"""The variable that holds debug, info, warning (the default) or error."""
FIELDS = frozenset(
    {"person", "side", "fault", "error", "at", "row", "reason", "run", "item", "link", "code", "count", "seconds", "version"}
)
"""What a line may hold besides its words: keys of ours, codes, kinds, numbers. A new field is a decision, made here."""
_ADDED = frozenset({"event", "level", "timestamp"})
_TELLING = re.compile(r"[^\s@]+@[^\s@]+|\bBearer\b|\beyJ[\w-]+\.|\b00D\w{12,15}!", re.IGNORECASE)
"""Values that look like an address, a token of Entra or a session of Salesforce."""
MASK = "…"


def masked(logger: object, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A line of the log with everything masked that must not be told (a processor of structlog, the last before the output)."""
    return {
        name: value if isinstance(value, int | float | None) or _is_harmless(name, value) else MASK for name, value in line.items()
    }


def _is_harmless(name: str, value: object) -> bool:
    return name in FIELDS | _ADDED and isinstance(value, str) and not _TELLING.search(value)


@cache
def log() -> "FilteringBoundLogger":
    """The log of this process."""
    import structlog

    level = logging.getLevelNamesMapping().get(os.environ.get(LEVEL, "warning").upper(), logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            masked,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    found: FilteringBoundLogger = structlog.get_logger("twincal")
    return found
