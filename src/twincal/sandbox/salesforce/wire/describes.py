"""Describes in the envelope that real orgs send, made from the field tables."""

from typing import Any

from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.schema import JUNCTIONS, Field, Sobject
from twincal.sandbox.salesforce.wire.calls import Answer, Call

SOAP_TYPES = {"id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "datetime": "xsd:dateTime", "date": "xsd:date"}
SOAP_TYPES |= {"int": "xsd:int", "double": "xsd:double", "currency": "xsd:double", "percent": "xsd:double"}
DECIMALS = {"double", "currency", "percent"}
PERSON_NAMES = {"FirstName", "LastName", "Salutation", "Name"}
SCOPES = {"everything": "All {0}", "mine": "My {0}", "team": "My team's {0}"}
NEVER = (
    "aiPredictionField",
    "autoNumber",
    "calculated",
    "cascadeDelete",
    "dependentPicklist",
    "deprecatedAndHidden",
    "displayLocationInDecimal",
    "encrypted",
    "formulaTreatNullNumberAsZero",
    "highScaleNumber",
    "htmlFormatted",
    "queryByDistance",
    "restrictedDelete",
    "writeRequiresMasterRead",
)
"""Features of columns that no column of this org has."""
NOTHING = (
    "calculatedFormula",
    "controllerName",
    "defaultValueFormula",
    "filteredLookupInfo",
    "inlineHelpText",
    "mask",
    "maskType",
    "referenceTargetField",
    "relationshipOrder",
)
"""Properties of columns that are always null here."""


def describe_field(field: Field, person: bool) -> dict[str, Any]:
    """One column as describe tells it."""
    whole, _, scale = field.size.partition(".")
    has, decimal = field.flags.__contains__, field.type in DECIMALS
    aggregatable = field.filterable and field.type not in {"boolean", "address"}
    return {
        **dict.fromkeys(NEVER, False),
        **dict.fromkeys(NOTHING),
        "aggregatable": aggregatable != has("a"),
        "byteLength": field.length * (1 if field.type in {"id", "reference"} else 3),
        "caseSensitive": has("K"),
        "compoundFieldName": field.compound,
        "createable": field.createable,
        "custom": field.name.endswith("__c"),
        "defaultValue": False if field.type == "boolean" else field.picklist.default,
        "defaultedOnCreate": has("D"),
        "digits": int(whole) if field.type == "int" else 0,
        "externalId": has("X"),
        "extraTypeInfo": _extra(field, person),
        "filterable": field.filterable,
        "groupable": has("G"),
        "idLookup": has("I"),
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": has("T"),
        "namePointing": field.polymorphic,
        "nillable": field.nillable,
        "permissionable": has("P"),
        "picklistValues": [
            {"active": True, "defaultValue": value == field.picklist.default, "label": label, "validFor": None, "value": value}
            for value, label in field.picklist.labels.items()
        ],
        "polymorphicForeignKey": field.polymorphic,
        "precision": int(whole) if decimal else 0,
        "referenceTo": list(field.refers),
        "relationshipName": field.relationship,
        "restrictedPicklist": has("R"),
        "scale": int(scale) if decimal else 0,
        "searchPrefilterable": field.type == "reference" and has("P"),
        "soapType": SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "unique": has("Q"),
        "updateable": field.updateable,
    }


def _extra(field: Field, person: bool) -> str | None:
    if field.type == "textarea":
        return "plaintextarea"
    return "personname" if person and field.name in PERSON_NAMES else None


def describe_brief(sobject: Sobject, prefix: str) -> dict[str, Any]:
    """An object as the list of all objects tells it."""
    may, base = sobject.verbs.__contains__, f"{prefix}/sobjects/{sobject.name}"
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": may("create"),
        "custom": False,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": may("delete"),
        "deprecatedAndHidden": False,
        "feedEnabled": sobject.name in {"Account", "Contact", "Lead", "Opportunity", "User"},
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": may("undelete"),
        "mergeable": sobject.name in {"Account", "Contact", "Lead"},
        "mruEnabled": may("undelete"),
        "name": sobject.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": may("undelete"),
        "triggerable": may("undelete"),
        "undeletable": may("undelete"),
        "updateable": may("update"),
        "urls": {"rowTemplate": base + "/{ID}", "describe": base + "/describe", "sobject": base},
    }


def describe_full(org: Org, call: Call, sobject: Sobject) -> dict[str, Any]:
    """An object and its columns as this user may see them."""
    brief = describe_brief(sobject, call.prefix)
    if sobject.name == "Event" and not call.rights.may("EditEvents"):
        brief |= {"createable": False, "updateable": False, "deletable": False}
    person = sobject.name in {"Contact", "Lead", "User"}
    fields = []
    for field in sobject.fields.values():
        if call.rights.sees(sobject, field):
            told = describe_field(field, person)
            if not call.rights.writes(sobject, field):
                told |= {"createable": False, "updateable": False}
            fields.append(told)
    layout = f"{call.prefix}/sobjects/{sobject.name}/describe/layouts/012000000000000AAA"
    return {
        "actionOverrides": [],
        **brief,
        "childRelationships": _children(org, sobject),
        "compactLayoutable": brief["layoutable"],
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": fields,
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [
            {
                "active": True,
                "available": True,
                "defaultRecordTypeMapping": True,
                "developerName": "Master",
                "master": True,
                "name": "Master",
                "recordTypeId": "012000000000000AAA",
                "urls": {"layout": layout},
            }
        ],
        "searchLayoutable": brief["layoutable"],
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": label.format(sobject.plural.lower()), "name": name} for name, label in SCOPES.items()],
        "urls": {**brief["urls"], "uiDetailTemplate": call.base + "/{ID}", "uiEditTemplate": call.base + "/{ID}/e"},
    }


def _children(org: Org, sobject: Sobject) -> list[dict[str, Any]]:
    found = [_child(child, field, name) for name, (child, field) in sobject.children.items() if child.lower() in org.records.schema]
    if sobject.name != "Event":
        return found
    invited = ["Calendar", "Contact", "Lead", "User"]
    names = {"Accepted": "AcceptedEventRelation", "Declined": "DeclinedEventRelation", "New": "UndecidedEventRelation"}
    for junction, status in JUNCTIONS.items():
        found.append(_child(names[status], "EventId", names[status] + "s", [junction], invited))
    for child in found:
        if child["childSObject"] == "EventWhoRelation":
            child |= {"junctionIdListNames": ["EventWhoIds"], "junctionReferenceTo": ["Contact", "Lead"]}
    return found


def _child(
    sobject: str, field: str, name: str, junctions: list[str] | None = None, refers: list[str] | None = None
) -> dict[str, Any]:
    return {
        "cascadeDelete": sobject == "EventRelation" and field == "EventId",
        "childSObject": sobject,
        "deprecatedAndHidden": False,
        "field": field,
        "junctionIdListNames": junctions or [],
        "junctionReferenceTo": refers or [],
        "relationshipName": name,
        "restrictedDelete": False,
    }


def global_describe(org: Org, call: Call) -> Answer:
    """`/sobjects`: every object that the user may read, in brief."""
    told = [describe_brief(sobject, call.prefix) for sobject in org.records.schema.values() if call.rights.reads(sobject)]
    return Answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": told})
