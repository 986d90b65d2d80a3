"""Texts of others on a terminal: signs that command it, or turn the order of reading round, are shown as what they are not.

A subject is written by whoever sends an invitation. Escape sequences in it could clear the screen, rename the window or fill the
clipboard of an administrator who lists items.
"""

import re

COMMANDING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control signs of both sets but tab and line end, and the signs that embed, override or isolate a direction."""


def harmless(text: str) -> str:
    """The text with a replacement sign for each that would command."""
    return COMMANDING.sub("\ufffd", text)


def spelled(json: str) -> str:
    """JSON in which such signs are spelled: it means the same, and commands nothing."""
    return COMMANDING.sub(lambda found: f"\\u{ord(found[0]):04x}", json)
