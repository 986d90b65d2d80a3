"""THE table of settings: one row each. The command line, the web app and the page `settings` of the docs read these
rows."""

from collections.abc import Mapping
from difflib import get_close_matches

from msgspec import Struct

from twincal.core.setting_kinds import Addresses, CategoryName, Choice, Switch, Value, ValueKind, Whole
from twincal.core.vocabulary import Level, Mode, Operation, Side, Word
from twincal.errors import WrongInput

LEVELS = (Level.ORGANIZATION, Level.SUBSCRIPTION, Level.PROFILE, Level.USER)
"""From the top down (SPEC 9)."""
ADMINISTRATORS = LEVELS[:3]
WHOLE_HOUSE = LEVELS[:2]
WIDEST_WINDOW = 1824
"""Days, past and future together: one reading of an Exchange calendar may span 1,825 (Graph, calendarView), today is one."""


class Conflict(Word):
    """Who wins where both sides changed the same field (SPEC 6). It never concerns the body."""

    EXCHANGE = "exchange", "Exchange wins"
    SALESFORCE = "salesforce", "Salesforce wins"
    LATEST = "latest", "the latest edit wins"
    HOLD = "hold", "a person decides"


class Notify(Word):
    """May an edit made in Salesforce let Exchange mail the attendees of a meeting (SPEC 7)?"""

    UPDATES = "updates", "updates may notify, cancellations wait"
    NEVER = "never", "never, such steps wait"
    ALWAYS = "always", "always"


class PrivateItems(Word):
    """What becomes of private items (SPEC 3.3)."""

    OFF = "off", "ignored completely"
    MASKED = "masked", "synced as `Private`"
    FULL = "full", "synced in full"


class Direction(Word):
    """A preset over the six Prevent Operations (SPEC 7)."""

    BOTH = "both", "both ways"
    TO_SALESFORCE = "to_salesforce", "from Exchange to Salesforce only"
    TO_EXCHANGE = "to_exchange", "from Salesforce to Exchange only"


class Setting(Struct, frozen=True, kw_only=True):
    """One row. `levels` may set it; `adds_up` tells that the values of all levels are united (the Ignore List)."""

    key: str
    label: str
    help: str
    kind: ValueKind
    default: Value
    levels: tuple[Level, ...] = LEVELS
    adds_up: bool = False

    def parse(self, text: str) -> Value:
        """The value that a text means. Raises WrongInput that names the key, the text and what it can be."""
        try:
            return self.kind.parse(text)
        except ValueError as error:
            remedy = f"It can be {self.kind.allowed}."
            message = f"`{self.key}` cannot be `{text.strip()}`" + (f": {error}" if str(error) else ".")
            raise WrongInput(message, remedy) from None
        except WrongInput as error:
            raise WrongInput(f"`{self.key}`: {error.message}", error.remedy) from None

    def format(self, value: Value) -> str:
        """The value as it is stored and typed."""
        return self.kind.format(value)


def prevent_key(operation: Operation, side: Side) -> str:
    """The switch that prevents this operation on this side."""
    return f"prevent.{operation.value}_in_{side.value}"


def _prevent(operation: Operation, side: Side) -> Setting:
    what = f"{operation.value} nothing in {side.phrase}"
    return Setting(
        key=prevent_key(operation, side),
        label=what[0].upper() + what[1:],
        help=f"While it is on, Twincal {operation.value}s no item in {side.phrase}; each prevented step is listed with "
        "this switch and who set it.",
        kind=Switch(),
        default=False,
    )


def _guard(name: str, label: str, help: str, kind: Whole, default: int) -> Setting:
    return Setting(key=f"guard.{name}", label=label, help=help, kind=kind, default=default, levels=ADMINISTRATORS)


SHARE = Whole(0, 100, "%")
COUNT = Whole(0, 100_000)
ROWS = (
    Setting(
        key="mode",
        label="Mode",
        help="What is created on the other side: nothing (Off), everything (Sync All), what has a matching Contact or "
        "Lead (Match), or what is marked in Outlook (Designate). Items that are linked stay in step in every mode but "
        "Off.",
        kind=Choice(Mode),
        default=Mode.OFF,
    ),
    Setting(
        key="window.past_days",
        label="Days back",
        help=f"How far the window reaches into the past. Past and future together are at most {WIDEST_WINDOW} days.",
        kind=Whole(0, WIDEST_WINDOW, "days"),
        default=30,
    ),
    Setting(
        key="window.future_days",
        label="Days ahead",
        help=f"How far the window reaches into the future. Past and future together are at most {WIDEST_WINDOW} days.",
        kind=Whole(0, WIDEST_WINDOW, "days"),
        default=365,
    ),
    Setting(
        key="designate.category",
        label="Category that marks",
        help="The Outlook category that marks an item for the mode Designate.",
        kind=CategoryName(),
        default="Salesforce",
    ),
    Setting(
        key="exclude.category",
        label="Category that keeps out",
        help="The Outlook category that keeps an item out of the sync in every mode.",
        kind=CategoryName(),
        default="No sync",
    ),
    Setting(
        key="ignore_list",
        label="Ignore List",
        help="Addresses and domains that are never matched with a Contact or Lead. The lists of all levels add up; "
        "nobody can remove an entry that was made above. An entry is for the calendar unless `[email]` stands behind "
        "it.",
        kind=Addresses(),
        default=(),
        adds_up=True,
    ),
    Setting(
        key="global_exclusion_list",
        label="Global Exclusion List",
        help="An item on which one of these addresses or domains stands is excluded as a whole, in every mode. People "
        "see only that an administrator's rule excluded it.",
        kind=Addresses(scoped=False),
        default=(),
        levels=(Level.SUBSCRIPTION,),
    ),
    *(_prevent(operation, side) for side in (Side.SALESFORCE, Side.EXCHANGE) for operation in Operation),
    Setting(
        key="conflict",
        label="Conflicts",
        help="Who wins where both sides changed the same field. The value that lost is kept in the history. The body "
        "always is Exchange's.",
        kind=Choice(Conflict),
        default=Conflict.EXCHANGE,
    ),
    Setting(
        key="notify_attendees",
        label="Notify attendees",
        help="What happens when an edit or deletion made in Salesforce would let Exchange mail the attendees of a "
        "meeting: updates go out and deletions wait (`updates`), all wait (`never`), or all go out (`always`).",
        kind=Choice(Notify),
        default=Notify.UPDATES,
    ),
    Setting(
        key="invite_attendees",
        label="Invite attendees",
        help="While it is on, a meeting made in Salesforce invites its people from Exchange. Exchange then mails them.",
        kind=Switch(),
        default=False,
    ),
    Setting(
        key="private_items",
        label="Private items",
        help="Whether private items are ignored completely, synced as `Private` without any text, or synced in full.",
        kind=Choice(PrivateItems),
        default=PrivateItems.OFF,
        levels=(Level.ORGANIZATION,),
    ),
    _guard(
        "deletions",
        "Most deletions",
        "More deletions than this in one cycle wait for an administrator, whatever the share.",
        COUNT,
        25,
    ),
    _guard(
        "deletion_share",
        "Share of deletions",
        "Deletions of more than this share of the linked future items wait for an administrator.",
        SHARE,
        10,
    ),
    _guard(
        "deletion_floor",
        "Deletions that always pass",
        "As many deletions as this are allowed even where they are more than the share.",
        COUNT,
        5,
    ),
    _guard(
        "updates_share",
        "Share of updates",
        "Updates of more than this share of the linked items wait for an administrator.",
        SHARE,
        30,
    ),
    _guard(
        "updates_floor",
        "Updates that always pass",
        "As many updates as this are allowed even where they are more than the share.",
        COUNT,
        5,
    ),
    _guard(
        "creations",
        "Most creations",
        "More creations than this in one cycle after the first sync wait for an administrator.",
        COUNT,
        500,
    ),
    _guard(
        "emptied",
        "Emptied side",
        "Where more items than this were linked, a side that shows nothing at all is not believed: the deletions wait.",
        COUNT,
        3,
    ),
    Setting(
        key="poll.interval_seconds",
        label="Interval",
        help="How often Twincal looks at both calendars of a person, in seconds.",
        kind=Whole(5, 86_400, "seconds"),
        default=60,
        levels=WHOLE_HOUSE,
    ),
    Setting(
        key="session.minutes",
        label="Sign out after",
        help="After how many minutes without a request somebody has to sign in to the web app again.",
        kind=Whole(15, 60, "minutes"),
        default=30,
        levels=WHOLE_HOUSE,
    ),
    Setting(
        key="report.daily",
        label="Daily report",
        help="While it is on, an e-mail each morning tells what was synced since the last one, and what waits for you.",
        kind=Switch(),
        default=False,
    ),
    Setting(
        key="history.retention_days",
        label="Keep the history",
        help="How many days the history of an item is kept after the last thing that happened to it.",
        kind=Whole(1, 3650, "days"),
        default=30,
        levels=WHOLE_HOUSE,
    ),
    Setting(
        key="retry.days",
        label="Retry unresolved items",
        help="How many days after it was first seen an unresolved item is tried, before it is given up.",
        kind=Whole(1, 365, "days"),
        default=30,
        levels=ADMINISTRATORS,
    ),
)
SETTINGS: Mapping[str, Setting] = {row.key: row for row in ROWS}

DIRECTION = Setting(
    key="direction",
    label="Direction",
    help="A preset that sets the six Prevent Operations: `to_salesforce` lets nothing be written in Exchange, "
    "`to_exchange` nothing in Salesforce, `both` allows everything. It is not stored itself.",
    kind=Choice(Direction),
    default=Direction.BOTH,
)
CLOSED = {Direction.BOTH: None, Direction.TO_SALESFORCE: Side.EXCHANGE, Direction.TO_EXCHANGE: Side.SALESFORCE}
"""The side a direction writes nothing in."""


def setting(key: str) -> Setting:
    """The row of a key. Raises WrongInput that names the nearest key."""
    row = SETTINGS.get(key.strip())
    if row is None:
        near = get_close_matches(key.strip().lower(), (*SETTINGS, DIRECTION.key), 1, 0.5)
        remedy = f"Did you mean `{near[0]}`?" if near else "`twincal settings show` lists all settings."
        raise WrongInput(f"There is no setting `{key.strip()}`.", remedy)
    return row


def expanded(key: str, text: str) -> Mapping[str, str]:
    """The settings that a key and its text stand for: themselves, or the six switches of a direction."""
    if key.strip() != DIRECTION.key:
        return {setting(key).key: text}
    wanted = DIRECTION.parse(text)
    closed = next(side for direction, side in CLOSED.items() if direction is wanted)
    return {prevent_key(o, s): "on" if s is closed else "off" for s in Side for o in Operation}
