"""Bad weather between a client and the sandbox: what a network, a gateway or a busy vendor does, by seed or on order."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Any

from twincal.sandbox.answers import Answer, refusal
from twincal.sandbox.clock import Clock
from twincal.sandbox.traffic import CONTROL, App, Asked, Message, Receive, Scope, Send, raw_path, shape_of, system_of

WRITES = {"POST", "PATCH", "PUT", "DELETE"}
ANSWERS = {
    "throttled": 429, "unavailable": 503, "server_error": 500, "gateway_page": 502, "unauthorized": 401,
}  # fmt: skip
KINDS = [*ANSWERS, "reply_lost", "request_lost", "late_write", "truncated", "slow", "delayed"]
RETRY_AFTER = ["seconds", "date", "absent"]


@dataclass(slots=True)
class Front:
    """One patch of bad weather: which requests it strikes, and what happens to them.

    `kinds` are drawn by `seed`: throttled, unavailable, server_error, gateway_page and unauthorized answer in the vendor's
    own shape without asking the app; reply_lost closes the connection after the app has done its work, request_lost
    before, late_write before and does the work `late_ms` later, or with `late_until_settled` when `Weather.settle` is called,
    so that a test decides what comes first; truncated cuts the JSON in half; slow sends it in pieces over `delay_ms`;
    delayed waits `delay_ms` first. Times are real milliseconds.
    """

    kinds: list[str] = field(default_factory=lambda: ["unavailable"])
    # Which requests: all of a system, of some methods, of a shape of path (with * as a wildcard), writes alone
    system: str = ""
    methods: list[str] = field(default_factory=list)
    path: str = ""
    writes_only: bool = False
    tokens: bool = False
    # How often: a share of them, the next n after skipping some; replies lost, requests lost and late of every nth write
    rate: float = 0.0
    skip: int = 0
    next: int = 0
    lose_reply_every: int = 0
    lose_request_every: int = 0
    late_write_every: int = 0
    # How bad
    seed: int = 1
    retry_after: str = "seconds"
    retry_after_seconds: int = 1
    delay_ms: int = 200
    late_ms: int = 500
    late_until_settled: bool = False

    def __post_init__(self) -> None:
        for name in self.kinds:
            _check("kinds", name, KINDS)
        _check("retry_after", self.retry_after, RETRY_AFTER)
        _check("system", self.system, ["", "graph", "salesforce"])
        if not self.kinds or not 0 <= self.rate <= 1:
            raise ValueError("A front needs at least one of `kinds`, and a `rate` between 0 and 1.")

    @property
    def every(self) -> dict[str, int]:
        """What every nth write meets, 0 for never."""
        return {
            "reply_lost": self.lose_reply_every, "request_lost": self.lose_request_every, "late_write": self.late_write_every,
        }  # fmt: skip


def _check(switch: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise ValueError(f"`{switch}` does not know '{value}'; it knows {', '.join(name or 'the empty text' for name in known)}.")


class Judge:
    """Decides for one front, request after request, which of them it strikes; deterministic for its seed and their order."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self._dice = random.Random(front.seed)
        self._skip, self._next, self._writes = front.skip, front.next, 0

    def kind_for(self, asked: Asked) -> str | None:
        """The kind of fault this request meets, or None for fair weather."""
        front = self.front
        if not self._concerns(asked):
            return None
        if asked.method in WRITES and not asked.is_token:
            self._writes += 1
            due = next((kind for kind, many in front.every.items() if many and self._writes % many == 0), None)
            if due is not None:
                return due
        if self._skip:
            self._skip -= 1
            return None
        if self._next:
            self._next -= 1
        elif not front.rate or self._dice.random() >= front.rate:
            return None
        return self._dice.choice(front.kinds)

    def _concerns(self, asked: Asked) -> bool:
        front = self.front
        return (
            front.system in {"", asked.system}
            and (not front.methods or asked.method in front.methods)
            and (not front.writes_only or asked.method in WRITES)
            and (front.tokens or not asked.is_token)
            and (not front.path or fnmatchcase(asked.path, front.path))
        )


class Weather:
    """Stands before the vendors' apps. `fronts` are asked in order; the first that strikes decides."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._judges: list[Judge] = []
        self._late: set[asyncio.Task[None]] = set()
        self._settling = asyncio.Event()
        self.struck = 0

    @property
    def fronts(self) -> list[Front]:
        """What has been ordered."""
        return [judge.front for judge in self._judges]

    def set(self, fronts: list[Front]) -> None:
        """Replaces the weather; an empty list is a calm day."""
        self._judges = [Judge(front) for front in fronts]
        self.struck = 0

    async def settle(self) -> None:
        """Waits until every late write has been done."""
        self._settling.set()
        while self._late:
            await asyncio.gather(*self._late, return_exceptions=True)
        self._settling.clear()

    def around(self, app: App) -> App:
        """The same app, in this weather."""

        async def weathered(scope: Scope, receive: Receive, send: Send) -> None:
            path = raw_path(scope) if scope["type"] == "http" else "/control"
            system = system_of(path)
            struck = None if system == CONTROL else self._strike(Asked(system, scope["method"], shape_of(path)))
            if struck is None:
                await app(scope, receive, send)
            else:
                self.struck += 1
                await self._happen(struck, app, scope, receive, send)

        return weathered

    def _strike(self, asked: Asked) -> tuple[str, Front, Asked] | None:
        # Every front sees every request, so that one front's dice do not depend on another's.
        found = [(judge.kind_for(asked), judge.front) for judge in self._judges]
        return next(((kind, front, asked) for kind, front in found if kind), None)

    async def _happen(self, struck: tuple[str, Front, Asked], app: App, scope: Scope, receive: Receive, send: Send) -> None:
        kind, front, asked = struck
        if kind in ANSWERS:
            await _drain(receive)
            await refusal(asked, ANSWERS[kind], self._retry_after(kind, front), self._clock.now()).send(send)
        elif kind == "delayed":
            await asyncio.sleep(front.delay_ms / 1000)
            await app(scope, receive, send)
        elif kind == "request_lost":
            await _drain(receive)
            await _hang_up(scope)
        elif kind == "late_write":
            self._do_later(front, app, scope, await _drain(receive))
            await _hang_up(scope)
        else:
            await _spoil(kind, front, await _answer_of(app, _plain(scope), _again(await _drain(receive))), scope, send)

    def _retry_after(self, kind: str, front: Front) -> str | None:
        if kind not in {"throttled", "unavailable"} or front.retry_after == "absent":
            return None
        if front.retry_after == "seconds":
            return str(front.retry_after_seconds)
        moment = self._clock.now().timestamp() + front.retry_after_seconds
        return format_datetime(self._clock.now().fromtimestamp(moment, self._clock.now().tzinfo), usegmt=True)

    def _do_later(self, front: Front, app: App, scope: Scope, body: bytes) -> None:
        async def do() -> None:
            if front.late_until_settled:
                await self._settling.wait()
            else:
                await asyncio.sleep(front.late_ms / 1000)
            await _answer_of(app, scope, _again(body))

        task = asyncio.create_task(do())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


async def _spoil(kind: str, front: Front, answer: Answer, scope: Scope, send: Send) -> None:
    if kind == "reply_lost":
        await _hang_up(scope)
    elif kind == "truncated":
        await answer.cut(len(answer.body) // 2).send(send)
    else:
        await answer.send(send, pieces=5, pause=front.delay_ms / 5000)


async def _drain(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return body


def _again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _plain(scope: Scope) -> Scope:
    # A reply that is to be cut must be text, not compressed.
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}


async def _answer_of(app: App, scope: Scope, receive: Receive) -> Answer:
    answer = Answer(500, [], b"")

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message.get("headers", []))
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer


async def _hang_up(scope: Scope) -> None:
    hang_up: Callable[[Any], None] | None = scope.get("extensions", {}).get("twincal.hang_up")
    if hang_up is None:
        raise ConnectionResetError("The connection was closed before an answer came.")
    hang_up(scope["client"])
    # The server notices on the next turn of the loop; then it asks this app for no answer.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
