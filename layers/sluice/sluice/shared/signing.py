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

from sluice.shared import root_secret
from sluice.shared.errors import Invalid, Unauthenticated

_JWT_ALGORITHM = "HS256"
_LEEWAY_SECONDS = 5


def derived_key(*purpose: str) -> bytes:
    """Return the 32-byte key to sign with for a purpose, such as `partner`, its id, version."""
    return _derived(root_secret.read().signing[0], purpose)


def derived_keys(*purpose: str) -> list[bytes]:
    """Return the keys that verify for a purpose, newest first: two while the root is replaced."""
    return [_derived(root, purpose) for root in root_secret.read().signing]


def identity_key(*purpose: str) -> bytes:
    """Return the key for ids of persons, which outlives every replacement of the root."""
    return _derived(root_secret.read().identity, purpose)


def _derived(root: str, purpose: Sequence[str]) -> bytes:
    return hmac.new(root.encode(), "\x1f".join(purpose).encode(), hashlib.sha256).digest()


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


def make_token(
    key: bytes, audience: str, subject: str, now: datetime, valid: timedelta, **claims: str
) -> str:
    """Return a signed token (JWT, HS256) that names `subject`, for one audience and a while."""
    said = {**claims, "sub": subject, "aud": audience, "iat": now, "exp": now + valid}
    return jwt.encode(said, key, algorithm=_JWT_ALGORITHM)


def read_token(token: str, keys: Sequence[bytes], audience: str, field: str) -> dict[str, Any]:
    """Return the claims of a token that one of the keys signed.

    Raises Invalid, naming `field`: forged, expired, for another audience.
    """
    reason = "no key"
    for key in keys:
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
            reason = str(error)
    raise Invalid(f"{field} is not valid: {reason}", [(field, reason)])


def issuer_of(token: str, field: str) -> str:
    """Return who a token says made it: not yet verified, only to find the key."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Invalid(f"{field} is not a token: {error}", [(field, str(error))]) from None
    return str(claims.get("iss", ""))
