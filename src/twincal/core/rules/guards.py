"""Is the plan as a whole believable? A class of steps that is too large waits for an administrator (SPEC 7)."""

from twincal.core.rules.table import Rule
from twincal.core.vocabulary import Word


class Brake(Word):
    """What a guard answers."""

    HELD = "held", "wait for an administrator"


def _guard(code: str, because: str, example: str, setting: str) -> Rule:
    remedy = "An administrator looks at the plan and releases it (`twincal release`), or raises `{setting}`."
    return Rule(code=code, when={}, then=Brake.HELD, because=because, remedy=remedy, example=example, setting=setting)


GUARDS = (
    _guard(
        "L01",
        "The plan deletes {count} items or series, more than the {allowed} allowed in one cycle.",
        "Somebody selected a whole year in Outlook and pressed Delete.",
        "guard.deletions",
    ),
    _guard(
        "L02",
        "Nothing is left of {count} items in {side}: a calendar that is suddenly empty is not believed.",
        "The mailbox was emptied by a migration.",
        "guard.emptied",
    ),
    _guard(
        "L03",
        "The plan updates {count} items or series, more than the {allowed} allowed in one cycle.",
        "A script rewrote the subject of every event.",
        "guard.updates_share",
    ),
    _guard(
        "L04",
        "The plan creates {count} items or series, more than the {allowed} allowed in one cycle after the first sync.",
        "The mode was changed from Match to Sync All.",
        "guard.creations",
    ),
)
