"""A browser without scripts, as far as signing in needs one: forms are sent as they stand, redirects are looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
from selectolax.lexbor import LexborHTMLParser as HTMLParser


@dataclass(frozen=True)
class Page:
    """One page, and where it came from."""

    answer: httpx.Response

    @property
    def html(self) -> HTMLParser:
        """The page."""
        return HTMLParser(self.answer.text)

    @property
    def text(self) -> str:
        """What stands on it."""
        body = self.html.body
        return " ".join(body.text(separator=" ").split()) if body else ""

    def fields(self) -> dict[str, str]:
        """The hidden fields of its form."""
        return {str(node.attributes["name"]): node.attributes["value"] or "" for node in self.html.css("input[type=hidden]")}

    def button(self, label: str) -> tuple[str, str]:
        """Name and value of the button whose label contains these words."""
        node = next(each for each in self.html.css("button") if label in each.text())
        return str(node.attributes["name"]), str(node.attributes["value"])

    def labels(self) -> list[str]:
        """What its buttons say."""
        return [" ".join(node.text().split()) for node in self.html.css("button")]


async def opened(http: httpx.AsyncClient, address: str, asked: Mapping[str, str]) -> Page:
    """The page at an address; a redirect is not followed."""
    return Page(await http.get(address, params=dict(asked)))


async def pressed(http: httpx.AsyncClient, page: Page, label: str) -> Page:
    """The page that a button leads to."""
    form = page.html.css_first("form")
    assert form is not None, page.text
    name, value = page.button(label)
    target = urljoin(str(page.answer.url), str(form.attributes["action"]))
    return Page(await http.post(target, data={**page.fields(), name: value}))


def said(page: Page, address: str, separator: str = "?") -> dict[str, str]:
    """What an app is told at its own address, which has to be this one."""
    assert page.answer.status_code == 302, page.text
    where, _, answer = page.answer.headers["location"].partition(separator)
    assert where == address
    return dict(parse_qsl(answer, keep_blank_values=True))


def goals_of(page: Page) -> list[str]:
    """Where the page's content security policy lets its forms lead."""
    policy = page.answer.headers["content-security-policy"]
    rule = next(part for part in policy.split(";") if part.split()[0] == "form-action")
    return [str(goal) for goal in rule.split()[1:]]


def path_of(address: str) -> str:
    """The path of an address."""
    return urlsplit(address).path
