"""Exchange Online of one company: apps, mailboxes, what people and apps do in them. No HTTP here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from twincal.sandbox.exchange.apps import App, Mail
from twincal.sandbox.exchange.drafts import read
from twincal.sandbox.exchange.errors import GraphError, not_found
from twincal.sandbox.exchange.identity import Identity
from twincal.sandbox.exchange.item import ARCHIVE, CALENDAR, Item, Ref
from twincal.sandbox.exchange.mailbox import Mailbox
from twincal.sandbox.exchange.meetings import PERSONAL, PostOffice, addresses
from twincal.sandbox.exchange.moments import NEVER
from twincal.sandbox.exchange.quirks import ExchangeQuirks
from twincal.sandbox.exchange.rendering import render
from twincal.sandbox.exchange.writing import Clock, Writer, fingerprint
from twincal.sandbox.exchange.zones import zone_named
from twincal.sandbox.signin.addresses import checked_address

By = Literal["person", "app", "import"]


class Exchange:
    """The state of one tenant. Times are aware UTC; events go in and out as Graph's JSON.

    `by` says who acts: a person in Outlook, an app through Graph, or an import, which mails and tells nobody and may
    name any organizer. Refusals are GraphError, as on the wire.
    """

    def __init__(self, clock: Clock, *, seed: int = 1) -> None:
        self.clock = clock
        self.seed = seed
        self.quirks = ExchangeQuirks()
        self.tenant = Identity(seed).guid("tenant")
        self.apps: dict[str, App] = {}
        self.mail: list[Mail] = []
        self.resets = 0
        self._begin()

    def _begin(self) -> None:
        self._identity = Identity(self.seed)
        self._mailboxes: dict[str, Mailbox] = {}
        self._writer = Writer(self.clock, self._identity, lambda: self.quirks)
        self._post = PostOffice(self._writer, self.clock, self.mail, self._resident)
        self._patches = 0

    def reset(self) -> None:
        """Empty: no mailboxes, no mail, quirks as at first. Apps and the tenant stay."""
        self.mail.clear()
        self.resets += 1
        self.quirks = ExchangeQuirks()
        self._begin()

    def register_app(
        self,
        client_id: str,
        *,
        secret: str | None = None,
        certificate_pem: str | None = None,
        roles: tuple[str, ...] = ("Calendars.ReadWrite",),
        name: str = "",
        consented: bool = True,
    ) -> None:
        """Register an application, or replace all but its redirect addresses; `consented`: an administrator grants the roles."""
        known = self.apps.get(client_id)
        addresses = known.redirect_uris if known else ()
        self.apps[client_id] = App(client_id, secret, certificate_pem, tuple(roles), name, addresses, consented)

    def register_redirects(self, client_id: str, addresses: Sequence[str]) -> None:
        """The addresses that people who sign in may be sent back to. Raises ValueError for one that Entra does not take."""
        self.apps[client_id] = replace(self._app(client_id), redirect_uris=tuple(map(checked_address, addresses)))

    def want(self, client_id: str, roles: Sequence[str]) -> None:
        """An app asks for other roles from now on. Raises ValueError when there is no such app."""
        self.apps[client_id] = replace(self._app(client_id), roles=tuple(roles))

    def consent(self, client_id: str, *, given: bool = True) -> None:
        """An administrator grants an app the roles it wants, or takes them away. Raises ValueError when there is no such app."""
        self.apps[client_id] = replace(self._app(client_id), consented=given)

    def _app(self, client_id: str) -> App:
        if client_id not in self.apps:
            raise ValueError(f"No app has the client id {client_id}. There is: {', '.join(self.apps)}.")
        return self.apps[client_id]

    # Mailboxes

    def add_mailbox(
        self, address: str, name: str, *, aliases: tuple[str, ...] = (), time_zone: str = "UTC", is_room: bool = False
    ) -> Mailbox:
        """A new mailbox with an empty calendar. Raises GraphError for an unknown zone, ValueError for an address taken."""
        zone_named(time_zone)
        for each in (address, *aliases):
            if self._resident(each):
                raise ValueError(f"The address {each} is taken: each address belongs to one mailbox.")
        calendar = self._identity.new("AAMkAG")
        mailbox = Mailbox(
            address, name, self._identity.guid(f"user:{address.casefold()}"), tuple(aliases), time_zone, calendar,
            {calendar: "Calendar"}, is_room,
        )  # fmt: skip
        for key in (address, mailbox.id, *aliases):
            self._mailboxes[key.casefold()] = mailbox
        return mailbox

    def add_calendar(self, address: str, name: str) -> str:
        """A further calendar in a mailbox; returns its id."""
        mailbox, calendar = self.mailbox(address), self._identity.new("AAMkAG")
        mailbox.calendars[calendar] = name
        return calendar

    def mailboxes(self) -> list[Mailbox]:
        """All mailboxes, in the order they came."""
        return list({mailbox.id: mailbox for mailbox in self._mailboxes.values()}.values())

    def _resident(self, key: str) -> Mailbox | None:
        return self._mailboxes.get(key.casefold())

    def mailbox(self, key: str) -> Mailbox:
        """The mailbox of an address, alias or user id. Raises GraphError 404 ErrorInvalidUser."""
        found = self._resident(key)
        if found is None:
            raise GraphError(404, "ErrorInvalidUser", f"The requested user '{key}' is invalid.")
        return found

    # What people do

    def book(self, address: str, event: dict[str, Any], *, by: By = "person") -> dict[str, Any]:
        """A new event from Graph JSON; attendees are invited. Returns it as Graph shows it.

        Private members: `x-instances` (pairs of UTC times) gives the instances of a series outright.
        """
        mailbox = self.mailbox(address)
        ref, _ = self.create(mailbox, event, by=by)
        return render(ref)

    def change(self, address: str, event_id: str, patch: dict[str, Any], *, by: By = "person") -> dict[str, Any]:
        """Change an event or an instance (which makes it an exception)."""
        mailbox = self.mailbox(address)
        return render(self.update(mailbox, mailbox.find(event_id), patch, by=by))

    def remove(self, address: str, event_id: str, *, by: By = "person") -> None:
        """Delete an event or an instance; an organizer's goes with a cancellation."""
        mailbox = self.mailbox(address)
        self.delete(mailbox, mailbox.find(event_id), by=by)

    def respond(self, address: str, event_id: str, action: str, *, send: bool = True, by: By = "person") -> None:
        """Answer an invitation: `accept`, `decline` or `tentativelyAccept`."""
        mailbox = self.mailbox(address)
        self._post.respond(mailbox, mailbox.find(event_id), action, send=send, by=by)

    def occurrences(self, address: str, master_id: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """The instances of a series between two moments."""
        item = self.mailbox(address).find(master_id).item
        slots = item.series.instances(start, end) if item.series else []
        return [render(Ref(item, slot)) for slot in slots]

    def deliver(
        self, address: str, *, organizer: str, attendees: list[str], subject: str, start: datetime, end: datetime
    ) -> dict[str, Any]:
        """An invitation from outside the company arrives. The same one in two mailboxes has one iCalUId."""
        mailbox = self.mailbox(address)
        draft = read({
            "subject": subject,
            "start": {"dateTime": start.astimezone(UTC).isoformat(), "timeZone": "UTC"},
            "end": {"dateTime": end.astimezone(UTC).isoformat(), "timeZone": "UTC"},
            "attendees": [{"emailAddress": {"address": each, "name": self._name_of(each)}} for each in attendees],
            "showAs": "tentative",
        })  # fmt: skip
        uid = self._identity.uid(f"{organizer.casefold()}|{subject}|{start.astimezone(UTC).isoformat()}")
        item = self._writer.create(mailbox, draft, uid=uid)
        self._receive(item, {"name": organizer, "address": organizer})
        return render(Ref(item))

    def _name_of(self, address: str) -> str:
        found = self._resident(address)
        return found.name if found else address

    @staticmethod
    def _receive(item: Item, organizer: dict[str, str]) -> None:
        item.is_organizer = False
        item.organizer = organizer
        item.response = {"response": "notResponded", "time": NEVER}

    def move(self, address: str, event_id: str, calendar_id: str) -> dict[str, Any]:
        """Into another calendar of the mailbox: the ordinary id changes, the immutable one stays."""
        mailbox = self.mailbox(address)
        item = mailbox.find(event_id).item
        self._leave(mailbox, item, mailbox.folder_of(calendar_id))
        return render(Ref(item))

    def move_to_archive(self, address: str, event_id: str) -> None:
        """Out of the calendar, yet still found by its immutable id."""
        mailbox = self.mailbox(address)
        self._leave(mailbox, mailbox.find(event_id).item, ARCHIVE)

    def migrate(self, address: str) -> None:
        """To another place, as an export and import or a move between tenants does it: every id is another one, the immutable
        one too, and no delta link is known any more. What the items say stays."""
        mailbox = self.mailbox(address)
        for item in list(mailbox.items.values()):
            del mailbox.items[item.immutable_id]
            item.immutable_id = self._identity.new("AAkALg", slashes=self.quirks.slash_ids)
            mailbox.rename(item, self._identity.new("AAMkAG", slashes=self.quirks.slash_ids))
            self._writer.bump(item)
            mailbox.put(item)
        mailbox.gone.clear()
        self.resets += 1

    def restore(self, address: str, immutable_id: str) -> dict[str, Any]:
        """Out of Deleted Items into the calendar again, under its immutable id. Raises GraphError 404."""
        mailbox = self.mailbox(address)
        item = mailbox.deleted.pop(immutable_id, None)
        if item is None:
            raise not_found()
        item.folder = CALENDAR
        mailbox.put(item)
        mailbox.rename(item, self._identity.new("AAMkAG", slashes=self.quirks.slash_ids))
        self._writer.bump(item)
        return render(Ref(item))

    def _leave(self, mailbox: Mailbox, item: Item, folder: str) -> None:
        self._writer.version += 1
        mailbox.leave(item, self._writer.version)
        item.folder = folder
        mailbox.rename(item, self._identity.new("AAMkAG", slashes=self.quirks.slash_ids))
        self._writer.bump(item)
        if folder == CALENDAR:
            mailbox.gone.pop(item.immutable_id, None)

    # What the wire does with references

    def create(self, mailbox: Mailbox, payload: dict[str, Any], *, by: By = "app", folder: str = CALENDAR) -> tuple[Ref, bool]:
        """A new event, and whether it is new: a repeated transactionId gives the event it made before.

        Raises GraphError ErrorDuplicateTransactionId when that one was made from something else.
        """
        draft = read(payload, subject_limit=self.quirks.subject_limit)
        mark = draft.get("transactionId")
        if mark and not self.quirks.transaction_amnesia:
            known = mailbox.by_transaction.get(mark)
            if known:
                return self._again(known, payload), False
        if by == "app":
            draft = {name: value for name, value in draft.items() if not name.startswith("x-")}
        draft |= self._asked(mailbox, draft, by)
        item = self._writer.create(mailbox, draft, folder=folder)
        item.fingerprint = fingerprint(payload) if mark else b""
        if by == "import":
            self._own_organizer(mailbox, item, draft)
        else:
            self._post.announce(mailbox, Ref(item), by)
        return Ref(item), True

    def _again(self, known: Item, payload: dict[str, Any]) -> Ref:
        if self.quirks.same_transaction_returns_event and known.fingerprint == fingerprint(payload):
            return Ref(known)
        extra = {"@event.existingEventId": known.id} if self.quirks.duplicate_names_existing else {}
        raise GraphError(
            self.quirks.duplicate_transaction_status, "ErrorDuplicateTransactionId",
            f"Your request can't be completed. The transactionId '{known.transaction_id}' has already been used to "
            "create a different event.", extra=extra,
        )  # fmt: skip

    def _asked(self, mailbox: Mailbox, draft: dict[str, Any], by: By, old: dict[str, Any] | None = None) -> dict[str, Any]:
        """Attendees of a write: names from the directory, answers kept from before, never taken from an app."""
        if "attendees" not in draft:
            return {}
        people = []
        for address, entry in addresses(draft["attendees"]).items():
            known = (old or {}).get(address)
            mail, found = entry["emailAddress"], self._resident(address)
            name = found.name if found and mail["name"] == mail["address"] else mail["name"]
            status = known["status"] if known else entry["status"] if by != "app" else {"response": "none", "time": NEVER}
            people.append({**entry, "status": dict(status), "emailAddress": {**mail, "name": name}})
        return {"attendees": people}

    def _own_organizer(self, mailbox: Mailbox, item: Item, draft: dict[str, Any]) -> None:
        given = (draft.get("organizer") or {}).get("emailAddress") or {}
        if given.get("address") and not mailbox.owns(given["address"]):
            self._receive(item, {"name": given.get("name") or given["address"], "address": given["address"]})

    def update(self, mailbox: Mailbox, ref: Ref, payload: dict[str, Any], *, by: By = "app", if_match: str | None = None) -> Ref:
        """Change an event. Raises GraphError 412 ErrorIrresolvableConflict for a lost If-Match."""
        self.match(ref, if_match)
        self._patches += 1
        if by == "app" and self.quirks.conflict_every and self._patches % self.quirks.conflict_every == 0:
            raise _conflict()
        draft = read(payload, subject_limit=self.quirks.subject_limit)
        draft.pop("transactionId", None)
        if by == "app":
            draft = {name: value for name, value in draft.items() if not name.startswith("x-")}
        before = self._post.before(ref)
        draft |= self._asked(mailbox, draft, by, before.attendees)
        self._writer.patch(mailbox, ref, {**draft, "x-anywhere": by == "import"})
        if ref.item.is_organizer and by != "import":
            silent = PERSONAL if by == "person" else set(self.quirks.silent_properties)
            self._post.update(mailbox, ref, draft, before, by, silent)
        return ref

    def match(self, ref: Ref, if_match: str | None) -> None:
        """Raises GraphError 412 unless the etag is the event's own or `*`."""
        departure = ref.departure
        key = departure.change_key if departure else ref.item.change_key
        if if_match and if_match != "*" and if_match.removeprefix("W/").strip('"') != key:
            raise _conflict()

    def delete(self, mailbox: Mailbox, ref: Ref, *, by: By = "app", if_match: str | None = None, keep: bool = True) -> None:
        """Delete an event; `keep` leaves it in Deleted Items."""
        if self.quirks.if_match_on_delete:
            self.match(ref, if_match)
        if ref.item.is_organizer and by != "import":
            self._post.withdraw(mailbox, ref, by)
        self._writer.delete(mailbox, ref, keep=keep)

    def cancel(self, mailbox: Mailbox, ref: Ref, *, by: By = "app") -> None:
        """Cancel a meeting. Raises GraphError 400 for anyone but its organizer."""
        if not ref.item.is_organizer:
            raise GraphError(400, "ErrorInvalidRequest", "You need to be an organizer to cancel a meeting.")
        self.delete(mailbox, ref, by=by)

    def answer(self, mailbox: Mailbox, ref: Ref, action: str, *, send: bool) -> None:
        """An attendee's answer through Graph."""
        self._post.respond(mailbox, ref, action, send=send, by="app")

    @property
    def version(self) -> int:
        """The number of the last change anywhere."""
        return self._writer.version

    def now(self) -> datetime:
        """The company's clock, in UTC."""
        return self.clock.now().astimezone(UTC)

    def later(self, seconds: int) -> datetime:
        """The company's clock so many seconds on."""
        return self.now() + timedelta(seconds=seconds)


def _conflict() -> GraphError:
    return GraphError(
        412, "ErrorIrresolvableConflict",
        "The send or update operation could not be performed because the change key passed in the request does not "
        "match the current change key for the item.",
    )  # fmt: skip
