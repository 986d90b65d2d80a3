"""Process configuration: what an operator sets in the environment. What people may set is policy (core/policy.py)."""

import os
from pathlib import Path
from typing import Annotated

import msgspec

from twincal.errors import WrongInput

PREFIX = "TWINCAL_"


class ProcessSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Read from TWINCAL_* variables.

    `ca_file` is a PEM file with certificate authorities to trust besides the system's (an own proxy, the sandbox's TLS
    port). `graph_page_size` is how many events a page is asked for. `lease_seconds` is after how long another process takes
    over from one that stands still (ADR 6); a short one is for rehearsals, since what was sent must arrive within a sixth.
    """

    ca_file: str = ""
    graph_page_size: int = 1000
    smtp: str = ""
    mail_from: str = ""
    public_url: str = ""
    lease_seconds: Annotated[float, msgspec.Meta(ge=10, le=3600)] = 60

    @property
    def authorities(self) -> Path | None:
        """The file of `ca_file`."""
        return Path(self.ca_file) if self.ca_file else None

    @classmethod
    def from_environment(cls) -> "ProcessSettings":
        """What the environment says. Raises WrongInput naming the variable."""
        given = {name: os.environ[PREFIX + name.upper()] for name in cls.__struct_fields__ if PREFIX + name.upper() in os.environ}
        try:
            return msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as error:
            raise WrongInput(f"A TWINCAL_ variable cannot be used: {error}.", "Correct it, or unset it.") from error
