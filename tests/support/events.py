"""API Gateway events as they reach a function."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from sluice.organizations import access
from sluice.shared import signing

ORGANIZATION = "acme"


def http(
    route: str,
    *,
    path: dict[str, str] | None = None,
    body: Any = None,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    claims: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return a REST API proxy event; a body that is not bytes is sent as JSON."""
    method, resource = route.split()
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    path = path or {}
    return {
        "httpMethod": method,
        "resource": resource,
        "path": resource.format_map(path) if path else resource,
        "pathParameters": path or None,
        "queryStringParameters": query,
        "headers": headers or {},
        "body": base64.b64encode(raw).decode() if raw else None,
        "isBase64Encoded": bool(raw),
        "requestContext": {
            "requestId": "test-request",
            "domainName": "api.example.com",
            "path": resource,
            "identity": {"sourceIp": "203.0.113.7"},
            "authorizer": {"claims": claims} if claims else {},
        },
    }


def claims(
    role: str = "operator", member_id: str = "boss", organization_id: str = ORGANIZATION
) -> dict[str, str]:
    """Return the claims of a staff token as the gateway passes them on."""
    return {
        "sub": f"sub-{member_id}",
        "custom:member_id": member_id,
        "custom:organization_id": organization_id,
        "cognito:groups": f"[{role}]",
    }


def partner_call(
    route: str,
    event_type: str,
    data: Any,
    now: datetime,
    *,
    webhook_id: str = "msg-1",
    partner_id: str = "shop",
    key_version: int = 1,
) -> dict[str, Any]:
    """Return a partner's signed call (Standard Webhooks).

    It is signed at the time of this machine, by which signatures are judged; a `now` that stood
    when a module was imported is too old after five minutes.
    """
    body = json.dumps({"type": event_type, "timestamp": now.isoformat(), "data": data}).encode()
    key = access.partner_key(ORGANIZATION, partner_id, key_version)
    headers = signing.sign_webhook(key, webhook_id, datetime.now(UTC), body)
    return http(route, path={"organization_id": ORGANIZATION}, body=body, headers=headers)
