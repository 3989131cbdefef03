"""What the API says of webhooks and their deliveries."""

from datetime import datetime

from msgspec import UNSET, UnsetType

from sluice.shared import http
from sluice.webhooks import keys
from sluice.webhooks.store.webhooks import Put
from sluice.webhooks.tables import Attempt, Delivery, Webhook


class WebhookView(http.View):
    """A webhook. `secret` is told when it is made or replaced, and never again."""

    webhook_id: str
    url: str
    events: list[str]
    status: str
    secret_version: int
    created_at: datetime
    description: str | None = None
    why: str | None = None
    failing_since: datetime | None = None
    previous_secret_until: datetime | None = None
    secret: str | UnsetType = UNSET


class WebhookList(http.View):
    """All webhooks of the organisation, by id."""

    items: list[WebhookView]


class DeliveryAttempt(http.View):
    """One call: without a status there was no answer, and `reason` says why."""

    at: datetime
    duration_milliseconds: int
    status: int | None = None
    reason: str | None = None
    excerpt: str | None = None


class DeliveryView(http.View):
    """An event on its way to a webhook; `delivery_id` is the `webhook-id` that it is sent with."""

    delivery_id: str
    webhook_id: str
    type: str
    event_id: str
    occurred_at: datetime
    status: str
    attempts: int
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    last_status: int | None = None
    why: str | None = None
    log: list[DeliveryAttempt] | UnsetType = UNSET


class DeliveryPage(http.View):
    """A page, the newest first; `next_cursor` leads to the one after it."""

    deliveries: list[DeliveryView]
    next_cursor: str | None = None


class Replayed(http.View):
    """How many deliveries were set going; call again with `next_cursor` where there is one."""

    replayed: int
    next_cursor: str | None = None


def of_webhook(webhook: Webhook) -> WebhookView:
    """Return what is shown of a webhook: not its secret."""
    return WebhookView(
        webhook_id=webhook.webhook_id,
        url=webhook.url,
        events=sorted(webhook.events or ()),
        status=webhook.status,
        secret_version=int(webhook.secret_version),
        created_at=webhook.created_at,
        description=webhook.description,
        why=webhook.why,
        failing_since=webhook.failing_since,
        previous_secret_until=webhook.previous_valid_until,
    )


def of_put(put: Put) -> WebhookView:
    """Return what is answered to a PUT: the secret where it is new."""
    view = of_webhook(put.webhook)
    if put.is_told:
        view.secret = keys.secret_of(put.webhook)
    return view


def of_delivery(found: Delivery) -> DeliveryView:
    """Return what is shown of a delivery in a list."""
    return DeliveryView(
        delivery_id=found.item,
        webhook_id=found.webhook_id,
        type=found.type,
        event_id=found.event_id,
        occurred_at=found.occurred_at,
        status=found.status,
        attempts=int(found.attempts),
        next_attempt_at=found.next_at,
        delivered_at=found.delivered_at,
        last_status=_whole(found.last_status),
        why=found.why,
    )


def of_attempt(attempt: Attempt) -> DeliveryAttempt:
    """Return what is shown of an attempt."""
    return DeliveryAttempt(
        at=attempt.at,
        duration_milliseconds=int(attempt.duration_milliseconds),
        status=_whole(attempt.status),
        reason=attempt.reason,
        excerpt=attempt.excerpt,
    )


def _whole(status: float | None) -> int | None:
    return None if status is None else int(status)
