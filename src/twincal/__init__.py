"""Twincal keeps an Exchange calendar and a Salesforce calendar in step, and explains every decision."""
