"""A receiver of webhooks on 127.0.0.1, and events for it."""

import json
from datetime import datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from sluice.shared.outbox import Event
from sluice.webhooks.store import accepting
from sluice.webhooks.tables import Delivery
from tests.providers.http_double import Answered, Asked, HttpDouble
from tests.support.events import ORGANIZATION


class Receiver(HttpDouble):
    """A server that answers as told, in turn; when nothing is left, 200."""

    hang_seconds = 0.0

    def __init__(self, *answers: int | Answered) -> None:
        super().__init__()
        self.answers = list(answers)

    def answer(self, asked: Asked) -> Answered:  # noqa: ARG002 - answers are told before
        """Answer."""
        told = self.answers.pop(0) if self.answers else 200
        return told if isinstance(told, Answered) else Answered(told, b"told")


def verified(asked: Asked, secret: str) -> dict[str, Any]:
    """Check a call with the published package; return its body."""
    found: dict[str, Any] = Webhook(secret).verify(asked.body, asked.headers)
    assert found == json.loads(asked.body)
    return found


def deliveries_of(webhook_id: str = "crm") -> list[Delivery]:
    """Return all deliveries of a webhook, the oldest first."""
    keys = accepting.deliveries_keys(ORGANIZATION, webhook_id)
    found = [each for key in keys for each in Delivery.query(key, consistent_read=True)]
    return sorted(found, key=lambda each: str(each.item))


def campaign_changed(now: datetime, event_id: str = "campaign.1", version: int = 1) -> Event:
    """Return an event that names more than a webhook may be told."""
    data = {"campaign_id": "spring", "status": "published", "version": version, "phone": "138"}
    return Event(
        id=event_id,
        type="campaign.changed.v1",
        organization_id=ORGANIZATION,
        occurred_at=now,
        version=version,
        data=data,
    )
