"""Events as callers send them: a body's fields changed, the time of now, signed."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sluice.organizations import access
from sluice.shared import clock, signing

ORGANIZATION, PARTNER = "acme", "shop"
# Signatures hold five minutes before and after their time, and a run takes longer than that.
AHEAD = timedelta(minutes=4)

type Event = dict[str, Any]


class Samples:
    """What calls are made of: the events of a folder, one of each function by its name."""

    def __init__(self, events: Path) -> None:
        self._events = events

    def _event(self, name: str) -> Event:
        event: Event = json.loads((self._events / f"{name}.json").read_text())[0]
        return event

    @staticmethod
    def _handed(handler: Callable[..., object], event: Event) -> Callable[[], Event]:
        def run() -> Event:
            handler(event, None)
            return {"statusCode": "done"}

        return run


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
