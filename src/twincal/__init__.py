"""Twincal keeps an Exchange calendar and a Salesforce calendar in step, and explains every decision."""

__version__ = "0.1.0"
