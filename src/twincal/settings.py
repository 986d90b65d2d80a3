"""Process configuration: what an operator sets in the environment. What people may set is policy (core/policy.py)."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class ProcessSettings(BaseSettings):
    """Read from TWINCAL_* variables.

    `ca_file` is a PEM file with certificate authorities to trust besides the system's (an own proxy, the sandbox's TLS
    port). `log_level` is one of debug, info, warning, error. `graph_page_size` is how many events a page is asked for.
    """

    model_config = SettingsConfigDict(env_prefix="TWINCAL_", extra="ignore")

    ca_file: Path | None = None
    log_level: str = "warning"
    graph_page_size: int = 1000
