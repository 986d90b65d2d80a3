"""The audit log: who did what on which days, on the page, in the API, and in the file that is exported."""

import csv
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.engine.conftest import Company
from tests.engine.stage import ANN, BEN, Stage
from tests.web.stage import Office, office
from tests.web.visitor import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

BERLIN = {"zone": "Europe/Berlin"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def logged(company: Company, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """Three days: two administrators, on the second of them half an hour before midnight in London, in Berlin after it. Nothing
    here adds to it."""
    stage = Stage(*company, tmp_path_factory.mktemp("audit") / "home")
    await stage.open()
    async with office(stage) as first:
        await first.head_of_sales()
        await first.service.move_person(BEN, "Sales")
        await first.service.asked_by("Ada Admin").set_setting("mode", "match", level="subscription")
    await stage.pass_time(timedelta(hours=39, minutes=30))
    async with stage.twincal(web=True) as service:
        await service.asked_by("=Sam").set_setting("conflict", "latest", level="profile", who="Sales")
    await stage.pass_time(timedelta(days=1))
    async with office(stage) as last:
        await last.service.asked_by("=Sam").set_active(BEN, active=False)
        await last.service.asked_by("Ada Admin").set_active(ANN, active=False)
        yield last


def found(page: Page) -> list[tuple[str, str]]:
    """Who and what, line by line."""
    rows = HTMLParser(page.html).css("main tbody tr")
    return [(cells[1].text(), cells[2].text()) for cells in ([*row.css("td")] for row in rows)]


def exported(page: Page) -> list[tuple[str, str]]:
    """The same of the file."""
    heads, *rows = csv.reader(page.html.removeprefix("\ufeff").splitlines())
    assert heads == ["When (UTC)", "Who", "What", "To", "From what", "To what"]
    return [(row[1].removeprefix("'"), row[2]) for row in rows]


ADA_SET, ADA_ENDED = ("Ada Admin", "setting changed"), ("Ada Admin", "person stopped")
SAM_SET, SAM_ENDED = ("=Sam", "setting changed"), ("=Sam", "person stopped")


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("by=Ada+Admin", [ADA_ENDED, ADA_SET]),
        ("by=%3DSam&action=setting+changed", [SAM_SET]),
        ("since=2027-03-03&until=2027-03-03", [SAM_SET]),
        ("until=2027-03-02&by=Ada+Admin", [ADA_SET]),
        ("since=2027-03-04", [ADA_ENDED, SAM_ENDED]),
        ("by=nobody", []),
    ],
)
async def test_what_the_filters_leave_is_shown_exported_and_told(logged: Office, query: str, lines: list[tuple[str, str]]) -> None:
    admin = await logged.admin()
    await admin.post("/zone", None, **BERLIN)
    assert found(await admin.get(f"/audit?{query}")) == lines
    assert exported(await admin.get(f"/audit.csv?{query}")) == lines
    answer = (await admin.http.get(f"/api/v1/audit?{query}")).json()
    assert [(line["who"], line["action"]) for line in answer["lines"]] == lines


async def test_the_page_offers_who_and_what_there_is_and_leads_to_the_file_of_the_same(logged: Office) -> None:
    page = await (await logged.admin()).get("/audit?by=%3DSam&since=2027-03-01")
    chosen = HTMLParser(page.html)
    offered = {name: [one.text() for one in chosen.css(f"select[name={name}] option")] for name in ("by", "action")}
    assert {"Ada Admin", "=Sam"} <= set(offered["by"])
    assert {"setting changed", "person stopped"} <= set(offered["action"])
    assert [one.text() for one in chosen.css("option[selected]")] == ["=Sam"]
    assert page.links("/audit.csv") == ["/audit.csv?by=%3DSam&since=2027-03-01"]


async def test_a_profiles_administrator_exports_its_lines_alone(logged: Office) -> None:
    sam = await logged.head_of_sales()
    assert exported(await sam.get("/audit.csv?by=%3DSam")) == [SAM_ENDED, SAM_SET]
    assert exported(await sam.get("/audit.csv?by=Ada+Admin")) == []
    assert "Ada Admin" not in (await sam.get("/audit")).html


async def test_a_cell_of_the_file_is_no_formula(logged: Office) -> None:
    file = await (await logged.admin()).get("/audit.csv")
    assert ",'=Sam," in file.html
    assert ",=Sam," not in file.html


async def test_what_is_no_date_is_told(logged: Office) -> None:
    page = await (await logged.admin()).get("/audit?since=yesterday")
    assert page.status == 422
    assert "is no date" in page.text
