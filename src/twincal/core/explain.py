"""A decision, told to people. The history, the command line, the web app, the API and the docs lay out this one object."""

from collections.abc import Iterator, Mapping
from string import Formatter

from msgspec import Struct

from twincal.core.decision import Decision, Evidence, Reason, Verdict
from twincal.core.faults import REMEDIES, FaultCode
from twincal.core.policy import Effective, Policy
from twincal.core.rules.admit import ADMIT
from twincal.core.rules.fate import DESCRIBED, DIFFERING, FATE
from twincal.core.rules.gates import FORETOLD, GATES
from twincal.core.rules.guards import GUARDS
from twincal.core.rules.people import AMBIGUOUS, PEOPLE
from twincal.core.rules.table import Rule, Table
from twincal.core.rules.undo import UNDO
from twincal.core.rules.verify import VERIFY
from twincal.core.vocabulary import Tab

TABLES: tuple[Table, ...] = (ADMIT, PEOPLE, FATE, GATES)
RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rules in (*(table.rows for table in TABLES), (AMBIGUOUS, DESCRIBED, DIFFERING, FORETOLD), GUARDS, UNDO.rows, VERIFY.rows)
    for rule in rules
}


class Told(Struct, frozen=True, omit_defaults=True):
    """One reason of the trail in words."""

    code: str
    because: str
    evidence: Evidence = {}


class Deciding(Struct, frozen=True, omit_defaults=True):
    """The setting that decided: its value, the level and name where it was set, by whom and when (ISO 8601)."""

    key: str
    value: str
    level: str
    name: str = ""
    who: str = ""
    when: str | None = None


class Explanation(Struct, frozen=True, kw_only=True):
    """Why an item was or was not synced, and what would change that."""

    verdict: Verdict
    headline: str
    trail: tuple[Told, ...]
    deciding_setting: Deciding | None
    to_change: tuple[str, ...]


class _Blanks(Formatter):
    """Fills a sentence; a piece of evidence that is missing shows as three dots."""

    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, object]) -> object:
        value = kwargs.get(str(key), "…")
        return ", ".join(value) if isinstance(value, tuple | list) else value


SINGULAR = {"people": "person", "items": "item"}
"""What the rules' sentences count, and how one of them is called."""


def sentence(template: str, evidence: Evidence) -> str:
    """A rule's sentence with its evidence put in."""
    for name, value in evidence.items():
        for plural, singular in SINGULAR.items() if value == 1 else ():
            template = template.replace(f"{{{name}}} {plural}", f"{{{name}}} {singular}")
    return _Blanks().vformat(template, (), evidence)


def because(reason: Reason) -> str:
    """One reason in words. Codes that are no rules are faults of a vendor."""
    rule = RULES.get(reason.code)
    if rule:
        return sentence(rule.because, reason.evidence)
    fault = FaultCode.of_value(reason.code)
    detail = reason.evidence.get("detail")
    return fault.phrase[0].upper() + fault.phrase[1:] + (f" ({detail})." if detail else ".")


def why(decision: Decision) -> str:
    """What decided, in words; where a person has to choose, also what the choice would send."""
    *before, last = decision.trail
    return " ".join(because(reason) for reason in (last, *(one for one in before if one.code == FORETOLD.code)))


def remedy(reason: Reason) -> str:
    """What would change what this reason decided."""
    rule = RULES.get(reason.code)
    return sentence(rule.remedy, reason.evidence) if rule else REMEDIES[FaultCode.of_value(reason.code)][1]


def explained(decision: Decision, policy: Policy) -> Explanation:
    """The whole of it, the deciding reason last."""
    return Explanation(
        verdict=decision.verdict,
        headline=headline(decision),
        trail=tuple(Told(reason.code, because(reason), reason.evidence) for reason in decision.trail),
        deciding_setting=_deciding(decision, policy),
        to_change=tuple(dict.fromkeys(_remedies(decision))),
    )


def headline(decision: Decision) -> str:
    """The verdict and its reason in one line."""
    tab = decision.tab.phrase if decision.tab in (Tab.UNRESOLVED, Tab.EXCLUDED) else ""
    where = f"{tab}: " if tab and tab != decision.verdict.phrase else ""
    return f"{where}{decision.verdict.phrase}. {why(decision)}"


def _remedies(decision: Decision) -> Iterator[str]:
    yield remedy(decision.trail[-1])
    for reason in decision.trail[:-1]:
        rule = RULES.get(reason.code)
        if rule and rule.setting and decision.verdict in (Verdict.UNRESOLVED, Verdict.EXCLUDED, Verdict.HOLD):
            yield sentence(rule.remedy, reason.evidence)


def _deciding(decision: Decision, policy: Policy) -> Deciding | None:
    for reason in reversed(decision.trail):
        rule = RULES.get(reason.code)
        key = str(reason.evidence.get("setting", "")) or (rule.setting if rule else "")
        if key:
            return _told(_origin(key, reason, policy), hidden=key == "global_exclusion_list")
    return None


def _origin(key: str, reason: Reason, policy: Policy) -> Effective:
    """Where a setting comes from; of the Ignore List, where the entry that decided was made: the lists of all levels add up."""
    entry = str(reason.evidence.get("entry", "")) if key == "ignore_list" else ""
    return (policy.ignore_entry_origin(entry) if entry else None) or policy.origin(key)


def _told(found: Effective, *, hidden: bool) -> Deciding:
    """People see of the Global Exclusion List only that an administrator's rule decided (SPEC 10)."""
    value = "an administrator's rule" if hidden else found.text
    when = found.when.isoformat() if found.when else None
    return Deciding(found.key, value, found.level.value, found.name, found.who, when)
