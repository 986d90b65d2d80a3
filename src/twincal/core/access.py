"""Who may see and change what. A visitor is somebody who opens the web app: a person with a calendar here, an administrator,
or both. An administrator of a part reaches everything below it, and nothing beside it."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from twincal.core.vocabulary import Level


class Authority(Struct, frozen=True, order=True):
    """Administrator of this part: the organization, the subscription, or a profile with its name."""

    level: Level
    name: str = ""

    @property
    def phrase(self) -> str:
        """The part in words."""
        return f"{self.level.phrase} {self.name}".strip()


class Visitor(Struct, frozen=True, kw_only=True):
    """Somebody who may open the web app. `person` is the id of the calendar's owner they are, empty for none; `local` where
    they have a password here, `subject` the account of an identity provider by which they are known."""

    id: str
    email: str
    name: str = ""
    person: str = ""
    subject: str = ""
    authorities: tuple[Authority, ...] = ()
    active: bool = True
    local: bool = False

    @property
    def administers(self) -> bool:
        """Are they an administrator of anything?"""
        return bool(self.authorities)

    def reaches(self, level: Level, name: str = "", *, profile: str = "") -> bool:
        """May they change what stands at this level? `name` is a profile's, `profile` that of a user's."""
        held = {one.level for one in self.authorities}
        if Level.ORGANIZATION in held:
            return True
        if level is Level.ORGANIZATION:
            return False
        if Level.SUBSCRIPTION in held:
            return True
        if level is Level.PROFILE:
            return Authority(Level.PROFILE, name) in self.authorities
        return level is Level.USER and bool(profile) and Authority(Level.PROFILE, profile) in self.authorities

    def may_see(self, person: str, profile: str) -> bool:
        """May they read this person's history and settings, and act on their items?"""
        return (bool(self.person) and self.person == person) or self.reaches(Level.USER, profile=profile)

    def profiles(self, everything: Collection[str]) -> list[str]:
        """Those of all profiles that they reach."""
        return [name for name in everything if self.reaches(Level.PROFILE, name)]


class Session(Struct, frozen=True, kw_only=True):
    """One open browser. `csrf` has to come with every unsafe request; `data` is what the pages keep between requests."""

    token: str
    csrf: str
    visitor: str
    begun_at: datetime
    seen_at: datetime
    data: dict[str, object]


class AuditLine(Struct, frozen=True, kw_only=True):
    """One change: who, when (UTC), what, to whom, from what to what. `person` and `profile` say whose part it belongs to."""

    at: datetime
    who: str
    action: str
    target: str = ""
    before: str = ""
    after: str = ""
    person: str = ""
    profile: str = ""


class Sought(Struct, frozen=True, kw_only=True):
    """Which lines of the audit log are looked for; what is empty limits nothing. `search` is a part of a name, a target or a value;
    from `since` to `until`, both of them included."""

    who: str = ""
    action: str = ""
    search: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Notice(Struct, frozen=True, kw_only=True):
    """What a person is told when an administrator's change altered their settings."""

    id: str
    at: datetime
    text: str
    seen: bool = False
