"""People of the company as both systems know them, and the apps that Twincal signs in with."""

from dataclasses import dataclass

from twincal.sandbox.certificates import Certificates
from twincal.sandbox.exchange import Exchange
from twincal.sandbox.exchange.zones import zone_named
from twincal.sandbox.salesforce import Org
from twincal.sandbox.salesforce.profiles import ADMINISTRATOR, STANDARD_USER

DOMAIN = "northwind.example"
APP = "Twincal"
CLIENT_ID = "5f0c1a52-6d0e-4b0f-9a57-2f3b9d5c7a10"
CLIENT_SECRET = "sandbox~graph~secret"  # noqa: S105 a sandbox keeps no secrets
CONNECTED_APP = "3MVG9sandboxTwincalConnectedApp"
CONNECTED_SECRET = "sandbox-salesforce-secret"  # noqa: S105 a sandbox keeps no secrets
# The one administrator: the user whom Twincal's app runs as.
JWT_USERNAME = f"integration@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Employee:
    """One person with a mailbox and a Salesforce user."""

    name: str
    mailbox: str
    salesforce_username: str
    salesforce_user_id: str
    time_zone: str = "UTC"

    def row(self) -> dict[str, str]:
        """As the sandbox announces people."""
        return {
            "name": self.name,
            "mailbox": self.mailbox,
            "salesforce_username": self.salesforce_username,
            "salesforce_user_id": self.salesforce_user_id,
        }


def sign_up(exchange: Exchange, org: Org, certificates: Certificates) -> str:
    """Registers Twincal's apps in both systems and its user in the org; returns that user's id."""
    exchange.register_app(CLIENT_ID, secret=CLIENT_SECRET, certificate_pem=certificates.client_certificate, name=APP)
    admin = org.add_user(JWT_USERNAME, "Twincal Integration", JWT_USERNAME, profile=ADMINISTRATOR)
    org.register_app(
        CONNECTED_APP, secret=CONNECTED_SECRET, certificate_pem=certificates.jwt_certificate, run_as=admin,
        approved_users="all", name=APP,
    )  # fmt: skip
    return admin


def employ(
    exchange: Exchange, org: Org, *, name: str, mailbox: str, username: str, aliases: tuple[str, ...] = (),
    time_zone: str = "UTC", profile: str = STANDARD_USER,
) -> Employee:  # fmt: skip
    """Gives somebody a mailbox and a Salesforce user under a profile; an administrator may change everybody's events.

    Raises ValueError or a vendor's refusal when a name is taken.
    """
    if any(each.owns(address) for each in exchange.mailboxes() for address in (mailbox, *aliases)):
        raise ValueError(f"{mailbox} or one of its aliases belongs to somebody already.")
    zone_named(time_zone)
    user = org.add_user(username, name, mailbox, profile=profile)
    exchange.add_mailbox(mailbox, name, aliases=aliases, time_zone=time_zone)
    return Employee(name, mailbox, username, user, time_zone)
