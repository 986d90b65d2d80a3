"""What the log says of a whole first sync, at its most talkative: codes and ids. No word of an item, no address, no secret."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine.stage import ANN, BEN, NAMES, Stage, of
from twincal.connectors.graph import client as graph_client
from twincal.connectors.salesforce import client as salesforce_client
from twincal.engine import schedule
from twincal.logs import FIELDS, LEVEL, log
from twincal.store.keys import keys_of
from twincal.store.rotation import rotate

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORD = "xyzzycanary"
SUBJECT, PLACE, BODY, CATEGORY, NAME = (f"{WORD}{part}" for part in ("subject", "place", "body", "category", "name"))
INVITED = f"{WORD}@acme.example"


class Told:
    """Everything that was told: by our log, by other packages' loggers, by warnings."""

    def __init__(self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
        self._capsys, self._caplog = capsys, caplog
        self._said = ""
        self.tokens: set[str] = set()

    @property
    def text(self) -> str:
        """All of it, lower case; the sandbox's own web server aside, which stands for somebody else's."""
        captured = self._capsys.readouterr()
        self._said += captured.out + captured.err
        others = [record for record in self._caplog.records if not record.name.startswith("uvicorn")]
        return (self._said + "\n".join(f"{record.getMessage()} {record.exc_info or ''}" for record in others)).lower()


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """The log at its most talkative level, and every token that was signed in for."""
    monkeypatch.setenv(LEVEL, "debug")
    caplog.set_level(logging.DEBUG)
    log.cache_clear()
    found = Told(capsys, caplog)
    for module, name in ((graph_client, "access_token"), (salesforce_client, "token")):
        monkeypatch.setattr(module, "sign_in", _noting(module.sign_in, name, found.tokens))
    yield found
    log.cache_clear()


def _noting(sign_in: Any, name: str, tokens: set[str]) -> Any:
    async def noted(*given: Any) -> Any:
        session = await sign_in(*given)
        tokens.add(getattr(session, name).lower())
        return session

    return noted


def secrets(stage: Stage, told: Told) -> set[str]:
    """Everything that opens a door."""
    line = stage.sandbox.announcement()
    keys = {line_of.lower() for line_of in (stage.home / "key").read_text().split()} | {key.hex() for key in keys_of(stage.home)}
    return told.tokens | keys | {line[side]["client_secret"].lower() for side in ("graph", "salesforce")}


async def full(stage: Stage) -> None:
    """Calendars in which everything that people write is a canary."""
    await stage.record("Contact", NAME, INVITED)
    body = {"contentType": "html", "content": f"<p>{BODY}</p>"}
    await stage.book(SUBJECT, location={"displayName": PLACE}, body=body, categories=[CATEGORY])
    await stage.meet(f"{SUBJECT} met", INVITED, BEN, day=5, body=body)
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["thursday"], "firstDayOfWeek": "monday"}
    repeated = {"pattern": pattern, "range": {"type": "numbered", "startDate": "2027-03-04", "numberOfOccurrences": 3}}
    await stage.book(f"{SUBJECT} weekly", hour=13, recurrence=repeated)
    await stage.enter(f"{SUBJECT} entered", day=6, Location=PLACE, Description=BODY)


async def test_a_first_sync_and_its_bad_days_are_told_without_a_word_of_any_item(
    stage: Stage, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    await full(stage)
    assert (await stage.sync()).failed == 0
    exchange, salesforce = await stage.subjects()
    assert exchange == salesforce and len(salesforce) == 6
    await stage.change(SUBJECT, subject=f"{SUBJECT} edited", body={"contentType": "text", "content": f"{BODY} edited"})
    for weather in ("gateway_page", "truncated", "server_error", "reply_lost", "unauthorized"):
        await stage.weather(transport={"kinds": [weather], "next": 6, "tokens": True})
        await stage.sync()
    await stage.weather()
    await stage.sync(full=True)

    async def breaks(*given: Any, **more: Any) -> Any:
        raise RuntimeError(f"{SUBJECT} {INVITED} {told.tokens}")

    with monkeypatch.context() as patched:
        patched.setattr(schedule, "run_cycle", breaks)
        report = await stage.sync()
        assert SUBJECT not in str(report) and INVITED not in str(report)
        assert of(report).failure is not None
    rotate(stage.home)
    await stage.sync()

    said = told.text
    assert "cycle broke off" in said, "the log was heard"
    assert len(told.tokens) > 2
    for canary in (WORD, INVITED, ANN, BEN, *(name.lower() for name in NAMES.values()), *secrets(stage, told)):
        assert canary not in said, canary


async def test_a_field_that_is_not_on_the_list_and_a_value_that_looks_like_a_secret_are_masked(told: Told) -> None:
    log().error(
        "said", subject=SUBJECT, person="p1", reason=f"to {INVITED}", code="Bearer abc", run="eyJhbGciOi.eyJzdWIi.c2ln", at="a\nb"
    )
    log().error(f"of {INVITED}", error=ValueError(SUBJECT), count=3, row="00D000000000001!AQEAQ.x")
    said = told.text
    assert WORD not in said and "bearer" not in said and "eyj" not in said and "aqeaq" not in said
    assert '"person": "p1"' in said and '"count": 3' in said and len(said.splitlines()) == 2
    assert "subject" not in FIELDS
