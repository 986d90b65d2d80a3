"""Entra ID of one tenant: discovery, tokens for apps, signing in of people, consent. Written from Microsoft's documents."""

from twincal.sandbox.graph.entra.directory import Entra

__all__ = ["Entra"]
