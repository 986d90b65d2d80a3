"""SPEC sections 2 to 7 told a second time, as plain if-chains, to hold the rule tables against.

Written from SPEC's sentences, not from the rows: where the two differ, one of them is wrong.
"""

from collections.abc import Mapping

from twincal.core.decision import Verdict
from twincal.core.rules.admit import Admission, Designation, Hope, Patience, Place, Standing
from twincal.core.rules.fate import Change, Choice, Deleter, Frozen, Twin, Winner
from twincal.core.rules.gates import Mail, Notice, Passage, Touch
from twincal.core.rules.people import Count, Ties
from twincal.core.rules.table import YesNo
from twincal.core.rules.undo import Amends, Found
from twincal.core.vocabulary import Kind, Mode, Operation, Side, Word

Facts = Mapping[str, Word]


def admitted(f: Facts) -> Admission:
    """Sections 2 and 3: the steps in their order; modes, appointments and matches decide only what is created."""
    linked = f["linked"] is YesNo.YES
    if f["standing"] is Standing.INACTIVE or f["mode"] is Mode.OFF:
        return Admission.NOT_CONSIDERED
    if f["private"] is YesNo.YES:
        return Admission.PRIVATE
    if f["place"] is Place.OUTSIDE:
        return Admission.FROZEN if linked else Admission.NOT_CONSIDERED
    if f["cancelled"] is YesNo.YES and not linked:
        return Admission.NOT_CONSIDERED
    if YesNo.YES in (f["no_sync"], f["ignored"], f["forbidden"]):
        return Admission.FROZEN_EXCLUDED if linked else Admission.EXCLUDED
    if linked:
        lost = f["mode"] is Mode.DESIGNATE and f["designation"] is Designation.LOST
        return Admission.FROZEN if lost else Admission.ADMITTED
    from_exchange, appointment = f["born"] is Side.EXCHANGE, f["kind"] is Kind.APPOINTMENT
    if from_exchange and f["mode"] is Mode.DESIGNATE and f["designation"] is not Designation.MARKED:
        return Admission.NOT_CONSIDERED
    if appointment and from_exchange:
        out = f["mode"] is Mode.MATCH or f["own_ignored"] is YesNo.YES
        return Admission.EXCLUDED if out else Admission.ADMITTED
    if appointment or f["mode"] is not Mode.MATCH or f["hope"] is Hope.MATCHED:
        return Admission.ADMITTED
    return Admission.EXCLUDED if f["patience"] is Patience.GIVEN_UP else Admission.UNRESOLVED


def tied(f: Facts) -> Ties:
    """Section 4: Contacts win; one Lead; fifty Contacts, or one without Shared Activities."""
    if f["born"] is Side.SALESFORCE:
        return Ties.KEEP
    if f["kind"] is Kind.APPOINTMENT:
        return Ties.NOBODY
    if f["contacts"] is Count.NONE:
        return Ties.NOBODY if f["leads"] is Count.NONE else Ties.FIRST_LEAD
    if f["contacts"] is Count.ONE:
        return Ties.CONTACTS
    if f["shared"] is YesNo.NO:
        return Ties.FIRST_CONTACT
    return Ties.FIRST_CONTACTS if f["contacts"] is Count.TOO_MANY else Ties.CONTACTS


PRESENT = (Change.SAME, Change.NOTED, Change.EDITED)
EDIT = (Change.NOTED, Change.EDITED)


def fated(f: Facts) -> Verdict:
    """Section 6, told by what is there: nothing linked yet, something gone, both there."""
    exchange, salesforce, choice = f["exchange"], f["salesforce"], f["choice"]
    if Change.NEW in (exchange, salesforce):
        return _new(f)
    if Change.AWAY in (exchange, salesforce):
        return Verdict.FREEZE
    if exchange is Change.GONE and salesforce is Change.GONE:
        return Verdict.FORGET
    if Change.GONE in (exchange, salesforce):
        return _deleted(f)
    edited_here, edited_there = exchange is Change.EDITED, salesforce is Change.EDITED
    if edited_there and choice is Choice.EXCHANGE:
        return Verdict.UPDATE_IN_SALESFORCE
    if edited_here and edited_there:
        undecided = f["clash"] is YesNo.YES and f["winner"] is Winner.NOBODY
        return Verdict.HOLD if undecided else Verdict.MERGE
    if edited_here:
        return Verdict.UPDATE_IN_SALESFORCE
    if edited_there:
        return Verdict.MERGE if f["relations"] is YesNo.YES else Verdict.UPDATE_IN_EXCHANGE
    return Verdict.UPDATE_IN_SALESFORCE if f["relations"] is YesNo.YES else Verdict.IN_STEP


def _new(f: Facts) -> Verdict:
    if f["twin"] in (Twin.ONE, Twin.SURE, Twin.CHOSEN):
        return Verdict.LINK
    here = f["exchange"] is Change.NEW
    own = Choice.EXCHANGE if here else Choice.SALESFORCE
    if f["twin"] is not Twin.NONE and f["choice"] is not own:
        return Verdict.HOLD
    return Verdict.CREATE_IN_SALESFORCE if here else Verdict.CREATE_IN_EXCHANGE


def _deleted(f: Facts) -> Verdict:
    in_exchange = f["exchange"] is Change.GONE
    left = f["salesforce"] if in_exchange else f["exchange"]
    if f["frozen"] is Frozen.PRIVATE:
        return Verdict.FREEZE
    if f["choice"] is Choice.EXCHANGE:
        return Verdict.DELETE_IN_SALESFORCE if in_exchange else Verdict.CREATE_IN_SALESFORCE
    if f["choice"] is Choice.SALESFORCE:
        return Verdict.CREATE_IN_EXCHANGE if in_exchange else Verdict.DELETE_IN_EXCHANGE
    if f["frozen"] is Frozen.SCOPE:
        return Verdict.HOLD
    if not in_exchange and left in EDIT:
        return Verdict.CREATE_IN_SALESFORCE
    if f["past"] is YesNo.YES:
        return Verdict.FREEZE
    if in_exchange:
        return Verdict.HOLD if left in EDIT else Verdict.DELETE_IN_SALESFORCE
    return Verdict.DELETE_IN_EXCHANGE if f["deleter"] is Deleter.PERSON else Verdict.HOLD


def passed(f: Facts) -> Passage:
    """Section 7: switches first, then the length, then the mail rule."""
    if f["prevented"] is YesNo.YES:
        return Passage.PREVENTED
    if f["too_long"] is YesNo.YES:
        return Passage.UNRESOLVED
    if f["side"] is Side.SALESFORCE or f["operation"] is Operation.CREATE or f["mail"] is Mail.SILENT:
        return Passage.PASS
    update, chosen = f["operation"] is Operation.UPDATE, f["choice"] is Choice.SALESFORCE
    if f["mail"] is Mail.INVITED:
        return Passage.HOLD if update and f["touch"] is Touch.TIME else Passage.PASS
    if chosen or f["notice"] is Notice.ALWAYS:
        return Passage.PASS
    allowed = update and f["notice"] is Notice.UPDATES and f["touch"] is not Touch.QUIET
    return Passage.PASS if allowed else Passage.HOLD


def amended(f: Facts) -> Amends:
    """Section 11: an undo never overwrites a later edit, and what is as it was before already needs none."""
    wrote, found = f["wrote"], f["found"]
    if wrote is Operation.DELETE:
        return Amends.RECREATE if found is Found.GONE else Amends.NOTHING
    if found is Found.AS_WRITTEN:
        return Amends.REMOVE if wrote is Operation.CREATE else Amends.RESTORE
    as_before = Found.GONE if wrote is Operation.CREATE else Found.AS_BEFORE
    return Amends.NOTHING if found is as_before else Amends.REFUSE


ORACLES = {"admit": admitted, "people": tied, "fate": fated, "gates": passed, "undo": amended}
