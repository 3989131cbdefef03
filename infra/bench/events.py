"""Events as callers send them: a body's fields changed, the time of now, signed."""

import json
from datetime import timedelta
from typing import Any

from sluice.organizations import access
from sluice.shared import clock, signing

ORGANIZATION, PARTNER = "acme", "shop"
# Signatures hold five minutes before and after their time, and a run takes longer than that.
AHEAD = timedelta(minutes=4)

type Event = dict[str, Any]


def change_body(event: Event, /, **values: Any) -> None:
    """Change fields of a JSON body; None takes one away."""
    changed = {**json.loads(event["body"]), **values}
    event["body"] = json.dumps({k: v for k, v in changed.items() if v is not None})


def signed(event: Event, key: bytes, webhook_id: str) -> None:
    """Sign an event's body as Standard Webhooks say."""
    at = clock.now() + AHEAD
    headers = signing.sign_webhook(key, webhook_id, at, event["body"].encode())
    event["headers"] = {**event["headers"], **headers}


def tell(event: Event, webhook_id: str, /, **values: Any) -> None:
    """Make a partner's event one of now, with these fields in its data."""
    data = {**json.loads(event["body"])["data"], **values}
    change_body(event, timestamp=clock.now().isoformat(), data=data)
    signed(event, access.partner_key(ORGANIZATION, PARTNER, 1), webhook_id)
