"""Templates with the words and the formats that all pages share. Everything is escaped unless it is marked as safe, and nothing
that comes from a calendar ever is."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from twincal import __version__
from twincal.core.vocabulary import Level, Mode, Side, Tab
from twincal.web.navigation import places, whereabouts

HERE = Path(__file__).parent
SOME_ZONES = (
    "UTC", "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "America/Sao_Paulo", "Europe/London",
    "Europe/Berlin", "Europe/Helsinki", "Africa/Johannesburg", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo",
    "Australia/Sydney",
)  # fmt: skip
"""Offered in the list; every name of the zone database may be typed."""
INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
CODE = re.compile(r"`([^`]+)`")


class Renderer:
    """The templates of the web app."""

    def __init__(self, *, demo: str = "") -> None:
        loader = FileSystemLoader(HERE / "templates")
        self._environment = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.globals.update(
            demo=demo, Tab=Tab, Mode=Mode, Side=Side, Level=Level, places=places, whereabouts=whereabouts, some_zones=SOME_ZONES,
            version=__version__,
        )  # fmt: skip
        self._environment.filters.update(clock=clock, moment=moment, zoned=zoned, day=day, coded=coded, words=words)

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        """A page."""
        return self._environment.get_template(template).render(values)


@pass_context
def moment(context: Context, text: str | datetime | None) -> str:
    """A time in the reader's zone, as people write it; a date as it is; nothing for nothing."""
    if not text:
        return ""
    if isinstance(text, str) and "T" not in text:
        return f"{date.fromisoformat(text):%a %-d %b %Y}"
    at = text if isinstance(text, datetime) else datetime.fromisoformat(text.replace("Z", "+00:00"))
    zone: tzinfo = context.get("zone", UTC)
    return f"{at.astimezone(zone):%a %-d %b %Y %H:%M}"


@pass_context
def zoned(context: Context, text: str) -> str:
    """A text in which every instant in ISO 8601 is told in the reader's zone."""
    return INSTANT.sub(lambda found: moment(context, found[0]), text)


@pass_context
def clock(context: Context, at: datetime) -> str:
    """The time of day in the reader's zone."""
    zone: tzinfo = context.get("zone", UTC)
    return f"{at.astimezone(zone):%H:%M}"


def day(value: date | datetime) -> str:
    """A day, as people write it."""
    return f"{value:%a %-d %b}"


def coded(text: str) -> Markup:
    """A sentence in which what stands in backquotes is set as code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(CODE.split(text))
    )


def words(value: str) -> str:
    """A stable value as words: `in_step` is `In step`."""
    return value.replace("_", " ").capitalize()
