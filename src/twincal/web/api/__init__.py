"""The JSON API: the verbs of the pages, for programs. Its document is served at /api/v1/openapi.json."""

from twincal.web.api.application import create_api

__all__ = ["create_api"]
