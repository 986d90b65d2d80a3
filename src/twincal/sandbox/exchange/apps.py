"""Applications registered with the directory."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class App:
    """A confidential client: how it proves itself and which application roles it was granted."""

    client_id: str
    secret: str | None
    certificate_pem: str | None
    roles: tuple[str, ...]


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
