"""`twincal serve`, and the demo with its web app: announced, answering, ended by a signal."""

import re
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.parse import urlencode

from tests.cli.stage import SOURCES, TODAY, Twincal, command, started

ADDRESS = re.compile(r"Twincal serves (\S+) ")
RIBBON = re.compile(r'href="(http://[^"]+/control/calendars)"')
LINK = re.compile(r"(https?://\S+/first/\S+)")


def announced(running: "Popen[str]") -> tuple[str, str]:
    """Where a process serves, and the first administrator's link."""
    assert running.stderr is not None
    address, said = "", ""
    for line in running.stderr:
        said += line
        found = ADDRESS.search(line)
        address = found[1] if found else address
        link = LINK.search(line)
        if link:
            return address, link[1]
    raise AssertionError(f"it ended: {said}")


def asked(address: str) -> str:
    with urllib.request.urlopen(address) as answer:
        return str(answer.read().decode())


def signed_in(address: str, provider: str, who: str) -> str:
    """The page that somebody sees who signs in by a provider's account. The provider is told who it is, as one that knows them."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{address}/sign-in/{provider}?next=/history") as page:
        assert "Pick an account" in page.read().decode()
        there = page.url
    with browser.open(f"{there}&login_hint={who}") as page:
        assert page.url == f"{address}/history"
        return str(page.read().decode())


def test_it_serves_until_it_is_stopped(twincal: Twincal, ann: str) -> None:
    running = started(*twincal.before, "serve", "--host", "127.0.0.1", "--port", "0")
    address, link = announced(running)
    assert asked(f"{address}/healthz") == '{"status":"ok"}'
    assert "Welcome to Twincal" in asked(link)
    assert ann not in asked(f"{address}/sign-in")
    running.terminate()
    _, err = running.communicate()
    assert running.returncode == 0
    assert "Traceback" not in err


def test_dev_passes_the_signal_on(bare: Twincal) -> None:
    running = Popen(
        [str(SOURCES.parent / "dev"), "twincal", *map(str, bare.before), "serve", "--port", "0"],
        stdout=PIPE,
        stderr=PIPE,
        text=True,
    )
    address, _ = announced(running)
    assert asked(f"{address}/healthz") == '{"status":"ok"}'
    running.terminate()
    _, err = running.communicate()
    assert running.returncode == 0
    assert "Traceback" not in err


def test_a_home_that_is_not_connected_yet_is_served_too(bare: Twincal) -> None:
    running = started(*bare.before, "serve", "--port", "0", "--public-url", "https://twincal.example.com")
    address, link = announced(running)
    assert address == "https://twincal.example.com"
    assert link.startswith("https://twincal.example.com/first/")
    running.terminate()
    running.communicate()
    assert running.returncode == 0


def test_a_port_that_is_taken_is_said(bare: Twincal) -> None:
    running = started(*bare.before, "serve", "--port", "0")
    address, _ = announced(running)
    ended = command("--home", bare.home.parent / "other", "serve", "--port", address.rpartition(":")[2])
    running.terminate()
    running.communicate()
    assert ended.code == 2
    assert "Choose another --port" in ended.err


def test_the_demo_opens_the_web_app(tmp_path: Path) -> None:
    running = started("--home", tmp_path / "home", "demo", "--today", TODAY, "--people", "1", "--port", "0")
    address, link = announced(running)
    assert "This is the demo" in asked(link)
    assert asked(f"{address}/static/app.css")
    ribbon = RIBBON.search(asked(link))
    assert ribbon is not None
    calendars = asked(ribbon[1])
    assert "Margaret Okafor" in calendars
    assert f'href="{address}/explain?who=margaret.okafor%40northwind.example&amp;item=' in calendars
    form = urlencode({"who": "margaret.okafor@northwind.example"}).encode()
    with urllib.request.urlopen(f"{ribbon[1]}/sync", data=form) as answer:
        assert "nothing had to be done" in answer.read().decode()
    for provider in ("microsoft", "salesforce"):
        assert ">Margaret Okafor</summary>" in signed_in(address, provider, "margaret.okafor@northwind.example")
    running.terminate()
    running.communicate()
    assert running.returncode == 0
