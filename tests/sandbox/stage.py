"""A running sandbox and a client for it, as the tests of its frame use them."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import aiohttp

from twincal.sandbox.serve import Sandbox
from twincal.sandbox.world import World

TODAY = date(2027, 3, 1)


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    status: int
    headers: Any
    body: bytes
    json: Any


@dataclass
class Stage:
    """A sandbox with what a script knows of it."""

    sandbox: Sandbox
    line: dict[str, Any]
    http: aiohttp.ClientSession

    async def ask(self, method: str, url: str, **more: Any) -> Reply:
        """One request. Paths are under the plain port."""
        address = url if "://" in url else f"{self.line['salesforce']['login_url']}{url}"
        async with self.http.request(method, address, **more) as answer:
            body = await answer.read()
            is_json = "json" in answer.headers.get("content-type", "")
            return Reply(answer.status, answer.headers, body, await answer.json() if is_json else None)

    async def control(self, path: str, body: Any = None) -> Any:
        """A POST of JSON to control, or a GET; fails unless it answers 200."""
        reply = await self.ask("POST" if body is not None else "GET", f"/control{path}", json=body)
        assert reply.status == 200, reply.json
        return reply.json

    async def refused(self, path: str, body: Any) -> str:
        """What control says to a wrong order."""
        reply = await self.ask("POST", f"/control{path}", json=body)
        assert reply.status == 400, reply.body
        sentence: str = reply.json["error"]
        return sentence

    async def token(self) -> dict[str, str]:
        """An Authorization header for Graph."""
        graph = self.line["graph"]
        form = {
            "client_id": graph["client_id"], "client_secret": graph["client_secret"], "grant_type": "client_credentials",
            "scope": "https://graph.microsoft.com/.default",
        }  # fmt: skip
        reply = await self.ask("POST", f"{graph['authority']}/oauth2/v2.0/token", data=form)
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    async def add_ann(self) -> dict[str, str]:
        """Somebody to work with."""
        order = {"name": "Ann Smith", "mailbox": "ann@northwind.example", "salesforce_username": "ann@northwind.example"}
        person: dict[str, str] = await self.control("/people", order)
        return person


@asynccontextmanager
async def staged(world: World = "empty", *, seed: int = 1) -> AsyncIterator[Stage]:
    """A sandbox on two ports, with a client that trusts its authority."""
    async with Sandbox.running(world, today=TODAY, seed=seed) as sandbox:
        line = sandbox.announcement()
        trusting = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=line["ca_file"]))
        async with aiohttp.ClientSession(connector=trusting) as http:
            yield Stage(sandbox, line, http)
