"""The connector and the sandbox's org over a real socket: two readings of the same documents."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from twincal.connectors.salesforce.calendar import SalesforceCalendar
from twincal.connectors.salesforce.capabilities import capabilities
from twincal.connectors.salesforce.client import SalesforceClient
from twincal.connectors.salesforce.directory import SalesforceDirectory
from twincal.connectors.salesforce.doctor import doctor
from twincal.connectors.salesforce.signin import ClientCredentials, JwtBearer, SignIn
from twincal.connectors.transport import HttpTransport
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import AllDay, Item, Timed
from twincal.core.trees import Window
from twincal.core.vocabulary import Operation, Outcome, Side
from twincal.core.writes import Absent, Receipt, Values, Write
from twincal.ports import Capabilities
from twincal.sandbox.serve import Sandbox

TODAY = date(2027, 3, 1)
WINDOW = Window(datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC))
START = datetime(2027, 3, 5, 9, tzinfo=UTC)
ANN = "ann@northwind.example"


class Clock:
    """The sandbox's clock; sleeping moves it on without waiting."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> datetime:
        return self._sandbox.clock.now()

    async def sleep(self, seconds: float) -> None:
        self._sandbox.clock.set(self.now() + timedelta(seconds=seconds))


class Rehearsal:
    """A connected org with one user, Ann."""

    def __init__(self, sandbox: Sandbox, transport: HttpTransport) -> None:
        self.sandbox = sandbox
        self.line: dict[str, Any] = sandbox.announcement()
        self.transport = transport
        self.clock = Clock(sandbox)
        told = self.line["salesforce"]
        self.client = self.client_by(ClientCredentials(told["login_url"], told["client_id"], told["client_secret"]))
        self.directory = SalesforceDirectory(self.client)
        self.caps = Capabilities()
        self.owner = ""

    def client_by(self, way: SignIn) -> SalesforceClient:
        return SalesforceClient(self.transport, way, self.clock, api_version=self.line["salesforce"]["api_version"])

    async def control(self, path: str, body: Any) -> Any:
        """An order to the sandbox."""
        url = f"{self.line['control_url']}{path}"
        reply = await self.transport.send("POST", url, headers={"content-type": "application/json"}, body=msgspec.json.encode(body))
        assert reply.status == 200, reply.body
        return msgspec.json.decode(reply.body)

    async def act(self, action: str, **order: Any) -> Any:
        """Ann does something in Salesforce."""
        return await self.control("/act", {"system": "salesforce", "who": ANN, "action": action, **order})

    async def connect(self, **options: Any) -> "Rehearsal":
        await self.control("/org", {"key_fields": True} | options)
        await self.control("/people", {"name": "Ann Smith", "mailbox": ANN, "salesforce_username": ANN})
        account = await self.directory.user(ANN)
        assert account is not None
        self.owner = account.id
        self.caps = await capabilities(self.client)
        return self

    @property
    def calendar(self) -> SalesforceCalendar:
        return SalesforceCalendar(self.client, self.caps, self.directory)

    async def cursor(self) -> str:
        """Read in full once, and once more for what was changed around that time."""
        cursor = (await self.calendar.look([self.owner], None, WINDOW)).cursor
        await self.later()
        cursor = (await self.calendar.look([self.owner], cursor, WINDOW)).cursor
        await self.later()
        return cursor

    async def later(self, seconds: float = 2) -> None:
        await self.clock.sleep(seconds)

    async def write(self, *writes: Write) -> list[Receipt]:
        return list(await self.calendar.write(self.owner, writes))

    async def created(self, **values: Any) -> Item:
        (receipt,) = await self.write(creating(1, **values))
        assert receipt.item is not None, receipt
        await self.later()
        return receipt.item

    async def contact(self, number: int) -> str:
        fields = {"LastName": f"Contact {number}", "Email": f"c{number}@x.example"}
        return str((await self.act("insert", object="Contact", fields=fields))["Id"])


@pytest.fixture
async def org() -> AsyncIterator[Rehearsal]:
    async with Sandbox.running("empty", today=TODAY) as sandbox, HttpTransport(Side.SALESFORCE) as transport:
        yield Rehearsal(sandbox, transport)


def creating(number: int, **values: Any) -> Write:
    values = {"subject": f"Visit {number}", "times": Timed(START, START + timedelta(hours=1)), **values}
    return Write(
        intent=f"c{number}",
        side=Side.SALESFORCE,
        operation=Operation.CREATE,
        mark=f"{number:032x}:1",
        stamp=f"c{number}:00",
        values=Values(**values),
    )


def changing(item: Item, operation: Operation = Operation.UPDATE, **values: Any) -> Write:
    return Write(
        intent="w",
        side=Side.SALESFORCE,
        operation=operation,
        mark=item.mark,
        stamp="w:00",
        item_id=item.id,
        version=item.version,
        values=Values(**values),
    )


async def test_both_ways_of_signing_in(org: Rehearsal) -> None:
    told = org.line["salesforce"]
    key = await asyncio.to_thread(Path(told["jwt_key_file"]).read_text)
    session = await org.client_by(JwtBearer(told["login_url"], told["client_id"], told["jwt_username"], key)).session()
    assert session.user_id == (await org.client.session()).user_id != ""
    wrong = org.client_by(ClientCredentials(told["login_url"], told["client_id"], "wrong"))
    with pytest.raises(VendorFault) as fault:
        await wrong.session()
    assert fault.value.code is FaultCode.SIGN_IN_REFUSED


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("key", [True, False])
async def test_what_the_org_can_do(org: Rehearsal, shared: bool, key: bool) -> None:
    await org.connect(shared_activities=shared, key_fields=key, client_fields=key, hidden_fields=["Event.Location"])
    caps = org.caps
    assert (caps.shared_activities, caps.key_field, caps.stamp_field) == (shared, key, key)
    assert "Location" in caps.hidden_fields
    assert ("IsClientManaged" in caps.hidden_fields) is not key
    with pytest.raises(VendorFault) as fault:
        await org.calendar.look([org.owner], None, WINDOW)
    assert (fault.value.code, fault.value.detail) == (FaultCode.FIELD_HIDDEN, "INVALID_FIELD Location")
    bad = {finding.check for finding in await doctor(org.client) if not finding.well}
    assert "Salesforce event fields" in bad
    assert ("Salesforce key field" in bad) is not key


@pytest.mark.parametrize("shared", [True, False])
async def test_what_is_written_is_read_back_the_same(org: Rehearsal, shared: bool) -> None:
    await org.connect(shared_activities=shared)
    whos = tuple([await org.contact(number) for number in range(2 if shared else 1)])
    timed = creating(1, place="Room", body="One\nTwo", whos=whos)
    whole = creating(2, times=AllDay(date(2027, 3, 5), date(2027, 3, 6)))
    receipts = await org.write(timed, whole)
    assert [receipt.outcome for receipt in receipts] == [Outcome.DONE, Outcome.DONE]
    first, second = (receipt.item for receipt in receipts)
    assert first is not None and second is not None
    assert (first.times, first.place, first.body.text, first.whos) == (timed.values.times, "Room", "One\nTwo", whos)
    assert [p.address for p in first.people] == [f"c{number}@x.example" for number in range(len(whos))]
    assert (first.mark, first.stamp, first.changed_by) == (timed.mark, timed.stamp, org.caps.integration_user)
    assert second.times == whole.values.times
    scanned = (await org.calendar.look([org.owner], None, WINDOW)).looks[org.owner].items
    assert {item.id: item for item in scanned} == {first.id: first, second.id: second}
    answers = await org.calendar.read(org.owner, [first.id])
    assert answers[first.id] == first


async def test_two_creates_with_one_mark_are_one_event(org: Rehearsal) -> None:
    await org.connect()
    item = await org.created()
    (receipt,) = await org.write(creating(1))
    assert (receipt.outcome, receipt.fault, receipt.item_id) == (Outcome.NOT_APPLIED, FaultCode.DUPLICATE, item.id)
    assert await org.calendar.find(org.owner, [item.mark]) == {item.mark: (item,)}


async def test_a_lost_reply_leaves_a_create_that_the_mark_finds(org: Rehearsal) -> None:
    await org.connect()
    front = {"kinds": ["reply_lost"], "system": "salesforce", "writes_only": True, "next": 1}
    await org.control("/weather", {"transport": front})
    (receipt,) = await org.write(creating(1))
    assert (receipt.outcome, receipt.fault) == (Outcome.UNKNOWN, FaultCode.NO_REPLY)
    found = await org.calendar.find(org.owner, [creating(1).mark])
    assert [type(answer) for answer in found[creating(1).mark]] == [Item]
    alike = await org.calendar.find_alike(org.owner, creating(1), org.clock.now() - timedelta(minutes=1))
    assert [item.id for item in alike] == [found[creating(1).mark][0].id]


async def test_a_quiet_poll_costs_one_call(org: Rehearsal) -> None:
    await org.connect()
    await org.created()
    cursor = await org.cursor()
    before = org.client.requests
    sight = await org.calendar.look([org.owner], cursor, WINDOW)
    assert (org.client.requests - before, sight.looks, sight.cursor) == (1, {}, cursor)


async def test_a_poll_shows_what_a_person_did(org: Rehearsal) -> None:
    await org.connect()
    kept, lost = await org.created(), (await org.write(creating(2)))[0].item_id
    cursor = await org.cursor()
    await org.act("update", id=kept.id, fields={"Subject": "By Ann"})
    await org.act("delete", id=lost)
    await org.later()
    sight = await org.calendar.look([org.owner], cursor, WINDOW)
    assert [item.subject for item in sight.looks[org.owner].items] == ["By Ann"]
    assert sight.looks[org.owner].gone == (lost,)
    answer = (await org.calendar.read(org.owner, [lost]))[lost]
    assert isinstance(answer, Absent)
    assert (answer.deleted, answer.by) == (True, org.owner)
    assert not (await org.calendar.look([org.owner], sight.cursor, WINDOW)).looks


async def test_an_invited_person_shows_in_the_next_poll_though_the_event_did_not_change(org: Rehearsal) -> None:
    await org.connect()
    item, contact = await org.created(), await org.contact(1)
    cursor = await org.cursor()
    fields = {"EventId": item.id, "RelationId": contact, "IsInvitee": True}
    await org.act("insert", object="EventRelation", fields=fields)
    await org.later()
    sight = await org.calendar.look([org.owner], cursor, WINDOW)
    assert [(p.address, p.invited) for p in sight.looks[org.owner].items[0].people] == [("c1@x.example", True)]


async def test_changes_committed_late_are_found(org: Rehearsal) -> None:
    await org.connect()
    await org.control("/weather", {"salesforce": {"commit_skew_seconds": 120, "commit_skew_every": 2}})
    cursor = await org.cursor()
    seen: set[str] = set()
    made: set[str] = set()
    for number in range(6):
        fields = {
            "Subject": f"{number}",
            "StartDateTime": "2027-03-05T09:00:00.000Z",
            "EndDateTime": "2027-03-05T10:00:00.000Z",
        }
        made.add((await org.act("insert", fields=fields))["Id"])
        await org.later(5)
        sight = await org.calendar.look([org.owner], cursor, WINDOW)
        shown = [item.id for look in sight.looks.values() for item in look.items]
        assert not seen & set(shown)
        seen |= set(shown)
        cursor = sight.cursor
    await org.later(200)
    sight = await org.calendar.look([org.owner], cursor, WINDOW)
    assert seen | {item.id for look in sight.looks.values() for item in look.items} == made


async def test_a_changed_address_is_matched_anew(org: Rehearsal) -> None:
    await org.connect()
    contact, cursor = await org.contact(1), await org.cursor()
    assert [r.id for r in (await org.directory.match(["c1@x.example"]))["c1@x.example"]] == [contact]
    await org.act("update", object="Contact", id=contact, fields={"Email": "new@x.example"})
    await org.later()
    sight = await org.calendar.look([org.owner], cursor, WINDOW)
    assert {"c1@x.example", "new@x.example"} <= sight.addresses
    matches = await org.directory.match(["c1@x.example", "new@x.example"])
    assert [len(matches[address]) for address in ("c1@x.example", "new@x.example")] == [0, 1]


async def test_an_update_changes_only_what_it_names(org: Rehearsal) -> None:
    await org.connect()
    item = await org.created(place="Room", whos=(await org.contact(1),))
    (receipt,) = await org.write(changing(item, times=AllDay(date(2027, 3, 8), date(2027, 3, 8)), whos=()))
    assert receipt.outcome is Outcome.DONE
    assert receipt.item is not None
    assert (receipt.item.times, receipt.item.place, receipt.item.whos) == (AllDay(date(2027, 3, 8), date(2027, 3, 8)), "Room", ())
    (again,) = await org.write(changing(receipt.item, times=item.times))
    assert again.item is not None
    assert again.item.times == item.times


@pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.DELETE])
async def test_an_edit_in_between_stops_a_write(org: Rehearsal, operation: Operation) -> None:
    await org.connect()
    item = await org.created()
    await org.act("update", id=item.id, fields={"Subject": "By Ann"})
    (receipt,) = await org.write(changing(item, operation, **({"subject": "x"} if operation is Operation.UPDATE else {})))
    assert (receipt.outcome, receipt.fault) == (Outcome.NOT_APPLIED, FaultCode.CHANGED_MEANWHILE)
    answer = (await org.calendar.read(org.owner, [item.id]))[item.id]
    assert isinstance(answer, Item)
    assert answer.subject == "By Ann"


async def test_a_deleted_event_lies_in_the_bin_by_our_hand(org: Rehearsal) -> None:
    await org.connect()
    item = await org.created()
    (receipt,) = await org.write(changing(item, Operation.DELETE))
    assert (receipt.outcome, receipt.detail) == (Outcome.DONE, "")
    answer = (await org.calendar.find(org.owner, [item.mark]))[item.mark][0]
    assert isinstance(answer, Absent)
    assert (answer.deleted, answer.by) == (True, org.caps.integration_user)


async def test_archived_and_erased_events(org: Rehearsal) -> None:
    await org.connect()
    item = await org.created()
    await org.act("hard_delete", id=item.id)
    erased = (await org.calendar.read(org.owner, [item.id]))[item.id]
    assert isinstance(erased, Absent)
    old = {"Subject": "Old", "StartDateTime": "2024-03-05T09:00:00.000Z", "EndDateTime": "2024-03-05T10:00:00.000Z"}
    await org.control("/org", {"archive_after_days": 365})
    archived = (await org.act("plant", fields={**old, "OwnerId": org.owner}))["Id"]
    await org.act("archive")
    answer = (await org.calendar.read(org.owner, [archived]))[archived]
    assert isinstance(answer, Absent)
    assert not answer.deleted


async def test_the_vendors_refusals_have_names(org: Rehearsal) -> None:
    await org.connect()
    contact = await org.contact(1)
    long, strange = creating(1, times=Timed(START, START + timedelta(days=15))), creating(2, whos=(contact[:3] + "0" * 12 + "AAA",))
    good = creating(3, whos=(contact,))
    receipts = await org.write(long, strange, good)
    assert [receipt.outcome for receipt in receipts] == [Outcome.NOT_APPLIED, Outcome.NOT_APPLIED, Outcome.DONE]
    assert [receipt.fault for receipt in receipts[:2]] == [FaultCode.VALUE_REFUSED] * 2
    assert "FIELD_INTEGRITY_EXCEPTION" in receipts[0].detail


async def test_locks_sessions_and_limits(org: Rehearsal) -> None:
    await org.connect()
    await org.control("/weather", {"salesforce": {"row_locks": 2}})
    assert [r.outcome for r in await org.write(creating(1), creating(2))] == [Outcome.DONE] * 2
    await org.control("/weather", {"salesforce": {"refuse_with_limit": 1}})
    assert [r.fault for r in await org.write(creating(3))] == [FaultCode.LIMIT_REACHED]
    await org.control("/weather", {"salesforce": {"session_requests": 1}})
    before = org.client.sign_ins
    assert [r.outcome for r in await org.write(creating(4))] == [Outcome.DONE]
    assert org.client.sign_ins > before
    assert org.client.api_usage is not None


async def test_a_long_scan_follows_its_pages_for_one_call_each(org: Rehearsal) -> None:
    await org.connect(page_size=200)
    receipts = await org.write(*(creating(number) for number in range(450)))
    assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
    assert all(receipt.item for receipt in receipts)
    before = org.client.requests
    assert len((await org.calendar.look([org.owner], None, WINDOW)).looks[org.owner].items) == 450
    assert org.client.requests - before == 3


async def test_two_polls_at_once_share_a_session(org: Rehearsal) -> None:
    await org.connect()
    cursor = await org.cursor()
    sights = await asyncio.gather(*(org.calendar.look([org.owner], cursor, WINDOW) for _ in range(4)))
    assert {sight.cursor for sight in sights} == {cursor}
    assert org.client.sign_ins == 1
