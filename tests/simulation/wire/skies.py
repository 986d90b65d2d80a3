"""The weather of a week: spells of trouble drawn by a seed, each of one class, with a beginning and an end."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from msgspec import Struct

from tests.simulation.wire.company import MAILBOXES, Company
from twincal.sandbox.traffic import Asked
from twincal.sandbox.weather import Front

Json = dict[str, Any]
WEEK = timedelta(days=7).total_seconds()
OF_TRANSPORT = {
    "reply_lost": "F2 reply lost", "truncated": "F2 reply cut", "request_lost": "F3 request lost", "late_write": "F4 late write",
    "throttled": "F5 throttled", "unavailable": "F5 unavailable", "server_error": "F6 brown-out", "gateway_page": "F6 brown-out",
    "delayed": "F6 slow", "unauthorized": "F15 token refused",
}  # fmt: skip


class Spell(Struct, kw_only=True):
    """Trouble from one moment to another, in seconds since the week began."""

    name: str
    begins: float
    ends: float
    transport: list[Json] = []
    graph: Json = {}
    salesforce: Json = {}
    org: Json = {}
    disk: str = ""
    renews: bool = False
    """Every place up to which Exchange was read is forgotten."""


Drawn = Callable[[Random], Json]


def _front(*kinds: str, rate: float, **more: Any) -> Drawn:
    return lambda draw: {
        "transport": [
            {
                "kinds": list(kinds), "system": draw.choice(("graph", "salesforce")), "rate": rate, "seed": draw.getrandbits(16),
                "retry_after": draw.choice(("seconds", "date", "absent")), "late_ms": draw.choice((500, 5_000, 50_000)), **more,
            }
        ]
    }  # fmt: skip


def _graph(**switches: Any) -> Drawn:
    return lambda draw: {"graph": dict(switches)}


def _salesforce(**switches: Any) -> Drawn:
    return lambda draw: {"salesforce": dict(switches)}


SPELLS: dict[str, Drawn] = {
    "F2 replies lost": _front("reply_lost", "truncated", rate=0.1),
    "F2 replies to writes lost": _front("reply_lost", rate=0.4, writes_only=True),
    "F3 requests lost": _front("request_lost", rate=0.1),
    "F4 late writes": _front("late_write", rate=0.3, writes_only=True),
    "F5 throttled": _front("throttled", "unavailable", rate=0.2),
    "F5 throttled inside a batch": _graph(in_flight_limit=1),
    "F5 quota of ten minutes": _graph(requests_per_10_minutes=12),
    "F6 brown-out": _front("unavailable", "server_error", "gateway_page", rate=0.65),
    "F6 slow": _front("delayed", rate=0.2, delay_ms=20_000),
    "F7 cursors of Exchange forgotten": lambda draw: {"renews": True},
    "F7 pages of Salesforce forgotten": lambda draw: {"salesforce": {"locators_expire": True}, "org": {"page_size": 200}},
    "F8 delta lags": _graph(delta_lag_rounds=2),
    "F8 delta loses a page": _graph(delta_lost_page=1),
    "F9 rows repeated": _graph(delta_repeats_rows=True, delta_empty_pages=True, delta_page_size=2),
    "F11 late commits": _salesforce(commit_skew_seconds=240, commit_skew_every=2),
    "F12 some rows refused": lambda draw: {
        "salesforce": {"write_errors": ["FIELD_CUSTOM_VALIDATION_EXCEPTION"] * draw.randint(1, 4)}
    },
    "F13 spurious conflicts": _graph(conflict_every=2),
    "F14 rows locked": _salesforce(row_locks=6),
    "F14 limit reached": _salesforce(refuse_with_limit=8),
    "F15 sessions end": _salesforce(session_requests=4),
    "F15 sign-ins refused": _salesforce(refuse_logins=3, session_requests=4),
    "F15 tokens end": _graph(token_seconds=120),
    "F15 tokens refused": _front("unauthorized", rate=0.15),
    "F15 consent lost": lambda draw: {"org": {"revoked": ["ApiEnabled"]}},
    "F18 mailbox out of reach": lambda draw: {
        "graph": {"out_of_scope": [draw.choice(MAILBOXES)], "scope_denial_status": draw.choice((403, 404))}
    },
    "F18 events out of sight": lambda draw: {"org": {"revoked": ["ViewAllData", "ModifyAllData"]}},
    "F21 listing emptied": lambda draw: {"graph": {"withheld": [draw.choice(MAILBOXES)]}, "renews": True},
    "F27 answers of the disk lost": lambda draw: {"disk": "F27 commit without an answer"},
    "F28 disk full": lambda draw: {"disk": "F28 disk full"},
}


def drawn_skies(draw: Random) -> list[Spell]:
    """The spells of a week: a subset of all kinds, each now and then, for minutes to a day."""
    found = []
    for name in draw.sample(list(SPELLS), draw.randint(4, 12)):
        for _ in range(draw.randint(1, 3)):
            begins = draw.uniform(0, WEEK)
            length = draw.choice((1_800, 10_800, 86_400))
            found.append(Spell(name=name, begins=begins, ends=begins + length, **SPELLS[name](draw)))
    return sorted(found, key=lambda spell: spell.begins)


class Skies:
    """Applies spells as they begin and end; counts what strikes by class."""

    def __init__(self, company: Company, spells: list[Spell], draw: Random) -> None:
        self._company = company
        self._spells = spells
        self._draw = draw
        self._now: list[Spell] = []
        self._generation = 149
        company.disk = self._disk
        self._watch(company.faults)

    def _watch(self, faults: Counter[str]) -> None:
        weather = self._company.sandbox.weather
        happen = weather._happen

        async def counted(struck: tuple[str, Front, Asked], *rest: Any) -> None:
            faults[OF_TRANSPORT[struck[0]]] += 1
            await happen(struck, *rest)

        weather._happen = counted  # type: ignore[method-assign, assignment]

    def _disk(self) -> str:
        failing = next((spell.disk for spell in self._now if spell.disk), "")
        return failing if failing and self._draw.random() < 0.02 else ""

    def moments(self) -> list[tuple[float, str, Spell]]:
        """When what begins and ends, in order."""
        found = [(spell.begins, "begins", spell) for spell in self._spells] + [
            (spell.ends, "ends", spell) for spell in self._spells
        ]
        return sorted(((at, what, spell) for at, what, spell in found if at < WEEK), key=lambda one: one[0])

    async def turn(self, what: str, spell: Spell) -> str:
        """A spell begins or ends; what it is, in words."""
        self._now = [one for one in self._now if one is not spell] + ([spell] if what == "begins" else [])
        if what == "begins":
            self._company.faults[spell.name] += 1
            self._generation += spell.renews
        await self._order()
        return f"{spell.name}: {what}"

    async def _order(self) -> None:
        graph: Json = {"sync_generation": self._generation}
        salesforce: Json = {}
        for spell in self._now:
            graph |= await self._held_back(spell.graph)
            salesforce |= spell.salesforce
        fronts = [front for spell in self._now for front in spell.transport]
        revoked = sorted({right for spell in self._now for right in spell.org.get("revoked", [])})
        page = min((spell.org["page_size"] for spell in self._now if "page_size" in spell.org), default=2000)
        await self._company.ask("/weather", {"calm": True, "transport": fronts, "graph": graph, "salesforce": salesforce})
        await self._company.ask("/org", {"revoked": revoked, "page_size": page})

    async def _held_back(self, switches: Json) -> Json:
        """Whose listing is emptied becomes what stands in it."""
        if "withheld" not in switches:
            return switches
        items = [item for who in switches["withheld"] for item in (await self._company.state(who))[0]]
        return switches | {"withheld": sorted({item.get("seriesMasterId") or item["id"] for item in items})}

    async def clear_up(self) -> None:
        """Everything is over, and stays so."""
        self._now = []
        await self._order()
