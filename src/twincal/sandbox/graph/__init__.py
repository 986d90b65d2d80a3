"""Microsoft Graph and Entra on the wire, over the state of Exchange."""

from twincal.sandbox.graph.application import graph_app

__all__ = ["graph_app"]
