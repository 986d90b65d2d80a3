"""The state of Exchange Online as people and Microsoft Graph see it."""

from twincal.sandbox.exchange.apps import Mail
from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.exchange.mailbox import Mailbox
from twincal.sandbox.exchange.quirks import ExchangeQuirks

__all__ = ["Exchange", "ExchangeQuirks", "GraphError", "Mail", "Mailbox"]
