"""May a write be taken back? Only what still stands as it was written; nothing that somebody has done since is lost."""

from collections.abc import Mapping

from twincal.core.rules.table import Policy, Rule, Table, any_of
from twincal.core.vocabulary import Operation, Word


class Found(Word):
    """How the item stands now, compared with what was written."""

    AS_WRITTEN = "as_written", "it stands as it was written"
    CHANGED = "changed", "somebody has changed it since"
    AS_BEFORE = "as_before", "it stands as it stood before"
    GONE = "gone", "it is not there"
    AWAY = "away", "it is out of sight"


class Amends(Word):
    """What an undo does."""

    RESTORE = "restore", "put the former values back"
    REMOVE = "remove", "remove what was created"
    RECREATE = "recreate", "create it again with its former values"
    NOTHING = "nothing", "nothing to do"
    REFUSE = "refuse", "leave it as it is"


FACTS: dict[str, type[Word]] = {"wrote": Operation, "found": Found}


def possible(facts: Mapping[str, Word]) -> bool:
    """What was created had no values before, and what was deleted is there as it was or changed."""
    wrote, found = facts["wrote"], facts["found"]
    return wrote is Operation.UPDATE or found is not Found.AS_BEFORE


def _row(code: str, wrote: Operation, found: Word | frozenset[Word], then: Amends, because: str, remedy: str, example: str) -> Rule:
    return Rule(code=code, when={"wrote": wrote, "found": found}, then=then, because=because, remedy=remedy, example=example)


KEPT = "Change it by hand."
NONE = "Nothing to do."

ROWS = (
    _row("U01", Operation.UPDATE, Found.AS_WRITTEN, Amends.RESTORE,
         "It still says what Twincal wrote, so its former values come back: {fields}.",
         "Nobody's later edit is lost; undo once more to take this back.",
         "A wrong setting had moved fifty events; the administrator takes the run back."),
    _row("U02", Operation.UPDATE, Found.CHANGED, Amends.REFUSE,
         "Somebody has changed it since ({fields}), and that edit is kept.", KEPT,
         "Ann had corrected the event herself before the run was taken back."),
    _row("U03", Operation.UPDATE, Found.AS_BEFORE, Amends.NOTHING,
         "It says what it said before already.", NONE, "The run was taken back twice."),
    _row("U04", Operation.UPDATE, Found.GONE, Amends.REFUSE,
         "It has been deleted since, and stays deleted.", "Restore it from the bin first.",
         "The event that Twincal had moved was deleted by hand."),
    _row("U05", Operation.CREATE, Found.AS_WRITTEN, Amends.REMOVE,
         "Twincal made it and nobody has touched it since, so it is removed again, and its other half is ignored from now on.",
         "`retry` takes the ignoring back.", "Sync All had been chosen for the wrong profile."),
    _row("U06", Operation.CREATE, Found.CHANGED, Amends.REFUSE,
         "Twincal made it, but somebody has changed it since ({fields}), so it stays.", "Delete it by hand.",
         "Notes were written into an event before the run was taken back."),
    _row("U07", Operation.CREATE, Found.GONE, Amends.NOTHING,
         "It is not there any more.", NONE, "Ann had deleted the copy herself."),
    _row("U08", Operation.DELETE, Found.GONE, Amends.RECREATE,
         "Twincal deleted it, so it is created again with its former values, and left alone from now on.",
         "`retry` lets it sync again.", "A series that was cancelled by mistake had been deleted in Salesforce too."),
    _row("U09", Operation.DELETE, any_of(Found.AS_WRITTEN, Found.CHANGED), Amends.NOTHING,
         "It is there again already.", NONE, "It was taken out of the recycle bin."),
    _row("U10", Operation.UPDATE, Found.AWAY, Amends.REFUSE,
         "It is out of sight, so nobody can tell what it says now.", "Give the account Twincal uses access to it.",
         "The event was archived since."),
    _row("U11", Operation.CREATE, Found.AWAY, Amends.REFUSE,
         "Twincal made it, but it is out of sight, so nobody can tell what it says now.",
         "Give the account Twincal uses access to it.", "The event was given to somebody else."),
    _row("U12", Operation.DELETE, Found.AWAY, Amends.NOTHING,
         "It was not deleted for good: it is elsewhere.", NONE, "Ann has moved it into another folder."),
)  # fmt: skip

UNDO = Table("undo", Policy.UNIQUE, FACTS, ROWS, possible, "May a write be taken back?")
