"""What a change would do to everybody it reaches, before it is saved."""

from collections.abc import Sequence

from starlette.responses import Response

from twincal.core.settings_table import SETTINGS
from twincal.engine.preview import Preview
from twincal.engine.report import Counts, Sides
from twincal.engine.whatif import Change
from twincal.errors import WrongInput
from twincal.web.pages.settings import lock_of, place, typing_kept, unlocked
from twincal.web.visit import Visit, act, page

LINES: tuple[tuple[str, str, str], ...] = (
    ("Create in Exchange", "create", "exchange"),
    ("Create in Salesforce", "create", "salesforce"),
    ("Update in Exchange", "update", "exchange"),
    ("Update in Salesforce", "update", "salesforce"),
    ("Delete in Exchange", "delete", "exchange"),
    ("Delete in Salesforce", "delete", "salesforce"),
    ("Link the two copies", "link", ""),
    ("Leave as it is", "freeze", ""),
    ("Hold for a person", "held", ""),
    ("Unresolved", "unresolved", ""),
    ("Excluded", "excluded", ""),
    ("Prevented by a setting", "prevented", ""),
    ("Mail that Exchange would send", "mail", ""),
)
"""What is counted: in words, the count, and its side."""


async def preview_setting(visit: Visit) -> Response:
    """What a change would do; from there it is saved."""
    level, name = await place(visit)
    key = visit.asked("key")
    if key not in SETTINGS:
        raise WrongInput(f"There is no setting {key!r}.", "Load the page anew.")
    await unlocked(visit, level, name, key)
    value = None if visit.asked("give_up") else visit.asked("value")
    lock = None if visit.asked("give_up") else lock_of(visit, level)
    change = Change(level=level, name=name, key=key, value=value, lock=lock)
    with typing_kept(visit, level, name):
        await visit.service.checked(change)
    reached = await visit.service.reached_by(change)
    job = visit.jobs.begin(visit.visitor.id, change, sum(one.active for one in reached), lambda: visit.service.what_if(change))
    await visit.jobs.settled(job, 3)
    return await visit.go(f"/what-if/{job.id}", next=visit.asked("next", "/"))


async def what_if(visit: Visit) -> Response:
    """How far a what-if has got, and what it found."""
    job = visit.jobs.find(visit.request.path_params["job"], visit.visitor.id)
    if job is None:
        return await visit.page(
            "failure.html", status=404, message="This preview is no longer there.", remedy="Go back to the settings and ask again."
        )
    label = SETTINGS[job.change.key].label if job.change.key else "Profile"
    return await visit.page(
        "what_if.html", job=job, label=label, table=SETTINGS, next=visit.asked("next", "/"), sums=sums(job.found)
    )  # fmt: skip


def sums(previews: Sequence[Preview]) -> list[tuple[str, int, int]]:
    """What the next cycle would do for everybody together, as things are and with the change."""
    today = [one.today for one in previews]
    changed = [one.changed for one in previews if one.changed is not None]
    return [(head, _total(today, what, side), _total(changed, what, side)) for head, what, side in LINES]


def _total(counts: Sequence[Counts], what: str, side: str) -> int:
    values = [getattr(count, what) for count in counts]
    return sum(getattr(value, side) if isinstance(value, Sides) else value for value in values)


PAGES = (
    act("/settings/preview", preview_setting, quiet=True),
    page("/what-if/{job}", what_if),
)
