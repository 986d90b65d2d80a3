"""docs/settings.md: every setting with its default, its values, where it can be set, and the rules it decides."""

from collections.abc import Iterable

from tools.pages.markdown import page, table
from twincal.core.explain import RULES
from twincal.core.rules.table import Rule
from twincal.core.setting_kinds import Choice
from twincal.core.settings_table import DIRECTION, LEVELS, ROWS, Setting
from twincal.core.vocabulary import Level

INTRODUCTION = """\
A setting can be set at four levels: the organization, a subscription, a profile, a person. Each level may set a *value* and a
*lock*. What holds for a person is the topmost lock; else the nearest value, from the person upwards; else the default. A lock
without a value of its own locks what is inherited. `twincal settings show --who MAILBOX` tells what holds, where it comes
from, and who locked it.

```console
twincal settings set mode=match                                        # for the subscription
twincal settings set mode=sync_all --level profile --who Administrator
twincal settings set prevent.delete_in_exchange=on --level organization --lock
twincal settings unset mode --level profile --who Administrator
twincal plan --with mode=sync_all                                      # what would happen, before it is set
```"""


def draw() -> str:
    """The whole page."""
    overview = table(
        ["setting", "what it is", "default"],
        ([f"[`{row.key}`](#{_anchor(row)})", row.label, _default(row)] for row in ROWS),
    )
    preset = ["## A preset", _setting(DIRECTION)]
    return page("Settings", INTRODUCTION, "## All settings", overview, *(_setting(row) for row in ROWS), *preset)


def _setting(row: Setting) -> str:
    facts = [f"- **It can be:** {row.kind.allowed}{_phrases(row)}", f"- **Default:** {_default(row)}"]
    facts.append(f"- **Set by:** {_levels(row.levels)}" + ("; the values of all levels add up" if row.adds_up else ""))
    rules = [rule for rule in RULES.values() if _decides(row, rule)]
    if rules:
        facts.append("- **Rules it decides:** " + ", ".join(_link(rule) for rule in rules))
    return f"### {row.key}\n\n**{row.label}.** {row.help}\n\n" + "\n".join(facts)


def _decides(row: Setting, rule: Rule) -> bool:
    return rule.setting == row.key


def _link(rule: Rule) -> str:
    return f"[{rule.code}](decisions.md#{rule.code.lower()})"


def _phrases(row: Setting) -> str:
    if not isinstance(row.kind, Choice):
        return ""
    return " (" + "; ".join(f"`{word.value}`: {word.phrase}" for word in row.kind.words) + ")"


def _default(row: Setting) -> str:
    text = row.kind.format(row.default)
    return f"`{text}`" if text else "empty"


def _levels(levels: Iterable[Level]) -> str:
    allowed = tuple(levels)
    return "every level" if allowed == LEVELS else ", ".join(level.phrase for level in allowed)


def _anchor(row: Setting) -> str:
    return row.key.replace(".", "")
