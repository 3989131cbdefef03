"""What the demo leaves behind: .local/demo.json, from which a script can go on."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from infra.demo.opening import CURRENCY, PARTNER, REFERRER
from infra.local.instance import LOCAL, REGION

if TYPE_CHECKING:
    from pathlib import Path

    from infra.demo.issuing import Code
    from infra.demo.opening import Organization
    from infra.demo.staff import Staff
    from infra.local.instance import Instance

FILE = LOCAL / "demo.json"
OWNER_ONLY = 0o600


def write(
    instance: Instance, staff: Staff, organization: Organization, sold_out: Code, free: Code
) -> Path:
    """Write the file, readable by its owner only: it holds secrets of this local deployment."""
    anyone = organization.anyone.base_url
    content = {
        "api_url": anyone,
        "organization_id": organization.id,
        "operator_token": organization.operator_login.id_token,
        "operator_token_expires_at": _end_of(organization.operator_login.id_token),
        "region": REGION,
        "endpoint_url": instance.endpoint,
        "user_pool_id": staff.pool_id,
        "user_pool_client_id": staff.client_id,
        "admin": organization.admin.shown(),
        "operator": organization.operator_login.shown(),
        "referrer": {"member_id": REFERRER, **organization.referrer_login.shown()},
        "partner": {"partner_id": PARTNER, "secret": organization.partner_secret},
        "provider_account": {"id": "sandbox", "callback_secret": organization.callback_secret},
        "currency": CURRENCY,
        "code": free.code,
        "code_url": free.url,
        "image_url": free.image_url,
        "sold_out_code": sold_out.code,
        "api_document_url": f"{anyone}/openapi.json",
    }
    FILE.parent.mkdir(exist_ok=True)
    FILE.touch(mode=OWNER_ONLY)
    FILE.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return FILE


def _end_of(token: str) -> str:
    """Return until when a token is valid, as it says itself."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return datetime.fromtimestamp(claims["exp"], UTC).isoformat()
