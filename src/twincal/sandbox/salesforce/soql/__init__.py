"""SOQL: read, checked against the org's columns, run over its rows."""
