"""`./dev screenshots [NAME ...]`: the main pages at 1440 and at 390 pixels and what troubleshooting shows, or those named, into
docs/images/. Needs the system's Chromium.

The company, the day and the zone are fixed, so that a picture changes only when a page does.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser

from tests.web.browser import CHROMIUM, chromium, served, window
from tools.screenshots import guide
from twincal.cli.companion import companion
from twincal.core.access import Authority
from twincal.core.vocabulary import Level, Tab
from twincal.engine.service import Service
from twincal.sandbox.serve import Sandbox
from twincal.web.app import create_app
from twincal.wiring import opened

IMAGES = Path(__file__).parents[2] / "docs" / "images"
NOW = datetime(2027, 3, 3, 9, 30, tzinfo=UTC)
PEOPLE = 6
WIDTHS = (1440, 390)
PORT, PUBLIC_URL = 8765, "https://twincal.example.com"
"""Addresses that stand in pictures are always the same."""


async def furnished(service: Service, sandbox: Sandbox) -> str:
    """The company's first people, synced in mode Match; the mailbox of one of them."""
    said = sandbox.announcement()
    graph, salesforce = said["graph"], said["salesforce"]
    await service.connect_graph(
        tenant=graph["tenant"], client_id=graph["client_id"], secret=graph["client_secret"], authority=graph["authority"],
        base_url=graph["base_url"],
    )  # fmt: skip
    await service.connect_salesforce(
        login_url=salesforce["login_url"], client_id=salesforce["client_id"], secret=salesforce["client_secret"]
    )
    admin = service.asked_by("Ada Admin")
    await admin.set_setting("mode", "match", level="subscription")
    await admin.set_setting("notify_attendees", "always", level="organization", lock=True)
    await admin.add_profile("Sales")
    for one in said["people"][:PEOPLE]:
        await admin.add_person(one["mailbox"], one["salesforce_username"])
    await service.sync()
    return str(said["people"][0]["mailbox"])


async def pictures(service: Service, mailbox: str, day: str) -> dict[str, str]:
    """The pages, by the name of their picture; the calendar in the week of a day."""
    await service.asked_by("Ada Admin").set_setting("window.future_days", "180", level="subscription")
    await guide.read_notices(service)
    unresolved = await service.history(mailbox, tab=Tab.UNRESOLVED)
    item = next((row.item for row in unresolved if row.participants), unresolved[0].item)
    who = f"who={mailbox}"
    return {
        "home": "/",
        "calendar": f"/calendar?{who}&day={day}",
        "unresolved": f"/history?{who}&tab=unresolved",
        "synced": f"/history?{who}&tab=synced",
        "grouped": "/history/grouped",
        "explain": f"/explain?{who}&item={item}",
        "settings": f"/settings?{who}",
        "users": "/users",
        "connections": "/connections",
        "organization": "/organization",
        "audit": "/audit",
    }


async def telling_day(service: Service, mailbox: str) -> str:
    """The first day on which something stands on both sides."""
    starts = sorted(row.start[:10] for row in await service.history(mailbox, tab=Tab.SYNCED))
    return next((start for start in starts if start > NOW.date().isoformat()), NOW.date().isoformat())


async def photograph(browser: Browser, names: Sequence[str]) -> None:
    """Take the main pages at both widths, or those with these names."""
    with tempfile.TemporaryDirectory(prefix="twincal-pictures-") as home:
        async with Sandbox.running(today=NOW.date(), port=PORT) as sandbox, opened(Path(home), now=NOW, web=True) as service:
            mailbox = await furnished(service, sandbox)
            member = next(one for one in await service.people() if one.mailbox == mailbox)
            visitor = await service.desk.visitors.add(
                "ada@northwind.example", "Ada Admin", person=member.id, authorities=[Authority(Level.ORGANIZATION)]
            )
            token = (await service.desk.open(visitor.id)).token
            day = await telling_day(service, mailbox)
            of_sandbox = {"sandbox": f"{sandbox.page_url}?who={mailbox}&day={day}"}
            every = {**await pictures(service, mailbox, day), **of_sandbox}
            pages = {name: path for name, path in every.items() if not names or name in names}
            async with served(create_app(service, public_url=PUBLIC_URL)) as url:
                sandbox.calendars.companion = companion(service, url)
                for width in WIDTHS:
                    context = await window(browser, url, token, width=width, height=900 if width > 1000 else 844)
                    page = await context.new_page()
                    for name, path in pages.items():
                        await page.goto(path)
                        await page.screenshot(path=IMAGES / f"{name}-{width}.png")
                        print(f"docs/images/{name}-{width}.png", file=sys.stderr)
                    await context.close()


async def main(names: Sequence[str]) -> int:
    """Make them all, or those with these names. Exit code 1 where there is no browser."""
    if CHROMIUM is None:
        print("There is no Chromium here. Install Debian's package `chromium`, or Google Chrome.", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    async with chromium() as browser:
        if not names or any(not name.startswith("guide-") for name in names):
            await photograph(browser, names)
        if not names or any(name.startswith("guide-") for name in names):
            await guide.photograph(browser, IMAGES, names)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
