"""Connecting by consent: somebody is sent to a vendor, agrees there, and comes back.

What was entered here waits in memory meanwhile, a secret among it; it is never in the browser, and in no session. `state` ties
what comes back to what was sent, and serves once.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from twincal.engine.administration import Administration
from twincal.engine.person import Granted
from twincal.errors import WrongInput

PATIENCE = timedelta(minutes=15)
"""How long Twincal waits for somebody to come back."""
MOST = 50


class Consent(Struct, frozen=True, kw_only=True):
    """Where to go to consent, and what will come back from there."""

    url: str
    state: str


class Pending(Struct, frozen=True, kw_only=True):
    """A connection to Salesforce that waits for consent."""

    login_url: str
    client_id: str
    secret: str
    former_field: str
    verifier: str
    back: str
    begun_at: datetime

    def __repr__(self) -> str:
        return f"Pending({self.login_url}, secret=…)"


class Consents(Administration):
    """Connections that somebody agrees to at the vendor's."""

    _pending: dict[str, Pending]

    async def ask_salesforce(
        self, *, login_url: str, client_id: str, secret: str, back: str, former_field: str = "",
        word: Callable[[], str] = lambda: secrets.token_urlsafe(48),
    ) -> Consent:  # fmt: skip
        """Begin to connect Salesforce by consent. Raises WrongInput for what cannot be an address, and without a secret."""
        if not client_id or not secret:
            raise WrongInput("The consumer key and the consumer secret are needed.", "They stand in the app's OAuth settings.")
        state, verifier = word(), word()
        url = self._connections.salesforce_consent(login_url, client_id, back=back, state=state, verifier=verifier)
        now = self._clock.now()
        for one in [one for one, pending in self._pending.items() if now - pending.begun_at > PATIENCE]:
            del self._pending[one]
        while len(self._pending) >= MOST:
            del self._pending[next(iter(self._pending))]
        self._pending[state] = Pending(login_url=login_url, client_id=client_id, secret=secret, former_field=former_field,
                                       verifier=verifier, back=back, begun_at=now)  # fmt: skip
        return Consent(url=url, state=state)

    async def salesforce_agreed(self, state: str, code: str) -> list[str]:
        """Somebody came back with a code: connect; notes on what the org cannot do. Raises WrongInput, VendorFault."""
        pending = self._pending.pop(state, None)
        if pending is None or self._clock.now() - pending.begun_at > PATIENCE:
            raise WrongInput("This consent was not asked for here, or it is over.", "Begin again from the page Connections.")
        return await self.connect_salesforce(
            login_url=pending.login_url, client_id=pending.client_id, secret=pending.secret, former_field=pending.former_field,
            granted=Granted(code=code, verifier=pending.verifier, back=pending.back),
        )  # fmt: skip

    async def ask_tenant(self, back: str, word: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> Consent:
        """Where an administrator of the connected tenant grants what the application asks for. Raises WrongInput."""
        state = word()
        return Consent(url=await self._connections.admin_consent(back=back, state=state), state=state)
