"""The endpoints of OAuth: which of them answers, tokens, revocation. Errors are 400 with `error` and `error_description`."""

import base64
import hashlib
import hmac
from binascii import Error as Unreadable
from typing import Any

from twincal.sandbox.salesforce.identity import JWT_BEARER, App, OAuthError
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.storage import Row
from twincal.sandbox.salesforce.wire.authorize import Authorize
from twincal.sandbox.salesforce.wire.calls import Answer, params_of
from twincal.sandbox.salesforce.wire.openid import discovery, id_token, identity_url, keys
from twincal.sandbox.signin.codes import Grant

LOGIN_HOSTS = {"https://login.salesforce.com", "https://test.salesforce.com"}
OFFLINE = {"refresh_token", "offline_access"}


class OAuth:
    """What can be asked without a session."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._authorize = Authorize(org)

    def answer(self, method: str, parts: list[str], body: bytes, query: str, authorization: str | None, base: str) -> Answer | None:
        """The answer of an endpoint, or None when the address belongs to another part of the org."""
        if parts == [".well-known", "openid-configuration"]:
            return discovery(base)
        if parts == ["id", "keys"]:
            return keys()
        form = {**params_of(query), **params_of(body.decode("utf-8", "replace"))}
        if parts == ["services", "oauth2", "authorize"]:
            shown = self._authorize.answer("/services/oauth2/authorize", form)
            return Answer(shown.status, headers={name.title(): value for name, value in shown.headers.items()}, raw=shown.body)
        if parts == ["services", "oauth2", "token"]:
            return self._token(method, form, authorization, base)
        return self._revoke(form) if parts == ["services", "oauth2", "revoke"] else None

    def _token(self, method: str, form: dict[str, str], authorization: str | None, base: str) -> Answer:
        """`POST /services/oauth2/token`. `instance_url` is the scheme and host that were called."""
        org = self._org
        try:
            if method != "POST":
                raise OAuthError("invalid_request", "must use HTTP POST")
            if org.quirks.refuse_logins > 0:
                org.quirks.refuse_logins -= 1
                raise OAuthError("rate_limit_exceeded", "login rate exceeded")
            return Answer(200, self._granted(form, authorization, base))
        except OAuthError as error:
            return Answer(400, {"error": error.error, "error_description": error.description})

    def _granted(self, form: dict[str, str], authorization: str | None, base: str) -> dict[str, Any]:
        identity, kind = self._org.identity, form.get("grant_type")
        if kind == JWT_BEARER:
            return self._by_assertion(form.get("assertion", ""), base)
        if kind == "client_credentials":
            name, secret = _client(form, authorization)
            user = self._user(identity.client_credentials(name, secret), "no client credentials user enabled")
            return self._answer(identity.open(user["Username"], self._org.id), user, ("api",), base, identity.app(name))
        if kind == "authorization_code":
            app = identity.proven(*_client(form, authorization))
            return self._for_person(app, self._authorize.redeemed(form, app), base, refresh=None)
        if kind == "refresh_token":
            app, token = identity.proven(*_client(form, authorization)), form.get("refresh_token", "")
            rotates = self._org.options.rotate_refresh_tokens
            grant = identity.refreshed(token, app, spend=rotates)
            return self._for_person(app, grant, base, refresh=None if rotates else token)
        raise OAuthError("unsupported_grant_type", "grant type not supported")

    def _by_assertion(self, assertion: str, base: str) -> dict[str, Any]:
        hosts = {*LOGIN_HOSTS, base}
        audiences = hosts | {f"{host}/services/oauth2/token" for host in hosts} | {f"{host}/" for host in hosts}
        username = self._org.identity.jwt_bearer(assertion, audiences)
        user = self._user(username, "user hasn't approved this consumer")
        return self._answer(self._org.identity.open(username, self._org.id), user, ("api", "id"), base, None)

    def _for_person(self, app: App, grant: Grant, base: str, *, refresh: str | None) -> dict[str, Any]:
        """The answer to an app that somebody has logged in to; `refresh` is the token it has already and may use again."""
        identity, ask = self._org.identity, grant.ask
        user = self._user(grant.who, "expired access/refresh token")
        fresh = identity.keep(grant) if refresh is None and OFFLINE & set(ask.scopes) else None
        token = identity.open(user["Username"], self._org.id, scopes=ask.scopes, refresh=refresh or fresh)
        answer = self._answer(token, user, ask.scopes, base, app)
        if fresh:
            answer["refresh_token"] = fresh
        if "openid" in ask.scopes:
            answer["id_token"] = id_token(self._org, user["Id"], ask, token, base)
        return answer

    def _user(self, username: str, unknown: str) -> Row:
        user = self._org.user_named(username)
        if user is None:
            raise OAuthError("invalid_grant", unknown)
        if not user["IsActive"]:
            raise OAuthError("inactive_user", "user is inactive")
        return user

    def _answer(self, token: str, user: Row, scopes: tuple[str, ...], base: str, app: App | None) -> dict[str, Any]:
        """What every grant answers; `app` signs where the vendor says that the answer is signed."""
        identity = identity_url(self._org, user["Id"], base)
        answer: dict[str, Any] = {"access_token": token}
        if app is not None:
            issued = str(int(self._org.clock.now().timestamp() * 1000))
            signature = hmac.digest(str(app.secret).encode(), (identity + issued).encode(), hashlib.sha256)
            answer |= {"signature": base64.b64encode(signature).decode(), "issued_at": issued}
        return answer | {"scope": " ".join(scopes), "instance_url": base, "id": identity, "token_type": "Bearer"}

    def _revoke(self, form: dict[str, str]) -> Answer:
        """`/services/oauth2/revoke`."""
        if self._org.identity.revoke(form.get("token", "")):
            return Answer(200)
        return Answer(400, {"error": "invalid_token", "error_description": "invalid token"})


def _client(form: dict[str, str], authorization: str | None) -> tuple[str, str]:
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(value).decode().partition(":")
        except (Unreadable, UnicodeDecodeError):
            raise OAuthError("invalid_client", "invalid client credentials") from None
        return name, secret
    return form.get("client_id", ""), form.get("client_secret", "")
