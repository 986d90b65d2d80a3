"""Somebody with a browser of few pretensions: keeps cookies, sends the token that a page carried, follows nothing by itself."""

import re
from html import unescape
from typing import Self
from urllib.parse import urlsplit

import httpx
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from starlette.applications import Starlette

from twincal.web.app import COOKIE

TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
PASSWORD = "correct horse battery staple"


class Page:
    """An answer with what stands on it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.where = answer.headers.get("location", "")
        self.html = answer.text

    @property
    def text(self) -> str:
        """What is read on it, blanks folded."""
        body = HTMLParser(self.html).body
        return " ".join(body.text(separator=" ").split()) if body else ""

    @property
    def title(self) -> str:
        """The heading."""
        found = HTMLParser(self.html).css_first("h1")
        return " ".join(found.text().split()) if found else ""

    def links(self, starting: str = "") -> list[str]:
        """Where it leads to."""
        found = [node.attributes.get("href") or "" for node in HTMLParser(self.html).css("a")]
        return [link for link in found if link.startswith(starting)]


class Visitor:
    """One browser, signed in or not."""

    def __init__(self, app: Starlette, *, url: str = "http://twincal.test") -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=url)
        self.csrf = ""

    async def get(self, path: str) -> Page:
        """Open a page."""
        return self._seen(await self.http.get(path))

    async def post(self, path: str, csrf: str | None = None, **form: str | list[str]) -> Page:
        """Send a form, with the token of the last page unless another is given."""
        data = {"csrf": self.csrf if csrf is None else csrf, **form}
        return self._seen(await self.http.post(path, data=data))

    async def does(self, path: str, **form: str | list[str]) -> Page:
        """Send a form and open the page that it leads to."""
        sent = await self.post(path, None, **form)
        assert sent.status == 303, f"{path} answered {sent.status}: {sent.text[:400]}"
        return await self.get(sent.where)

    def _seen(self, answer: httpx.Response) -> Page:
        found = TOKEN.search(answer.text)
        if found:
            self.csrf = unescape(found[1])
        return Page(answer)

    async def sign_in(self, email: str, password: str = PASSWORD) -> Self:
        """Sign in with a password. Fails where that does not open the door."""
        await self.get("/sign-in")
        sent = await self.post("/sign-in", email=email, password=password, next="/sign-in", then="/")
        assert urlsplit(sent.where).path == "/", f"not let in: {sent.where}"
        await self.get("/")
        return self

    def carries(self, token: str, csrf: str) -> Self:
        """Come with the cookie of a session that is open already."""
        self.http.cookies.set(COOKIE, token)
        self.csrf = csrf
        return self
