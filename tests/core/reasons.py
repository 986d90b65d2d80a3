"""Which reason people are told in each situation, as plain if-chains: two rows may do the same for different reasons."""

from tests.core.oracle import EDIT, PRESENT, Facts
from twincal.core.rules.admit import Designation, Hope, Patience, Place, Standing
from twincal.core.rules.fate import Change, Choice, Deleter, Frozen, Twin, Winner
from twincal.core.rules.gates import Mail, Notice, Touch
from twincal.core.rules.people import Count
from twincal.core.rules.table import YesNo
from twincal.core.rules.undo import Found
from twincal.core.vocabulary import Kind, Mode, Operation, Side

YES = YesNo.YES


def admit(f: Facts) -> str:
    """Inactive before off; private before anything that would name the item; then SPEC 3 in its order."""
    linked = f["linked"] is YES
    if f["standing"] is Standing.INACTIVE:
        return "A01"
    if f["mode"] is Mode.OFF:
        return "A02"
    for fact, yes, codes in (
        ("private", YES, ("A03", "A04")),
        ("place", Place.OUTSIDE, ("A05", "A06")),
        ("cancelled", YES, ("", "A07")),
        ("no_sync", YES, ("A08", "A09")),
        ("ignored", YES, ("A10", "A11")),
        ("forbidden", YES, ("A12", "A13")),
    ):
        code = codes[0] if linked else codes[1]
        if f[fact] is yes and code:
            return code
    if linked:
        return "A14" if f["mode"] is Mode.DESIGNATE and f["designation"] is Designation.LOST else "A15"
    if f["born"] is Side.EXCHANGE:
        if f["mode"] is Mode.DESIGNATE and f["designation"] is not Designation.MARKED:
            return "A16"
        if f["kind"] is Kind.APPOINTMENT:
            return "A17" if f["mode"] is Mode.MATCH else "A18" if f["own_ignored"] is YES else "A19"
    if f["kind"] is Kind.APPOINTMENT:
        return "A20"
    if f["mode"] is not Mode.MATCH:
        return "A25"
    if f["hope"] is Hope.MATCHED:
        return "A24"
    if f["patience"] is Patience.GIVEN_UP:
        return "A21"
    return "A22" if f["hope"] is Hope.ALL_IGNORED else "A23"


def people(f: Facts) -> str:
    """Who made it, what it is, how many Contacts, how many Leads."""
    contacts, leads = f["contacts"], f["leads"]
    if f["born"] is Side.SALESFORCE:
        return "P01"
    if f["kind"] is Kind.APPOINTMENT:
        return "P02"
    if contacts is Count.NONE:
        return {Count.NONE: "P12", Count.ONE: "P10", Count.SEVERAL: "P11"}[leads]  # type: ignore[index]
    if contacts is Count.TOO_MANY:
        return "P03" if f["shared"] is YES else "P09"
    if contacts is Count.ONE:
        return "P04" if leads is Count.NONE else "P06"
    if f["shared"] is not YES:
        return "P08"
    return "P05" if leads is Count.NONE else "P07"


def fate(f: Facts) -> str:
    """New, out of sight, gone, or there on both sides."""
    exchange, salesforce = f["exchange"], f["salesforce"]
    if Change.NEW in (exchange, salesforce):
        return _new(f)
    if exchange is Change.AWAY:
        return "F41"
    if salesforce is Change.AWAY:
        return "F42"
    if exchange is Change.GONE and salesforce is Change.GONE:
        return "F40"
    if exchange is Change.GONE:
        return _gone_in_exchange(f)
    if salesforce is Change.GONE:
        return _gone_in_salesforce(f)
    return _both(f)


def _new(f: Facts) -> str:
    here = f["exchange"] is Change.NEW
    together = {Twin.ONE: "F03", Twin.SURE: "F43", Twin.CHOSEN: "F44"}
    if f["twin"] in together:
        return together[f["twin"]]
    if f["twin"] is Twin.NONE:
        return "F01" if here else "F02"
    own = Choice.EXCHANGE if here else Choice.SALESFORCE
    if f["choice"] is own:
        return "F06" if here else "F07"
    held = {
        Twin.SEVERAL: ("F04", "F05"), Twin.FORMER: ("F08", "F09"), Twin.LIKELY: ("F45", "F46"), Twin.DOUBLE: ("F47", "F48"),
    }  # fmt: skip
    return held[f["twin"]][0 if here else 1]  # type: ignore[index]


def _both(f: Facts) -> str:
    here, there = f["exchange"] is Change.EDITED, f["salesforce"] is Change.EDITED
    assert f["exchange"] in PRESENT and f["salesforce"] in PRESENT
    relations, back = f["relations"] is YES, f["choice"] is Choice.EXCHANGE
    if here and there:
        if back:
            return "F17"
        if f["clash"] is not YES:
            return "F16"
        return {Winner.EXCHANGE: "F18", Winner.SALESFORCE: "F19", Winner.NOBODY: "F20"}[f["winner"]]  # type: ignore[index]
    if here:
        return "F12"
    if there:
        return "F15" if back else "F14" if relations else "F13"
    return "F11" if relations else "F10"


def _gone_in_exchange(f: Facts) -> str:
    chosen = {Choice.EXCHANGE: "F23", Choice.SALESFORCE: "F25"}.get(f["choice"])  # type: ignore[call-overload]
    if f["frozen"] is Frozen.PRIVATE:
        return "F27"
    if chosen:
        return str(chosen)
    if f["frozen"] is Frozen.SCOPE:
        return "F26"
    if f["past"] is YES:
        return "F24"
    return "F22" if f["salesforce"] in EDIT else "F21"


def _gone_in_salesforce(f: Facts) -> str:
    chosen = {Choice.EXCHANGE: "F36", Choice.SALESFORCE: "F37"}.get(f["choice"])  # type: ignore[call-overload]
    if f["frozen"] is Frozen.PRIVATE:
        return "F28"
    if chosen:
        return str(chosen)
    if f["frozen"] is Frozen.SCOPE:
        return "F38"
    if f["exchange"] in EDIT:
        return "F34"
    if f["past"] is YES:
        return "F35"
    return {Deleter.PERSON: "F31", Deleter.OTHER: "F32", Deleter.UNKNOWN: "F33"}[f["deleter"]]  # type: ignore[index]


def gates(f: Facts) -> str:
    """Switch, length, then who would be mailed."""
    update, exchange = f["operation"] is Operation.UPDATE, f["side"] is Side.EXCHANGE
    if f["prevented"] is YES:
        return "G01"
    if f["too_long"] is YES:
        return "G02"
    if not exchange or f["mail"] is Mail.SILENT:
        return "G11"
    if f["operation"] is Operation.CREATE:
        return "G10"
    if f["mail"] is Mail.INVITED:
        return "G11" if not update else "G03" if f["touch"] is Touch.TIME else "G04"
    chosen = f["choice"] is Choice.SALESFORCE
    if not update:
        return "G06" if chosen or f["notice"] is Notice.ALWAYS else "G05"
    if chosen or f["notice"] is Notice.ALWAYS:
        return "G09"
    if f["notice"] is Notice.NEVER:
        return "G07"
    return "G08" if f["touch"] is Touch.QUIET else "G09"


def undo(f: Facts) -> str:
    """What was written, then how it stands now."""
    wrote, found = f["wrote"], f["found"]
    if wrote is Operation.DELETE:
        return {Found.GONE: "U08", Found.AWAY: "U12"}.get(found, "U09")  # type: ignore[call-overload, no-any-return]
    update = wrote is Operation.UPDATE
    if found is Found.AWAY:
        return "U10" if update else "U11"
    if found is Found.GONE:
        return "U04" if update else "U07"
    if found is Found.CHANGED:
        return "U02" if update else "U06"
    return "U03" if found is Found.AS_BEFORE else "U01" if update else "U05"


REASONS = {"admit": admit, "people": people, "fate": fate, "gates": gates, "undo": undo}
