"""Coming to rest: what must hold once nobody edits, kills or freezes any more."""

import json
from collections import Counter

from tools.kills.findings import Findings
from tools.kills.processes import Home, Running, Stuck, until
from tools.kills.stage import Picture, Stage, differences
from tools.kills.world import EXCHANGE, SALESFORCE

LATE = 61
"""Seconds after which a write whose answer nobody heard counts as one that never arrived (engine/recover.py)."""
MOST_CYCLES = 3


def settled(home: Home, running: Running, stage: Stage, mailbox: str) -> None:
    """Wait until every event has its counterpart, nothing is open, and nothing changes any more. Raises Stuck, also where the
    process ends."""
    seen: list[str] = []

    def still() -> bool:
        if not running.lives:
            raise Stuck(f"`twincal run` ended by itself: {running.said.strip()[-300:]}")
        if home.open_intents or stage.alone(mailbox):
            seen.clear()
            return False
        now = json.dumps(stage.subjects(mailbox))
        if seen and seen[-1] != now:
            seen.clear()
        seen.append(now)
        return len(seen) > 3

    try:
        until(still, "coming to rest", pause=0.5)
    except Stuck as stuck:
        alone = ", ".join(stage.alone(mailbox)[:5])
        raise Stuck(f"{stuck}; {home.open_intents} writes are open, without a counterpart: {alone or 'none'}") from None


def rested(home: Home, where: str, findings: Findings) -> None:
    """Cycles until one writes nothing, at most three; then another one, and no intent is open."""
    for cycle in range(MOST_CYCLES + 1):
        told = home.cycle()
        if told["failed"] or told["held"]:
            findings.wrong(where, f"a cycle at the end failed {told['failed']} times and held {told['held']} plans")
        if not told["wrote"]:
            findings.cycles_to_rest = max(findings.cycles_to_rest, cycle)
            break
    if told["wrote"] or home.cycle()["wrote"]:
        findings.wrong(where, "it does not come to rest: a further cycle wrote something")
    if home.open_intents:
        findings.wrong(where, f"{home.open_intents} intents are still open")


def compared(wanted: Picture, found: Picture, where: str, findings: Findings) -> None:
    """Both calendars show what they show in the undisturbed run; each event once."""
    findings.wrong(where, *differences(wanted, found))
    for side in (EXCHANGE, SALESFORCE):
        doubled = [name for name, events in found[side].items() if len(events) > 1]
        findings.wrong(where, *(f"{side} {name}: doubled at the end" for name in doubled))


def mailed(wanted: Counter[str], found: Counter[str], where: str, findings: Findings) -> None:
    """Nobody was mailed more often than in the undisturbed run."""
    findings.wrong(where, *(f"mailed {count} times more: {mail}" for mail, count in (found - wanted).items()))
