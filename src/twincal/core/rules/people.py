"""Whom is the Salesforce event tied to? The first row that matches decides (SPEC 4)."""

from collections.abc import Mapping

from twincal.core.rules.table import Policy, Rule, Table, YesNo
from twincal.core.vocabulary import Kind, Side, Word


class Ties(Word):
    """What the table answers."""

    KEEP = "keep", "keep the relations that stand in Salesforce"
    NOBODY = "nobody", "relate to nobody"
    CONTACTS = "contacts", "relate to the matching Contacts"
    FIRST_CONTACTS = "first_contacts", "relate to the first 50 Contacts"
    FIRST_CONTACT = "first_contact", "relate to the first Contact"
    FIRST_LEAD = "first_lead", "relate to the first Lead"


class Count(Word):
    """How many records of a kind matched. TOO_MANY: more than one event can hold (50)."""

    NONE = "none", "none"
    ONE = "one", "one"
    SEVERAL = "several", "several"
    TOO_MANY = "too_many", "more than 50"


FACTS: dict[str, type[Word]] = {
    "born": Side,
    "kind": Kind,
    "contacts": Count,
    "leads": Count,
    "shared": YesNo,
}
MOST_CONTACTS = 50
"""Contacts one event can be related to with Shared Activities (Object Reference, EventRelation)."""


def possible(facts: Mapping[str, Word]) -> bool:
    """For Leads it only matters whether there is none, one or several."""
    return facts["leads"] is not Count.TOO_MANY


ROWS = (
    Rule(
        code="P01",
        when={"born": Side.SALESFORCE},
        then=Ties.KEEP,
        because="It was made in Salesforce; its relations there are kept.",
        remedy="Change the relations in Salesforce.",
        example="A call entered on an Account keeps its Account and its Contact.",
        one_way="Relations exist in Salesforce only.",
    ),
    Rule(
        code="P02",
        when={"kind": Kind.APPOINTMENT},
        then=Ties.NOBODY,
        because="It is an appointment, so it is related to nobody.",
        remedy="Invite a Contact or Lead, or set the relation in Salesforce; Twincal keeps it.",
        example="`Write proposal` has no Name in Salesforce.",
    ),
    Rule(
        code="P03",
        when={"contacts": Count.TOO_MANY, "shared": YesNo.YES},
        then=Ties.FIRST_CONTACTS,
        because="More than 50 Contacts match; Salesforce relates an event to 50, so the first 50 were taken. Left out: {left_out}.",
        remedy="Nothing to do; the limit is Salesforce's.",
        example="A webinar with 80 customers.",
    ),
    Rule(
        code="P04",
        when={"contacts": Count.ONE, "leads": Count.NONE},
        then=Ties.CONTACTS,
        because="One Contact matches: {chosen}.",
        remedy="Put the address on the Ignore List to leave the Contact out.",
        example="A meeting with Carla, who is a Contact.",
    ),
    Rule(
        code="P05",
        when={"contacts": Count.SEVERAL, "leads": Count.NONE, "shared": YesNo.YES},
        then=Ties.CONTACTS,
        because="Several Contacts match: {chosen}.",
        remedy="Put an address on the Ignore List to leave its Contact out.",
        example="A meeting with Carla and Dan, both Contacts.",
    ),
    Rule(
        code="P06",
        when={"contacts": Count.ONE},
        then=Ties.CONTACTS,
        because="A Contact matches, and Contacts win over Leads: {chosen}. Left out, because Salesforce does not mix them: "
        "{left_out}.",
        remedy="Convert the Lead, or put the Contact's address on the Ignore List.",
        example="A meeting with Carla, a Contact, and Leo, a Lead.",
    ),
    Rule(
        code="P07",
        when={"contacts": Count.SEVERAL, "shared": YesNo.YES},
        then=Ties.CONTACTS,
        because="Contacts match, and they win over Leads: {chosen}. Left out, because Salesforce does not mix them: {left_out}.",
        remedy="Convert the Leads, or put the Contacts' addresses on the Ignore List.",
        example="A meeting with two Contacts and two Leads.",
    ),
    Rule(
        code="P08",
        when={"contacts": Count.SEVERAL},
        then=Ties.FIRST_CONTACT,
        because="Several records match, but Shared Activities is off in this org, so only the first Contact was taken: {chosen}. "
        "Left out: {left_out}.",
        remedy="Switch on Shared Activities in Salesforce (Setup › Activity Settings).",
        example="A meeting with Carla and Dan, both Contacts, in an org without Shared Activities.",
    ),
    Rule(
        code="P09",
        when={"contacts": Count.TOO_MANY},
        then=Ties.FIRST_CONTACT,
        because="Many Contacts match, but Shared Activities is off in this org, so only the first was taken: {chosen}. "
        "Left out: {left_out}.",
        remedy="Switch on Shared Activities in Salesforce (Setup › Activity Settings).",
        example="A webinar with 80 customers in an org without Shared Activities.",
    ),
    Rule(
        code="P10",
        when={"leads": Count.ONE},
        then=Ties.FIRST_LEAD,
        because="No Contact matches, but a Lead does: {chosen}.",
        remedy="Create a Contact with one of the addresses; it takes the Lead's place.",
        example="A meeting with Leo, who is a Lead.",
    ),
    Rule(
        code="P11",
        when={"leads": Count.SEVERAL},
        then=Ties.FIRST_LEAD,
        because="Several Leads match; Salesforce relates an event to one, so the first was taken: {chosen}. Left out: {left_out}.",
        remedy="Convert the Leads into Contacts to relate them all.",
        example="A meeting with Leo and Lea, both Leads.",
    ),
    Rule(
        code="P12",
        when={},
        then=Ties.NOBODY,
        because="No Contact or Lead has any of its addresses, so it is related to nobody.",
        remedy="Create a Contact or Lead with one of the addresses; the relation is added then.",
        example="A team meeting in the mode Sync All.",
    ),
)

PEOPLE = Table("people", Policy.FIRST, FACTS, ROWS, possible, "Whom is it tied to?")

AMBIGUOUS = Rule(
    code="P20",
    when={},
    then=Ties.KEEP,
    because="Ambiguous: several records have the same address ({ambiguous}). The one owned by the person was taken first, then "
    "the one with the latest activity, then the lowest id.",
    remedy="Merge the duplicates in Salesforce.",
    example="Carla exists twice as a Contact.",
)
"""Said in addition to the row that decided; it decides nothing itself."""
