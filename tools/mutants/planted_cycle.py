"""Bugs of the cycle: looking, recovering, sending, remembering."""

from tools.mutants.patches import Patch, bug

CYCLE = "twincal.engine.cycle"
OBSERVE = "twincal.engine.observe"
RECOVER = "twincal.engine.recover"
EXECUTE = "twincal.engine.execute"
SETTLING = "twincal.core.settling"
MEMORY = "twincal.connectors.memory:MemoryCalendar"

NO_LOOKUP = Patch(f"{RECOVER}:_found", "there.marked[intent.write.side].get(intent.write.mark, ())", "()")
NO_LIKENESS = Patch(f"{RECOVER}:_found", "await calendar.find_alike(owner, intent.write, intent.begun_at - LATE)", "()")
NO_KEY = Patch(f"{MEMORY}._created", "if standing is not None and self._marks:", "if standing is not None and not standing:")
NO_MARK = Patch(f"{MEMORY}._created", 'mark=write.mark if self._marks else ""', 'mark=""')
FORGETFUL = Patch("twincal.engine.latecomers:_trace", "if once or", "if not once or")
RECOVERY_FIRST = (
    Patch(f"{CYCLE}:run_cycle", "    seen = {Side.EXCHANGE: await observe_exchange(person, ports)",
          "    waiting = await recover(person, ports)\n    seen = {Side.EXCHANGE: await observe_exchange(person, ports)"),
    Patch(f"{CYCLE}:run_cycle", "    waiting = await recover(person, ports)  # after", "    # after"),
)  # fmt: skip

LOOKING = (
    bug("cursor before effect", "The cursor is stored before what the look has shown.",
        Patch(f"{OBSERVE}:observe_exchange", "    sighting, items = await _sighting(",
              "    await ports.ledger.record([], stream, sight.cursor)\n    sighting, items = await _sighting(")),
    bug("cursor before effect in Salesforce", "The org's cursor is stored before what the poll has shown.",
        Patch(f"{OBSERVE}:_poll", "    sightings, found = [],",
              "    await ports.ledger.record([], SALESFORCE_STREAM, sight.cursor)\n    sightings, found = [],")),
    bug("one sighting deletes", "What one look claims to be gone counts as deleted, without being read.",
        Patch(f"{OBSERVE}:_sighting", "(await ports.calendar(side).read(person.owner_on(side), sorted(linked))).values()",
              "[Absent(ident, True) for ident in sorted(linked)]")),
    bug("delete on absence", "What is out of sight for the moment counts as deleted.",
        Patch("twincal.core.facts:change", "Change.GONE if found.deleted else Change.AWAY", "Change.GONE")),
    bug("not seen is deleted", "A linked half that the store does not show counts as deleted.",
        Patch("twincal.core.facts:change", "    if found is None:\n        return Change.AWAY",
              "    if found is None:\n        return Change.GONE"),
        why_alive="The store shows both halves of every link that it shows, as an item or as absent, so nothing leads there: the "
        "branch is what keeps a damaged store from deleting."),
    bug("resync skips known links", "A full reading does not ask what has become of the links it does not show.",
        Patch(f"{OBSERVE}:_claims", "if look.full and look.window:", "if look.full and not look.window:"),
        seen_by="tests/engine/test_expired_cursors.py::test_what_happened_meanwhile_is_carried_over[exchange]"),
    bug("expired cursor starts from now", "After an expired cursor Salesforce is not read anew, only looked at from now on.",
        Patch(f"{OBSERVE}:_anew", "await _scan(person, ports) for",
              "(Observed(), (await ports.salesforce.look([], None, person.window(ports.clock.now()))).cursor) for"),
        seen_by="tests/engine/test_expired_cursors.py::test_what_happened_meanwhile_is_carried_over[salesforce]"),
    bug("private text stored", "A private item is not shielded before it is stored and judged.",
        Patch(f"{OBSERVE}:_sighting", "{item.id: shielded(item, person.policy.private_items) for item in look.items}",
              "{item.id: item for item in look.items}"),
        seen_by="tests/scenarios/test_pages.py::test_scenario[private-items:the-organization-lets-private-items-sync-without-their-words]"),
    bug("gone and never seen", "A claim that something unknown is gone is kept like that of a linked item.",
        Patch(f"{OBSERVE}:_sighting", "await _remembered(person, ports, side, claims) if claims else frozenset()",
              "frozenset(claims)"),
        why_alive="A plan is made of links and of items that are there: no rule judges an id that is gone and in no link."),
    bug("window exit deletes", "What has left the window is told as if it had been deleted.",
        Patch(f"{OBSERVE}:_sighting", "            if isinstance(found, Absent):\n                absent.append(found)",
              "            if isinstance(found, Absent) or (look.window and not look.window.meets(found)):\n"
              "                absent.append(Absent(found.id, True))")),
)  # fmt: skip

RECOVERING = (
    bug("no intent", "Nothing tells of a write while it is on its way.",
        Patch(f"{CYCLE}:run_cycle", "    receipts = await execute(",
              "    for write in (write for step in plan.steps if not step.held_by for write in step.writes):\n"
              "        await ports.ledger.resolve_intent(person.id, write.intent, None, ports.clock.now())\n"
              "    receipts = await execute(")),
    bug("no recovery", "What an earlier cycle left open is dropped unlooked-at.",
        Patch(f"{RECOVER}:_found", "    marked = ", "    return ()\n    marked = ")),
    bug("no lookup on recovery", "A create whose reply was lost is sent again without looking for its mark.", NO_LOOKUP),
    bug("no key", "The other side does not refuse a mark that stands there already.", NO_KEY),
    bug("no lookup and no key", "Neither is a mark looked for, nor does the other side refuse it the second time.",
        NO_LOOKUP, NO_KEY),
    bug("no mark", "What we create does not carry our mark, and the other side does not know it.", NO_MARK, NO_KEY),
    bug("no likeness", "Where Salesforce has no field for marks, nothing is looked for by its looks.", NO_LIKENESS,
        seen_by="tests/engine/test_lost_replies.py::test_items_that_are_alike_are_each_found_again_once"),
    bug("upsert on retry", "A create overwrites what stands under its mark.",
        Patch(f"{MEMORY}._created", "if standing is not None and self._marks:",
              "if standing is not None and self._marks and (standing := self.put(owner, self._with(standing, write), by=APP)):"),
        seen_by="tests/contract/test_calendar.py::TestMarks::"
        "test_a_create_sent_twice_makes_one_item_and_changes_nothing[Salesforce in memory]"),
    bug("late write not waited for", "A create that is not to be seen yet is sent again at once.",
        Patch(f"{RECOVER}:_found_again", "now < intent.begun_at + LATE", "now < intent.begun_at"),
        seen_by="tests/engine/test_every_tenth_reply.py::test_without_the_key_field_a_create_waits_a_minute_before_it_is_sent_again"),
    bug("adopted without base", "What recovery finds is taken as the base as it stands, edits included.",
        Patch(f"{RECOVER}:_adopted", "prints(as_sent(found, write.values), ports.key)", "prints(found, ports.key)")),
    bug("copied mark adopted", "Recovery adopts an item that is another pair's half, because it carries our mark.",
        Patch(f"{RECOVER}:_free", "free = [one for one in found if one.id not in taken]", "free = list(found)"),
        seen_by="tests/engine/test_copied_marks.py::test_a_copy_that_is_a_pair_of_its_own_is_not_adopted[lost]"),
    bug("copied mark adopted on collision", "A create that meets its mark adopts what stands there, another pair's half included.",
        Patch(f"{EXECUTE}:_settled", "if receipt.item_id in taken:", "if not receipt.intent:"),
        seen_by="tests/engine/test_copied_marks.py::test_what_stands_under_our_mark_as_another_pair_is_not_taken_from_it"),
    bug("found deletion forgotten", "Recovery does not tell that what it had created has been deleted since.",
        Patch(f"{RECOVER}:_found_again", "if isinstance(adopted, Absent) and settled:",
              "if isinstance(adopted, Absent) and not adopted:"),
        seen_by="tests/engine/test_lost_replies.py::test_a_lost_create_that_a_person_deleted_at_once_is_not_made_again"),
    bug("waiting items written again", "An item whose write may still arrive is planned anew at once.",
        Patch(f"{CYCLE}:_without", "if not waiting:", "if waiting is not None:"),
        seen_by="tests/engine/test_lost_replies.py::test_a_create_in_exchange_waits_a_minute_before_it_is_sent_again"),
    bug("late arrivals forgotten", "What was sent again and then arrived after all is taken for something new.", FORGETFUL,
        seen_by="tests/engine/test_every_tenth_reply.py::test_a_late_double_goes_when_it_is_deleted_and_its_pair_stays"),
    bug("recovery before the looks", "What is open is settled before the calendars are looked at.", *RECOVERY_FIRST,
        why_alive="What arrives between the two is known as ours that may be late (core/joining.py): it is held, and joined to its "
        "pair in the next cycle. The order bites where that is broken too, as the next row shows."),
    bug("recovery before the looks, late arrivals forgotten", "Neither is what a look has shown looked for, nor is it known.",
        *RECOVERY_FIRST, FORGETFUL,
        seen_by="tests/engine/test_lost_replies.py::"
        "test_a_write_that_arrives_in_the_middle_of_a_cycle_is_not_taken_for_something_new[just before the look]"),
)  # fmt: skip

SENDING = (
    bug("no precondition on update", "An update overwrites whatever stands there by now.",
        Patch(f"{MEMORY}._carried_out", "if self._has_changed(item, write):",
              "if write.operation is Operation.DELETE and self._has_changed(item, write):")),
    bug("no precondition on delete", "A deletion takes edits along that were made since the look.",
        Patch(f"{MEMORY}._carried_out", "if self._has_changed(item, write):",
              "if write.operation is Operation.UPDATE and self._has_changed(item, write):")),
    bug("guard switched off", "Steps that a guard holds are carried out.",
        Patch(f"{EXECUTE}:execute", "for step in plan.steps if not step.held_by for write", "for step in plan.steps for write"),
        seen_by="tests/scenarios/test_pages.py::test_scenario[guards:many-deletions-wait[exchange]]"),
    bug("lost reply is no", "After a lost reply a create counts as not carried out.",
        Patch(f"{EXECUTE}:_uncertain", "unknown = write.operation is Operation.CREATE and fault.code not in CERTAIN",
              "unknown = False"),
        seen_by="tests/engine/test_read_late.py::"
        "test_what_is_deleted_while_its_creation_is_still_open_is_deleted_on_the_other_side_too"),
    bug("lost reply is yes", "After a lost reply every write counts as carried out.",
        Patch(f"{EXECUTE}:_uncertain", "replace(receipt, outcome=Outcome.UNKNOWN) if unknown else receipt",
              "replace(receipt, outcome=Outcome.DONE, fault=None)")),
    bug("our own mark is an edit", "What we wrote is remembered with our mark, as no look will show it.",
        Patch(f"{EXECUTE}:_settled", "    if item is not None:", "    if item is not None and not item:"),
        why_alive="It costs one judging more and no write: what was edited is told field by field, and a mark is no field."),
)  # fmt: skip

REMEMBERING = (
    bug("echo write", "The base is not moved by what we wrote ourselves.",
        Patch(f"{SETTLING}:_link", "    return _based(link, step, now, done, context)",
              "    return _based(link, step, now, done, context) if step.link is None or not done else link")),
    bug("refused write counts as done", "The base moves although the write was refused.",
        Patch(f"{SETTLING}:settled", "    failed = [receipt for _, receipt in told if",
              "    told = [(write, replace(receipt, outcome=Outcome.DONE)) for write, receipt in told]\n"
              "    failed = [receipt for _, receipt in told if")),
    bug("partial batch counts as done", "A step of which only one write came out is settled as a whole.",
        Patch(f"{SETTLING}:settled", "    decision = _decision(",
              "    failed = failed if len(failed) == len(told) else []\n    decision = _decision("),
        seen_by="tests/engine/test_half_done.py::test_both_edits_arrive_in_the_end[exchange]"),
    bug("body compared as sent", "The base keeps what was sent, not what the other side made of it.",
        Patch(f"{SETTLING}:_fresh_prints", "    theirs = receipt.item.changed_by\n",
              "    return prints(as_sent(receipt.item, write.values), context.key)\n    theirs = receipt.item.changed_by\n"),
        seen_by="tests/engine/test_cut_to_fit.py::test_an_item_that_had_to_be_cut_is_deleted_with_its_event[blanks at the end]"),
    bug("foreign edit taken for ours", "An edit that came between our write and its reading becomes the base.",
        Patch(f"{SETTLING}:_fresh_prints", "    theirs = receipt.item.changed_by\n", '    theirs = ""\n'),
        seen_by="tests/engine/test_read_late.py::test_an_edit_between_our_write_and_its_reading_is_the_persons_own"),
    bug("base moves by itself", "Every cycle takes over as base whatever stands there.",
        Patch(f"{SETTLING}:_based", "    whole = ", "    whole = True or ")),
    bug("held edits forgotten", "What waits for a person becomes the base meanwhile.",
        Patch(f"{SETTLING}:_based", "(field not in step.pending and (_agreed(",
              "(field in step.pending or (_agreed("),
        seen_by="tests/core/test_section_7.py::test_a_prevented_update_stays_in_its_row_until_the_switch_is_off"),
    bug("refused item tried for ever", "What somebody has to mend is tried again in every cycle.",
        Patch(f"{SETTLING}:_next_attempt", "    if any(REMEDIES[fault][0] is Response.RETRY_LATER for fault in faults):",
              "    if faults:"),
        seen_by="tests/core/test_retry_pauses.py::test_what_somebody_has_to_mend_is_tried_later_and_later"),
    bug("private item listed", "The history shows the row of a private item.",
        Patch(f"{SETTLING}:_entry", "if decision.tab is None or item is None or item.private:",
              "if decision.tab is None or item is None:"),
        why_alive="A private item's decision has no tab, so no row is made of it anyway: the second lock of one door."),
    bug("link kept after deletion", "A pair that was deleted on both sides keeps its link.",
        Patch(f"{SETTLING}:_link", "return None if complete or deleted or step.link is None else step.link", "return step.link"),
        seen_by="tests/scenarios/test_pages.py::test_scenario[restored:restored-on-one-side-it-comes-back-on-the-other[exchange]]"),
)  # fmt: skip
