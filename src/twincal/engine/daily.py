"""The daily report: what was synced since the last one, and what waits for a person. Off unless somebody switches it on.

A report names subjects and reasons of the reader's own items, never bodies, and nothing of private items.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Protocol
from urllib.parse import urlencode

from msgspec import Struct

from twincal.core.access import Notice
from twincal.engine.history import Row
from twincal.engine.report import Standing
from twincal.engine.undo import RunShown

HOUR = 6
"""In UTC: reports go out with the first round after it."""
SHOWN = 10
"""So many unresolved items are named; the others are counted."""


class Mail(Struct, frozen=True, kw_only=True):
    """One e-mail, as text and as HTML that says the same."""

    to: str
    subject: str
    text: str
    html: str


class Post(Protocol):
    """Where mails are handed in. `url` is where people reach the web app, for the links in them."""

    url: str

    async def send(self, to: str, subject: str, text: str, html: str) -> None:
        """Hand a mail in. Raises TwincalError when the server does not take it."""
        ...


def due(last: str, now: datetime) -> bool:
    """Is a report due? `last` is the day of the last one, in ISO 8601; empty before the first."""
    return now.hour >= HOUR and last < f"{now:%Y-%m-%d}"


def written_since(runs: Sequence[RunShown], now: datetime) -> tuple[int, int, int]:
    """How many items were created, updated and deleted in the last day."""
    since = f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    fresh = [run for run in runs if run.at >= since]
    return sum(run.created for run in fresh), sum(run.updated for run in fresh), sum(run.deleted for run in fresh)


def composed(
    mailbox: str, name: str, standing: Standing, written: tuple[int, int, int], waiting: Sequence[Row], notices: Sequence[Notice],
    url: str,
) -> Mail:  # fmt: skip
    """The report of one person. `url` is where the web app is; without one there are no links."""
    created, updated, deleted = written
    open_items = standing.unresolved + standing.held
    lines = [
        f"Since yesterday {created} items were created, {updated} updated and {deleted} deleted.",
        f"{standing.in_step} items are in step, {open_items} are unresolved, {standing.excluded} are excluded.",
    ]
    told = [*(notice.text.replace("`", "") for notice in notices)]
    named = [(f"{row.subject or '(no subject)'}, {row.start.replace('T', ' ')[:16]}", row.reason) for row in waiting[:SHOWN]]
    more = f"and {len(waiting) - SHOWN} more." if len(waiting) > SHOWN else ""
    link = f"{url}/history?{urlencode({'tab': 'unresolved'})}" if url else ""
    text = [f"Hello {name or mailbox},", "", *lines]
    if told:
        text += ["", "What an administrator changed:", *(f"- {one}" for one in told)]
    if named:
        text += ["", "What waits for you:", *(f"- {what}: {why}" for what, why in named), more]
    text += ["", f"Everything, with what you can do: {link}" if link else "", "You get this because `report.daily` is on for you."]
    subject = f"Twincal: {open_items} unresolved" if open_items else "Twincal: everything is in step"
    html = _html(name or mailbox, lines, told, named, more, link)
    return Mail(to=mailbox, subject=subject, text="\n".join(text).strip() + "\n", html=html)


def _html(name: str, lines: Sequence[str], told: Sequence[str], named: Sequence[tuple[str, str]], more: str, link: str) -> str:
    parts = [f"<p>Hello {escape(name)},</p>", *(f"<p>{escape(line)}</p>" for line in lines)]
    if told:
        parts += ["<h2>What an administrator changed</h2>", _list(escape(one) for one in told)]
    if named:
        parts += ["<h2>What waits for you</h2>", _list(f"<b>{escape(what)}</b>: {escape(why)}" for what, why in named)]
        parts += [f"<p>{escape(more)}</p>"] if more else []
    parts += [f'<p><a href="{escape(link)}">Everything, with what you can do</a></p>'] if link else []
    parts.append("<p><small>You get this because <code>report.daily</code> is on for you.</small></p>")
    body = "\n".join(parts)
    head = '<head><meta charset="utf-8"><title>Twincal</title></head>'
    return f'<!doctype html>\n<html lang="en">{head}\n<body>\n{body}\n</body></html>\n'


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
