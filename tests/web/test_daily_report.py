"""The daily report, received by a mail server that is really there."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.engine.stage import ANN, CARLA, Stage
from tests.web.stage import office

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Inbox:
    """What arrived."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail in."""
        content = envelope.content or b""
        assert isinstance(content, bytes)
        found = message_from_bytes(content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        return "250 taken"


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    found = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(found, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("TWINCAL_SMTP", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("TWINCAL_MAIL_FROM", "twincal@northwind.example")
    monkeypatch.setenv("TWINCAL_PUBLIC_URL", "https://twincal.northwind.example")
    yield found
    server.stop()


def parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


async def test_who_wants_it_gets_one_a_day(stage: Stage, inbox: Inbox) -> None:
    await stage.meet("Offer <b>", "nobody@acme.example")
    await stage.book("Secret", sensitivity="private", hour=15)
    async with office(stage) as desk:
        await desk.service.set_setting("mode", "match", level="subscription")
        await desk.service.sync()
        assert await desk.service.reports() == 0, "it is off unless somebody switches it on"
        ann = await desk.person()
        await ann.get("/settings")
        await ann.does("/settings/set", level="user", name=ANN, key="report.daily", value="on", next="/settings")
        await desk.service.asked_by("Ada Admin").set_setting("conflict", "hold", level="subscription")
        assert await desk.service.reports() == 1
        assert await desk.service.reports() == 0, "one a day"
    (mail,) = inbox.mails
    text, html = parts(mail)
    assert (mail["To"], mail["From"]) == (ANN, "twincal@northwind.example")
    assert mail["Subject"] == "Twincal: 1 unresolved"
    assert "Offer <b>, 2027-03-04 09:00" in text
    assert "Ada Admin changed your settings: conflict was set to hold." in text
    assert "https://twincal.northwind.example/history?tab=unresolved" in text
    assert "Offer &lt;b&gt;" in html
    assert "Secret" not in text + html
    stage.now += timedelta(days=1)
    async with stage.twincal(web=True) as service:
        assert await service.reports() == 1


async def test_a_mail_server_that_fails_costs_nothing_else(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINCAL_SMTP", "smtp://127.0.0.1:1")
    monkeypatch.setenv("TWINCAL_MAIL_FROM", "twincal@northwind.example")
    await stage.meet("Offer", CARLA)
    async with office(stage) as desk:
        await desk.service.set_setting("report.daily", "on", level="subscription")
        assert await desk.service.reports() == 0
        await desk.service.sync()
        await stage.both("Offer")


async def test_a_wrong_address_of_the_mail_server_is_said_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINCAL_SMTP", "mail.northwind.example")
    with pytest.raises(Exception, match="do not name a mail server"):
        async with stage.twincal():
            pass
