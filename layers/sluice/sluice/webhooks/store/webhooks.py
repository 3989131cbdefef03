"""Verbs on webhooks: where an organisation's events go."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from sluice.shared import ids
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find
from sluice.webhooks.refusals import TooManyWebhooks, WebhookChanged
from sluice.webhooks.tables import Webhook, WebhookCount

MAX_WEBHOOKS = 20
ROTATION = timedelta(hours=24)  # deliveries are signed with both secrets for this long
ACTIVE, PAUSED, DISABLED = "active", "paused", "disabled"


@dataclass(frozen=True)
class Wanted:
    """A webhook as an operator wants it."""

    url: str
    events: AbstractSet[str]
    description: str | None
    status: str  # active or paused


@dataclass(frozen=True)
class Put:
    """A webhook as it is now; `is_told` where its secret is new to the caller."""

    webhook: Webhook
    is_new: bool
    is_told: bool


def home(organization_id: str) -> str:
    """Return the partition of an organisation's webhooks."""
    return ids.key(organization_id, "webhooks")


def list_webhooks(organization_id: str) -> list[Webhook]:
    """Return the webhooks of an organisation by id: one query, at most 20."""
    named = Webhook.item.startswith("webhook#")
    found = Webhook.query(home(organization_id), named, limit=MAX_WEBHOOKS, consistent_read=True)
    return list(found)


def find_webhook(organization_id: str, webhook_id: str) -> Webhook:
    """Return a webhook: one read. Raises NotFound."""
    found = find(Webhook, home(organization_id), ids.key("webhook", webhook_id))
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def is_mended(organization_id: str, webhook_id: str) -> bool:
    """Tell whether a webhook that was disabled is so no more, or gone: one read."""
    found = find(Webhook, home(organization_id), ids.key("webhook", webhook_id))
    return found is None or found.status != DISABLED


def put_webhook(
    organization_id: str,
    webhook_id: str,
    wanted: Wanted,
    now: datetime,
    *,
    rotate_from: int | None = None,
) -> Put:
    """Create or change a webhook; `rotate_from` names the secret's version to leave.

    Who is active again has not failed yet. A repeated rotation is answered as the first, for
    24 hours. One read, one transaction of 1 or 2 items. Raises TooManyWebhooks, WebhookChanged.
    """
    found = find(Webhook, home(organization_id), ids.key("webhook", webhook_id))
    if found is None:
        return Put(_add(organization_id, webhook_id, wanted, now), is_new=True, is_told=True)
    rotates = _rotates(found, rotate_from, now)
    changes: dict[str, object] = {
        "url": wanted.url,
        "events": set(wanted.events),
        "description": wanted.description,
        "status": wanted.status,
        "version": int(found.version) + 1,
        "why": None,
    }
    if wanted.status == ACTIVE and (found.status != ACTIVE or found.url != wanted.url):
        changes |= {"failing_since": None, "rests_until": None, "slow_until": None}
    if rotates:
        changes["secret_version"] = int(found.secret_version) + 1
        changes["previous_valid_until"] = now + ROTATION
    transaction = Transaction()
    _change(transaction, found, changes)
    transaction.commit()
    return Put(_with(found, changes), is_new=False, is_told=rotate_from is not None)


def _rotates(found: Webhook, rotate_from: int | None, now: datetime) -> bool:
    """Tell whether the secret is to be replaced, or was just now by the same request.

    Raises WebhookChanged: it was replaced otherwise, or so long ago that it is told no more.
    """
    version = int(found.secret_version)
    if rotate_from is None or rotate_from == version:
        return rotate_from is not None
    until: datetime | None = found.previous_valid_until
    if rotate_from != version - 1 or until is None or until <= now:
        raise WebhookChanged(f"The secret's version is {version}.")
    return False


def _add(organization_id: str, webhook_id: str, wanted: Wanted, now: datetime) -> Webhook:
    made = Webhook(
        home(organization_id),
        ids.key("webhook", webhook_id),
        organization_id=organization_id,
        webhook_id=webhook_id,
        url=wanted.url,
        events=set(wanted.events),
        description=wanted.description,
        status=wanted.status,
        made=ids.unguessable(),
        secret_version=1,
        created_at=now,
        version=1,
    )
    transaction = Transaction()
    transaction.put(made, Webhook.key.does_not_exist(), WebhookChanged())
    count = WebhookCount(made.key)
    number = WebhookCount.number
    transaction.update(
        count,
        [number.set((number | 0) + 1)],
        condition=number.does_not_exist() | (number < MAX_WEBHOOKS),
        otherwise=TooManyWebhooks(f"An organisation has at most {MAX_WEBHOOKS} webhooks."),
    )
    transaction.commit()
    return made


def remove_webhook(organization_id: str, webhook_id: str) -> None:
    """Delete a webhook, with all that waits for it: one read, one transaction of 2 items.

    Again it changes nothing. Raises WebhookChanged.
    """
    found = find(Webhook, home(organization_id), ids.key("webhook", webhook_id))
    if found is None:
        return
    transaction = Transaction()
    transaction.delete(
        Webhook(found.key, found.item),
        condition=Webhook.made == found.made,
        otherwise=WebhookChanged(),
    )
    number = WebhookCount.number
    transaction.update(
        WebhookCount(found.key),
        [number.add(-1)],
        condition=number > 0,
        otherwise=WebhookChanged(),
    )
    transaction.commit()


def _change(transaction: Transaction, found: Webhook, changes: dict[str, object]) -> None:
    actions = [
        getattr(Webhook, name).remove() if value is None else getattr(Webhook, name).set(value)
        for name, value in changes.items()
    ]
    transaction.update(
        Webhook(found.key, found.item),
        actions,
        condition=(Webhook.made == found.made) & (Webhook.version == int(found.version)),
        otherwise=WebhookChanged(),
    )


def _with(found: Webhook, changes: dict[str, object]) -> Webhook:
    for name, value in changes.items():
        setattr(found, name, value)
    return found
