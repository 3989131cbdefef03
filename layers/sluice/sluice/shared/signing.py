"""Keys and signatures. One root secret for a deployment; every other key is derived from it.

So no partner's or provider's key is stored anywhere, rotating one is raising its version, and two
organisations never share one (docs/decisions/0004).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import jwt
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from sluice.shared.errors import Invalid, Unauthenticated
from sluice.shared.root_secret import read as _root

_JWT_ALGORITHM = "HS256"
_LEEWAY_SECONDS = 5


def derived_key(*purpose: str) -> bytes:
    """Return the 32-byte key for a purpose, such as `partner`, organisation, id, version."""
    return hmac.new(_root(), "\x1f".join(purpose).encode(), hashlib.sha256).digest()


def webhook_secret(key: bytes) -> str:
    """Return a key in the form Standard Webhooks libraries take."""
    return "whsec_" + base64.b64encode(key).decode()


def verify_webhook(headers: Mapping[str, str], body: bytes, keys: Sequence[bytes]) -> str:
    """Check a Standard Webhooks 1.0.0 signature by any of the keys; return its `webhook-id`.

    Raises Unauthenticated: a wrong, missing or more than five minutes old signature.
    """
    for key in keys:
        try:
            Webhook(webhook_secret(key)).verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError, OverflowError, OSError):
            continue
        return headers["webhook-id"]
    raise Unauthenticated("The Standard Webhooks signature is missing, wrong or too old.")


def sign_webhook(key: bytes, webhook_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """Return the three Standard Webhooks headers for a body."""
    signature = Webhook(webhook_secret(key)).sign(webhook_id, moment, body.decode())
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


def make_token(key: bytes, audience: str, subject: str, now: datetime, valid: timedelta) -> str:
    """Return a signed token (JWT, HS256) that names `subject`, for one audience and a while."""
    claims = {"sub": subject, "aud": audience, "iat": now, "exp": now + valid}
    return jwt.encode(claims, key, algorithm=_JWT_ALGORITHM)


def read_token(token: str, key: bytes, audience: str, field: str) -> dict[str, Any]:
    """Return the claims of a token. Raises Invalid, naming `field`: forged, expired, another's."""
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[_JWT_ALGORITHM],
            audience=audience,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["sub", "aud", "iat", "exp"]},
        )
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Invalid(f"{field} is not valid: {error}", [(field, str(error))]) from None


def issuer_of(token: str, field: str) -> str:
    """Return who a token says made it: not yet verified, only to find the key."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Invalid(f"{field} is not a token: {error}", [(field, str(error))]) from None
    return str(claims.get("iss", ""))
