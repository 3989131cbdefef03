"""Making one attempt of a delivery: look, claim, call, record (F3)."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sluice.shared import clock, outside, telemetry
from sluice.shared.errors import NotFound
from sluice.shared.sweeping import sweep
from sluice.webhooks import keys, queue
from sluice.webhooks.queue import Due
from sluice.webhooks.refusals import DeliveryForgotten, DeliveryTaken, LaneBusy
from sluice.webhooks.rules import catalog, schedule
from sluice.webhooks.rules.schedule import Outcome
from sluice.webhooks.store import deliveries, listing
from sluice.webhooks.store.accepting import DUE, FAILED, HELD, KEPT, SPREAD_SECONDS, WAITING
from sluice.webhooks.store.webhooks import ACTIVE, find_webhook
from sluice.webhooks.tables import Attempt, Delivery, Webhook

EARLY = timedelta(seconds=1)  # a message may come so much before its time
EXCERPT_CHARACTERS = 200
AT_ONCE = 8  # overdue deliveries that are queued at the same time
_random = random.SystemRandom()  # restored copies of a warm start would share `random`'s state


def deliver(due: Due, now: datetime) -> str:
    """Make the attempt that a message asks for, unless it is not its time; say what was done.

    Three reads, a transaction of 1 item that takes the attempt, one call of 20 seconds at most, a
    transaction of 2: about 6 write units; of a webhook that fails, rests or is slow up to 12.
    """
    found = deliveries.find_delivery(due.organization_id, due.webhook_id, due.delivery_id)
    if found is None or found.status != WAITING:
        return "over"
    until = deliveries.waits_until(found)
    if until is not None and until > now + EARLY:
        queue.wake(found, now)
        return "early"
    try:
        return _attempt(found, now)
    except DeliveryTaken:
        return "taken"


def _attempt(found: Delivery, now: datetime) -> str:
    webhook = _webhook_of(found)
    if webhook is None:
        return _end(found, "the webhook was deleted", now)
    is_test = found.type == catalog.TEST  # it is sent whatever became of its webhook
    if webhook.status != ACTIVE and not is_test:
        return _end(found, f"the webhook is {webhook.status}", now)
    if found.tries >= schedule.MAX_ATTEMPTS:
        return _end(found, "no attempt came to its end", now, FAILED)
    rests_until: datetime | None = webhook.rests_until
    if rests_until is not None and rests_until > now and not is_test:
        return _later(found, rests_until + _some(SPREAD_SECONDS), now)
    return _try(found, webhook, now)


def _end(found: Delivery, why: str, now: datetime, status: str = HELD) -> str:
    deliveries.hold(found, why, now, status)
    return status


def _try(found: Delivery, webhook: Webhook, now: datetime) -> str:
    try:
        body = listing.body_of(found)
        deliveries.claim(found, webhook, now)
    except DeliveryForgotten as forgotten:
        return _end(found, str(forgotten), now, FAILED)
    except LaneBusy:
        since = deliveries.queues_since(found) or now
        until = schedule.next_look(since, now, _random.random())
        return _later(found, until, now, queues_since=since)
    return _call(found, webhook, body, now)


def _webhook_of(found: Delivery) -> Webhook | None:
    try:
        webhook = find_webhook(found.organization_id, found.webhook_id)
    except NotFound:
        return None
    return webhook if webhook.made == found.made else None


def _some(most_seconds: float) -> timedelta:
    return timedelta(seconds=_random.uniform(0, most_seconds))


def _later(
    found: Delivery, until: datetime, now: datetime, queues_since: datetime | None = None
) -> str:
    deliveries.put_off(found, clock.whole(until), now, queues_since)
    queue.wake(found, now)
    return "put off"


def _call(found: Delivery, webhook: Webhook, body: bytes, now: datetime) -> str:
    headers = keys.headers_of(webhook, found.item, now, body)
    began, excerpt = time.monotonic(), ""
    try:
        answer = outside.post_public(webhook.url, headers, body)
    except outside.NotSent as error:
        outcome = Outcome(None, f"not sent: {error}")
    except outside.NoAnswer as error:
        outcome = Outcome(None, f"no answer: {error}")
    else:
        outcome = Outcome(answer.status, _why(answer.status), answer.retry_after_seconds)
        excerpt = answer.body.decode(errors="replace")[:EXCERPT_CHARACTERS]
    attempt = Attempt(
        listing.attempts_key(found),
        f"{int(found.attempts):06}",
        at=now,
        duration_milliseconds=round((time.monotonic() - began) * 1000),
        status=outcome.status,
        reason=outcome.reason or None,
        excerpt=excerpt or None,
        expires=now + KEPT,
    )
    ended = clock.now()
    deliveries.settle(found, webhook, attempt, outcome, ended, _random.random())
    queue.wake(found, ended)
    telemetry.note(status=outcome.status, attempts=int(found.attempts))
    return str(found.status)


def _why(status: int) -> str:
    if status in range(200, 300):
        return ""
    if status in range(300, 400):
        return f"answered {status}: redirects are not followed"
    return f"answered {status}"


def call_overdue(now: datetime, until: float) -> None:
    """Queue what is overdue: `sweeping.sweep`, 16 buckets, 8 at once; of each 1 item and a message.

    `until` is on the monotonic clock, in seconds.
    """

    def work(item: Delivery) -> str:
        try:
            deliveries.call_for(item, now)
        except DeliveryTaken:
            return "moved"
        queue.call(item)
        return "called"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        sweep(DUE, work, now, until, pool.map)
