"""Bugs of deciding: what changed, who wins, what is private, who is mailed."""

from tools.mutants.patches import Patch, bug

FACTS = "twincal.core.facts"
MERGE = "twincal.core.merge"
FIELDS = "twincal.core.fields"
DRAFTING = "twincal.core.drafting"
JUDGEMENT = "twincal.core.judgement"
PLAN = "twincal.core.plan"

FIELDS_AND_CONFLICTS = (
    bug("whole item written", "An update writes every field, not only those that changed.",
        Patch(f"{DRAFTING}:_update", "values_of(source, fields)", "values_of(source, SYNCED)")),
    bug("Description flows back", "An edit of Salesforce's Description is written into the Exchange body.",
        Patch(f"{FIELDS}:flows", "return source in ROWS[field].flows_from", "return True")),
    bug("silent conflict", "The value that loses a conflict is not written down.",
        Patch(f"{JUDGEMENT}:_lost", "if item is None or verdict is Verdict.HOLD:", "if item is None or verdict is not None:")),
    bug("conflict not seen", "Both sides changed the same field, and Exchange's value is written as if only it had.",
        Patch(f"{MERGE}:merged", "clash = tuple(field for field in exchange.travelling if field in salesforce.travelling)",
              "clash = tuple[Field, ...]()")),
    bug("conflict setting ignored", "Exchange always wins, whatever the setting says.",
        Patch(f"{MERGE}:winner", "    if conflict is Conflict.LATEST:",
              "    if conflict is not None:\n        return Side.EXCHANGE\n    if conflict is Conflict.LATEST:"),
        seen_by="tests/core/test_section_6.py::test_a_conflict_is_settled_by_the_setting"),
    bug("base not consulted", "Whatever differs between the sides counts as an edit of both.",
        Patch(f"{MERGE}:edits", "if now[row.field] == base.get(row.field):", "if now[row.field] == row.field:"),
        seen_by="tests/core/test_section_6.py::test_what_happened_on_both_sides_decides"),
    bug("Exchange is the master", "Edits in Salesforce are never carried over.",
        Patch(f"{MERGE}:merged", "f for f in salesforce.travelling if f not in clash or winner is Side.SALESFORCE", ""),
        seen_by="tests/core/test_section_7.py::test_a_prevented_update_stays_in_its_row_until_the_switch_is_off"),
    bug("time forgotten", "A move is not carried over.",
        Patch(f"{FIELDS}:values_of", "elif field is Field.TIME:", "elif field is None:"),
        seen_by="tests/core/test_section_7.py::test_a_prevented_update_stays_in_its_row_until_the_switch_is_off"),
)  # fmt: skip

DELETIONS = (
    bug("edits lost when deletion wins", "An edit made while the other side deleted the item does not count.",
        Patch(f"{FACTS}:change", "return Change.NOTED if edited.noted else Change.SAME", "return Change.SAME")),
    bug("deletion undone", "What was deleted on one side is created again there.",
        Patch(f"{FACTS}:change", "    if case.link is None:\n        return Change.NEVER if found is None else Change.NEW",
              "    if case.link is None or isinstance(found, Absent):\n"
              "        return Change.NEVER if found is None or isinstance(found, Absent) else Change.NEW"),
        seen_by="tests/core/test_section_7.py::test_a_prevented_deletion_freezes_and_is_held_once_the_switch_is_off"),
    bug("restored item doubled", "Both halves taken out of the bin are not a pair again.",
        Patch("twincal.core.joining:_with_restored", "if not scene.graves:", "if scene.graves is not None:"),
        seen_by="tests/engine/test_read_late.py::test_a_pair_from_the_bin_is_in_step_again_whatever_was_made_of_its_halves"),
    bug("tombstone without generation", "A pair that begins a new life has the mark of its former one.",
        Patch(f"{PLAN}:_single", "generation=grave.generation + 1", "generation=1"),
        Patch(f"{PLAN}:_pair", ".generation + 1,", ".generation * 0 + 1,"),
        why_alive="The mark of a former life matters only to a lookup, which leaves alone what another link has taken; it lived "
        "through 10,000 seeds of the prototype too."),
    bug("created again under the old mark", "A half that is created anew has the mark of the deleted one.",
        Patch(f"{JUDGEMENT}:_renewed", "    if verdict is Verdict.CREATE_IN_SALESFORCE and",
              "    return link\n    if verdict and"),
        seen_by="tests/core/test_generations.py::test_a_half_that_is_created_again_begins_a_new_life"),
    bug("deleted by anybody", "Whoever deleted the event, it counts as the person's own wish.",
        Patch(f"{FACTS}:deleter", "Deleter.PERSON if found.by[:15] == context.owner.user_id[:15] else Deleter.OTHER",
              "Deleter.PERSON"),
        seen_by="tests/core/test_section_6.py::test_what_happened_on_both_sides_decides"),
    bug("past deletions carried over", "What ended long ago is deleted on the other side too.",
        Patch(f"{FACTS}:past", "end < context.now - SETTLED_AFTER", "end < context.now - 10_000 * SETTLED_AFTER"),
        seen_by="tests/core/test_section_6.py::test_what_ended_more_than_a_day_ago_is_never_deleted"),
    bug("twins by subject alone", "Two items with the same subject are taken for the same, whenever they are.",
        Patch("twincal.core.pairing:likeness", "whole_seconds(item.times)", "None"),
        seen_by="tests/core/test_pairing.py::test_twins_have_the_same_subject_start_and_end"),
    bug("no twins", "What both calendars already hold is created a second time.",
        Patch("twincal.core.pairing:twins", "if len(here) == len(there) == 1:", "if len(here) == len(there) == 0:"),
        seen_by="tests/core/test_section_6.py::test_at_the_first_sync_twins_are_linked_or_held"),
    bug("moved series torn", "The instances of a series that was moved are not tied to their links.",
        Patch(f"{PLAN}:repaired", "if not vanished:", "if vanished is not None:"),
        seen_by="tests/core/test_section_6.py::test_the_events_of_a_moved_series_keep_their_notes"),
)  # fmt: skip

PRIVACY_AND_MAIL = (
    bug("unmasked flows back", "The mask of a private item is taken for an edit of Salesforce.",
        Patch(f"{MERGE}:edits", "masked = link.masked or item.masked or (other is not None and other.masked)", "masked = False"),
        seen_by="tests/core/test_section_3.py::test_the_organization_may_let_private_items_sync"),
    bug("private half written", "Only the half where an item was born is asked whether it is private.",
        Patch(f"{FACTS}:private", "any(item.private for item in case.items)", "any(item.private for item in case.items[:0])")),
    bug("mail although never", "Attendees are mailed whatever the setting says.",
        Patch(f"{JUDGEMENT}:passes", "Notice.of_value(policy.notify_attendees.value)", "Notice.ALWAYS")),
    bug("mail not counted", "A write that mails people is not known to.",
        Patch(f"{FACTS}:mail", "return Mail.NOTIFIES if item.mails_people else Mail.SILENT", "return Mail.SILENT"),
        seen_by="tests/core/test_section_7.py::test_the_mail_rule"),
    bug("invites unasked", "Attendees are invited although nobody has allowed that.",
        Patch(f"{DRAFTING}:_create_in_exchange", "if context.policy.invite_attendees:", "if context.policy:"),
        seen_by="tests/core/test_section_7.py::test_attendees_are_invited_only_where_the_setting_says_so"),
    bug("switch ignored", "A write that a switch forbids is planned.",
        Patch(f"{JUDGEMENT}:passes", "YesNo.of(policy.prevents(write.operation, write.side))", "YesNo.NO"),
        seen_by="tests/core/test_section_7.py::test_a_prevented_update_stays_in_its_row_until_the_switch_is_off"),
    bug("guards blind", "No plan is too large to be believed.",
        Patch("twincal.core.limits:checked", "    if not held:", "    if held is not None:"),
        seen_by="tests/core/test_section_7.py::test_a_class_of_steps_that_is_too_large_is_held"),
)  # fmt: skip
