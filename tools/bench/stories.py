"""What happens in a measurement: a client runs in a process of its own, again and again, while people change things.

A phase is one run of one client: `first` (everything is new), `settle` (what the first run wrote is seen again), `quiet` (an
hour later, nothing is new), `changed` (one event in a hundred was retitled in Exchange), and for Twincal `back` (as many got a
place in Salesforce). Each phase tells CPU seconds, peak memory, wall seconds and the requests of data that the sandbox counted.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from tools.bench.company import MAILBOX, RESTING, Company, filled

OURS, REFERENCE = "client", "reference"
GRAPH_DELAY, SALESFORCE_DELAY = 100, 200
"""Milliseconds that each answer takes where the wall clock is measured."""
Told = dict[str, Any]
Story = dict[str, Told]


class ClientFailed(Exception):
    """A client did not come to its end; the message holds what it said on standard error."""


class Clients:
    """Starts the clients. Their compiled modules are kept in one folder, so that no run pays for compiling what an installed
    program has compiled already, whatever the environment says about bytecode."""

    def __init__(self, bytecode: Path) -> None:
        self._environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._environment["PYTHONPYCACHEPREFIX"] = str(bytecode)

    def run(self, module: str, place: Path, company: Company, *extra: str) -> Told:
        """One client in a process of its own; what it told. Raises ClientFailed."""
        command = [sys.executable, "-m", f"tools.bench.{module}", str(place), *extra]
        begun = perf_counter()
        done = subprocess.run(command, input=json.dumps(company.said), capture_output=True, text=True, env=self._environment)
        if done.returncode:
            raise ClientFailed(f"{module} ended with exit code {done.returncode}:\n{done.stderr}")
        told: Told = json.loads(done.stdout) if done.stdout.strip() else {}
        return {"wall": perf_counter() - begun, **told}

    def measured(self, module: str, place: Path, company: Company) -> Told:
        """One run with the requests it made, and how many were in flight at once."""
        company.forget_requests()
        told = self.run(module, place, company)
        if told.get("failed"):
            raise ClientFailed(f"{module} could not write {told['failed']} events: its figures would mean nothing")
        return {**told, **company.requests(), "in_flight": company.most_in_flight()}


@contextmanager
def clients() -> Iterator[Clients]:
    """The clients, warmed by nothing: a first run of each compiles its modules, so measure no first run."""
    with tempfile.TemporaryDirectory() as folder:
        yield Clients(Path(folder))


def warmed(starter: Clients, company: Company) -> None:
    """Both clients once, on a handful of events, so that all modules are compiled."""
    for module in (OURS, REFERENCE):
        told(starter, company, module, 5, html=False)


def told(starter: Clients, company: Company, module: str, count: int, *, html: bool) -> Story:
    """All phases of one client with so many events. Raises ClientFailed."""
    filled(company, count, html=html)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "state"
        if module == OURS:
            starter.run(module, place, company, "--prepare")
        found = {phase: starter.measured(module, place, company) for phase in ("first", "settle")}
        company.let_pass(RESTING)
        starter.measured(module, place, company)
        found["quiet"] = starter.measured(module, place, company)
        share = max(1, count // 100)
        retitled_in_exchange(company, share)
        found["changed"] = starter.measured(module, place, company)
        if module == OURS:
            placed_in_salesforce(company, share)
            found["back"] = starter.measured(module, place, company)
            found["store"] = stored(place / "twincal.db")
            agreed(company, count)
    return found


def delayed(starter: Clients, company: Company, module: str, count: int) -> Story:
    """First and quiet run where every answer takes as long as over the internet. Raises ClientFailed."""
    filled(company, count, html=False)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "state"
        if module == OURS:
            starter.run(module, place, company, "--prepare")
        delays = {"graph": GRAPH_DELAY, "salesforce": SALESFORCE_DELAY}
        fronts = [{"kinds": ["delayed"], "system": name, "rate": 1, "delay_ms": delay} for name, delay in delays.items()]
        company.post("/weather", {"transport": fronts})
        found = {phase: starter.measured(module, place, company) for phase in ("first", "settle", "quiet")}
    company.post("/weather", {})
    return found


def retitled_in_exchange(company: Company, count: int) -> None:
    """A person retitles some events in Outlook."""
    for number, event in enumerate(company.events("exchange")[:count]):
        body = {"system": "exchange", "who": MAILBOX, "action": "change", "id": event["id"]}
        company.post("/act", {**body, "event": {"subject": f"Renamed {number}"}})


def placed_in_salesforce(company: Company, count: int) -> None:
    """A person sets a place in Salesforce."""
    for number, event in enumerate(company.events("salesforce")[:count]):
        body = {"system": "salesforce", "who": MAILBOX, "action": "update", "id": event["Id"]}
        company.post("/act", {**body, "fields": {"Location": f"Room {number}"}})


def agreed(company: Company, count: int) -> None:
    """The final state is right, or the figures mean nothing: the same subjects and places on both sides. Raises ClientFailed."""
    here = sorted((event["subject"], event["location"].get("displayName", "")) for event in company.events("exchange"))
    there = sorted((event["Subject"], event.get("Location") or "") for event in company.events("salesforce"))
    if len(here) != count or here != there:
        raise ClientFailed(f"the sides do not agree: {len(here)} events in Exchange, {len(there)} in Salesforce, of {count}")


def stored(file: Path) -> Told:
    """Bytes of a home's database: in all, of the links alone, and of each table with its indexes."""
    connection = sqlite3.connect(file)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        names = dict(connection.execute("SELECT name, tbl_name FROM sqlite_master"))
        sizes: dict[str, int] = {}
        for name, size in connection.execute("SELECT name, SUM(pgsize) FROM dbstat GROUP BY name"):
            table = names.get(name, name)
            sizes[table] = sizes.get(table, 0) + size
        links = connection.execute("SELECT COUNT(*) FROM link").fetchone()[0]
    finally:
        connection.close()
    return {"bytes": sum(sizes.values()), "tables": sizes, "links": links}
