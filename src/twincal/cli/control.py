"""Asking the sandbox's control for what people would do by hand."""

from typing import Any

import aiohttp

from twincal.errors import TwincalError


async def post(control_url: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """One request to the control; its answer. Raises TwincalError with the control's own sentence."""
    async with aiohttp.ClientSession() as session, session.post(control_url.rstrip("/") + path, json=body) as answer:
        told: dict[str, Any] = await answer.json(content_type=None)
        if answer.status >= 400:
            raise TwincalError(f"The sandbox refused it: {told.get('error', answer.status)}")
        return told
