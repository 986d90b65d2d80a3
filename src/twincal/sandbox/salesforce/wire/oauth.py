"""The token endpoint: client credentials and JWT bearer. Errors are 400 with `error` and `error_description`."""

import base64
import hashlib
import hmac
from binascii import Error as Unreadable
from typing import Any

from twincal.sandbox.salesforce.identity import JWT_BEARER, OAuthError
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.wire.calls import Answer, params_of

LOGIN_HOSTS = {"https://login.salesforce.com", "https://test.salesforce.com"}


def token(org: Org, method: str, body: bytes, query: str, authorization: str | None, base: str) -> Answer:
    """`POST /services/oauth2/token`. `instance_url` is the scheme and host that were called."""
    form = {**params_of(query), **params_of(body.decode("utf-8", "replace"))}
    try:
        if method != "POST":
            raise OAuthError("invalid_request", "must use HTTP POST")
        if org.quirks.refuse_logins > 0:
            org.quirks.refuse_logins -= 1
            raise OAuthError("rate_limit_exceeded", "login rate exceeded")
        return Answer(200, _granted(org, form, authorization, base))
    except OAuthError as error:
        return Answer(400, {"error": error.error, "error_description": error.description})


def _granted(org: Org, form: dict[str, str], authorization: str | None, base: str) -> dict[str, Any]:
    kind = form.get("grant_type")
    if kind == JWT_BEARER:
        hosts = {*LOGIN_HOSTS, base}
        audiences = hosts | {f"{host}/services/oauth2/token" for host in hosts} | {f"{host}/" for host in hosts}
        username = org.identity.jwt_bearer(form.get("assertion", ""), audiences)
    elif kind == "client_credentials":
        username = org.identity.client_credentials(*_client(form, authorization))
    else:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    user = org.user_named(username)
    if user is None:
        description = "user hasn't approved this consumer" if kind == JWT_BEARER else "no client credentials user enabled"
        raise OAuthError("invalid_grant", description)
    if not user["IsActive"]:
        raise OAuthError("inactive_user", "user is inactive")
    return _answer(org, org.identity.open(username, org.id), user["Id"], base, signed=kind != JWT_BEARER)


def _client(form: dict[str, str], authorization: str | None) -> tuple[str, str]:
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(value).decode().partition(":")
        except (Unreadable, UnicodeDecodeError):
            raise OAuthError("invalid_client", "invalid client credentials") from None
        return name, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _answer(org: Org, access_token: str, user_id: str, base: str, *, signed: bool) -> dict[str, Any]:
    identity = f"{base}/id/{org.id}/{user_id}"
    answer: dict[str, Any] = {"access_token": access_token}
    if signed:
        issued = str(int(org.clock.now().timestamp() * 1000))
        signature = hmac.digest(str(org.seed).encode(), (identity + issued).encode(), hashlib.sha256)
        answer |= {"signature": base64.b64encode(signature).decode(), "issued_at": issued}
    answer |= {"scope": "api id" if not signed else "api", "instance_url": base, "id": identity, "token_type": "Bearer"}
    return answer


def userinfo(org: Org, user_id: str, base: str) -> Answer:
    """`/services/oauth2/userinfo`: who the token stands for."""
    user = org.records.storage["User"].rows[user_id]
    rest = f"{base}/services/data/v{{version}}"
    return Answer(
        200,
        {
            "sub": f"{base}/id/{org.id}/{user_id}",
            "user_id": user_id,
            "organization_id": org.id,
            "preferred_username": user["Username"],
            "nickname": user["Alias"],
            "name": user["Name"],
            "given_name": user.get("FirstName"),
            "family_name": user["LastName"],
            "email": user["Email"],
            "email_verified": True,
            "active": user["IsActive"],
            "user_type": "STANDARD",
            "zoneinfo": user.get("TimeZoneSidKey"),
            "urls": {
                "rest": f"{rest}/",
                "sobjects": f"{rest}/sobjects/",
                "query": f"{rest}/query/",
                "recent": f"{rest}/recent/",
                "custom_domain": base,
            },
        },
    )
