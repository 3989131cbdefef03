"""Tencent Cloud's TC3-HMAC-SHA256: a key for the day and service, over a canonical request."""

import hashlib
import hmac
from datetime import UTC, datetime

ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json; charset=utf-8"
_NAMES = "content-type;host;x-tc-action"


def headers_of(
    *,
    host: str,
    service: str,
    action: str,
    version: str,
    region: str,
    body: bytes,
    secret_id: str,
    secret_key: str,
    now: datetime,
) -> dict[str, str]:
    """Return the headers of a POST to `/` with a JSON body, with its signature."""
    moment = now.astimezone(UTC)
    scope = f"{moment:%Y-%m-%d}/{service}/tc3_request"
    timestamp = str(int(moment.timestamp()))
    text = text_to_sign(host, action, body, timestamp, scope)
    signature = sign(signing_key(secret_key, scope), text)
    return {
        "Authorization": (
            f"{ALGORITHM} Credential={secret_id}/{scope}, "
            f"SignedHeaders={_NAMES}, Signature={signature}"
        ),
        "Content-Type": CONTENT_TYPE,
        "Host": host,
        "X-TC-Action": action,
        "X-TC-Version": version,
        "X-TC-Timestamp": timestamp,
        "X-TC-Region": region,
    }


def text_to_sign(host: str, action: str, body: bytes, timestamp: str, scope: str) -> str:
    """Return what is signed: algorithm, time, scope, digest of the canonical request."""
    headers = f"content-type:{CONTENT_TYPE}\nhost:{host}\nx-tc-action:{action.lower()}\n"
    digest = hashlib.sha256(body).hexdigest()
    request = f"POST\n/\n\n{headers}\n{_NAMES}\n{digest}"
    return "\n".join([ALGORITHM, timestamp, scope, hashlib.sha256(request.encode()).hexdigest()])


def signing_key(secret_key: str, scope: str) -> bytes:
    """Return the key for a scope: date, service and `tc3_request`, one after another."""
    key = f"TC3{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def sign(key: bytes, text: str) -> str:
    """Return the signature, in hexadecimal digits."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
