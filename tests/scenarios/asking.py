"""What Ann and the administrators ask of Twincal, and how the company is set up."""

import json
import re
from datetime import datetime, timedelta

import pytest

from tests.scenarios.stage import ALIAS, ANN, BEN, Stage
from tests.scenarios.words import ITEM, SUBJECT, WHO, step
from twincal.core.vocabulary import Side
from twincal.errors import WrongInput

LEVELS = r"(?: for (?P<level>the organization|the subscription|the profile|Ann))?"
LEVEL = {None: "subscription", "the organization": "organization", "the subscription": "subscription", "the profile": "profile"}
PROFILE = "Standard User"


def place(level: str | None) -> dict[str, str]:
    """The level as Twincal names it; the profile is Ann's."""
    if level == "Ann":
        return {"level": "user", "who": ANN}
    return {"level": LEVEL[level], "who": PROFILE if level == "the profile" else ""}


@step(rf"the setting `(?P<key>[\w.]+)` is `(?P<value>[^`]*)`{LEVELS}(?P<lock>, locked)?")
async def set_setting(stage: Stage, key: str, value: str, level: str | None, lock: str | None) -> None:
    """A setting is made, at the subscription unless told."""
    async with stage.twincal() as service:
        await service.set_setting(key, value, **place(level), lock=lock is not None)


@step(rf"the setting `(?P<key>[\w.]+)` is taken back{LEVELS}")
async def unset_setting(stage: Stage, key: str, level: str | None) -> None:
    """A setting and its lock are taken back."""
    async with stage.twincal() as service:
        await service.unset_setting(key, **place(level))


@step(r"the org has `(?P<option>\w+)` (?P<value>on|off|\d+)")
async def org(stage: Stage, option: str, value: str) -> None:
    """How the Salesforce org is set up."""
    told: object = int(value) if value.isdigit() else value == "on"
    await stage.control("/org", {option: told})


@step(r"the weather is `(?P<weather>.*)`")
async def weather(stage: Stage, weather: str) -> None:
    """What goes wrong at the vendors, as the sandbox's control takes it."""
    await stage.control("/weather", json.loads(weather))


@step(r"it is (?P<day>\d{4}-\d\d-\d\d)")
async def clock(stage: Stage, day: str) -> None:
    """Days pass; it is eight in the morning."""
    await stage.pass_time(datetime.fromisoformat(f"{day}T08:00:00+00:00") - stage.now)


@step(r"(?P<seconds>\d+) (?P<unit>minutes|hours) pass")
async def wait(stage: Stage, seconds: str, unit: str) -> None:
    """Time passes."""
    await stage.pass_time(timedelta(**{unit: int(seconds)}))


@step(r"Ben uses Twincal too")
async def second_person(stage: Stage) -> None:
    """A second person in the same home."""
    async with stage.twincal() as service:
        await service.add_person(BEN, BEN)


@step(r"(?P<active>an administrator makes Ann active|an administrator makes Ann inactive)")
async def active(stage: Stage, active: str) -> None:
    """A person is synced, or no longer."""
    async with stage.twincal() as service:
        await service.set_active(ANN, active=active.endswith(" active"))


@step(r"Twincal syncs(?P<trouble> with trouble)?")
async def sync(stage: Stage, trouble: str | None) -> None:
    """One cycle. It fails in nothing unless trouble is announced, and mails what its plan counted."""
    await stage.pass_time()
    before = len(await stage.mail())
    async with stage.twincal() as service:
        report = await service.sync()
    stage.took(report)
    failures = [person.failure.message if person.failure else f"{person.failed} writes" for person in report.people]
    assert bool(report.failed) == bool(trouble), f"failed: {report.failed} ({failures})"
    sent = [mail for mail in (await stage.mail())[before:] if mail["by"] == "app"]
    assert trouble or report.mail_expected == len(sent), f"the plan counted {report.mail_expected} mails, sent were {sent}"


@step(rf"Ann ignores {ITEM}")
async def ignore_item(stage: Stage, subject: str, day: str | None) -> None:
    """*Ignore this item.*"""
    await stage.pass_time()
    row = await stage.row(subject, day) if day else None
    async with stage.twincal() as service:
        await service.ignore_item(ANN, row.item if row else subject)


@step(r"Ann ignores the (?P<what>address|domain) (?P<entry>\S+)")
async def ignore_entry(stage: Stage, what: str, entry: str) -> None:
    """*Ignore this address* or *this domain*."""
    async with stage.twincal() as service:
        await service.ignore_entry(ANN, entry, domain=what == "domain")


@step(rf"Ann retries (?P<what>everything|{SUBJECT})")
async def retry(stage: Stage, what: str, subject: str | None) -> None:
    """*Retry now.*"""
    await stage.pass_time()
    async with stage.twincal() as service:
        stage.took(await service.retry(ANN, subject))


@step(rf"Ann chooses (?P<side>Exchange|Salesforce) for {SUBJECT}")
async def choose(stage: Stage, side: str, subject: str) -> None:
    """A held item is settled."""
    await stage.pass_time()
    async with stage.twincal() as service:
        stage.took(await service.choose(ANN, subject, Side.of_value(side.lower())))


@step(rf"Ann cannot choose (?P<side>Exchange|Salesforce) for {SUBJECT}: \"(?P<words>[^\"]*)\"")
async def no_choice(stage: Stage, side: str, subject: str, words: str) -> None:
    """There is nothing to settle."""
    with pytest.raises(WrongInput, match=re.escape(words)):
        await choose(stage, side, subject)


@step(rf"Ann chooses (?P<side>Exchange|Salesforce) for one {SUBJECT} made in (?P<born>Exchange|Salesforce)")
async def choose_one(stage: Stage, side: str, subject: str, born: str) -> None:
    """One of several that look the same is settled."""
    await stage.pass_time()
    async with stage.twincal() as service:
        rows = [row for row in await service.history(ANN) if (row.subject, row.origin) == (subject, born.lower())]
        stage.took(await service.choose(ANN, rows[0].item, Side.of_value(side.lower())))


@step(r"an administrator releases the held plan")
async def release(stage: Stage) -> None:
    """Held steps go on."""
    await stage.pass_time()
    assert stage.report and stage.report.held_plans, "no plan is held"
    async with stage.twincal() as service:
        stage.took(await service.release(stage.report.held_plans[0].plan))


@step(rf"{WHO} is also reached at a\.smith@northwind\.example")
async def alias(stage: Stage, who: str) -> None:
    """Said for the reader: Ann has this alias in every scenario."""
    assert (who, ALIAS) == ("Ann", "a.smith@northwind.example")


@step(rf"Ann pairs {SUBJECT} in Exchange with `(?P<other>[^`]*)` in Salesforce")
async def pair(stage: Stage, subject: str, other: str) -> None:
    """Two items that stand alone are said to be the same; of several rows with the same subject, the first."""
    await stage.pass_time()
    async with stage.twincal() as service:
        rows = await service.history(ANN)
        here = next(row.item for row in rows if (row.subject, row.origin) == (subject, "exchange"))
        there = next(row.item for row in rows if (row.subject, row.origin) == (other, "salesforce"))
        stage.took(await service.pair(ANN, here, there))
