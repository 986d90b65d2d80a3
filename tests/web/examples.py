"""An example of every rule: the scenario that reaches its code, played as far as that, and what the web app then says."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from tests.scenarios import acts, asking, outcomes, telling
from tests.scenarios.pages import Case, scenarios
from tests.scenarios.stage import ANN, Stage
from tests.scenarios.words import carry_out
from tests.web.visitor import Visitor
from twincal.core.explain import RULES
from twincal.engine.history import Explained, Row
from twincal.web.app import create_app
from twincal.wiring import opened

VOCABULARY = (acts, asking, outcomes, telling)
"""Importing them is what makes their sentences known."""
CODE = re.compile(r"\b[APFGL]\d\d\b")


class Watched(Stage):
    """A scenario's stage that remembers which of Ann's items were asked about."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.asked: list[str] = []

    async def row(self, subject: str, day: str | None = None) -> Row | None:
        """The row, remembered."""
        found = await super().row(subject, day)
        self.asked += [found.item] if found else []
        return found

    async def explained(self, item: str) -> Explained:
        """The explanation, remembered."""
        self.asked.append(item)
        return await super().explained(item)


def told_by(text: str) -> frozenset[str]:
    """The codes whose explanation a step asks for."""
    told = CODE.findall(text) if not text.startswith("a plan is held") else ()
    return frozenset(told) & RULES.keys()


@cache
def chosen() -> Mapping[str, tuple[Case, frozenset[str]]]:
    """Few scenarios that together reach every code that any reaches, by name, each with the codes it is played for."""
    every = {case.name: case for scenario in scenarios() for case in scenario.cases()}
    reach = {name: frozenset().union(*(told_by(step.text) for step in case.steps)) for name, case in every.items()}
    left = frozenset().union(*reach.values())
    found = {}
    while left:
        best = max(reach, key=lambda name: (len(reach[name] & left), -len(every[name].steps)))
        found[best] = (every[best], reach[best] & left)
        left -= reach[best]
    return found


async def moments(stage: Watched, case: Case, wanted: frozenset[str]) -> AsyncIterator[tuple[str, frozenset[str]]]:
    """Play a scenario until every wanted code has been reached: the item at each of these moments, with the codes."""
    await stage.open()
    left = wanted
    for step in case.steps:
        stage.asked.clear()
        await carry_out(step.text, stage)
        reached = told_by(step.text) & left
        if reached and stage.asked:
            yield stage.asked[-1], reached
            left -= reached
        if not left:
            return


@asynccontextmanager
async def anns(stage: Stage) -> AsyncIterator[Visitor]:
    """Ann, signed in at the web app of this home."""
    async with opened(stage.home, now=stage.now, web=True) as service:
        desk = service.desk
        (member,) = [one for one in await service.people() if one.mailbox == ANN]
        found = await desk.visitors.find(email=ANN) or await desk.visitors.add(ANN, member.name, person=member.id)
        session = await desk.open(found.id)
        yield Visitor(create_app(service)).carries(session.token, session.csrf)


def pieces(template: str) -> Iterator[str]:
    """What stands between the gaps of a rule's sentence, as it is read on a page."""
    for piece in re.split(r"\{\w+\}", template.replace("`", "")):
        words = re.sub(r"\b(people|items)\b.*", "", piece).strip(" .,:()")
        if words:
            yield " ".join(words.split())
