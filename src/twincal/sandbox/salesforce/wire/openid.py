"""OpenID Connect: discovery, keys, id tokens, userinfo, and the identity URL that `sub` and `id` are."""

import base64
import hashlib
import time

from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.storage import Row
from twincal.sandbox.salesforce.wire.authorize import SCOPES
from twincal.sandbox.salesforce.wire.calls import Answer
from twincal.sandbox.signin.codes import Ask
from twincal.sandbox.signin.keys import SigningKey, signing_key

ID_TOKEN_SECONDS = 120
USER_TYPES = {"Standard": "STANDARD", "CsnOnly": "CSN_ONLY"}


def signing() -> SigningKey:
    """The key of id tokens."""
    return signing_key("salesforce")


def discovery(base: str) -> Answer:
    """`/.well-known/openid-configuration`; what this org has no endpoint for is not named."""
    oauth = f"{base}/services/oauth2"
    return Answer(200, {
        "issuer": base,
        "authorization_endpoint": f"{oauth}/authorize",
        "token_endpoint": f"{oauth}/token",
        "revocation_endpoint": f"{oauth}/revoke",
        "userinfo_endpoint": f"{oauth}/userinfo",
        "jwks_uri": f"{base}/id/keys",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "display_values_supported": ["page", "popup", "touch"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["active", "email", "email_verified", "family_name", "given_name", "is_app_installed",
                             "language", "locale", "name", "nickname", "organization_id", "preferred_username", "sub",
                             "user_id", "user_type", "zoneinfo"],
    })  # fmt: skip


def keys() -> Answer:
    """`/id/keys`."""
    return Answer(200, {"keys": [signing().jwk()]})


def identity_url(org: Org, user_id: str, base: str) -> str:
    """The lasting name of a user."""
    return f"{base}/id/{org.id}/{user_id}"


def id_token(org: Org, user_id: str, ask: Ask, access_token: str, base: str) -> str:
    """Who logged in, for the app that asked. Times are the machine's, since whoever verifies it asks the real clock."""
    now = int(time.time())
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    claims = {
        "iss": base, "sub": identity_url(org, user_id, base), "aud": ask.client_id, "iat": now, "exp": now + ID_TOKEN_SECONDS,
        "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="),
    }  # fmt: skip
    return signing().sign(claims | ({"nonce": ask.nonce} if ask.nonce else {}))


def _urls(base: str) -> dict[str, str]:
    rest = f"{base}/services/data/v{{version}}"
    return {
        "rest": f"{rest}/", "sobjects": f"{rest}/sobjects/", "query": f"{rest}/query/", "recent": f"{rest}/recent/",
        "custom_domain": base,
    }  # fmt: skip


def userinfo(org: Org, user_id: str, base: str) -> Answer:
    """`/services/oauth2/userinfo`: who the token stands for."""
    user = org.records.storage["User"].rows[user_id]
    return Answer(200, {
        "sub": identity_url(org, user_id, base),
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
        "user_type": USER_TYPES[user["UserType"]],
        "zoneinfo": user.get("TimeZoneSidKey"),
        "urls": _urls(base),
    })  # fmt: skip


def identity(org: Org, user: Row, base: str) -> Answer:
    """`/id/ORGANIZATION/USER`: the same person in the older words of the identity service."""
    return Answer(200, {
        "id": identity_url(org, user["Id"], base),
        "asserted_user": True,
        "user_id": user["Id"],
        "organization_id": org.id,
        "username": user["Username"],
        "nick_name": user["Alias"],
        "display_name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "first_name": user.get("FirstName"),
        "last_name": user["LastName"],
        "timezone": user.get("TimeZoneSidKey"),
        "active": user["IsActive"],
        "user_type": USER_TYPES[user["UserType"]],
        "language": user.get("LanguageLocaleKey"),
        "locale": user.get("LocaleSidKey"),
        "urls": _urls(base),
        "is_app_installed": True,
    })  # fmt: skip
