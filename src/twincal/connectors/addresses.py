"""Where credentials may be sent: over TLS, and to whom they belong. Plain HTTP is for a rehearsal on this machine."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
REHEARSAL = (".localhost", ".example", ".test", ".invalid")
"""Names that no DNS resolves to somebody else (RFC 2606, RFC 6761)."""
SALESFORCE = (
    ".salesforce.com", ".force.com", ".salesforce.mil", ".cloudforce.com", ".sfcrmproducts.cn", ".sfcrmapps.cn",
)  # fmt: skip
"""Domains of orgs (Help, My Domain URL Formats), the government's and China's among them."""


def may_carry_secrets(url: str) -> bool:
    """Is this an address to which a secret may be sent: HTTPS, or this machine? No user name or password stands in it."""
    parts = _parts(url)
    if parts is None or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or ""))


def is_instance_of(login_url: str, instance_url: str) -> bool:
    """May the token of a sign-in at `login_url` be sent to `instance_url`? It is the same host, or one of Salesforce's, and
    never less protected than the sign-in was."""
    login, instance = _parts(login_url), _parts(instance_url)
    if login is None or instance is None or not may_carry_secrets(instance_url):
        return False
    if login.scheme == "https" and instance.scheme != "https":
        return False
    host = (instance.hostname or "").rstrip(".")
    return (
        host == (login.hostname or "").rstrip(".")
        or host.endswith(SALESFORCE)
        or (_is_here(host) and _is_here(login.hostname or ""))
    )


def _parts(url: str) -> SplitResult | None:
    """The parts of an address whose host every reader understands alike: a backslash, say, ends a host for some."""
    try:
        parts = urlsplit(url)
        return parts if HOST.fullmatch(parts.hostname or "") and parts.port != 0 else None
    except ValueError:
        return None


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(REHEARSAL):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
