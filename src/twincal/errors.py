"""Every exception Twincal raises on purpose. Each has a message that names the place, and a remedy.

TwincalError
├── WrongInput            the caller's words are off; nothing was written          exit code 2
├── HomeUnusable          the data directory cannot be used (read-only, full, busy, foreign)
│   └── TakenOver         another process has taken over; this one ends
└── VendorFault           a vendor failed us; `code` says how, see core/faults.py
"""


class TwincalError(Exception):
    """A failure that is explained to people: what happened, where, and what helps."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class WrongInput(TwincalError):
    """Something that was typed, set or imported cannot be used. Nothing has been written."""


class HomeUnusable(TwincalError):
    """The data directory cannot be used: not writable, full, in use by another process, or made by a newer version."""


class TakenOver(HomeUnusable):
    """Another process writes in the data directory since this one stood still. Nothing more may be written or sent by it."""
