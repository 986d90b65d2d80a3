"""A calendar file as the icalendar library reads it."""

import icalendar


def read_calendar(text: str) -> icalendar.Calendar:
    """The calendar of one file, with that file's own time zones.

    The library keeps a zone that a file defines for as long as the process lives, and gives it to every later file that
    uses the same name.
    """
    icalendar.use_zoneinfo()
    return icalendar.Calendar.from_ical(text)
