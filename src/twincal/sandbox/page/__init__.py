"""The sandbox's own page: Outlook's and Salesforce's week of one person side by side, to change by hand and to watch."""

from twincal.sandbox.page.pages import Calendars
from twincal.sandbox.page.records import Records
from twincal.sandbox.page.rendering import PATH, Companion

__all__ = ["PATH", "Calendars", "Companion", "Records"]
