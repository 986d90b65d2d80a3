"""One call for the whole org: changes by owner, nothing twice, nothing lost, and the price of a quiet cycle."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.connectors.salesforce_script import (
    CONTACT,
    FULL,
    LEAD,
    ME,
    NOW,
    OTHER,
    OWNER,
    WINDOW,
    Clock,
    ScriptedOrg,
    answer,
    calendar_of,
    client_of,
    error,
    event,
    event_id,
    relation,
    relations,
)
from twincal.connectors.salesforce.calendar import SalesforceCalendar
from twincal.connectors.salesforce.directory import SalesforceDirectory
from twincal.core.faults import FaultCode, VendorFault
from twincal.ports import Sight


def wire(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.000+0000}"


EARLIER = wire(NOW - timedelta(minutes=2))
LATER = wire(NOW + timedelta(minutes=1))


class Polled:
    """A calendar that has been read in full once; its clock and the server's go on together."""

    def __init__(self, *scanned: dict[str, Any]) -> None:
        self.clock = Clock()
        self.org = ScriptedOrg({"Event": list(scanned)})
        self.org.server_time = self.clock.now
        client = client_of(self.org, self.clock)
        self.directory = SalesforceDirectory(client)
        self.calendar = SalesforceCalendar(client, FULL, self.directory)
        self.cursor: str | None = None

    async def __aenter__(self) -> "Polled":
        self.cursor = (await self.calendar.look([OWNER, OTHER], None, WINDOW)).cursor
        self.clock.at += timedelta(minutes=5)
        self.org.tables.clear()
        self.org.sent.clear()
        self.org.asked.clear()
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def look(self, **tables: Any) -> Sight:
        self.org.tables = dict(tables)
        self.org.sent.clear()
        self.org.asked.clear()
        sight = await self.calendar.look([OWNER, OTHER], self.cursor, WINDOW)
        self.cursor = sight.cursor
        return sight


async def test_a_quiet_poll_is_one_call_and_moves_nothing() -> None:
    async with Polled() as polled:
        before = polled.cursor
        sight = await polled.look()
        assert [(method, path) for method, path, _ in polled.org.sent] == [("POST", "/services/data/v67.0/composite")]
        assert (sight.looks, sight.addresses, sight.cursor) == ({}, frozenset(), before)


async def test_a_poll_asks_for_five_objects_deleted_and_archived_rows_included() -> None:
    async with Polled() as polled:
        await polled.look()
        assert {resource for resource, _ in polled.org.asked} == {"queryAll"}
        soqls = [soql for _, soql in polled.org.asked]
        assert [soql.split("FROM ")[-1].split()[0] for soql in soqls] == ["Event", "EventRelation", "Contact", "Lead", "User"]
        assert all("SystemModstamp >= 2026-11-24T11:50:00Z" in soql for soql in soqls)
        ours = f"(SystemModstamp >= 2026-11-24T12:00:00Z OR LastModifiedById != '{ME}')"
        assert [ours in soql for soql in soqls] == [True, True, False, False, False]


async def test_changes_come_by_owner_and_strangers_are_dropped() -> None:
    async with Polled() as polled:
        rows = [event(n, OwnerId=owner, stamp=LATER) for n, owner in enumerate([OWNER, OTHER, "005000000000003AAA"])]
        sight = await polled.look(Event=rows)
        assert {owner: [item.id for item in look.items] for owner, look in sight.looks.items()} == {
            OWNER: [event_id(0)],
            OTHER: [event_id(1)],
        }
        assert not any(look.full for look in sight.looks.values())


async def test_what_was_shown_is_not_shown_again() -> None:
    async with Polled() as polled:
        assert (await polled.look(Event=[event(1, stamp=LATER)])).looks
        again = polled.cursor
        assert not (await polled.look(Event=[event(1, stamp=LATER)])).looks
        assert polled.cursor == again
        assert (await polled.look(Event=[event(1, stamp=wire(NOW + timedelta(minutes=2)))])).looks


async def test_what_the_full_reading_showed_is_not_shown_again() -> None:
    async with Polled(event(1, stamp=EARLIER)) as polled:
        assert not (await polled.look(Event=[event(1, stamp=EARLIER)])).looks


async def test_an_org_that_rests_is_asked_about_its_last_changes_only_for_a_while() -> None:
    async with Polled() as polled:
        polled.clock.at += timedelta(minutes=30)
        assert (await polled.look(Event=[event(1, stamp=LATER)])).looks
        resting = polled.cursor
        await polled.look()
        since = min(re.findall(r"Event WHERE SystemModstamp >= ([^ )]+)", str(polled.org.asked)))
        assert since > LATER, "what was shown half an hour after it changed is asked for in every poll"
        assert polled.cursor == resting, "a cursor that moves is written down in every cycle"


async def test_a_row_committed_late_is_still_found() -> None:
    async with Polled() as polled:
        await polled.look(Event=[event(1, stamp=LATER)])
        late = event(2, stamp=EARLIER)
        sight = await polled.look(Event=[late, event(1, stamp=LATER)])
        assert [item.id for item in sight.looks[OWNER].items] == [event_id(2)]


async def test_a_row_changed_in_the_second_of_the_answer_is_shown_once_more() -> None:
    async with Polled() as polled:
        stamp = wire(polled.clock.at)
        await polled.look(Event=[event(1, stamp=stamp)])
        polled.clock.at += timedelta(seconds=30)
        sight = await polled.look(Event=[event(1, stamp=stamp, Subject="Changed in the same second")])
        assert [item.subject for item in sight.looks[OWNER].items] == ["Changed in the same second"]
        assert not (await polled.look(Event=[event(1, stamp=stamp)])).looks


async def test_deleted_rows_are_gone_and_archived_ones_are_not() -> None:
    async with Polled() as polled:
        rows = [
            event(1, stamp=LATER, IsDeleted=True),
            event(2, stamp=LATER, IsArchived=True),
            event(3, stamp=LATER, IsDeleted=True, IsChild=True),
        ]
        sight = await polled.look(Event=rows)
        assert sight.looks[OWNER].gone == (event_id(1),)
        assert sight.looks[OWNER].items == ()


async def test_a_changed_relation_reads_its_event_again() -> None:
    async with Polled() as polled:
        changed = {"Id": "0RE000000000001AAA", "EventId": event_id(1), "RelationId": CONTACT, "SystemModstamp": LATER}
        row = event(1, stamp=EARLIER, EventRelations=relations(relation(CONTACT, invitee=True)))
        sight = await polled.look(Event=lambda soql: [row] if "Id IN" in soql else [], EventRelation=[changed])
        assert [item.people[0].record for item in sight.looks[OWNER].items] == [CONTACT]
        assert len(polled.org.sent) == 3  # the poll, the event, the people on it
        assert not (await polled.look(EventRelation=[changed])).looks
        assert len(polled.org.sent) == 1


async def test_a_changed_relation_whose_event_came_along_costs_no_call() -> None:
    async with Polled(event(1, stamp=EARLIER)) as polled:
        changed = {"Id": "0RE000000000001AAA", "EventId": event_id(1)[:15], "RelationId": CONTACT, "SystemModstamp": LATER}
        sight = await polled.look(Event=[event(1, stamp=EARLIER)], EventRelation=[changed])
        assert [item.id for item in sight.looks[OWNER].items] == [event_id(1)]
        assert len(polled.org.sent) == 1


async def test_changed_records_are_forgotten_under_their_old_and_new_addresses() -> None:
    async with Polled() as polled:
        polled.org.tables = {"Contact": [{"Id": CONTACT, "Email": "old@x.example", "Name": "Ann", "OwnerId": OWNER}]}
        assert (await polled.directory.match(["old@x.example", "new@x.example"]))["new@x.example"] == ()
        row = {"Id": CONTACT, "Email": "New@x.example", "SystemModstamp": LATER}
        sight = await polled.look(Contact=[row], Lead=[{"Id": LEAD, "Email": "leo@x.example", "SystemModstamp": LATER}])
        assert sight.addresses == {"old@x.example", "new@x.example", "leo@x.example"}
        polled.org.tables = {"Contact": [{"Id": CONTACT, "Email": "New@x.example", "Name": "Ann", "OwnerId": OWNER}]}
        matches = await polled.directory.match(["old@x.example", "new@x.example"])
        assert matches["old@x.example"] == ()
        assert [record.id for record in matches["new@x.example"]] == [CONTACT]
        assert not (await polled.look(Contact=[row])).addresses


async def test_an_org_without_leads_is_polled_all_the_same() -> None:
    async with Polled() as polled:
        refused = error(400, "INVALID_TYPE", "sObject type 'Lead' is not supported.")
        sight = await polled.look(Event=[event(1, stamp=LATER)], Lead=refused)
        assert [item.id for item in sight.looks[OWNER].items] == [event_id(1)]


async def test_a_refused_question_about_events_fails_the_poll_and_keeps_the_cursor() -> None:
    async with Polled() as polled:
        with pytest.raises(VendorFault) as fault:
            await polled.look(Event=error(400, "INVALID_FIELD", "No such column 'Location' on entity 'Event'."))
        assert (fault.value.code, fault.value.detail) == (FaultCode.FIELD_HIDDEN, "INVALID_FIELD Location")


async def test_more_pages_are_read_only_when_there_are_more() -> None:
    async with Polled() as polled:
        next_url = "/services/data/v67.0/query/01g-1"
        polled.org.pages[next_url] = answer(200, {"done": True, "records": [event(2, stamp=LATER)]})
        sight = await polled.look(
            Event=answer(200, {"done": False, "nextRecordsUrl": next_url, "records": [event(1, stamp=LATER)]})
        )
        assert {item.id for item in sight.looks[OWNER].items} == {event_id(1), event_id(2)}
        assert len(polled.org.sent) == 2


@pytest.mark.parametrize("cursor", ["scanned", "", "[1,2]", '[2,739944,[1,1,1,1,1],""]', '[1,739944,[1,1,1],""]'])
async def test_a_foreign_cursor_has_expired(cursor: str) -> None:
    with pytest.raises(VendorFault) as fault:
        await calendar_of(ScriptedOrg()).look([OWNER], cursor, WINDOW)
    assert fault.value.code is FaultCode.CURSOR_EXPIRED


async def test_a_cursor_older_than_the_recycle_bin_has_expired() -> None:
    async with Polled() as polled:
        polled.clock.at += timedelta(days=14)
        await polled.look()
        polled.clock.at += timedelta(days=15)
        with pytest.raises(VendorFault) as fault:
            await polled.look()
        assert fault.value.code is FaultCode.CURSOR_EXPIRED


async def test_a_quiet_org_keeps_its_cursor_for_months() -> None:
    async with Polled() as polled:
        for _ in range(20):
            polled.clock.at += timedelta(days=5)
            await polled.look()
