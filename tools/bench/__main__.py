"""Measure: first sync, the cycle that settles it, a quiet cycle, 1 % changed, and changes going back; beside a reference.

    ./dev bench [--sizes 100,1000,10000] [--bodies text,html] [--repeats 3]

Seconds of these machines mean little; requests are exact, and CPU is told as a ratio to the reference of the same run,
minimum of the repeats. `doc` columns name the goal (docs/performance.md).
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.bench.company import CONTACTS, MAILBOX, Company, filled, running

PAGE = 1000
Told = dict[str, Any]


def run(module: str, place: Path, company: Company, *extra: str) -> Told:
    """One client in a process of its own."""
    command = [sys.executable, "-m", f"tools.bench.{module}", str(place), *extra]
    done = subprocess.run(command, input=json.dumps(company.said), capture_output=True, text=True, check=True)
    return json.loads(done.stdout) if done.stdout.strip() else {}


def measured(module: str, place: Path, company: Company) -> Told:
    """One client with the requests it made."""
    company.forget_requests()
    told = run(module, place, company)
    return {**told, **company.requests()}


def ids(company: Company, count: int) -> list[str]:
    """The Exchange ids of some events of the person."""
    state = company.get(f"/state?mailbox={MAILBOX}")
    return [event["id"] for event in state["exchange"][:count]]


def salesforce_ids(company: Company, count: int) -> list[str]:
    """The Salesforce ids of some events of the person."""
    return [event["Id"] for event in company.get(f"/state?mailbox={MAILBOX}")["salesforce"][:count]]


def rename_in_exchange(company: Company, found: list[str], word: str) -> None:
    """A person retitles some events in Outlook."""
    for number, item in enumerate(found):
        body = {"system": "exchange", "who": MAILBOX, "action": "change", "id": item, "event": {"subject": f"{word} {number}"}}
        company.post("/act", body)


def move_in_salesforce(company: Company, found: list[str]) -> None:
    """A person sets a place in Salesforce."""
    for number, item in enumerate(found):
        fields = {"Location": f"Room {number}"}
        body = {"system": "salesforce", "who": MAILBOX, "action": "update", "id": item, "fields": fields}
        company.post("/act", body)


def story(company: Company, module: str, count: int, *, html: bool, back: bool) -> dict[str, Told]:
    """First, quiet, 1 % changed, and (for Twincal) k changes going back to Exchange."""
    filled(company, count, html=html)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "state"
        if module == "client":
            run(module, place, company, "--prepare")
        told = {phase: measured(module, place, company) for phase in ("first", "settle", "quiet")}
        changed = max(1, count // 100)
        rename_in_exchange(company, ids(company, changed), "Renamed")
        told["changed"] = measured(module, place, company)
        if back:
            move_in_salesforce(company, salesforce_ids(company, changed))
            told["back"] = measured(module, place, company)
        if module == "client":
            told["store"] = {"bytes": sum(file.stat().st_size for file in place.glob("twincal.db*"))}
    return told


def floors(count: int) -> dict[str, int]:
    """Requests nobody can go below: pages, one more to continue from, matches in chunks of 300, collections of 200."""
    k = max(1, count // 100)
    first = math.ceil(count / PAGE) + 1 + math.ceil(CONTACTS / 300) + math.ceil(count / 200)
    return {"first": first, "settle": 2, "quiet": 2, "changed": 2 + math.ceil(k / 200), "back": k + 2}


def best(stories: list[dict[str, Told]]) -> dict[str, Told]:
    """The cheapest of the repeats, phase by phase."""
    return {phase: min((s[phase] for s in stories), key=lambda told: told.get("cpu", 0)) for phase in stories[0]}


def show(count: int, body: str, ours: dict[str, Told], theirs: dict[str, Told]) -> None:
    """One size in lines."""
    print(f"\n{count} events, {body} bodies")
    floor = floors(count)
    for phase in ("first", "settle", "quiet", "changed", "back"):
        told = ours[phase]
        line = f"  {phase:8} requests {told['graph']:4} Graph + {told['salesforce']:4} Salesforce (floor {floor[phase]})"
        line += f"   CPU {told['cpu']:.2f} s, peak {told['peak_kb'] // 1024} MB"
        other = theirs.get(phase)
        if other:
            ratio = told["cpu"] / other["cpu"]
            line += f"   reference {other['graph']} + {other['salesforce']}, CPU {other['cpu']:.2f} s: ×{ratio:.1f}"
        print(line)
    print(f"  store    {ours['store']['bytes'] / count:.0f} bytes an event, history and trees included")


def slopes(results: dict[tuple[int, str], tuple[dict[str, Told], dict[str, Told]]], sizes: list[int], bodies: list[str]) -> None:
    """What one event more costs, from the smallest size to the largest."""
    small, large = sizes[0], sizes[-1]
    for body in bodies:
        (few, few_ref), (many, many_ref) = results[small, body], results[large, body]
        for phase in ("first", "quiet"):
            mine, other = (
                (b[phase]["cpu"] - a[phase]["cpu"]) / (large - small) * 1e6 for a, b in ((few, many), (few_ref, many_ref))
            )
            print(f"  {body:5} {phase:6} {mine:8.1f} µs an event, reference {other:6.1f}: ×{mine / max(other, 0.1):.1f}")
        extra = (many["first"]["peak_kb"] - few["first"]["peak_kb"]) / 1024
        other = (many_ref["first"]["peak_kb"] - few_ref["first"]["peak_kb"]) / 1024
        print(f"  {body:5} memory {extra:8.1f} MB more, reference {other:6.1f}: ×{extra / max(other, 0.1):.1f}")


def main() -> int:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--sizes", default="100,1000,10000")
    options.add_argument("--bodies", default="text,html")
    options.add_argument("--repeats", type=int, default=3)
    given = options.parse_args()
    sizes, bodies = [int(size) for size in given.sizes.split(",")], given.bodies.split(",")
    results: dict[tuple[int, str], tuple[dict[str, Told], dict[str, Told]]] = {}
    with running() as company:
        for count in sizes:
            for body in bodies:
                html = body == "html"
                pairs = [
                    (
                        story(company, "client", count, html=html, back=True),
                        story(company, "reference", count, html=html, back=False),
                    )
                    for _ in range(given.repeats)
                ]
                ours, theirs = best([a for a, _ in pairs]), best([b for _, b in pairs])
                results[count, body] = ours, theirs
                show(count, body, ours, theirs)
    if len(sizes) > 1:
        print(f"\nOne event more, from {sizes[0]} to {sizes[-1]}")
        slopes(results, sizes, bodies)
    return 0


if __name__ == "__main__":
    sys.exit(main())
