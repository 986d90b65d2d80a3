"""Salesforce's own pages as far as links lead there: a new Contact or Lead with values filled in, and a record as it stands."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from twincal.sandbox.acts import Act, act
from twincal.sandbox.page.rendering import told
from twincal.sandbox.salesforce import SalesforceError
from twincal.sandbox.switches import Refused

if TYPE_CHECKING:
    from twincal.sandbox.page.pages import Calendars

FORMS = {
    "Contact": {"FirstName": "First name", "LastName": "Last name", "Email": "E-mail"},
    "Lead": {"FirstName": "First name", "LastName": "Last name", "Company": "Company", "Email": "E-mail"},
}
"""What is asked for a new record: Salesforce's fields, as its own pages call them."""
KINDS = {"003": "Contact", "00Q": "Lead", "001": "Account", "00U": "Event"}
"""Objects by the first three characters of their records' ids."""
SHOWN = ("Name", "Subject", "Email", "Company", "StartDateTime", "EndDateTime", "ActivityDate", "Location", "Description")


class Records:
    """The pages of single records, in the frame of the sandbox's page."""

    def __init__(self, calendars: "Calendars") -> None:
        self._calendars = calendars

    def routes(self) -> list[Route]:
        """Its routes, at the addresses that Salesforce has."""
        answering = self._calendars.answering
        return [
            Route("/lightning/o/{kind}/new", answering(self.new), methods=["GET"]),
            Route("/lightning/o/{kind}/new", answering(self.save), methods=["POST"]),
            Route("/lightning/r/{kind}/{id}/view", answering(self.record), methods=["GET"]),
            Route("/{id}", answering(self.record), methods=["GET"]),
        ]

    async def new(self, request: Request) -> Response:
        """`GET /lightning/o/Contact/new?defaultFieldValues=Email=…,LastName=…`: the form, filled in as far as that says."""
        return self._form(_kind(request), _defaults(request.query_params.get("defaultFieldValues", "")))

    async def save(self, request: Request) -> Response:
        """`POST` of that form: the record is made, by the first person of the company, and shown."""
        kind, stage = _kind(request), self._calendars.stage
        typed = {name: str(value).strip() for name, value in (await request.form()).items() if name in FORMS[kind]}
        by = next((one.salesforce_username for one in stage.people), "")
        fields = {name: value for name, value in typed.items() if value}
        try:
            made = act(stage.exchange, stage.org, Act(system="salesforce", who=by, action="insert", object=kind, fields=fields))
        except (Refused, SalesforceError) as error:
            return self._form(kind, typed, told(error), 422)
        return RedirectResponse(f"/lightning/r/{kind}/{made['Id']}/view", 303)

    async def record(self, request: Request) -> Response:
        """`GET /lightning/r/Contact/003…/view` or `GET /003…`: a record as it stands. Raises SalesforceError."""
        found = request.path_params["id"]
        kind = KINDS.get(found[:3])
        if kind is None:
            raise Refused("The sandbox shows Contacts, Leads, Accounts and Events.")
        row = self._calendars.stage.org.get(kind, found)
        values = {name: str(row[name]) for name in SHOWN if row.get(name)}
        return self._calendars.page("record.html", 200, {"kind": kind, "values": values})

    def _form(self, kind: str, typed: Mapping[str, str], problem: str = "", status: int = 200) -> Response:
        return self._calendars.page("new.html", status, {"kind": kind, "fields": FORMS[kind], "typed": typed, "problem": problem})


def _kind(request: Request) -> str:
    kind = str(request.path_params["kind"])
    if kind not in FORMS:
        raise Refused("Only Contacts and Leads are made here; events are made in the calendars.")
    return kind


def _defaults(text: str) -> dict[str, str]:
    """The values of `defaultFieldValues`: `Name=value` with commas between, each value encoded once more where it has to be."""
    pairs = [pair.partition("=") for pair in text.split(",") if "=" in pair]
    return {name: unquote(value) for name, _, value in pairs}
