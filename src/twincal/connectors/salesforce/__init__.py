"""Salesforce through its REST API: one look for the whole org, writes in collections of 200."""
