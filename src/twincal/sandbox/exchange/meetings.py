"""Meetings between people: who is mailed, what their copies say, how answers come back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from twincal.sandbox.exchange.apps import Mail
from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.exchange.item import CALENDAR, Departure, Item, Ref
from twincal.sandbox.exchange.mailbox import Mailbox
from twincal.sandbox.exchange.moments import NEVER, stamp
from twincal.sandbox.exchange.writing import UNANSWERED, Clock, Writer, same_series

# What a copy takes over from the organizer's event.
_SHARED = [
    "subject", "body", "importance", "sensitivity", "location", "locations", "responseRequested",
    "allowNewTimeProposals", "hideAttendees", "isOnlineMeeting", "onlineMeetingProvider", "onlineMeeting",
]  # fmt: skip
_NOT_ANSWERED = {"response": "notResponded", "time": NEVER}
ANSWERS = {"accept": "accepted", "decline": "declined", "tentativelyAccept": "tentativelyAccepted"}
# What Outlook changes without offering to send an update, when a person does it.
PERSONAL = {"categories", "isReminderOn", "reminderMinutesBeforeStart", "showAs", "singleValueExtendedProperties"}


def addresses(attendees: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Attendees by address in lower case."""
    return {entry["emailAddress"]["address"].casefold(): entry for entry in attendees}


@dataclass(frozen=True, slots=True)
class Before:
    """What stood there before a change: attendees, times, and the slots of exceptions."""

    attendees: dict[str, dict[str, Any]]
    times: tuple[Any, ...]
    exceptions: int


class PostOffice:
    """Carries meetings between the company's mailboxes and notes every mail that would go out."""

    def __init__(self, writer: Writer, clock: Clock, mail: list[Mail], resolve: Callable[[str], Mailbox | None]) -> None:
        self._writer = writer
        self._clock = clock
        self._mail = mail
        self._resolve = resolve

    def send(self, sender: Mailbox, to: str, kind: str, subject: str, by: str) -> None:
        """Note a mail."""
        self._mail.append(Mail(to, kind, subject, sender.address, stamp(self._clock.now()), by))

    @staticmethod
    def before(ref: Ref) -> Before:
        """What to compare with after a change."""
        span = ref.span
        exceptions = len(ref.item.series.departures) if ref.item.series and ref.slot is None else 0
        times = (span.start, span.end, span.all_day, ref.item.series.rule if ref.item.series else None)
        return Before(addresses(ref.fields["attendees"]), times, exceptions)

    def invited(self, sender: Mailbox, ref: Ref) -> dict[str, dict[str, Any]]:
        """Attendees who are mailed: everyone but the organizer."""
        people = addresses(ref.fields["attendees"])
        return {address: entry for address, entry in people.items() if not sender.owns(address)}

    def announce(self, sender: Mailbox, ref: Ref, by: str) -> None:
        """A new meeting: an invitation to each attendee, a copy for each of the company's."""
        for address, entry in self.invited(sender, ref).items():
            self.send(sender, entry["emailAddress"]["address"], "invitation", ref.fields["subject"] or "", by)
            self._copy_to(address, ref, entry["status"])

    def update(self, sender: Mailbox, ref: Ref, draft: dict[str, Any], before: Before, by: str, silent: set[str]) -> None:
        """A changed meeting: who was added is invited, who was left out is cancelled, the others get an update.

        A change of attendees alone mails only those it concerns; one of a series goes out once for the series and
        once for each of its exceptions; one of nothing but `silent` members mails nobody.
        """
        now = self.invited(sender, ref)
        old = {address: entry for address, entry in before.attendees.items() if not sender.owns(address)}
        subject = ref.fields["subject"] or ""
        moved = before.times != self.before(ref).times
        if moved:
            self._ask_again(ref)
        for address in [address for address in now if address not in old]:
            self.send(sender, now[address]["emailAddress"]["address"], "invitation", subject, by)
            self._copy_to(address, ref, now[address]["status"])
        for address in [address for address in old if address not in now]:
            self.send(sender, old[address]["emailAddress"]["address"], "cancellation", subject, by)
            self._cancel_copy(address, ref)
        members = {name for name in draft if not name.startswith("x-")} - {"attendees", "organizer", "transactionId"}
        for address in [address for address in now if address in old]:
            if members - silent:
                for _ in range(1 + before.exceptions):
                    self.send(sender, now[address]["emailAddress"]["address"], "update", subject, by)
            if members - silent or moved or now.keys() != old.keys():
                self._refresh_copy(address, ref, moved)

    def withdraw(self, sender: Mailbox, ref: Ref, by: str) -> None:
        """A meeting or one instance that its organizer deletes."""
        for address, entry in self.invited(sender, ref).items():
            self.send(sender, entry["emailAddress"]["address"], "cancellation", ref.fields["subject"] or "", by)
            self._cancel_copy(address, ref)

    def _ask_again(self, ref: Ref) -> None:
        """Answers given for another time no longer count."""
        asked = [{**entry, "status": dict(UNANSWERED)} for entry in ref.fields["attendees"]]
        (ref.departure.fields if ref.departure else ref.item.fields)["attendees"] = asked

    def _shown(self, mailbox: Mailbox, fields: dict[str, Any]) -> dict[str, Any]:
        people = [{**entry, "status": dict(UNANSWERED)} for entry in fields["attendees"]]
        if fields.get("hideAttendees"):
            people = [entry for entry in people if mailbox.owns(entry["emailAddress"]["address"])]
        return {**{name: fields[name] for name in _SHARED}, "attendees": people}

    def _copy_to(self, address: str, ref: Ref, status: dict[str, str]) -> None:
        """The attendee's own copy, when the attendee is one of the company's."""
        mailbox = self._resolve(address)
        if mailbox is None:
            return
        if ref.slot is not None and ref.item.uid in mailbox.by_uid:
            self._refresh_copy(address, ref, True)
            return
        source, span = ref.item, ref.span
        answered = status["response"] not in {"none", "notResponded", "organizer"}
        copy = mailbox.by_uid.get(source.uid) or self._blank(mailbox, ref)
        copy.span = span
        copy.series = same_series(source.series) if ref.slot is None else None
        copy.fields |= self._shown(mailbox, ref.fields)
        copy.response = dict(status) if answered else dict(_NOT_ANSWERED)
        copy.fields["showAs"] = ref.fields["showAs"] if status["response"] == "accepted" else "tentative"
        copy.is_cancelled = False
        self._writer.bump(copy)

    def _blank(self, mailbox: Mailbox, ref: Ref) -> Item:
        zone = ref.span.start_zone
        moment = ref.span.start.replace(tzinfo=None), zone
        draft = {"start": moment, "end": moment}
        copy = self._writer.create(mailbox, draft, uid=ref.item.uid, folder=CALENDAR)
        copy.is_organizer = False
        copy.organizer = dict(ref.item.organizer)
        return copy

    def _refresh_copy(self, address: str, ref: Ref, moved: bool) -> None:
        """The organizer's word on top of whatever the attendee changed in the copy."""
        mailbox = self._resolve(address)
        if mailbox is None:
            return
        copy = mailbox.by_uid.get(ref.item.uid)
        if copy is None:
            self._copy_to(address, ref, UNANSWERED)
        elif ref.slot is None or copy.series is None:
            copy.span = ref.span
            copy.series = same_series(ref.item.series) if ref.slot is None else None
            copy.fields |= self._shown(mailbox, ref.fields)
            if moved:
                copy.response = dict(_NOT_ANSWERED)
                copy.fields["showAs"] = "tentative"
            self._writer.bump(copy)
        elif ref.slot not in copy.series.deleted:
            departure = self._writer.depart(Ref(copy, ref.slot), ref.span)
            departure.fields |= self._shown(mailbox, ref.fields)

    def _cancel_copy(self, address: str, ref: Ref) -> None:
        """The copy stays in the calendar, marked, until its owner takes it away."""
        mailbox = self._resolve(address)
        copy = mailbox.by_uid.get(ref.item.uid) if mailbox else None
        if copy is None:
            return
        subject = "Canceled: " + (ref.fields["subject"] or "")
        if ref.slot is None or copy.series is None:
            copy.is_cancelled = True
            copy.fields |= {"subject": subject, "showAs": "free"}
            self._writer.bump(copy)
        elif copy.series.occurrence(ref.slot) is not None:
            departure: Departure = self._writer.depart(Ref(copy, ref.slot), Ref(copy, ref.slot).span)
            departure.cancelled = True
            departure.fields |= {"subject": subject, "showAs": "free"}

    def respond(self, mailbox: Mailbox, ref: Ref, action: str, *, send: bool, by: str) -> None:
        """An attendee's answer: into the own copy and, when sent, to the organizer. Declining clears the calendar.

        Raises GraphError 400 for the organizer.
        """
        if ref.item.is_organizer:
            raise GraphError(
                400, "ErrorInvalidRequest", "Your request can't be completed. You can't respond to this meeting "
                "because you're the meeting organizer.",
            )  # fmt: skip
        status = {"response": ANSWERS[action], "time": stamp(self._clock.now())}
        subject, organizer = ref.fields["subject"] or "", ref.item.organizer["address"]
        if send:
            self.send(mailbox, organizer, "response", subject, by)
            self._take_answer(mailbox, ref, organizer, status)
        if action == "decline":
            self._writer.delete(mailbox, ref)
            return
        shown = "busy" if action == "accept" else "tentative"
        if ref.slot is None:
            ref.item.response = status
            ref.item.fields["showAs"] = shown
            self._writer.bump(ref.item)
        else:
            departure = self._writer.depart(ref, ref.span)
            departure.fields |= {"showAs": shown, "responseStatus": status}

    def _take_answer(self, mailbox: Mailbox, ref: Ref, organizer: str, status: dict[str, str]) -> None:
        home = self._resolve(organizer)
        item = home.by_uid.get(ref.item.uid) if home else None
        if item is None or (ref.slot is not None and (item.series is None or item.series.occurrence(ref.slot) is None)):
            return
        target = Ref(item, ref.slot)
        people = [
            {**entry, "status": dict(status)} if mailbox.owns(entry["emailAddress"]["address"]) else entry
            for entry in target.fields["attendees"]
        ]
        if ref.slot is None:
            item.fields["attendees"] = people
            self._writer.bump(item)
        else:
            self._writer.depart(target, target.span).fields["attendees"] = people
