"""The other side's Salesforce: an org with its rules, OAuth and the REST API, as its documents and its users describe them."""

from twincal.sandbox.salesforce.errors import SalesforceError
from twincal.sandbox.salesforce.options import OrgOptions, SalesforceQuirks
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.wire.app import salesforce_app

__all__ = ["Org", "OrgOptions", "SalesforceError", "SalesforceQuirks", "salesforce_app"]
