"""What is allowed and wanted for one person: each setting with the level, the person and the time it comes from (SPEC
9)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.addresses import AddressList, ListEntry, merged_entries
from twincal.core.setting_kinds import Value
from twincal.core.settings_table import (
    CLOSED,
    LEVELS,
    SETTINGS,
    WIDEST_WINDOW,
    Conflict,
    Direction,
    Notify,
    PrivateItems,
    Setting,
    expanded,
    prevent_key,
    setting,
)
from twincal.core.trees import Window, window_on
from twincal.core.vocabulary import Level, Mode, Operation, Side
from twincal.errors import WrongInput

__all__ = [
    "LEVELS", "SETTINGS", "Conflict", "Direction", "Effective", "Explicit", "Notify", "Policy", "PrivateItems",
    "check_set", "check_unset", "resolve",
]  # fmt: skip


class Explicit(Struct, frozen=True, omit_defaults=True):
    """What somebody set at one level: a value (its text), a lock, or both. Only these are stored (SPEC 9).

    `name` is the level's own name (the profile `Sales`, the mailbox of a user); `who` and `when` say who set it, and
    when (UTC). A row with neither value nor lock says nothing.
    """

    key: str
    level: Level
    name: str = ""
    value: str | None = None
    lock: bool = False
    who: str = ""
    when: datetime | None = None


class Effective(Struct, frozen=True, omit_defaults=True):
    """The value that holds for a person, where it comes from, and who locked it (SPEC 9)."""

    key: str
    value: Value
    level: Level = Level.DEFAULT
    name: str = ""
    who: str = ""
    when: datetime | None = None
    locked_by: Level | None = None
    locked_name: str = ""
    locked_who: str = ""
    locked_when: datetime | None = None

    @property
    def text(self) -> str:
        """The value as it is typed."""
        return SETTINGS[self.key].format(self.value)


class Policy(Struct, frozen=True, kw_only=True):
    """All effective settings of one person, typed as rules use them; `origin` tells where each comes from.

    Fields are named like their keys, with `_` for the dot. Days, seconds and per cent are whole numbers. `ignore_list`
    is the calendar's part of the Ignore List. `digest` changes when any effective value does.
    """

    explicits: tuple[Explicit, ...]
    effective: Mapping[str, Effective]
    digest: str
    ignore_list: AddressList
    exclusion_list: AddressList
    mode: Mode
    window_past_days: int
    window_future_days: int
    designate_category: str
    exclude_category: str
    conflict: Conflict
    notify_attendees: Notify
    invite_attendees: bool
    private_items: PrivateItems
    guard_deletions: int
    guard_deletion_share: int
    guard_deletion_floor: int
    guard_updates_share: int
    guard_updates_floor: int
    guard_creations: int
    guard_emptied: int
    poll_interval_seconds: int
    session_minutes: int
    report_daily: bool
    history_retention_days: int
    retry_days: int

    def origin(self, key: str) -> Effective:
        """A setting with where it comes from. Raises WrongInput for a key that does not exist."""
        return self.effective[setting(key).key]

    def window(self, today: date) -> Window:
        """The window on a day; never wider than Exchange can be read, the far end gives way (SPEC 3.2)."""
        return window_on(today, self.window_past_days, min(self.window_future_days, WIDEST_WINDOW - self.window_past_days))

    def prevents(self, operation: Operation, side: Side) -> bool:
        """Is this operation prevented on this side (SPEC 7)?"""
        return self.effective[prevent_key(operation, side)].value is True

    @property
    def direction(self) -> Direction | None:
        """The preset that the six switches amount to, None where they are mixed otherwise (SPEC 7)."""
        shut = {(o, s) for o in Operation for s in Side if self.prevents(o, s)}
        return next((d for d, side in CLOSED.items() if shut == {(o, side) for o in Operation if side}), None)

    def ignore_entry_origin(self, entry: str) -> Effective | None:
        """Where an entry of the Ignore List was made: the topmost level that has it, so the one that can remove it
        (SPEC 8)."""
        row = SETTINGS["ignore_list"]
        for explicit in _in_reach(_by_level(row, self.explicits)):
            for found in _entries(row, explicit):
                if found.text == entry:
                    return _from(row, explicit, (found,), None)
        return None

    def with_changes(
        self, changes: Mapping[str, str], level: Level | None = None, *, who: str = "", when: datetime | None = None
    ) -> "Policy":
        """The policy as it would be (SPEC 11, what-if): the changes made at a level, by default the subscription, or
        the top where a setting cannot be made there. Raises WrongInput as `check_set` does; locks are respected."""
        explicits = self.explicits
        for key, text in changes.items():
            for one, value in expanded(key, text).items():
                allowed = setting(one).levels
                usual = Level.SUBSCRIPTION if Level.SUBSCRIPTION in allowed else allowed[0]
                explicits = _put(explicits, _changed(explicits, one, level or usual, value, None, "", who, when))
        changed = resolve(explicits)
        _refuse_contradictions(changed)
        return changed


def resolve(explicits: Iterable[Explicit] = ()) -> Policy:
    """The effective settings out of what the levels above and of one person set (SPEC 9).

    The topmost lock wins, else the nearest value from the user upwards, else the default; a lock without a value locks
    what is inherited. The Ignore List is the union of all levels down to the topmost lock. What stands at a level that
    may not set the key has no effect. The order of `explicits` does not matter; there is one at most for each key and
    level.
    """
    told = _sorted(explicits)
    found = {row.key: _effective(row, _by_level(row, told)) for row in SETTINGS.values()}
    values: dict[str, Any] = {key.replace(".", "_"): one.value for key, one in found.items()}
    fields = {name: values[name] for name in Policy.__struct_fields__ if name in values}
    fields["ignore_list"] = AddressList.of(values["ignore_list"])
    fields["exclusion_list"] = AddressList.of(values["global_exclusion_list"])
    return Policy(explicits=told, effective=found, digest=_digest(found), **fields)


def check_set(
    explicits: Sequence[Explicit], key: str, level: Level, value_text: str | None, lock: bool | None = None, *,
    name: str = "", who: str = "", when: datetime | None = None,
) -> tuple[Explicit, ...]:  # fmt: skip
    """The rows to store when somebody sets a value (None: leaves it) and a lock (None: leaves it) at a level.

    `explicits` is what stands at this level and above it. Several rows come of `direction` only. Raises WrongInput, and
    nothing is to be stored: an unknown key, a wrong value, a level that may not set it, a lock above, a contradiction.
    """
    wanted: Mapping[str, str | None] = {setting(key).key: None} if value_text is None else expanded(key, value_text)
    rows = tuple(_changed(explicits, one, level, text, lock, name, who, when) for one, text in wanted.items())
    _refuse_contradictions(resolve(_put(explicits, *rows)))
    return rows


def check_unset(explicits: Sequence[Explicit], key: str, level: Level) -> tuple[Explicit, ...]:
    """The rows that are to be removed when a level gives up a setting; none where it had set nothing. Raises
    WrongInput for a key that does not exist, or when what is inherited then contradicts another setting."""
    keys = expanded(key, Direction.BOTH.value)
    gone = tuple(row for row in explicits if row.key in keys and row.level is level)
    _refuse_contradictions(resolve(row for row in explicits if row not in gone))
    return gone


def _changed(
    explicits: Iterable[Explicit], key: str, level: Level, text: str | None, lock: bool | None, name: str, who: str,
    when: datetime | None,
) -> Explicit:  # fmt: skip
    """One row as it is after a change that the levels above permit."""
    row = setting(key)
    if level not in row.levels:
        where = " or ".join(allowed.phrase for allowed in row.levels)
        raise WrongInput(f"`{row.key}` cannot be set for {level.phrase}.", f"It is set for {where}.")
    value = None if text is None else row.format(row.parse(text))
    own = _by_level(row, explicits)
    above = next((e for e in own if e.lock and LEVELS.index(e.level) < LEVELS.index(level)), None)
    if above is not None:
        by = f" by {above.who}" if above.who else ""
        raise WrongInput(f"`{row.key}` is locked for {_place(above.level, above.name)}{by}.", "Ask there to unlock it.")
    old = next((e for e in own if e.level is level), Explicit(row.key, level))
    return Explicit(
        key=row.key,
        level=level,
        name=name or old.name,
        value=old.value if value is None else value,
        lock=old.lock if lock is None else lock,
        who=who,
        when=when,
    )


def _place(level: Level, name: str) -> str:
    return f"{level.phrase} {name}".rstrip()


def _put(explicits: Iterable[Explicit], *rows: Explicit) -> tuple[Explicit, ...]:
    places = {(row.key, row.level) for row in rows}
    return (*(e for e in explicits if (e.key, e.level) not in places), *rows)


def _refuse_contradictions(policy: Policy) -> None:
    """Settings that are well each by itself and not together."""
    past, future = policy.window_past_days, policy.window_future_days
    if past + future > WIDEST_WINDOW:
        raise WrongInput(
            f"The window would be {past + future} days wide: {past} days back (`window.past_days`) and {future} days "
            f"ahead (`window.future_days`).",
            f"Both together can be {WIDEST_WINDOW} days at most.",
        )
    if policy.designate_category.casefold() == policy.exclude_category.casefold():
        raise WrongInput(
            f"The category `{policy.designate_category}` would both mark items (`designate.category`) and keep them "
            f"out (`exclude.category`).",
            "Choose two different categories.",
        )


def _sorted(explicits: Iterable[Explicit]) -> tuple[Explicit, ...]:
    told = sorted(explicits, key=lambda e: (setting(e.key).key, LEVELS.index(e.level)))
    for one, next_one in pairwise(told):
        if (one.key, one.level) == (next_one.key, next_one.level):
            raise ValueError(f"two rows of {one.key} for {one.level.phrase}")
    return tuple(told)


def _by_level(row: Setting, explicits: Iterable[Explicit]) -> list[Explicit]:
    """What was set of one key, from the top down."""
    own = (e for e in explicits if e.key == row.key and e.level in row.levels)
    return sorted(own, key=lambda e: LEVELS.index(e.level))


def _in_reach(own: list[Explicit]) -> list[Explicit]:
    """Down to the topmost lock, that one included."""
    end = next((n for n, e in enumerate(own, start=1) if e.lock), len(own))
    return own[:end]


def _effective(row: Setting, own: list[Explicit]) -> Effective:
    reach = _in_reach(own)
    lock = reach[-1] if reach and reach[-1].lock else None
    told = [e for e in reach if e.value is not None]
    if not told:
        return _from(row, Explicit(row.key, Level.DEFAULT), row.default, lock)
    if row.adds_up:
        return _from(row, told[-1], merged_entries(*(_entries(row, e) for e in told)), lock)
    return _from(row, told[-1], row.parse(told[-1].value or ""), lock)


def _entries(row: Setting, explicit: Explicit) -> tuple[ListEntry, ...]:
    value = row.parse(explicit.value or "")
    return value if isinstance(value, tuple) else ()


def _from(row: Setting, source: Explicit, value: Value, lock: Explicit | None) -> Effective:
    found = Effective(row.key, value, source.level, source.name, source.who, source.when)
    if lock is None:
        return found
    return replace(found, locked_by=lock.level, locked_name=lock.name, locked_who=lock.who, locked_when=lock.when)


def _digest(found: Mapping[str, Effective]) -> str:
    """The order of a list's entries does not count: it changes no decision."""
    told = sorted((key, sorted(map(str, e.value)) if isinstance(e.value, tuple) else e.text) for key, e in found.items())
    return blake2b(repr(told).encode(), digest_size=16).hexdigest()
