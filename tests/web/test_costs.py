"""What pages cost: every page is measured by `./dev bench web`, and none asks the database more often with more rows."""

import asyncio

from tools.bench.web import NOT_MEASURED, PAGES, measured
from twincal.web import pages


def test_every_page_is_measured_or_is_none() -> None:
    opened = {page.path for page in pages.ALL if "GET" in page.methods}
    assert opened == PAGES.keys() | NOT_MEASURED.keys(), "a page is new, or gone: tools/bench/web.py says what is measured"
    assert PAGES.keys().isdisjoint(NOT_MEASURED)


def test_what_is_measured_is_the_page() -> None:
    assert {path.partition("?")[0]: route for route, paths in PAGES.items() for path in paths} == {route: route for route in PAGES}


def test_no_page_asks_the_database_more_often_with_more_rows() -> None:
    few, many = (asyncio.run(measured(5, rows, 1)) for rows in (1_000, 3_000))
    more = {path: (few[path].statements, cost.statements) for path, cost in many.items() if cost.statements != few[path].statements}
    assert more == {}
    assert all(cost.statements for cost in many.values()), "the statements are seen"
