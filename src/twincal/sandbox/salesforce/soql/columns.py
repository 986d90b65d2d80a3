"""Names of a statement against the org's columns: what they are, and how a row's value is reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twincal.sandbox.salesforce.access import Rights
from twincal.sandbox.salesforce.records import Records
from twincal.sandbox.salesforce.schema import Field, Sobject, read_field
from twincal.sandbox.salesforce.soql.lexer import located
from twincal.sandbox.salesforce.soql.syntax import Path
from twincal.sandbox.salesforce.storage import Row

NAME_COLUMNS = (
    "Id|id|18|FSGID|ID", "Name|string|255|FSG|Name", "Type|string|40|FSG|Type", "Email|email|128|NFSG|Email",
    "FirstName|string|40|NFSG|First Name", "LastName|string|80|NFSG|Last Name", "Phone|phone|40|NFSG|Phone",
    "Title|string|128|NFSG|Title", "Username|string|80|NFSG|Username", "Alias|string|8|NFSG|Alias",
    "IsActive|boolean|0|FSG|Active", "ProfileId|reference|18|NFSG|Profile ID|Profile",
    "UserRoleId|reference|18|NFSG|Role ID|UserRole",
)  # fmt: skip
NAME = Sobject("Name", "", "Name", "Names", frozenset(), {f.name: f for f in map(read_field, NAME_COLUMNS)}, {}, {}, (), {}, {})
"""What a polymorphic reference (Who, What, Owner, Relation) shows of any record."""
UNKNOWN = (
    "No such column '{0}' on entity '{1}'. If you are attempting to use a custom field, be sure to append the '__c' after "
    "the custom field name. Please reference your WSDL or the describe call for the appropriate names."
)
Reach = Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a path names; `own` when it belongs to the queried object itself."""

    field: Field
    reach: Reach
    own: bool


class Columns:
    """Resolves the paths of one statement over one object, as one user may see it."""

    def __init__(self, records: Records, sobject: Sobject, rights: Rights, text: str) -> None:
        self.records = records
        self.sobject = sobject
        self.rights = rights
        self._text = text

    def column(self, path: Path) -> Column:
        """The column of a path. Raises SalesforceError INVALID_FIELD."""
        parts = path.parts
        if len(parts) > 1 and parts[0].lower() == self.sobject.name.lower() and parts[0].lower() not in self.sobject.relationships:
            parts = parts[1:]
        sobject, reach = self.sobject, None
        for part in parts[:-1]:
            link = self.link(sobject, part, path)
            reach = self._through(reach, link)
            sobject = self.target(link)
        field = self._field(sobject, parts[-1], path)
        if reach is None:
            name = field.name
            return Column(field, lambda row: row.get(name), own=True)
        return Column(field, self._of_parent(reach, field.name), own=False)

    def link(self, sobject: Sobject, name: str, path: Path) -> Field:
        """The reference column behind a relationship's name."""
        link = sobject.relationships.get(name.lower())
        if link is None or not self.rights.sees(sobject, link):
            message = f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, "
            message += "be sure to append the '__r' after the custom relationship name. "
            message += "Please reference your WSDL or the describe call for the appropriate names."
            raise located(self._text, path.at, message, "INVALID_FIELD")
        return link

    def target(self, link: Field) -> Sobject:
        """The object a reference leads to; for one that may lead to several, what they share."""
        if link.polymorphic:
            return NAME
        found = self.records.schema.get(link.refers[0].lower())
        return found if found is not None else make_unknown(link)

    def parent(self, link: Field, row: Row) -> Row | None:
        """The record a reference names, deleted ones included, with its object's name as `Type`."""
        record_id = row.get(link.name)
        name = self.records.owner_table(record_id)
        found = self.records.storage[name].rows.get(record_id) if name and record_id else None
        if found is None or not link.polymorphic:
            return found
        return {**found, "Type": name}

    def _through(self, reach: Reach | None, link: Field) -> Reach:
        if reach is None:
            return lambda row: self.parent(link, row)
        before = reach
        return lambda row: self.parent(link, up) if (up := before(row)) else None

    def _of_parent(self, reach: Reach, name: str) -> Reach:
        return lambda row: up.get(name) if (up := reach(row)) else None

    def _field(self, sobject: Sobject, name: str, path: Path) -> Field:
        field = sobject.field(name) or next((f for f in sobject.fields.values() if f.name.lower() == name.lower()), None)
        if field is None or not self.rights.sees(sobject, field):
            raise located(self._text, path.at, UNKNOWN.format(".".join(path.parts[-1:]), sobject.name), "INVALID_FIELD")
        return field


def make_unknown(link: Field) -> Sobject:
    """An object the sandbox has no rows of, such as UserRole: its id and name, always empty."""
    columns = {field.name: field for field in map(read_field, NAME_COLUMNS[:2])}
    return Sobject(link.refers[0], "", link.refers[0], link.refers[0], frozenset(), columns, {}, {}, (), {}, {})
