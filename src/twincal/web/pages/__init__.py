"""The pages, a file for each place in the navigation; `ALL` is every route there is."""

from twincal.web.pages import (
    audit,
    calendar,
    connections,
    explain,
    history,
    home,
    pairing,
    parts,
    providers,
    records,
    settings,
    signing_in,
    users,
    what_if,
)
from twincal.web.visit import Page

ALL: tuple[Page, ...] = (
    *providers.PAGES,
    *signing_in.PAGES,
    *home.PAGES,
    *calendar.PAGES,
    *history.PAGES,
    *pairing.PAGES,
    *explain.PAGES,
    *settings.PAGES,
    *what_if.PAGES,
    *parts.PAGES,
    *connections.PAGES,
    *users.PAGES,
    *records.PAGES,
    *audit.PAGES,
)
