"""Redirect addresses: which may be registered, and how an answer is put into one."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

LOOPBACK = {"localhost", "127.0.0.1"}


def checked_address(address: str) -> str:
    """An address that an app may register. Raises ValueError for one that both vendors refuse."""
    parts = urlsplit(address)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not secure or not parts.netloc or parts.fragment or "*" in address:
        raise ValueError(f"{address} cannot be registered: https://…, or http:// on localhost or 127.0.0.1, and no fragment.")
    return address


def with_answer(address: str, answer: Mapping[str, str | None], *, separator: str = "?") -> str:
    """The address with an answer in its query, or with `#` in its fragment; an address without a path gets one."""
    parts = urlsplit(address)
    said = urlencode({name: value for name, value in answer.items() if value is not None})
    query = parts.query if separator == "#" else "&".join(filter(None, (parts.query, said)))
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, said if separator == "#" else ""))


def origin_of(address: str) -> str:
    """Scheme, host and port, as a content security policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
