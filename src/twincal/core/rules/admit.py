"""Is this item synced at all? The first row that matches decides (SPEC 2 and 3)."""

from collections.abc import Mapping

from twincal.core.rules.table import Policy, Rule, Table, YesNo, any_of
from twincal.core.vocabulary import Kind, Mode, Side, Word


class Admission(Word):
    """What the table answers."""

    ADMITTED = "admitted", "is synced"
    NOT_CONSIDERED = "not_considered", "is not considered"
    PRIVATE = "private", "is ignored completely"
    EXCLUDED = "excluded", "is excluded"
    UNRESOLVED = "unresolved", "is unresolved"
    FROZEN = "frozen", "is left as it is on both sides"
    FROZEN_EXCLUDED = "frozen_excluded", "is excluded and left as it is on both sides"


class Standing(Word):
    """May this person's items be synced?"""

    ACTIVE = "active", "active"
    INACTIVE = "inactive", "inactive"


class Place(Word):
    """Where the item lies in time."""

    INSIDE = "inside", "inside the window"
    OUTSIDE = "outside", "outside the window"


class Designation(Word):
    """The mark of Designate on the item. LOST: it had the mark when it was created on the other side."""

    MARKED = "marked", "carries the mark"
    UNMARKED = "unmarked", "carries no mark"
    LOST = "lost", "lost its mark"


class Hope(Word):
    """Who remains of the item's addresses as a match."""

    MATCHED = "matched", "an address has a Contact or Lead"
    UNMATCHED = "unmatched", "no address has a Contact or Lead"
    ALL_IGNORED = "all_ignored", "every address is on the Ignore List"


class Patience(Word):
    """Is an unresolved item still tried?"""

    TRYING = "trying", "still tried"
    GIVEN_UP = "given_up", "given up"


LINKED, UNLINKED = YesNo.YES, YesNo.NO
UNMATCHED = any_of(Hope.UNMATCHED, Hope.ALL_IGNORED)

FACTS: dict[str, type[Word]] = {
    "standing": Standing,
    "mode": Mode,
    "private": YesNo,
    "place": Place,
    "linked": YesNo,
    "cancelled": YesNo,
    "no_sync": YesNo,
    "ignored": YesNo,
    "forbidden": YesNo,
    "born": Side,
    "designation": Designation,
    "kind": Kind,
    "own_ignored": YesNo,
    "hope": Hope,
    "patience": Patience,
}


def possible(facts: Mapping[str, Word]) -> bool:
    """Only a linked item can have lost its mark; only an unlinked item without a match can have been given up."""
    lost = facts["designation"] is Designation.LOST and facts["linked"] is UNLINKED
    given_up = facts["patience"] is Patience.GIVEN_UP and (
        facts["hope"] is Hope.MATCHED or facts["linked"] is LINKED or facts["mode"] is not Mode.MATCH
    )
    return not (lost or given_up)


ROWS = (
    Rule(
        code="A01",
        when={"standing": Standing.INACTIVE},
        then=Admission.NOT_CONSIDERED,
        because="{person} is not active in Twincal.",
        remedy="An administrator activates the person.",
        example="Bo has left the team; his calendar is not looked at.",
    ),
    Rule(
        code="A02",
        when={"mode": Mode.OFF},
        then=Admission.NOT_CONSIDERED,
        because="Calendar sync is off.",
        remedy="Choose a mode: Sync All, Match or Designate.",
        example="A new subscription starts with the mode Off.",
        setting="mode",
    ),
    Rule(
        code="A03",
        when={"private": YesNo.YES, "linked": LINKED},
        then=Admission.PRIVATE,
        because="It became private, so Twincal no longer touches either copy and has erased what it knew of it.",
        remedy="Remove Private from the item on the side where it was set.",
        example="Ann marks a synced meeting as private in Outlook.",
        setting="private_items",
    ),
    Rule(
        code="A04",
        when={"private": YesNo.YES},
        then=Admission.PRIVATE,
        because="It is private, and private items are ignored completely.",
        remedy="Remove Private from the item; only the organization can allow private items to sync.",
        example="A doctor's appointment marked Private.",
        setting="private_items",
    ),
    Rule(
        code="A05",
        when={"place": Place.OUTSIDE, "linked": LINKED},
        then=Admission.FROZEN,
        because="It lies outside the window from {window_start} to {window_end}; both copies stay as they are.",
        remedy="Widen the window (`{setting}`), or move the item into it.",
        example="A synced meeting was moved to a day in two years.",
        setting="window.future_days",
    ),
    Rule(
        code="A06",
        when={"place": Place.OUTSIDE},
        then=Admission.NOT_CONSIDERED,
        because="It lies outside the window from {window_start} to {window_end}.",
        remedy="Widen the window (`{setting}`), or move the item into it.",
        example="A conference in eighteen months.",
        setting="window.future_days",
    ),
    Rule(
        code="A07",
        when={"cancelled": YesNo.YES, "linked": UNLINKED},
        then=Admission.NOT_CONSIDERED,
        because="The organizer cancelled it before it was ever synced.",
        remedy="Nothing to do; a cancelled meeting counts as deleted.",
        example="`Canceled: Kick-off` still stands in Outlook.",
    ),
    Rule(
        code="A08",
        when={"no_sync": YesNo.YES, "linked": LINKED},
        then=Admission.FROZEN_EXCLUDED,
        because="It has the category `{category}`, so it is no longer kept in step; both copies stay.",
        remedy="Remove the category `{category}` in Outlook.",
        example="A synced meeting gets the category `No sync`.",
        setting="exclude.category",
    ),
    Rule(
        code="A09",
        when={"no_sync": YesNo.YES},
        then=Admission.EXCLUDED,
        because="It has the category `{category}`, which keeps it out in every mode.",
        remedy="Remove the category `{category}` in Outlook.",
        example="`Dentist` with the category `No sync`.",
        setting="exclude.category",
    ),
    Rule(
        code="A10",
        when={"ignored": YesNo.YES, "linked": LINKED},
        then=Admission.FROZEN_EXCLUDED,
        because="{person} chose to ignore this item; both copies stay as they are.",
        remedy="Retry the item: that takes *Ignore this item* back.",
        example="Ann ignores a synced meeting from the history.",
    ),
    Rule(
        code="A11",
        when={"ignored": YesNo.YES},
        then=Admission.EXCLUDED,
        because="{person} chose to ignore this item.",
        remedy="Retry the item: that takes *Ignore this item* back.",
        example="Ann ignores an unresolved meeting from the history.",
    ),
    Rule(
        code="A12",
        when={"forbidden": YesNo.YES, "linked": LINKED},
        then=Admission.FROZEN_EXCLUDED,
        because="An administrator's rule now excludes somebody on it; both copies stay as they are.",
        remedy="Ask an administrator about the Global Exclusion List.",
        example="`rival.example` is put on the Global Exclusion List after the meeting was synced.",
        setting="global_exclusion_list",
    ),
    Rule(
        code="A13",
        when={"forbidden": YesNo.YES},
        then=Admission.EXCLUDED,
        because="An administrator's rule excludes somebody on it.",
        remedy="Ask an administrator about the Global Exclusion List.",
        example="A meeting with somebody at `rival.example`, which is on the Global Exclusion List.",
        setting="global_exclusion_list",
    ),
    Rule(
        code="A14",
        when={"linked": LINKED, "mode": Mode.DESIGNATE, "designation": Designation.LOST},
        then=Admission.FROZEN,
        because="Its category `{mark}` was removed, so it is no longer kept in step; both copies stay.",
        remedy="Give it the category `{mark}` again.",
        example="Ann removes the category `Salesforce` from a synced meeting.",
        setting="mode",
    ),
    Rule(
        code="A15",
        when={"linked": LINKED},
        then=Admission.ADMITTED,
        because="It stands in both calendars, so it is kept in step; modes and the Ignore List decide only what is created.",
        remedy="Ignore the item, or give it the category `{category}`, to stop keeping it in step.",
        example="The mode was narrowed to Match after the meeting had been synced.",
    ),
    Rule(
        code="A16",
        when={
            "born": Side.EXCHANGE,
            "mode": Mode.DESIGNATE,
            "designation": any_of(Designation.UNMARKED, Designation.LOST),
        },
        then=Admission.NOT_CONSIDERED,
        because="The mode is Designate and it does not have the category `{mark}`.",
        remedy="Give it the category `{mark}` in Outlook.",
        example="An internal meeting nobody marked.",
        setting="mode",
    ),
    Rule(
        code="A17",
        when={"born": Side.EXCHANGE, "kind": Kind.APPOINTMENT, "mode": Mode.MATCH},
        then=Admission.EXCLUDED,
        because="It is an appointment, it has no invitees, and the mode Match needs a matching Contact or Lead.",
        remedy="Invite a Contact or Lead, or choose the mode Sync All or Designate.",
        example="`Write proposal`, an hour blocked in Outlook.",
        setting="mode",
    ),
    Rule(
        code="A18",
        when={"born": Side.EXCHANGE, "kind": Kind.APPOINTMENT, "own_ignored": YesNo.YES},
        then=Admission.EXCLUDED,
        because="It is an appointment, and the person's own address is on the Ignore List (entry `{entry}`).",
        remedy="Take `{entry}` off the Ignore List.",
        example="Ann's own domain is on her Ignore List; `Write proposal` stays out of Salesforce.",
        setting="ignore_list",
    ),
    Rule(
        code="A19",
        when={"born": Side.EXCHANGE, "kind": Kind.APPOINTMENT},
        then=Admission.ADMITTED,
        because="It is an appointment, and the mode {mode} syncs appointments.",
        remedy="Put the own address on the Ignore List to keep appointments out.",
        example="`Write proposal` appears in Salesforce, related to nobody.",
        setting="mode",
    ),
    Rule(
        code="A20",
        when={"kind": Kind.APPOINTMENT},
        then=Admission.ADMITTED,
        because="It is an appointment made in Salesforce; those sync in every mode.",
        remedy="Ignore the item to keep it out of Exchange.",
        example="`Call back on Friday`, entered in Salesforce.",
        one_way="Appointments made in Exchange follow the mode; those made in Salesforce always sync.",
    ),
    Rule(
        code="A21",
        when={"mode": Mode.MATCH, "hope": UNMATCHED, "patience": Patience.GIVEN_UP},
        then=Admission.EXCLUDED,
        because="It was unresolved for {days} days and was given up; it reopens when the item, a matching record or a "
        "setting changes.",
        remedy="Create a Contact or Lead with one of its addresses, or retry the item.",
        example="A meeting with a stranger, first seen five weeks ago.",
        setting="mode",
    ),
    Rule(
        code="A22",
        when={"mode": Mode.MATCH, "hope": Hope.ALL_IGNORED},
        then=Admission.UNRESOLVED,
        because="The mode is Match and every address on it is on the Ignore List.",
        remedy="Take one of its addresses off the Ignore List, or choose the mode Sync All.",
        example="Everybody on the meeting, Ann included, is at `acme.example`, which she ignores.",
        setting="ignore_list",
    ),
    Rule(
        code="A23",
        when={"mode": Mode.MATCH, "hope": Hope.UNMATCHED},
        then=Admission.UNRESOLVED,
        because="The mode is Match and no Contact or Lead has any of these addresses: {addresses}.",
        remedy="Create a Contact or Lead with one of these addresses, or choose the mode Sync All.",
        example="A first meeting with somebody who is not in Salesforce yet.",
        setting="mode",
    ),
    Rule(
        code="A24",
        when={"mode": Mode.MATCH},
        then=Admission.ADMITTED,
        because="The mode is Match and a Contact or Lead has one of its addresses.",
        remedy="Ignore the item, or put the matching addresses on the Ignore List.",
        example="A meeting with Carla, who is a Contact.",
        setting="mode",
    ),
    Rule(
        code="A25",
        when={},
        then=Admission.ADMITTED,
        because="It is a meeting, and the mode {mode} needs no matching record.",
        remedy="Ignore the item, or give it the category `{category}`, to keep it out.",
        example="A team meeting in the mode Sync All.",
        setting="mode",
    ),
)

ADMIT = Table("admit", Policy.FIRST, FACTS, ROWS, possible, "Is it synced at all?")
