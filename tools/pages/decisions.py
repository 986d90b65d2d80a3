"""docs/decisions.md: every rule of every table, with its reason, its remedy and its example."""

from collections.abc import Mapping

from tools.pages.markdown import evidence, page, table
from twincal.core.explain import TABLES
from twincal.core.faults import REMEDIES
from twincal.core.rules.fate import DESCRIBED, DIFFERING
from twincal.core.rules.gates import FORETOLD
from twincal.core.rules.guards import GUARDS
from twincal.core.rules.people import AMBIGUOUS
from twincal.core.rules.table import Policy, Rule, Table
from twincal.core.rules.undo import UNDO
from twincal.core.rules.verify import VERIFY
from twincal.core.vocabulary import Word

READING = {
    Policy.FIRST: "The rows are read from the top; the first one that matches decides.",
    Policy.UNIQUE: "Exactly one row answers each situation; their order does not matter.",
}
INTRODUCTION = """\
For every item Twincal asks four questions, one after the other. Each answer is a row of a table and has a code; the codes,
in order, are the *trail* of the decision, which `twincal explain` tells with the evidence. A question is only asked when the
answer before it lets the item go on. Words in *italics* are filled in from the item.

`when` lists the facts a row looks at; a fact that is not named does not matter. The [glossary](glossary.md) defines each."""
GUARDS_INTRODUCTION = """\
Besides the rules that judge one item, guards judge a plan as a whole, for one person and cycle. A guard holds one class of
steps, and the rest of the plan goes on."""
UNDO_INTRODUCTION = """\
When somebody takes back what Twincal wrote (`twincal undo`), these rows decide for each item. *wrote* is what all the writes
that are to be taken back came to, *found* how the item stands now. The gates above apply to an undo as to any other write."""
VERIFY_INTRODUCTION = """\
What `twincal verify` finds wrong with a pair is explained by one of these rows, where no rule above explains it; with
`--repair` it is mended as *then* says, and the row stays in the history. *found* is what is wrong, *side* where. The gates above
apply to a repair as to any other write. V01 is told once it is mended; until then the rule by which the pair is left as it is."""
FAULTS_INTRODUCTION = """\
When a step was allowed and one of the two systems failed it, the reason is one of these. `twincal history` lists it beside
the item it concerns."""


def draw() -> str:
    """The whole page."""
    return page(
        "Decisions",
        INTRODUCTION,
        *(_table(number, each) for number, each in enumerate(TABLES, 1)),
        "## Said besides",
        "This row decides nothing; it is added to the trail where it applies.",
        _rule(AMBIGUOUS),
        "These two are told in the place of F10: where both are as they were and yet do not say the same, and where nothing but "
        "the Description was changed in Salesforce.",
        _rule(DIFFERING),
        _rule(DESCRIBED),
        "This one stands beside the reason of a hold where choosing would mail people: a choice answers what was shown.",
        _rule(FORETOLD),
        "## Is the plan as a whole believable?",
        GUARDS_INTRODUCTION,
        *(_rule(guard) for guard in GUARDS),
        f"## {UNDO.title}",
        UNDO_INTRODUCTION,
        _overview(UNDO),
        *(_rule(rule) for rule in UNDO.rows),
        f"## {VERIFY.title}",
        VERIFY_INTRODUCTION,
        _overview(VERIFY),
        *(_rule(rule) for rule in VERIFY.rows),
        "## When a system fails",
        FAULTS_INTRODUCTION,
        _faults(),
    )


def _table(number: int, each: Table) -> str:
    parts = [f"## {number}. {each.title}", READING[each.policy], _overview(each), *(_rule(rule) for rule in each.rows)]
    return "\n\n".join(parts)


def _overview(each: Table) -> str:
    return table(
        ["code", "when", "then"],
        ([f"[{rule.code}](#{rule.code.lower()})", _when(rule.when), rule.then.phrase] for rule in each.rows),
    )


def _when(when: Mapping[str, Word | frozenset[Word]]) -> str:
    if not when:
        return "in every other case"
    return "; ".join(f"*{fact.replace('_', ' ')}*: {_words(wanted)}" for fact, wanted in when.items())


def _words(wanted: Word | frozenset[Word]) -> str:
    if isinstance(wanted, frozenset):
        members = [member for member in type(next(iter(wanted))) if member in wanted]
        return ", or ".join(member.phrase for member in members)
    return wanted.phrase


def _rule(rule: Rule) -> str:
    lines = [f"### {rule.code}", f"> {evidence(rule.because)}", f"- **Then:** {rule.then.phrase}"]
    lines += [f"- **What would change it:** {evidence(rule.remedy)}", f"- **Example:** {evidence(rule.example)}"]
    if rule.setting:
        lines.append(f"- **Setting that decides:** [`{rule.setting}`](settings.md#{_anchor(rule.setting)})")
    if rule.mirror and rule.mirror != rule.code:
        lines.append(f"- **With the sides swapped:** [{rule.mirror}](#{rule.mirror.lower()})")
    if rule.one_way:
        lines.append(f"- **Not so with the sides swapped:** {rule.one_way}")
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])


def _anchor(key: str) -> str:
    return key.replace(".", "")


def _faults() -> str:
    rows = ([f"`{code.value}`", code.phrase, REMEDIES[code][0].phrase, REMEDIES[code][1]] for code in REMEDIES)
    return table(["code", "what happened", "who acts", "what helps"], rows)
