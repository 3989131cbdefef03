"""Aliyun's ACS3-HMAC-SHA256: one canonical request, signed with the secret itself."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"
_UNRESERVED = "-_.~"


def query_of(parameters: Mapping[str, str]) -> str:
    """Return the query as it is signed and sent: sorted, everything else percent-encoded."""
    return "&".join(
        f"{quote(name, safe=_UNRESERVED)}={quote(value, safe=_UNRESERVED)}"
        for name, value in sorted(parameters.items())
    )


def headers_of(
    *,
    host: str,
    action: str,
    version: str,
    query: str,
    body: bytes,
    key_id: str,
    secret: str,
    nonce: str,
    now: datetime,
) -> dict[str, str]:
    """Return the headers of a POST to `/`, with its signature.

    `nonce` is new for each request: Aliyun refuses one that it has seen.
    """
    digest = hashlib.sha256(body).hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(headers)
    canonical = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n{query}\n{canonical}\n{names}\n{digest}"
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    authorization = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
    return {**headers, "Authorization": authorization}
