"""Coming in: the first administrator's link, passwords, too many wrong ones, sessions that end, signing out everywhere."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from tests.engine.stage import ANN
from tests.web.stage import Office
from tests.web.visitor import PASSWORD, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def cheap(desk: Office) -> None:
    """Hashes that cost little, since so many are made here."""
    desk.service.desk._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def begun(desk: Office) -> tuple[Visitor, str]:
    """The first administrator, come in by the link."""
    token = await desk.service.desk.first_link()
    first = desk.stranger()
    page = await first.get(f"/first/{token}")
    assert page.title == "Welcome to Twincal"
    home = await first.does(f"/first/{token}", name="Ada Admin", email="ada@northwind.example", password=PASSWORD, next="")
    assert "Ada Admin" in home.text
    return first, f"/first/{token}"


async def test_the_first_link_makes_an_administrator_and_works_once(desk: Office) -> None:
    first, link = await begun(desk)
    assert (await first.get("/organization")).status == 200
    assert (await desk.stranger().get(link)).status == 404
    assert await desk.service.desk.first_link() is None
    assert await desk.stranger().sign_in("ada@northwind.example")


async def test_a_short_password_is_refused_and_the_link_stays_good(desk: Office) -> None:
    token = await desk.service.desk.first_link()
    visitor = desk.stranger()
    await visitor.get(f"/first/{token}")
    back = await visitor.does(f"/first/{token}", name="Ada", email="ada@x.example", password="short", next=f"/first/{token}")
    assert "fewer than 12 characters" in back.text
    assert back.title == "Welcome to Twincal"


async def test_five_wrong_passwords_shut_the_door_for_a_while(desk: Office) -> None:
    await begun(desk)
    visitor = desk.stranger()
    await visitor.get("/sign-in")
    for _ in range(5):
        said = await visitor.does("/sign-in", email="ada@northwind.example", password="not this one", next="/sign-in")
        assert "is not right" in said.text
    said = await visitor.does("/sign-in", email="ada@northwind.example", password=PASSWORD, next="/sign-in")
    assert "Too many wrong passwords" in said.text
    said = await visitor.does("/sign-in", email="else@northwind.example", password=PASSWORD, next="/sign-in")
    assert "is not right" in said.text, "the same words for an address that nobody has"


async def test_a_session_ends_when_nobody_uses_it(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = await desk.admin()
    clock = desk.service.desk._clock
    began = clock.now()
    monkeypatch.setattr(type(clock), "now", lambda self: began + timedelta(minutes=29))
    assert (await visitor.get("/")).status == 200
    monkeypatch.setattr(type(clock), "now", lambda self: began + timedelta(minutes=58))
    assert (await visitor.get("/")).status == 200, "it was used in between"
    monkeypatch.setattr(type(clock), "now", lambda self: began + timedelta(minutes=89))
    assert (await visitor.get("/")).where == "/sign-in"


async def test_the_subscription_says_after_how_long_a_session_ends(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await desk.admin()
    await admin.get("/")
    form = {"level": "subscription", "key": "session.minutes", "next": "/"}
    for beyond in ("14", "61"):
        assert 'class="say bad"' in (await admin.does("/settings/set", value=beyond, **form)).html
    assert await desk.service.session_minutes() == 30
    said = await admin.does("/settings/set", value="15", **form)
    assert "is now 15" in said.text
    clock = desk.service.desk._clock
    began = clock.now()
    monkeypatch.setattr(type(clock), "now", lambda self: began + timedelta(minutes=14))
    assert (await admin.get("/")).status == 200
    monkeypatch.setattr(type(clock), "now", lambda self: began + timedelta(minutes=30))
    assert (await admin.get("/")).where == "/sign-in"


async def test_signing_out_everywhere_ends_every_session(desk: Office) -> None:
    here, there, other = await desk.person(), await desk.person(), await desk.admin()
    assert (await there.get("/")).status == 200
    await here.post("/sign-out-everywhere")
    assert (await here.get("/")).where == (await there.get("/")).where == "/sign-in"
    assert (await other.get("/")).status == 200


async def test_signing_in_takes_another_session_than_the_one_before(desk: Office) -> None:
    await begun(desk)
    visitor = desk.stranger()
    await visitor.get("/sign-in")
    before = visitor.http.cookies["twincal"]
    await visitor.sign_in("ada@northwind.example")
    assert visitor.http.cookies["twincal"] != before


async def test_the_cookie_is_kept_from_scripts_and_from_other_sites(desk: Office) -> None:
    page = await desk.stranger().get("/sign-in")
    cookie = page.answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "script-src 'self'" in page.answer.headers["content-security-policy"]
    assert "<script>" not in page.html


async def test_who_is_shut_out_is_out_at_once(desk: Office) -> None:
    ann, admin = await desk.person(), await desk.admin()
    found = await desk.service.desk.visitors.find(email=ANN)
    assert found is not None
    await admin.get("/organization")
    await admin.does("/organization/shut-out", visitor=found.id, next="/organization")
    assert (await ann.get("/")).where == "/sign-in"


async def test_the_last_administrator_of_the_organization_stays_one(desk: Office) -> None:
    admin = await desk.admin()
    me = await desk.service.desk.visitors.find(email="admin@northwind.example")
    assert me is not None
    await admin.get("/organization")
    said = await admin.does("/organization/appoint", visitor=me.id, part=["subscription"], next="/organization")
    assert "Nobody would look after the organization" in said.text
    assert (await admin.get("/organization")).status == 200


async def test_an_invited_person_chooses_a_password(desk: Office) -> None:
    admin = await desk.admin()
    await admin.get("/organization")
    said = await admin.does("/organization/invite", email="eve@northwind.example", name="Eve", next="/organization")
    link = next(word for word in said.text.split() if "/first/" in word)
    eve = desk.stranger()
    await eve.get(link)
    home = await eve.does(link, password=PASSWORD, next="")
    assert home.status == 200
    assert (await eve.get("/users")).status == 403


async def test_an_address_of_another_site_is_not_gone_to(desk: Office) -> None:
    visitor = await desk.person()
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert (await visitor.post("/zone", zone="Europe/Berlin", next=elsewhere)).where == "/"
