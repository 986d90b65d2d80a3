"""The company's customers in Salesforce: Accounts, Contacts, Leads and Opportunities, with the untidiness of a real org."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from twincal.sandbox.salesforce import Org
from twincal.sandbox.world.names import CUSTOMER_PEOPLE, CUSTOMERS
from twincal.sandbox.world.staff import Employee

LEADS = 12


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody outside the company. `record` is a Contact or Lead, None for people Salesforce does not know."""

    name: str
    address: str
    company: str
    record: str | None
    account: str | None = None


@dataclass(slots=True)
class Customers:
    """Everybody outside, by what Salesforce knows of them."""

    contacts: list[Customer] = field(default_factory=list)
    leads: list[Customer] = field(default_factory=list)
    strangers: list[Customer] = field(default_factory=list)
    opportunities: list[str] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)


def address_of(name: str, domain: str) -> str:
    """An e-mail address such as companies give their people."""
    first, _, last = name.partition(" ")
    return f"{_plain(first)}.{_plain(last)}@{domain}"


def _plain(text: str) -> str:
    return text.lower().replace("ê", "e").replace(" ", "")


def win_customers(org: Org, staff: list[Employee], dice: Random, today: date) -> Customers:
    """Fills the org. Records belong to people of the sales teams, as in a real one."""
    found = Customers()
    owners = [person.salesforce_user_id for person in staff[3:24]]
    for name, domain in CUSTOMERS.items():
        owner = dice.choice(owners)
        fields = {"Name": name, "Website": f"https://www.{domain}", "OwnerId": owner}
        found.accounts[name] = org.insert("Account", fields, by=owner)
    places = list(CUSTOMERS.items())
    for number, name in enumerate(CUSTOMER_PEOPLE):
        company, domain = places[number % len(places)]
        if number < len(CUSTOMER_PEOPLE) - LEADS - 5:
            found.contacts.append(
                _contact(org, name, address_of(name, domain), company, found.accounts[company], dice.choice(owners))
            )
        elif number < len(CUSTOMER_PEOPLE) - 5:
            found.leads.append(_lead(org, name, address_of(name, domain), company, dice.choice(owners)))
        else:
            found.strangers.append(Customer(name, address_of(name, domain), company, None))
    _deals(org, found, dice, owners, today)
    _untidiness(org, found, staff, owners)
    return found


def _contact(org: Org, name: str, address: str, company: str, account: str, owner: str) -> Customer:
    first, _, last = name.partition(" ")
    fields = {"FirstName": first, "LastName": last, "Email": address, "AccountId": account, "OwnerId": owner}
    return Customer(name, address, company, org.insert("Contact", fields, by=owner), account)


def _lead(org: Org, name: str, address: str, company: str, owner: str) -> Customer:
    first, _, last = name.partition(" ")
    fields = {"FirstName": first, "LastName": last, "Email": address, "Company": company, "OwnerId": owner}
    return Customer(name, address, company, org.insert("Lead", fields, by=owner))


def _deals(org: Org, found: Customers, dice: Random, owners: list[str], today: date) -> None:
    for name, account in list(found.accounts.items())[:10]:
        owner, close = dice.choice(owners), today + timedelta(days=dice.randrange(10, 200))
        fields = {
            "Name": f"{name}: framework contract", "AccountId": account, "StageName": "Prospecting",
            "CloseDate": close.isoformat(), "OwnerId": owner,
        }  # fmt: skip
        found.opportunities.append(org.insert("Opportunity", fields, by=owner))


def _untidiness(org: Org, found: Customers, staff: list[Employee], owners: list[str]) -> None:
    """What every org has: duplicates, addresses in capitals, converted Leads, and a colleague who is a Contact."""
    first, second, third = found.contacts[:3]
    _contact(org, first.name, first.address, first.company, found.accounts[first.company], owners[1])
    _lead(org, second.name, second.address, second.company, owners[2])
    org.update("Contact", str(third.record), {"Email": third.address.upper()}, by=owners[0])
    twin = found.leads[0]
    _lead(org, twin.name, twin.address, twin.company, owners[3])
    for converted in found.leads[1:3]:
        contact = org.convert_lead(str(converted.record), by=owners[4])
        found.contacts.append(Customer(converted.name, converted.address, converted.company, contact))
    del found.leads[1:3]
    colleague = staff[4]
    _contact(org, colleague.name, colleague.mailbox, "Northwind", next(iter(found.accounts.values())), owners[5])
