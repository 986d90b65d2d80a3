"""Mail out, over SMTP by the standard library, in a thread of its own."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import SplitResult, unquote, urlsplit

from twincal.errors import TwincalError, WrongInput

TIMEOUT = 30.0
PORTS = {"smtp": 587, "smtps": 465}
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class MailRefused(TwincalError):
    """A mail could not be handed in."""


class SmtpServer:
    """A mail server as its address tells: `smtp://name:password@host:port`, or `smtps://` for TLS from the start. A name and a
    password are sent over TLS only, unless the server is on this machine."""

    def __init__(self, address: str, sender: str, url: str = "", trust: ssl.SSLContext | None = None) -> None:
        self.url = url
        server = urlsplit(address)
        if server.scheme not in PORTS or not server.hostname or "@" not in sender:
            raise WrongInput(
                "TWINCAL_SMTP and TWINCAL_MAIL_FROM do not name a mail server and an address.",
                "For example: smtp://name:password@mail.northwind.example:587, and twincal@northwind.example.",
            )
        self._server = server
        self._sender = sender
        self._trust = trust or ssl.create_default_context()

    async def send(self, to: str, subject: str, text: str, html: str) -> None:
        """Hand a mail in. Raises MailRefused."""
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = self._sender, to, subject.replace("\n", " ").replace("\r", " ")
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        mail.add_alternative(html, subtype="html")
        try:
            await asyncio.to_thread(self._hand_in, mail)
        except (OSError, smtplib.SMTPException) as error:
            raise MailRefused(f"The mail server {self._server.hostname} took no mail ({type(error).__name__}).",
                              "It is tried again tomorrow; check TWINCAL_SMTP.") from error  # fmt: skip

    def _hand_in(self, mail: EmailMessage) -> None:
        url, host = self._server, self._server.hostname or ""
        port = url.port or PORTS[url.scheme]
        opened = (
            smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=self._trust)
            if url.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=TIMEOUT)
        )
        with opened as server:
            server.ehlo()
            encrypted = url.scheme == "smtps"
            if not encrypted and server.has_extn("starttls"):
                server.starttls(context=self._trust)
                server.ehlo()
                encrypted = True
            self._log_in(server, url, encrypted=encrypted or host in HERE)
            server.send_message(mail)

    def _log_in(self, server: smtplib.SMTP, url: SplitResult, *, encrypted: bool) -> None:
        if not url.username:
            return
        if not encrypted:
            raise smtplib.SMTPNotSupportedError("the password would travel in the open")
        server.login(unquote(url.username), unquote(url.password or ""))
