"""What the sandbox starts with: the seeded company, its people, and calendars imported from files."""

from twincal.sandbox.world.company import WORLDS, World, settle_in
from twincal.sandbox.world.icalendar import ImportReport, import_ics
from twincal.sandbox.world.staff import CLIENT_ID, CLIENT_SECRET, CONNECTED_APP, CONNECTED_SECRET, JWT_USERNAME, Employee, employ

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "CONNECTED_APP",
    "CONNECTED_SECRET",
    "JWT_USERNAME",
    "WORLDS",
    "Employee",
    "ImportReport",
    "World",
    "employ",
    "import_ics",
    "settle_in",
]
