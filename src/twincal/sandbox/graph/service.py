"""Microsoft Graph's calendar resources: which request does what."""

import re
from typing import Any

from twincal.sandbox.exchange.apps import App
from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.exchange.errors import GraphError, not_found
from twincal.sandbox.exchange.item import CALENDAR, Item, Ref
from twincal.sandbox.exchange.mailbox import Mailbox
from twincal.sandbox.exchange.zones import iana_names, windows_names, zone_named
from twincal.sandbox.graph.calls import Call, Reply, json_reply
from twincal.sandbox.graph.changes import DeltaFeed, window
from twincal.sandbox.graph.lists import Shape, page

_DELTA = {"delta", "delta()", "microsoft.graph.delta()", "microsoft.graph.delta"}
_ACTIONS = {"accept": "accept", "decline": "decline", "tentativelyaccept": "tentativelyAccept"}
_READ = {"calendars.read", "calendars.readbasic.all", "calendars.readwrite"}
_ZONES = re.compile(r"supportedtimezones(?:\(timezonestandard=(?:microsoft\.graph\.timezonestandard)?'(\w+)'\))?$")


def mailbox_key(call: Call) -> str | None:
    """The user a request is about, as it names the user."""
    if len(call.segments) >= 2 and call.segments[0].casefold() == "users":
        return call.segments[1]
    return None


class CalendarService:
    """Answers authorized requests below `/v1.0`. Refusals are GraphError."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._feed = DeltaFeed(exchange)
        # The last view of each mailbox, for its next pages.
        self._views: dict[str, tuple[object, list[Ref]]] = {}

    def answer(self, call: Call, app: App) -> Reply:
        """The answer to one request of an app."""
        head = call.segments[0].casefold() if call.segments else ""
        if head == "me":
            raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        key = mailbox_key(call)
        if key is None:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{head}'.")
        self._authorize(call, app, is_user=len(call.segments) == 2)
        if len(call.segments) == 2:
            return self._user(call, key)
        mailbox = self._reachable(key)
        zone_named(call.prefer.view().zone, own=mailbox.time_zone)
        return self._in_mailbox(call, mailbox, call.segments[2:])

    def _authorize(self, call: Call, app: App, *, is_user: bool) -> None:
        roles = {role.casefold() for role in app.roles}
        if is_user:
            if self._exchange.quirks.user_needs_role and not roles & {"user.read.all", "user.readwrite.all", "directory.read.all"}:
                raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        elif not roles & (_READ if call.method == "GET" else {"calendars.readwrite"}):
            raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    def _user(self, call: Call, key: str) -> Reply:
        try:
            mailbox = self._exchange.mailbox(key)
        except GraphError:
            raise GraphError(
                404, "Request_ResourceNotFound", f"Resource '{key}' does not exist or one of its queried "
                "reference-property objects are not present.",
            ) from None  # fmt: skip
        first, _, last = mailbox.name.rpartition(" ")
        return json_reply({
            "@odata.context": f"{call.base}/v1.0/$metadata#users/$entity",
            "businessPhones": [], "displayName": mailbox.name, "givenName": first or mailbox.name, "jobTitle": None,
            "mail": mailbox.address, "mobilePhone": None, "officeLocation": None, "preferredLanguage": None,
            "surname": last, "userPrincipalName": mailbox.address, "id": mailbox.id,
        })  # fmt: skip

    def _reachable(self, key: str) -> Mailbox:
        quirks, mailbox = self._exchange.quirks, self._exchange.mailbox(key)
        if any(mailbox.owns(address) for address in quirks.out_of_scope):
            status = quirks.scope_denial_status
            raise not_found() if status == 404 else GraphError(
                status, "ErrorAccessDenied", "Access to OData is disabled: [RAOP] : Blocked by tenant configured "
                "AppOnly AccessPolicy settings.",
            )  # fmt: skip
        if any(mailbox.owns(address) for address in quirks.unlicensed):
            raise GraphError(
                404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
            )
        return mailbox

    def _in_mailbox(self, call: Call, mailbox: Mailbox, rest: list[str]) -> Reply:
        names = [part.casefold() for part in rest]
        if names[0] == "outlook" and len(names) == 2 and (zones := _ZONES.match(names[1])):
            return self._zones(call, zones.group(1) or "windows")
        if names[0] == "calendars" and len(names) == 1:
            return self._calendars(call, mailbox)
        folder: str | None = None
        if names[0] == "calendar":
            folder, rest = CALENDAR, rest[1:]
        elif names[0] == "calendars":
            folder, rest = mailbox.folder_of(rest[1]), rest[2:]
        if folder is not None and not rest:
            return self._calendar(call, mailbox, folder)
        return self._events(call, mailbox, folder, rest)

    def _events(self, call: Call, mailbox: Mailbox, folder: str | None, rest: list[str]) -> Reply:
        names = [part.casefold() for part in rest]
        place = folder or CALENDAR
        if names[0] == "calendarview" and len(names) == 1 and call.method == "GET":
            return self._view(call, mailbox, place)
        if names[0] == "calendarview" and len(names) == 2 and names[1] in _DELTA and call.method == "GET":
            return self._feed.answer(call, mailbox, place)
        if names[0] != "events" or len(names) > 3:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{rest[-1]}'.")
        if len(names) == 1 and call.method == "GET":
            refs = [Ref(item) for item in mailbox.listing(place) if not self._withheld(item)]
            return page(call, refs[::-1], self._context(call, mailbox, "events"), self._exchange.quirks.page_size)
        if len(names) == 1 and call.method == "POST":
            return self._create(call, mailbox, place)
        if len(names) >= 2:
            ref = mailbox.find(rest[1], folder=folder)
            return self._event(call, mailbox, ref) if len(names) == 2 else self._on_event(call, mailbox, ref, names[2])
        raise _wrong_method()

    def _withheld(self, item: Item) -> bool:
        held = self._exchange.quirks.withheld
        return bool(held) and bool({item.id, item.immutable_id, item.fields["subject"]}.intersection(held))

    def _context(self, call: Call, mailbox: Mailbox, what: str) -> str:
        return f"{call.base}/v1.0/$metadata#users('{mailbox.id}')/{what}"

    def _view(self, call: Call, mailbox: Mailbox, folder: str) -> Reply:
        asked = (self._exchange.resets, self._exchange.version, window(call), folder)
        known, found = self._views.get(mailbox.id, (None, []))
        if known != asked:
            found = mailbox.view(*asked[2], folder)
            self._views[mailbox.id] = (asked, found)
        refs = [ref for ref in found if not self._withheld(ref.item)]
        return page(call, refs, self._context(call, mailbox, "calendarView"), self._exchange.quirks.page_size)

    def _one(self, call: Call, mailbox: Mailbox, ref: Ref, status: int = 200, body: dict[str, Any] | None = None) -> Reply:
        shown = Shape(call).shown(ref)
        if body is not None and self._exchange.quirks.text_echo_lies and not call.prefer.get("outlook.body-content-type"):
            shown["body"] = body
        context = self._context(call, mailbox, "events/$entity")
        return json_reply({"@odata.context": context, **shown}, status, call.prefer.applied())

    def _create(self, call: Call, mailbox: Mailbox, folder: str) -> Reply:
        payload = call.json()
        ref, _ = self._exchange.create(mailbox, payload, folder=folder)
        given = payload.get("body")
        said = None
        if isinstance(given, dict) and str(given.get("contentType")).casefold() == "text":
            said = {"contentType": "text", "content": given.get("content") or ""}
        return self._one(call, mailbox, ref, 201, said)

    def _event(self, call: Call, mailbox: Mailbox, ref: Ref) -> Reply:
        match = call.headers.get("if-match")
        if call.method == "GET":
            return self._one(call, mailbox, ref)
        if call.method == "PATCH":
            ref = self._exchange.update(mailbox, ref, call.json(), if_match=match)
            return self._one(call, mailbox, ref)
        if call.method == "DELETE":
            self._exchange.delete(mailbox, ref, if_match=match)
            return Reply(204)
        raise _wrong_method()

    def _on_event(self, call: Call, mailbox: Mailbox, ref: Ref, name: str) -> Reply:
        if name == "instances" and call.method == "GET":
            return self._instances(call, mailbox, ref)
        if call.method != "POST":
            raise _wrong_method()
        name = name.removeprefix("microsoft.graph.").removesuffix("()")
        asked = call.json() if call.body.strip() else {}
        given = {str(key).casefold(): value for key, value in asked.items()}
        if name == "cancel":
            self._exchange.cancel(mailbox, ref)
            return Reply(202)
        if name in _ACTIONS:
            self._exchange.answer(mailbox, ref, _ACTIONS[name], send=given.get("sendresponse") is not False)
            return Reply(202)
        if name == "permanentdelete":
            self._exchange.delete(mailbox, ref, keep=False)
            return Reply(204)
        raise GraphError(400, "BadRequest", f"Resource not found for the segment '{name}'.")

    def _instances(self, call: Call, mailbox: Mailbox, ref: Ref) -> Reply:
        start, end = window(call)
        series = ref.item.series
        if series is None or ref.slot is not None:
            raise GraphError(400, "ErrorInvalidRequest", "Your request can't be completed. The event is not a series master.")
        refs = [Ref(ref.item, slot) for slot in series.instances(start, end)]
        return page(call, refs, self._context(call, mailbox, "events/instances"), self._exchange.quirks.page_size)

    def _calendar_json(self, mailbox: Mailbox, calendar: str) -> dict[str, Any]:
        own = calendar == mailbox.calendar_id
        return {
            "id": calendar, "name": mailbox.calendars[calendar], "color": "auto", "hexColor": "",
            "isDefaultCalendar": own, "changeKey": "IUUrIl3PkG1JCSsPfU+8wAAAAABA==", "canShare": True,
            "canViewPrivateItems": True, "canEdit": True, "allowedOnlineMeetingProviders": ["teamsForBusiness"],
            "defaultOnlineMeetingProvider": "teamsForBusiness", "isTallyingResponses": True, "isRemovable": not own,
            "owner": {"name": mailbox.name, "address": mailbox.address},
        }  # fmt: skip

    def _calendar(self, call: Call, mailbox: Mailbox, folder: str) -> Reply:
        if call.method != "GET":
            raise _wrong_method()
        calendar = mailbox.calendar_id if folder == CALENDAR else folder
        context = self._context(call, mailbox, "calendars/$entity")
        return json_reply({"@odata.context": context, **self._calendar_json(mailbox, calendar)})

    def _calendars(self, call: Call, mailbox: Mailbox) -> Reply:
        if call.method != "GET":
            raise _wrong_method()
        rows = [self._calendar_json(mailbox, calendar) for calendar in mailbox.calendars]
        return json_reply({"@odata.context": self._context(call, mailbox, "calendars"), "value": rows})

    def _zones(self, call: Call, standard: str) -> Reply:
        names = iana_names() if standard == "iana" else windows_names()
        kind = "Collection(microsoft.graph.timeZoneInformation)"
        rows = [{"alias": name, "displayName": name} for name in names]
        return json_reply({"@odata.context": f"{call.base}/v1.0/$metadata#{kind}", "value": rows})


def _wrong_method() -> GraphError:
    return GraphError(405, "BadRequest", "Specified HTTP method is not allowed for the request target.")
