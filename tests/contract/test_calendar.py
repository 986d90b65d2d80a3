"""The port `Calendar`: what the engine may rely on, whichever side is behind it."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from tests.contract.asking import changing, created, creating, item_there, mark, read, seen, settled, subjects, written
from tests.contract.calendars import ADAPTERS, HOUR, START, WINDOW, Stage, later
from twincal.core.faults import FaultCode
from twincal.core.fields import face
from twincal.core.item import AllDay, Item, Timed
from twincal.core.vocabulary import Operation, Outcome, ShowAs, Side
from twincal.core.writes import Absent

UNMARKED = {name for name in ADAPTERS if "without marks" in name}


@pytest.fixture(params=ADAPTERS)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with ADAPTERS[request.param]() as opened:
        yield opened


@pytest.fixture(params=sorted(ADAPTERS.keys() - UNMARKED))
async def marking(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A side whose items can carry our marks."""
    async with ADAPTERS[request.param]() as opened:
        yield opened


class TestLooking:
    async def test_the_first_look_shows_everything_in_the_window(self, stage: Stage) -> None:
        inside = [await stage.make("One"), await stage.make("Two", start=START + timedelta(days=30))]
        await stage.make("Far", start=WINDOW.end + timedelta(days=30))
        look, _ = await seen(stage)
        assert look.full
        assert sorted(item.id for item in look.items) == sorted(inside)
        assert all(item.side is stage.calendar.side for item in look.items)

    async def test_an_empty_calendar_is_seen_in_full_too(self, stage: Stage) -> None:
        sight = await stage.calendar.look([stage.owner], None, WINDOW)
        assert (sight.looks[stage.owner].full, sight.looks[stage.owner].items) == (True, ())

    async def test_what_is_looked_at_reads_the_same(self, stage: Stage) -> None:
        await stage.make("One")
        await created(stage, place="Room 4", body="Agenda\nSlides", show_as=ShowAs.FREE)
        look, _ = await seen(stage)
        assert len(look.items) == 2
        for item in look.items:
            again = await item_there(stage, item.id)
            assert (face(again), again.version) == (face(item), item.version)

    async def test_where_nothing_is_new_nothing_is_shown(self, stage: Stage) -> None:
        await stage.make("One")
        look, _ = await seen(stage, await settled(stage))
        assert (look.items, look.gone, look.full) == ((), (), False)

    async def test_a_later_look_shows_what_changed(self, stage: Stage) -> None:
        kept, changed = await stage.make("Kept"), await stage.make("Changed")
        cursor = await settled(stage)
        await stage.edit(changed, "Changed by hand")
        made = await stage.make("Made")
        look, cursor = await seen(stage, cursor)
        assert {item.id: item.subject for item in look.items} == {changed: "Changed by hand", made: "Made"}
        assert kept not in look.gone
        assert (await seen(stage, cursor))[0].gone == ()

    async def test_a_cursor_can_be_used_again(self, stage: Stage) -> None:
        """A look whose effects were never stored is made again from the same place."""
        cursor = await settled(stage)
        made = await stage.make("Made")
        for _ in range(2):
            look, _ = await seen(stage, cursor)
            assert [item.id for item in look.items] == [made]

    async def test_a_deletion_is_told_and_confirmed_by_reading(self, stage: Stage) -> None:
        lost, kept = await stage.make("Lost"), await stage.make("Kept")
        cursor = await settled(stage)
        await stage.remove(lost)
        look, _ = await seen(stage, cursor)
        assert look.gone == (lost,)
        gone = await read(stage, lost)
        assert isinstance(gone, Absent)
        assert (gone.id, gone.deleted) == (lost, True)
        assert isinstance(await read(stage, kept), Item)

    async def test_what_came_and_went_between_two_looks_is_no_item(self, stage: Stage) -> None:
        cursor = await settled(stage)
        await stage.remove(await stage.make("Brief"))
        look, _ = await seen(stage, cursor)
        assert look.items == ()

    async def test_our_own_writes_are_shown_as_they_were_told(self, stage: Stage) -> None:
        cursor = await settled(stage)
        item = await created(stage)
        look, _ = await seen(stage, cursor)
        assert [(one.id, face(one), one.version) for one in look.items] == [(item.id, face(item), item.version)]

    async def test_people_do_not_see_each_other(self, stage: Stage) -> None:
        own, others = await stage.make("Ann's"), await stage.make("Ben's", owner=stage.other)
        owners = [stage.owner, stage.other]
        if stage.calendar.shared:
            looks = (await stage.calendar.look(owners, None, WINDOW)).looks
        else:
            looks = {one: (await stage.calendar.look([one], None, WINDOW)).looks[one] for one in owners}
        assert {one: [item.id for item in looks[one].items] for one in owners} == {stage.owner: [own], stage.other: [others]}


class TestReading:
    async def test_every_id_has_an_answer(self, stage: Stage) -> None:
        here, gone = await stage.make("Here"), await stage.make("Gone")
        await stage.remove(gone)
        found = await stage.calendar.read(stage.owner, [here, gone])
        assert {one: type(answer) for one, answer in found.items()} == {here: Item, gone: Absent}
        assert await stage.calendar.read(stage.owner, []) == {}

    async def test_bodies_are_read(self, stage: Stage) -> None:
        item = await created(stage, body="Agenda\nSlides")
        assert (await item_there(stage, item.id)).body.text == "Agenda\nSlides"

    async def test_a_version_moves_with_every_change(self, stage: Stage) -> None:
        item = await created(stage)
        await stage.edit(item.id, "By hand")
        edited = await item_there(stage, item.id)
        assert edited.version != item.version
        (receipt,) = await written(stage, changing(edited, place="Room 4"))
        assert receipt.item is not None
        assert receipt.item.version not in (item.version, edited.version)


class TestWriting:
    @pytest.mark.parametrize(
        "times",
        [
            Timed(START, START + HOUR),
            Timed(START, START),
            AllDay(date(2027, 3, 8), date(2027, 3, 8)),
            AllDay(date(2027, 3, 8), date(2027, 3, 10)),
        ],
    )
    async def test_what_is_created_is_there_as_it_was_said(self, stage: Stage, times: Timed | AllDay) -> None:
        item = await created(stage, times=times, place="Room 4", show_as=ShowAs.OUT_OF_OFFICE, body="Agenda\n\n- one")
        assert (item.subject, item.times, item.place, item.show_as, item.body.text) == (
            "Visit 1",
            times,
            "Room 4",
            ShowAs.OUT_OF_OFFICE,
            "Agenda\n\n- one",
        )
        assert face(await item_there(stage, item.id)) == face(item)

    async def test_an_update_changes_what_it_names_and_nothing_else(self, stage: Stage) -> None:
        item = await created(stage, place="Room 4", body="Agenda")
        (receipt,) = await written(stage, changing(item, subject="New"))
        assert (receipt.outcome, receipt.item_id, receipt.fault) == (Outcome.DONE, item.id, None)
        now = await item_there(stage, item.id)
        assert (now.subject, now.place, now.body.text, now.times) == ("New", "Room 4", "Agenda", item.times)
        assert receipt.item is not None
        assert face(receipt.item) == face(now)

    async def test_timed_and_whole_days_turn_into_each_other(self, stage: Stage) -> None:
        item = await created(stage)
        days = AllDay(date(2027, 3, 8), date(2027, 3, 9))
        (receipt,) = await written(stage, changing(item, times=days))
        assert receipt.item is not None
        assert receipt.item.times == days
        (receipt,) = await written(stage, changing(receipt.item, times=item.times))
        assert receipt.item is not None
        assert receipt.item.times == item.times

    async def test_a_field_can_be_emptied(self, stage: Stage) -> None:
        item = await created(stage, place="Room 4", body="Agenda")
        (receipt,) = await written(stage, changing(item, place="", body="", subject=""))
        assert receipt.item is not None
        assert (receipt.item.place, receipt.item.body.text or "", receipt.item.subject) == ("", "", "")

    async def test_a_deleted_item_is_absent(self, stage: Stage) -> None:
        item = await created(stage)
        (receipt,) = await written(stage, changing(item, Operation.DELETE))
        assert (receipt.outcome, receipt.item_id, receipt.fault) == (Outcome.DONE, item.id, None)
        found = await read(stage, item.id)
        assert isinstance(found, Absent)
        assert found.deleted

    async def test_deleting_twice_is_deleting(self, stage: Stage) -> None:
        item = await created(stage)
        await stage.remove(item.id)
        (receipt,) = await written(stage, changing(item, Operation.DELETE))
        assert receipt.outcome is Outcome.DONE

    async def test_an_update_of_what_is_gone_is_told(self, stage: Stage) -> None:
        item = await created(stage)
        await stage.remove(item.id)
        (receipt,) = await written(stage, changing(item, subject="New"))
        assert (receipt.outcome, receipt.fault) == (Outcome.NOT_APPLIED, FaultCode.GONE)

    @pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.DELETE])
    async def test_what_somebody_changed_meanwhile_is_left_alone(self, stage: Stage, operation: Operation) -> None:
        item = await created(stage)
        await stage.edit(item.id, "By hand")
        values = {"subject": "New"} if operation is Operation.UPDATE else {}
        (receipt,) = await written(stage, changing(item, operation, **values))
        assert (receipt.outcome, receipt.fault) == (Outcome.NOT_APPLIED, FaultCode.CHANGED_MEANWHILE)
        assert (await item_there(stage, item.id)).subject == "By hand"

    async def test_each_write_has_its_receipt_in_order(self, stage: Stage) -> None:
        first, second, third = [await created(stage, number) for number in (1, 2, 3)]
        await stage.remove(second.id)
        writes = [
            changing(third, Operation.DELETE),
            creating(stage, 4),
            changing(second, subject="Too late"),
            changing(first, subject="New"),
            *(creating(stage, number) for number in range(5, 12)),
        ]
        receipts = await written(stage, *writes)
        assert [receipt.intent for receipt in receipts] == [write.intent for write in writes]
        assert [receipt.outcome for receipt in receipts] == [Outcome.DONE] * 2 + [Outcome.NOT_APPLIED] + [Outcome.DONE] * 8
        assert await subjects(stage) == sorted(["New", "Visit 4", *(f"Visit {number}" for number in range(5, 12))])

    async def test_nothing_to_write_is_nothing_done(self, stage: Stage) -> None:
        assert list(await stage.calendar.write(stage.owner, [])) == []


class TestMarks:
    async def test_a_create_sent_twice_makes_one_item_and_changes_nothing(self, marking: Stage) -> None:
        item = await created(marking)
        await marking.edit(item.id, "By hand")
        (receipt,) = await written(marking, creating(marking))
        assert receipt.item_id == item.id
        assert (receipt.outcome, receipt.fault) in (
            (Outcome.NOT_APPLIED, FaultCode.DUPLICATE),
            (Outcome.DONE, FaultCode.DUPLICATE),
            (Outcome.DONE, None),
        )
        assert await subjects(marking) == ["By hand"]

    async def test_an_item_is_found_by_its_mark(self, marking: Stage) -> None:
        item = await created(marking)
        await created(marking, 2)
        found = await marking.calendar.find(marking.owner, [mark(1), mark(9)])
        assert [(one.id, one.mark, one.stamp) for one in found[mark(1)] if isinstance(one, Item)] == [(item.id, mark(1), "c1:00")]
        assert found.get(mark(9), ()) == ()

    async def test_the_stamp_is_that_of_the_last_write(self, marking: Stage) -> None:
        item = await created(marking)
        change = changing(item, subject="New")
        await written(marking, change)
        now = await item_there(marking, item.id)
        assert (now.mark, now.stamp) == (mark(1), change.stamp)

    async def test_marks_survive_what_people_do(self, marking: Stage) -> None:
        item = await created(marking)
        await marking.edit(item.id, "By hand")
        (found,) = (await marking.calendar.find(marking.owner, [mark(1)]))[mark(1)]
        assert isinstance(found, Item)
        assert found.subject == "By hand"

    async def test_an_update_can_write_the_mark_anew(self, marking: Stage) -> None:
        item = await created(marking)
        update = replace(changing(item), mark=mark(9)).marking()
        (receipt,) = await written(marking, update)
        assert (receipt.outcome, receipt.fault) == (Outcome.DONE, None)
        now = await item_there(marking, item.id)
        assert (now.mark, now.stamp, face(now)) == (mark(9), "c1:00", face(item)), "nothing else is changed"

    async def test_what_was_deleted_is_found_by_its_mark_at_most_as_absent(self, marking: Stage) -> None:
        item = await created(marking)
        await marking.remove(item.id)
        found = (await marking.calendar.find(marking.owner, [mark(1)])).get(mark(1), ())
        assert all(isinstance(one, Absent) and one.deleted for one in found)
        assert bool(found) is (marking.calendar.side is Side.SALESFORCE), "only Salesforce keeps a trace"

    async def test_looking_for_nothing_finds_nothing(self, stage: Stage) -> None:
        assert await stage.calendar.find(stage.owner, []) == {}

    @pytest.mark.parametrize("name", sorted(UNMARKED))
    async def test_a_side_without_marks_finds_by_likeness(self, name: str) -> None:
        async with ADAPTERS[name]() as stage:
            item = await created(stage)
            found = await stage.calendar.find(stage.owner, [mark(1)])
            assert found.get(mark(1), ()) == ()
            assert item.mark == ""

    async def test_alike_are_subject_times_and_a_creation_since(self, stage: Stage) -> None:
        await created(stage, 1)
        await later(stage, 60)
        since = stage.clock.now()
        again = await created(stage, 2, subject="Visit 1")
        await created(stage, 3, subject="Visit 1", times=Timed(START + HOUR, START + 2 * HOUR))
        await created(stage, 4, subject="Visit 4")
        found = await stage.calendar.find_alike(stage.owner, creating(stage), since)
        assert [item.id for item in found] == [again.id]
