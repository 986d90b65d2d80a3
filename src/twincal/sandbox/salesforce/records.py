"""Writing rows: one way for every object, from JSON to a stored row, all or nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

from twincal.sandbox.salesforce.access import Rights
from twincal.sandbox.salesforce.errors import (
    SalesforceError,
    deleted,
    no_access,
    no_column,
    no_type,
    not_found,
)
from twincal.sandbox.salesforce.ids import IdMaker, full_id
from twincal.sandbox.salesforce.moments import write_moment
from twincal.sandbox.salesforce.options import OrgOptions, SalesforceQuirks
from twincal.sandbox.salesforce.schema import JUNCTIONS, Sobject, schema_of
from twincal.sandbox.salesforce.storage import Row, Storage
from twincal.sandbox.salesforce.values import stored

TABLES = ("Account", "Contact", "Event", "EventRelation", "Lead", "Opportunity", "Organization", "Profile", "User", "UserLicense",
          "UserPermissionAccess")  # fmt: skip
PREFIXES = {"001": "Account", "003": "Contact", "005": "User", "006": "Opportunity", "00D": "Organization"}
PREFIXES |= {"00Q": "Lead", "00U": "Event", "00e": "Profile", "0RE": "EventRelation", "100": "UserLicense"}


class Now(Protocol):
    """A clock of the sandbox."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class Rules(Protocol):
    """What an object adds to the common way of writing a row."""

    def complete(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """Before a row is stored: derives columns, refuses contradictions. `old` is None for a new row."""

    def follow(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """After a row was stored: what else changes with it."""

    def leave(self, row: Row, rights: Rights) -> None:
        """After a row went to the recycle bin: what goes with it."""


class Records:
    """The rows of the org and the common way of writing them. The objects' own rules are entered into `rules`."""

    def __init__(self, clock: Now, options: OrgOptions, quirks: SalesforceQuirks, seed: int) -> None:
        self.clock = clock
        self.options = options
        self.quirks = quirks
        self.storage = Storage(TABLES)
        self.ids = IdMaker(seed)
        self.rules: dict[str, Rules] = {}
        self._writes = 0

    # Reading

    @property
    def schema(self) -> dict[str, Sobject]:
        """The objects of the org as it is set up now, by lower-case name."""
        options = self.options
        return schema_of(options.shared_activities, options.key_fields, options.client_fields, options.former_field)

    def sobject(self, name: str, status: int = 400) -> Sobject:
        """The object of that name in any case; INVALID_TYPE when the org has none."""
        found = self.schema.get(name.lower())
        if found is None:
            raise no_type(name, status)
        return found

    def find(self, name: str, record_id: str) -> Row:
        """A live row by its 15- or 18-character id. Raises SalesforceError: ENTITY_IS_DELETED, NOT_FOUND."""
        row = self.storage[name].rows.get(full_id(record_id) or "")
        if row is None or row.get("_Emptied"):
            raise not_found()
        if row["IsDeleted"]:
            raise deleted()
        return row

    def owner_table(self, record_id: str | None) -> str | None:
        """The object that an id's first three characters name."""
        return PREFIXES.get(record_id[:3]) if record_id else None

    def named(self, record_id: str | None) -> Row | None:
        """The live row of any object with this id."""
        name = self.owner_table(record_id)
        return self.storage[name].live(record_id) if name else None

    # Writing

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Everything inside is kept, or nothing when an error leaves it."""
        mark = self.storage.mark()
        try:
            yield
        except BaseException:
            self.storage.roll_back(mark)
            raise

    def insert(self, name: str, fields: Mapping[str, Any], rights: Rights) -> str:
        """Creates a row from the API's JSON; returns its id."""
        sobject = self._writable(name, "create")
        sent = self.read(sobject, fields, rights, creating=True)
        row = self._blank(sobject, rights.user_id)
        row.update({key: value for key, value in sent.items() if key in sobject.fields and value is not None})
        with self.whole():
            self._weather()
            if rules := self.rules.get(sobject.name):
                rules.complete(row, sent, None, rights)
            self._require(sobject, row)
            self.check_unique(sobject, row)
            stored_row = self.enter(sobject.name, row, rights.user_id)
            if rules:
                rules.follow(stored_row, sent, None, rights)
        return str(stored_row["Id"])

    def update(self, name: str, record_id: str, fields: Mapping[str, Any], rights: Rights) -> None:
        """Changes a row by the API's JSON."""
        sobject = self._writable(name, "update")
        old = self.find(sobject.name, record_id)
        self._permit(sobject, old, rights)
        sent = self.read(sobject, fields, rights, creating=False)
        row = {**old, **{key: value for key, value in sent.items() if key in sobject.fields}}
        with self.whole():
            self._weather()
            if rules := self.rules.get(sobject.name):
                rules.complete(row, sent, old, rights)
            self._require(sobject, row)
            self.check_unique(sobject, row)
            self._stamp(row, rights.user_id)
            self.storage.put(sobject.name, row)
            if rules:
                rules.follow(row, sent, old, rights)

    def delete(self, name: str, record_id: str, rights: Rights) -> None:
        """Moves a row, and what hangs on it, to the recycle bin."""
        sobject = self._writable(name, "delete")
        old = self.find(sobject.name, record_id)
        self._permit(sobject, old, rights)
        with self.whole():
            self._weather()
            row = self.bin(sobject.name, old, rights.user_id)
            if rules := self.rules.get(sobject.name):
                rules.leave(row, rights)

    def enter(self, name: str, row: Row, by: str) -> Row:
        """Stores a new row, whose columns are all worked out, under a new id."""
        sobject = self.schema[name.lower()]
        row["Id"] = self.ids.make(sobject.prefix)
        row["CreatedById"] = by
        row["CreatedDate"] = self._stamp(row, by)
        self.storage.put(name, row)
        return row

    def adjust(self, name: str, record_id: str, changes: Row, by: str | None = None) -> Row:
        """Changes columns outside the API's ways; moves the row's stamps only when `by` somebody."""
        row = {**self.storage[name].rows[record_id], **changes}
        if by is not None:
            self._stamp(row, by)
        self.storage.put(name, row)
        return row

    def bin(self, name: str, old: Row, by: str, cause: str | None = None) -> Row:
        """Marks a row deleted; `cause` is the id of the record whose deletion took it along."""
        row = {**old, "IsDeleted": True, "_Cause": cause}
        row["_Deleted"] = self._stamp(row, by)
        self.storage.put(name, row)
        return row

    # Steps of writing

    def _writable(self, name: str, verb: str) -> Sobject:
        sobject = self.sobject(name)
        if verb not in sobject.verbs:
            raise SalesforceError("INVALID_TYPE_FOR_OPERATION", f"entity type {sobject.name} does not support {verb}")
        return sobject

    def _permit(self, sobject: Sobject, row: Row, rights: Rights) -> None:
        if sobject.name == "Event" and not rights.edits_event(row):
            raise no_access() if rights.sees_event(row) else not_found()

    def read(self, sobject: Sobject, fields: Mapping[str, Any], rights: Rights, *, creating: bool) -> Row:
        """The columns a caller sent, as they are stored. Refuses unknown, hidden and read-only ones."""
        sent: Row = {}
        refused: list[str] = []
        trim = self.quirks.trim_text
        for name, value in fields.items():
            if name == "attributes":
                continue
            field = sobject.field(name)
            if field is None:
                sent.update(self._junction(sobject, name, value))
            elif not rights.sees(sobject, field):
                raise no_column(name, sobject.name)
            elif not (field.createable if creating else field.updateable) or not rights.writes(sobject, field):
                refused.append(field.name)
            else:
                sent[field.name] = stored(field, value, trim=trim)
        if refused:
            raise _read_only(refused)
        return sent

    def _junction(self, sobject: Sobject, name: str, value: Any) -> Row:
        known = {*JUNCTIONS, "EventWhoIds"} if self.options.shared_activities else set(JUNCTIONS)
        if sobject.name != "Event" or name not in known:
            raise no_column(name, sobject.name)
        ids = [full_id(each) if isinstance(each, str) else None for each in value or ()]
        if None in ids:
            raise SalesforceError("MALFORMED_ID", f"{name}: id value of incorrect type: {value}", [name])
        return {name: list(dict.fromkeys(ids))}

    def _blank(self, sobject: Sobject, owner: str) -> Row:
        row: Row = dict(sobject.blank)
        if "OwnerId" in sobject.fields:
            row["OwnerId"] = owner
        return row

    def _require(self, sobject: Sobject, row: Row) -> None:
        missing = [name for name in sobject.required if row.get(name) is None]
        if missing:
            raise SalesforceError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)

    def check_unique(self, sobject: Sobject, row: Row) -> None:
        """Refuses a row whose unique columns another live row holds, naming that one: DUPLICATE_VALUE."""
        table = self.storage[sobject.name]
        for column, index in table.hashed.items():
            field = sobject.fields.get(column)
            if field is None or "Q" not in field.flags or row.get(column) is None:
                continue
            for other in index.ids([row[column]]):
                # A row in the recycle bin keeps its value out of the way of nobody: it gets it back when undeleted.
                if other != row.get("Id") and not table.rows[other]["IsDeleted"]:
                    message = f"duplicate value found: {column} duplicates value on record with id: {other[:15]}"
                    raise SalesforceError("DUPLICATE_VALUE", message)

    def _weather(self) -> None:
        if self.quirks.row_locks > 0:
            self.quirks.row_locks -= 1
            raise SalesforceError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
        if self.quirks.write_errors:
            code = self.quirks.write_errors.pop(0)
            raise SalesforceError(code, f"{code} as the weather has it")

    def _stamp(self, row: Row, by: str) -> str:
        """Writes who and when; returns when. SystemModstamp may be older than now (commit skew)."""
        now = self.clock.now()
        moment = write_moment(now)
        self._writes += 1
        skew = self.quirks.commit_skew_seconds
        late = skew and self._writes % max(self.quirks.commit_skew_every, 1) == 0
        row["LastModifiedById"] = by
        row["LastModifiedDate"] = row["SystemModstamp"] = write_moment(now - timedelta(seconds=skew)) if late else moment
        return str(row["SystemModstamp"])


def _read_only(names: list[str]) -> SalesforceError:
    if "Id" in names:
        return SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
    return SalesforceError(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and verify "
        "that it is read/write for your profile or permission set.",
        names,
    )
