"""How a webhook fares: whether it fails, rests, is slow, or is called no more (F3)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from sluice.shared import ids, outbox
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event
from sluice.webhooks.refusals import WebhookChanged
from sluice.webhooks.rules import schedule
from sluice.webhooks.rules.schedule import Outcome
from sluice.webhooks.store.webhooks import DISABLED
from sluice.webhooks.tables import Attempt, Delivery, Webhook

SLOW_FOR = timedelta(minutes=10)
DISABLED_EVENT = "webhook.disabled.v1"


def is_slow(webhook: Webhook, now: datetime) -> bool:
    """Tell whether a webhook has few calls at once."""
    until: datetime | None = webhook.slow_until
    return until is not None and until > now


def note(
    transaction: Transaction, webhook: Webhook, attempt: Attempt, outcome: Outcome, now: datetime
) -> None:
    """Write down how the webhook fares, where that changes.

    Said of a webhook that fails since when we read: who heard meanwhile is not called failing.
    """
    changes: dict[str, object] = {}
    is_late = attempt.duration_milliseconds >= schedule.SLOW.total_seconds() * 1000
    if is_late and not is_slow(webhook, now + SLOW_FOR / 2):
        changes["slow_until"] = now + SLOW_FOR
    since: datetime | None = webhook.failing_since
    if outcome.is_delivered:
        if since is not None:
            changes |= {"failing_since": None, "rests_until": None, "heard_at": now}
    else:
        changes |= _failing(webhook, since, outcome, now)
    if not changes:
        return
    if changes.get("status") == DISABLED:
        outbox.emit(transaction, _disabled(webhook, str(changes["why"]), now))
    kept = Webhook.failing_since
    transaction.update(
        Webhook(webhook.key, webhook.item),
        list(actions(Webhook, changes)),
        condition=(Webhook.made == webhook.made)
        & (Webhook.version == int(webhook.version))
        & (kept.does_not_exist() if since is None else kept == since),
        otherwise=WebhookChanged(),
    )


def _failing(
    webhook: Webhook, since: datetime | None, outcome: Outcome, now: datetime
) -> dict[str, object]:
    if webhook.status == DISABLED:
        return {}  # a test tried it
    changes: dict[str, object] = {}
    if since is None and not _was_just_heard(webhook, now):
        changes["failing_since"] = now
    since = since or now
    if outcome.is_gone or schedule.is_given_up(since, now):
        why = "it answered 410" if outcome.is_gone else "it did nothing but fail for three days"
        return {"status": DISABLED, "why": why, "version": int(webhook.version) + 1}
    if (rests := schedule.rest_until(since, now)) is not None:
        changes["rests_until"] = rests
    return changes


def _was_just_heard(webhook: Webhook, now: datetime) -> bool:
    """Tell whether it ceased to fail a moment ago.

    Who fails now and then would begin and cease with each delivery, and its item is one.
    """
    heard_at: datetime | None = webhook.heard_at
    return heard_at is not None and now - heard_at < schedule.FALTERING


def _disabled(webhook: Webhook, why: str, now: datetime) -> Event:
    return Event(
        id=ids.sortable(now),
        type=DISABLED_EVENT,
        organization_id=webhook.organization_id,
        occurred_at=now,
        version=int(webhook.version) + 1,
        data={"webhook_id": webhook.webhook_id, "reason": why},
    )


def actions(model: type[Delivery] | type[Webhook], changes: dict[str, object]) -> Iterator[Action]:
    """Yield the actions that set what is given and remove what is None."""
    for name, value in changes.items():
        attribute = getattr(model, name)
        yield attribute.remove() if value is None else attribute.set(value)
