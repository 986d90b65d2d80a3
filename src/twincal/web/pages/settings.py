"""Settings: every one with its help, its effective value and where that comes from; what a change would do, before it is saved."""

from starlette.responses import Response

from twincal.core.settings_table import SETTINGS
from twincal.core.vocabulary import Level
from twincal.errors import WrongInput
from twincal.web.visit import Visit, act, page


async def my_settings(visit: Visit) -> Response:
    """The settings of one person."""
    member = await visit.member(visit.asked("who"))
    shown = await visit.service.settings(member.mailbox)
    return await visit.page("settings.html", member=member, shown=shown, table=SETTINGS, level=Level.USER)


async def set_value(visit: Visit) -> Response:
    """Save one setting."""
    level, name = await _place(visit)
    before = await visit.service.settings(name if level is Level.USER else "")
    old = next((one.value for one in before if one.key == visit.asked("key")), "")
    shown = await visit.service.set_setting(visit.asked("key"), visit.asked("value"), level=level.value, who=name)
    return await visit.back(f"{SETTINGS[shown.key].label} is now {shown.value or 'empty'}; before, it was {old or 'empty'}.")


async def give_up_value(visit: Visit) -> Response:
    """Take an own value back, so that the inherited one counts."""
    level, name = await _place(visit)
    shown = await visit.service.unset_setting(visit.asked("key"), level=level.value, who=name)
    return await visit.back(f"{SETTINGS[shown.key].label} is inherited again: {shown.value or 'empty'}.")


async def _place(visit: Visit) -> tuple[Level, str]:
    """The level that a form is about. Raises Refused where the visitor does not reach it."""
    try:
        level = Level.of_value(visit.asked("level", Level.USER.value))
    except KeyError as error:
        raise WrongInput("There is no such level.", "Go back and load the page anew.") from error
    name = visit.asked("who")
    if level is Level.USER:
        name = (await visit.member(name)).mailbox
    await visit.reach(level, name)
    return level, name


PAGES = (
    page("/settings", my_settings),
    act("/settings/set", set_value),
    act("/settings/unset", give_up_value),
)
