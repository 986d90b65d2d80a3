"""Whatever people write into items, names and addresses of pages: it is read on the pages as text, and is markup on none."""

from html.parser import HTMLParser

import pytest

from tests.engine.stage import ANN, BEN
from tests.web.stage import Office
from tests.web.visitor import Visitor
from twincal.web import pages

pytestmark = pytest.mark.asyncio(loop_scope="module")

TAG, ATTRIBUTE = "xsstag", "xssattribute"
HOSTILE = f"<{TAG} {ATTRIBUTE}=1>\"' {ATTRIBUTE}='2' x=\"</title></script><script>{TAG}()</script>{{{{7*7}}}}<!--"
LEADING = ("href", "src", "action", "formaction", "data", "poster", "background", "xlink:href")

QUERIES = (
    "?search=%3Cxsstag%20xssattribute%3D1%3E&tab=synced",
    "?tab=%22%3E%3Cxsstag%3E&sort=%22%3E%3Cxsstag%3E&next=javascript:xsstag()",
    "?said=%3Cxsstag%3E&level=%22%3E%3Cxsstag%3E",
)


class Seen(HTMLParser):
    """Every element and attribute of a page that could do something, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.text = ""
        self._script = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == TAG or ATTRIBUTE in told or (tag == "script" and not told.get("src", "").startswith("/")):
            self.wrong.append(f"<{tag} {told}>")
        self.wrong += [f"{tag} {name}" for name in told if name.startswith("on")]
        self.wrong += [f"{tag} {name}={told[name]}" for name in LEADING if _leads_astray(told.get(name, ""))]

    def handle_data(self, data: str) -> None:
        self.text += data


def _leads_astray(address: str) -> bool:
    wanted = address.strip().lower()
    return wanted.startswith(("javascript:", "data:text", "vbscript:", "//")) or TAG in wanted.split("?")[0]


async def full(desk: Office) -> None:
    """Hostile texts wherever people write something."""
    await desk.stage.record("Contact", HOSTILE[:80], "carla@acme.example")
    people = [
        {"emailAddress": {"address": "carla@acme.example", "name": HOSTILE}},
        {"emailAddress": {"address": "x'><b>@e.example"}},
    ]
    body = {"contentType": "html", "content": f"<p>{HOSTILE}</p>"}
    await desk.stage.book(HOSTILE, attendees=people, location={"displayName": HOSTILE}, categories=[HOSTILE[:200]], body=body)
    await desk.stage.enter(HOSTILE, day=6, Location=HOSTILE, Description=HOSTILE)
    await desk.service.add_profile(f"<{TAG}>")
    await desk.service.sync()


async def visited(visitor: Visitor, address: str) -> Seen | None:
    """A page as a browser finds it; None where it leads elsewhere or is none."""
    page = await visitor.get(address)
    if not page.answer.headers.get("content-type", "").startswith("text/html"):
        return None
    return Seen(page.html)


async def test_no_text_is_markup_on_any_page(desk: Office) -> None:
    await full(desk)
    (row, *_) = [one for one in await desk.service.history(ANN) if one.subject == HOSTILE]
    shown = 0
    for visitor in (await desk.person(), await desk.admin()):
        for page in pages.ALL:
            if "GET" not in page.methods or "{" in page.path or page.path.startswith("/sign-in/"):
                continue
            for query in (f"?who={ANN}&item={row.item}&tab=synced", f"?who={BEN}&tab=excluded", *QUERIES):
                seen = await visited(visitor, page.path + query)
                if seen is not None:
                    assert not seen.wrong, f"{page.path}{query}: {seen.wrong}"
                    shown += TAG in seen.text
    assert shown >= 3, "the texts were read on pages"


@pytest.mark.parametrize(
    "html",
    [HOSTILE, f"<a href={HOSTILE}>", "<p onclick=x>", "<a href='javascript:x'>", "<script>x</script>", "<script src=//x></script>"],
)
async def test_markup_would_be_noticed(html: str) -> None:
    assert Seen(html).wrong
