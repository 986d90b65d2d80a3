"""The navigation: six places at most, and the pages that are reached from each. People see Home and My settings; administrators
also the places of their part."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from twincal.core.access import Visitor
from twincal.core.vocabulary import Level


class Place(Struct, frozen=True, kw_only=True):
    """One entry of the navigation. `within` are the addresses and names of its pages, its own first."""

    path: str
    name: str
    within: tuple[tuple[str, str], ...] = ()


OWN = (("/calendar", "My calendar"), ("/history", "History"), ("/explain", "Explain"))
"""Pages about a person: their own under Home, those of others are reached from Users."""
ORGANIZATION = (("/organization", "Who looks after what"), ("/admin/settings?level=organization", "Settings"))
SUBSCRIPTIONS = (
    ("/subscriptions", "Overview"), ("/admin/settings?level=subscription", "Settings"), ("/connections", "Connections"),
)  # fmt: skip
USERS = (
    ("/users", "Everybody"), ("/users/import", "Add people"), ("/held", "Held plans"),
    ("/history/grouped", "Unresolved by address"), ("/audit", "Audit log"),
)  # fmt: skip


def places(visitor: Visitor) -> list[Place]:
    """The places of a visitor, from left to right."""
    found = [Place(path="/", name="Home", within=(("/", "Overview"), *(OWN if visitor.person else ())))]
    if visitor.reaches(Level.ORGANIZATION):
        found.append(Place(path="/organization", name="Organization", within=ORGANIZATION))
    if visitor.reaches(Level.SUBSCRIPTION):
        found.append(Place(path="/subscriptions", name="Subscriptions", within=SUBSCRIPTIONS))
    if visitor.administers:
        found += [Place(path="/profiles", name="Profiles"), Place(path="/users", name="Users", within=USERS)]
    if visitor.person:
        found.append(Place(path="/settings", name="My settings"))
    return found


class Whereabouts(Struct, frozen=True, kw_only=True):
    """Where a page is: in which place, and at which of the pages that are listed there (empty: at another one)."""

    place: Place
    page: str = ""


BY_LEVEL = {Level.ORGANIZATION: "Organization", Level.SUBSCRIPTION: "Subscriptions", Level.PROFILE: "Profiles", Level.USER: "Users"}
"""The place to which the settings of a level belong; a person's own are in My settings."""


def whereabouts(visit: Any, inside: str = "") -> Whereabouts | None:
    """Where the page that is shown is: inside the place of this name, else where its address stands. None where the visitor has
    no such place."""
    found = [(place, page) for place in places(visit.visitor) if inside in ("", place.name)
             for page in (place.path, *(one for one, _ in place.within)) if _at(visit, page)]  # fmt: skip
    if not found:
        known = next((place for place in places(visit.visitor) if place.name == inside), None)
        return Whereabouts(place=known) if known else None
    place, page = max(found, key=lambda one: len(one[1]))
    return Whereabouts(place=place, page=page if page in {one for one, _ in place.within} else "")


def _at(visit: Any, page: str) -> bool:
    """Is the page that is shown this one, or below it?"""
    path, known = visit.request.url.path, urlsplit(page)
    below = known.path != "/" and path.startswith(f"{known.path}/")
    return (path == known.path or below) and all(visit.asked(key) == value for key, value in parse_qsl(known.query))
