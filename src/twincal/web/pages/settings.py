"""Settings: every one with its help, its effective value and where that comes from; what a change would do, before it is saved."""

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace
from starlette.responses import Response

from twincal.core.settings_table import SETTINGS
from twincal.core.vocabulary import Level
from twincal.engine.administration import FOR_ADMINISTRATORS, SettingShown
from twincal.errors import WrongInput
from twincal.web.navigation import BY_LEVEL
from twincal.web.visit import Needs, Refused, Visit, act, page

PARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("sync", "What is synced", ("mode", "designate.category", "exclude.category", "window.past_days", "window.future_days")),
    ("lists", "Addresses", ("ignore_list", "global_exclusion_list")),
    ("edits", "Edits on both sides", ("conflict", "notify_attendees", "invite_attendees", "private_items")),
    ("prevent", "What Twincal may not do", tuple(key for key in SETTINGS if key.startswith("prevent."))),
    ("guards", "Guards", tuple(key for key in SETTINGS if key.startswith("guard."))),
)


def parts() -> list[tuple[str, str, tuple[str, ...]]]:
    """All settings in groups; what is in none of them stands in the last."""
    told = {key for _, _, keys in PARTS for key in keys}
    return [*PARTS, ("times", "Times and other things", tuple(key for key in SETTINGS if key not in told))]


async def my_settings(visit: Visit) -> Response:
    """The settings of one person."""
    member = await visit.member(visit.asked("who"))
    return await shown(visit, Level.USER, member.mailbox, f"Settings of {member.name or member.mailbox}")


async def level_settings(visit: Visit) -> Response:
    """The settings of a level that the visitor is an administrator of."""
    level, name = await place(visit)
    title = {Level.ORGANIZATION: "Settings of the organization", Level.SUBSCRIPTION: "Settings of the subscription"}
    return await shown(visit, level, name, title.get(level, f"Settings of the profile {name}"))


async def shown(visit: Visit, level: Level, name: str, title: str) -> Response:
    """The page of one level."""
    found = {one.key: one for one in await settings_for(visit, level, name)}
    undo, typed = visit.data.pop("undo", None), visit.data.pop("typed", None)
    typed = typed if isinstance(typed, dict) and typed["place"] == [level.value, name] else {}
    await visit.keep()
    member = await visit.member(name) if level is Level.USER else None
    own = member is not None and member.id == visit.visitor.person
    groups = [(key, head, [one for one in keys if _concerns(level, found[one])]) for key, head, keys in parts()]
    return await visit.page(
        "settings.html", title="My settings" if own else title, level=level, name=name, found=found, table=SETTINGS,
        groups=[group for group in groups if group[2]], undo=undo, member=member, typed=typed,
        inside="My settings" if own else BY_LEVEL[level],
        mine=level is Level.USER and not await administered(visit, name),
    )  # fmt: skip


async def settings_for(visit: Visit, level: Level, name: str) -> list[SettingShown]:
    """Every setting as it applies at a level; people see nothing of what is for administrators alone."""
    found = await visit.service.settings_at(level, name)
    if level is not Level.USER or await administered(visit, name):
        return found
    return [replace(one, value="", own="") if one.key in FOR_ADMINISTRATORS else one for one in found]


def _concerns(level: Level, one: SettingShown) -> bool:
    """Is a setting of interest at a level? People see what they may set, and what is locked for them."""
    return level is not Level.USER or Level.USER in SETTINGS[one.key].levels or bool(one.locked_by)


async def place(visit: Visit) -> tuple[Level, str]:
    """The level that a page or a form is about. Raises Refused where the visitor does not reach it."""
    try:
        level = Level.of_value(visit.asked("level", Level.USER.value))
    except KeyError as error:
        raise WrongInput("There is no such level.", "Go back and load the page anew.") from error
    name = visit.asked("name")
    if level is Level.USER:
        name = (await visit.member(name)).mailbox
    await visit.reach(level, name)
    return level, name


async def unlocked(visit: Visit, level: Level, name: str, key: str) -> None:
    """Raises Refused where an administrator has locked a person's own setting, as the emergency stop does, and the person asks."""
    if level is not Level.USER:
        return
    shown = next((one for one in await visit.service.settings_at(level, name) if one.key == key), None)
    if shown is not None and shown.lock_level == level.value and not await administered(visit, name):
        raise Refused("An administrator has locked this for you.", "Ask an administrator of your organization.")


async def administered(visit: Visit, mailbox: str) -> bool:
    """Is the visitor an administrator of this person's part?"""
    member = await visit.member(mailbox)
    return visit.visitor.reaches(Level.USER, profile=member.profile)


def lock_of(visit: Visit, level: Level) -> bool | None:
    """The lock that a form asks for; a person's own settings have none."""
    return None if level is Level.USER else bool(visit.asked("lock"))


@contextmanager
def typing_kept(visit: Visit, level: Level, name: str) -> Iterator[None]:
    """What is wrong is told beside the field, in which what was typed still stands. Lets WrongInput through."""
    try:
        yield
    except WrongInput as error:
        visit.data["typed"] = {
            "place": [level.value, name], "key": visit.asked("key"), "value": visit.asked("value"), "error": error.message,
        }  # fmt: skip
        raise


async def set_value(visit: Visit) -> Response:
    """Save one setting."""
    level, name = await place(visit)
    key = visit.asked("key")
    await unlocked(visit, level, name, key)
    old = {one.key: one for one in await visit.service.settings_at(level, name)}.get(key)
    with typing_kept(visit, level, name):
        if visit.asked("give_up"):
            after = await visit.service.unset_setting(key, level=level.value, who=name)
        else:
            value, lock = visit.asked("value"), lock_of(visit, level)
            after = await visit.service.set_setting(key, value, level=level.value, who=name, lock=lock)
    if old is not None:
        own = old.level == level.value
        visit.data["undo"] = {
            "key": key, "value": old.own if own else "", "give_up": "" if own else "1", "level": level.value, "name": name,
            "lock": "1" if old.lock_level == level.value else "",
        }  # fmt: skip
    label = SETTINGS[after.key].label
    return await visit.back(
        f"{label} is now {after.value or 'empty'}; before, it was {old.value if old and old.value else 'empty'}."
    )


PAGES = (
    page("/settings", my_settings),
    page("/admin/settings", level_settings, needs=Needs.ADMINISTRATOR),
    act("/settings/set", set_value),
)
