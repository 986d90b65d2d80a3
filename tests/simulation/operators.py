"""What administrators and operators do: settings and locks, people, records, backups, and releases of what is held."""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from tests.simulation.home import GUESTS, Home
from tests.simulation.process import Process
from tests.simulation.tapes import Deed
from tests.simulation.tokens import lineage_of
from tests.simulation.versions import upgraded
from twincal.core.decision import Verdict
from twincal.core.limits import Release
from twincal.core.policy import Explicit
from twincal.core.vocabulary import Level, RecordKind, Side, Tab

TRIED = (
    ("mode", "sync_all"), ("mode", "match"), ("mode", "designate"), ("mode", "off"), ("window.future_days", "2"),
    ("window.future_days", "30"), ("window.future_days", "365"), ("conflict", "exchange"), ("conflict", "salesforce"),
    ("conflict", "latest"), ("conflict", "hold"), ("notify_attendees", "updates"), ("notify_attendees", "never"),
    ("notify_attendees", "always"), ("invite_attendees", "on"), ("invite_attendees", "off"),
    ("prevent.delete_in_exchange", "on"), ("prevent.delete_in_exchange", "off"), ("prevent.update_in_salesforce", "on"),
    ("prevent.update_in_salesforce", "off"), ("prevent.create_in_exchange", "on"), ("prevent.create_in_exchange", "off"),
    ("ignore_list", "elsewhere.example"), ("ignore_list", ""), ("global_exclusion_list", "gil@acme.example"),
    ("global_exclusion_list", ""), ("guard.updates_floor", "0"), ("guard.updates_floor", "5"), ("guard.deletion_floor", "0"),
    ("guard.deletion_floor", "5"),
)  # fmt: skip
MAIL_TOLD = frozenset({"G05", "G07", "G08", "G12"})
"""Rules that tell whoever chooses that people would be mailed."""
STANDING_TWICE = frozenset({"F04", "F05", "F08", "F09", "F45", "F46", "F47", "F48"})
"""Rules that offer a copy of its own to what stands twice."""
PERSONAL = ("conflict", "notify_attendees", "window.future_days")
PROFILES = ("Standard User", "Sales")


class Operators:
    """Whoever looks after the homes."""

    def __init__(self, homes: Sequence[Home]) -> None:
        self._homes = homes
        self._figures = homes[0].around.figures

    def do(self, deed: Deed) -> str:
        """Carry a deed out; what happened, in words."""
        home = self._homes[deed.who % len(self._homes)]
        return f"{home.name}: {ACTS[deed.verb](self, home, deed)}"

    # Settings and people

    def _set(self, home: Home, deed: Deed) -> str:
        key, text = TRIED[deed.choice % len(TRIED)]
        self._figures.struck("F34 a setting was changed")
        if key.startswith(("window", "ignore", "global", "mode")):
            self._figures.struck("F17 scope was changed")
        level, name = Level.SUBSCRIPTION, ""
        if key in PERSONAL and deed.item % 2:
            level, name = (Level.USER, home.people[0].mailbox) if deed.item % 4 == 1 else (Level.PROFILE, PROFILES[1])
        home.say(Explicit(key, level, name, text, lock=deed.item % 5 == 0 and level is not Level.USER))
        return f"{key} is set to `{text}` for {name or 'everybody'}"

    def _move_profile(self, home: Home, deed: Deed) -> str:
        member = home.members[deed.item % len(home.members)]
        profile = PROFILES[1 - PROFILES.index(member.profile)]
        home.change_member(replace(member, profile=profile))
        return f"{member.mailbox} moves to the profile {profile}"

    def _toggle(self, home: Home, deed: Deed) -> str:
        member = home.members[deed.item % len(home.members)]
        home.change_member(replace(member, active=not member.active))
        self._figures.struck("F34 a person was switched")
        return f"{member.mailbox} is {'activated' if not member.active else 'deactivated'}"

    # Records

    def _contact(self, home: Home, deed: Deed) -> str:
        return self._record(home, f"003C{deed.choice % len(GUESTS)}", RecordKind.CONTACT, GUESTS[deed.choice % len(GUESTS)])

    def _lead(self, home: Home, deed: Deed) -> str:
        return self._record(home, f"00QL{deed.choice % len(GUESTS)}", RecordKind.LEAD, GUESTS[deed.choice % len(GUESTS)])

    def _record(self, home: Home, ident: str, kind: RecordKind, address: str) -> str:
        home.enter(ident, kind, address)
        return f"{kind.phrase} {ident} is entered for {address}"

    def _import(self, home: Home, deed: Deed) -> str:
        """A list of people comes in at once: only Leads, or Contacts too."""
        leads = deed.choice if deed.choice & 8 else 7
        for number in range(len(GUESTS)):
            (self._lead if leads >> number & 1 else self._contact)(home, replace(deed, choice=number))
        return "Contacts and Leads are entered for everybody"

    def _convert(self, home: Home, deed: Deed) -> str:
        number = deed.choice % len(GUESTS)
        lead = home.directory.record(f"00QL{number}")
        if lead is None:
            return "there is no Lead to convert"
        home.directory.remove(lead.id)
        self._contact(home, deed)
        self._renamed(home, lead.id, f"003C{number}")
        self._figures.reach("a Lead was converted")
        return f"Lead {lead.id} becomes Contact 003C{number}"

    def _merge(self, home: Home, deed: Deed) -> str:
        number = deed.choice % len(GUESTS)
        if home.directory.record(f"003C{number}") is None:
            return "there is no Contact to merge"
        home.enter(f"003D{number}", RecordKind.CONTACT, GUESTS[number])
        home.directory.remove(f"003C{number}")
        self._renamed(home, f"003C{number}", f"003D{number}")
        self._figures.reach("Contacts were merged")
        return f"Contact 003C{number} is merged into 003D{number}"

    def _renamed(self, home: Home, old: str, new: str) -> None:
        """Salesforce itself puts the new record in the place of the old one on every event."""
        calendar = home.sides[Side.SALESFORCE]
        for person in home.people:
            for item in [one for one in calendar.items(person.owner.user_id).values() if old in one.whos]:
                whos = tuple(dict.fromkeys(new if who == old else who for who in item.whos))
                calendar.put(person.owner.user_id, replace(item, whos=whos), by="005SYSTEM")
                ours = home.oracle.related.get(item.id, set())
                if old in ours and new not in item.whos:
                    ours.add(new)

    # What waits for somebody

    def _choose(self, home: Home, deed: Deed) -> str:
        waiting = [
            (person.id, entry)
            for person in home.people
            for _, entry in sorted(home.rows(person.id).items())
            if entry.decision.tab is Tab.UNRESOLVED and entry.decision.verdict is Verdict.HOLD
        ]
        if not waiting:
            return "nothing waits for a choice"
        person, entry = waiting[deed.item % len(waiting)]
        side = (Side.EXCHANGE, Side.SALESFORCE)[deed.choice % 2]
        for here, ident in ((Side.EXCHANGE, entry.exchange_id), (Side.SALESFORCE, entry.salesforce_id)):
            owner = next(one.owner_on(here) for one in home.people if one.id == person)
            item = home.sides[here].items(owner).get(ident)
            if item is not None:
                home.oracle.saw_and_deleted(person, item)
        if any(reason.code in MAIL_TOLD for reason in entry.decision.trail):
            home.oracle.consented.add((person, str(lineage_of(entry.subject))))
        if entry.decision.code in STANDING_TWICE:
            home.oracle.doubled[person, str(lineage_of(entry.subject))] += 1
        home.choose(person, entry.key, side)
        self._figures.reach(f"somebody chose {side.phrase}")
        return f"{side.phrase} is chosen for {entry.subject}"

    def _pair(self, home: Home, deed: Deed) -> str:
        """Of what was typed several times, somebody says which are the same; what is left over stands twice."""
        unclear = [
            (person.id, here, there)
            for person in home.people
            for _, here in sorted(home.rows(person.id).items()) if here.decision.code == "F04"
            for _, there in sorted(home.rows(person.id).items()) if there.decision.code == "F05"
            if lineage_of(here.subject) == lineage_of(there.subject)
        ]  # fmt: skip
        if not unclear:
            return "nothing is unclear"
        person, here, there = unclear[deed.item % len(unclear)]
        home.pair(person, here, there)
        return f"{here.exchange_id} and {there.salesforce_id} are paired"

    def _release(self, home: Home, deed: Deed) -> str:
        for person, held in home.held.items():
            if held:
                home.released[person] = Release(held)
                self._figures.reach("held steps were released")
        return "what is held may go on"

    # Processes and backups

    def _back_up(self, home: Home, deed: Deed) -> str:
        home.back_up()
        return "a backup is made"

    def _restore(self, home: Home, deed: Deed) -> str:
        if home.backup is None:
            return "there is no backup"
        home.around.scheduler.kill(lambda life: isinstance(life, Process) and life.home is home)
        home.restore()
        self._figures.struck("F31 an old backup was restored")
        process = Process(home, f"{home.name} restored")
        home.right.until = 0.0
        home.around.scheduler.spawn(process.name, process.begin(), life=process)
        return "the backup is restored"

    def _upgrade(self, home: Home, deed: Deed) -> str:
        """The former version ends, the next one begins with what that has left."""
        home.around.scheduler.kill(lambda life: isinstance(life, Process) and life.home is home)
        home.right.until = 0.0
        if home.store is not None:
            upgraded(home.store)
            self._figures.struck("F32 a home of the version before")
        process = Process(home, f"{home.name} upgraded")
        home.around.scheduler.spawn(process.name, process.begin(), life=process)
        return "the program is upgraded"

    def _accept(self, home: Home, deed: Deed) -> str:
        home.accepted = True
        return "what a restored home shows is accepted"

    def _second(self, home: Home, deed: Deed) -> str:
        second = Process(home, f"{home.name} twice", rival=True)
        home.around.scheduler.spawn(second.name, second.begin(), life=second)
        return "somebody starts a second process"


ACTS: Mapping[str, Callable[[Operators, Home, Deed], str]] = {
    "set": Operators._set,
    "move profile": Operators._move_profile,
    "toggle person": Operators._toggle,
    "enter contact": Operators._contact,
    "enter lead": Operators._lead,
    "convert lead": Operators._convert,
    "merge contacts": Operators._merge,
    "choose": Operators._choose,
    "release": Operators._release,
    "back up": Operators._back_up,
    "restore": Operators._restore,
    "accept": Operators._accept,
    "start second": Operators._second,
    "upgrade": Operators._upgrade,
    "import records": Operators._import,
    "pair": Operators._pair,
}
SELDOM = ("import records", "pair")
"""Done in a few worlds only."""
