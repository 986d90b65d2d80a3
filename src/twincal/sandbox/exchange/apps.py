"""Applications registered with the directory."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from twincal.sandbox.signin.addresses import LOOPBACK


@dataclass(frozen=True, slots=True)
class App:
    """A confidential client: how it proves itself, the application roles it wants, and where people are sent back to it."""

    client_id: str
    secret: str | None
    certificate_pem: str | None
    roles: tuple[str, ...]
    name: str = ""
    redirect_uris: tuple[str, ...] = ()
    consented: bool = True

    @property
    def granted(self) -> tuple[str, ...]:
        """The roles it has: those it wants, once an administrator has consented."""
        return self.roles if self.consented else ()

    def answers_at(self, address: str) -> bool:
        """Whether it has registered this address: to the letter, but for the port on the machine itself."""
        return _without_port(address) in {_without_port(each) for each in self.redirect_uris}


def _without_port(address: str) -> str:
    """*Redirect URI restrictions*: of addresses on localhost and 127.0.0.1 the port is not compared."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    return parts._replace(netloc=str(parts.hostname)).geturl() if parts.hostname in LOOPBACK else address


@dataclass(frozen=True, slots=True)
class Mail:
    """A message Exchange would have sent. `kind`: invitation, update, cancellation or response; `by`: person or app.

    `mailbox` is the address it is sent from; `at` an instant in UTC written as Graph writes them.
    """

    to: str
    kind: str
    subject: str
    mailbox: str
    at: str
    by: str
