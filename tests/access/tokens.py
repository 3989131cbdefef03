"""Staff tokens that must open no door."""

import base64
import json
import time
from typing import Any

from tests.support.client import Organization


def forged(token: str) -> dict[str, str]:
    """Return what somebody could make of a genuine token, by how."""
    head, payload, tail = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    richer = claims | {"cognito:groups": ["admin", "operator"]}
    return {
        "a broken signature": f"{head}.{payload}.{tail[:-8]}AAAAAAAA",
        "other claims": f"{head}.{_encoded(richer)}.{tail}",
        "no algorithm": f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        "nonsense": "nonsense",
    }


def expired(acme: Organization) -> str:
    """Return a genuine token of this operator that has run out: of a client of the pool's own."""
    cognito: Any = acme.deployment.aws("cognito-idp")
    staff = acme.deployment.staff
    made = cognito.create_user_pool_client(
        UserPoolId=staff.pool_id,
        ClientName="short",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        IdTokenValidity=1,
        TokenValidityUnits={"IdToken": "seconds"},
    )["UserPoolClient"]
    email = f"operator@{acme.id}.example"
    token = staff.token(email, staff.set_password(email), made["ClientId"])
    time.sleep(2)
    return token


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
