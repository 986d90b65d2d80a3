"""One sandbox for all tests of the command line; a connected home and a person of its own for each that wants them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.stage import TODAY, Sandbox, Twincal

SECRETS = {"GRAPH_SECRET": "graph", "SALESFORCE_SECRET": "salesforce"}


@pytest.fixture(scope="session")
def world() -> Iterator[Sandbox]:
    """The sandbox, without a company."""
    served = Sandbox("--world", "empty", "--today", TODAY, "--seed", "7")
    yield served
    served.stop()


@pytest.fixture(scope="session")
def template(world: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home connected to both sides of the sandbox."""
    home = tmp_path_factory.mktemp("connected") / "home"
    run = Twincal(home, world)
    with pytest.MonkeyPatch.context() as environment:
        for name, side in SECRETS.items():
            environment.setenv(name, world.said[side]["client_secret"])
        run.does("connect", "exchange", "graph", *graph_options(world), "--client-secret-env", "GRAPH_SECRET")
        run.does("connect", "salesforce", *salesforce_options(world), "--client-secret-env", "SALESFORCE_SECRET")
    return home


def graph_options(world: Sandbox, tls: str = "") -> list[str]:
    """Where Exchange is, without how to sign in."""
    graph = world.said["graph"]
    where = ["--authority", graph[f"{tls}authority"], "--base-url", graph[f"{tls}base_url"]]
    return ["--tenant", graph["tenant"], "--client-id", graph["client_id"], *where]


def salesforce_options(world: Sandbox, tls: str = "") -> list[str]:
    """Where Salesforce is, without how to sign in."""
    salesforce = world.said["salesforce"]
    return ["--login-url", salesforce[f"{tls}login_url"], "--client-id", salesforce["client_id"]]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own settings; a width at which lines stay whole."""
    for name in ("TWINCAL_HOME", "TWINCAL_CA_FILE", "FORCE_COLOR", "NO_COLOR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def bare(world: Sandbox, tmp_path: Path) -> Twincal:
    """A home where nothing has been done yet."""
    return Twincal(tmp_path / "home", world)


@pytest.fixture
def twincal(world: Sandbox, template: Path, tmp_path: Path) -> Twincal:
    """A connected home of this test's own."""
    shutil.copytree(template, tmp_path / "home")
    return Twincal(tmp_path / "home", world)


@pytest.fixture
def ann(twincal: Twincal) -> str:
    """Somebody whose calendars are kept in step in mode Sync All."""
    mailbox = twincal.sandbox.person()
    twincal.does("people", "add", mailbox, "--salesforce", mailbox)
    twincal.does("settings", "set", "mode=sync_all")
    return mailbox


@pytest.fixture
def calm(world: Sandbox) -> Iterator[Sandbox]:
    """The sandbox; its weather is set back afterwards."""
    yield world
    world.ask("/weather", {"calm": True})
