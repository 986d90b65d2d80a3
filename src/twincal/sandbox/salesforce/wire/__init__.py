"""The org over HTTP: OAuth and the REST API."""
