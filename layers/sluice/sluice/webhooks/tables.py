"""One table: an organisation's webhooks, what happened, whom it is told, and each attempt."""

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table

_NAME = settings.text("WEBHOOKS_TABLE")


class DeliveriesByDue(GlobalSecondaryIndex[Any]):
    """Deliveries that wait, by when they are looked after, in 16 buckets."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class WebhookCount(Table):
    """`acme#webhooks` / `count`: how many webhooks there are."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True, default="count")
    number = NumberAttribute()


class Webhook(Table):
    """`acme#webhooks` / `webhook#id`: where events go. Its secret is derived, not stored."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    organization_id = UnicodeAttribute()
    webhook_id = UnicodeAttribute()
    url = UnicodeAttribute()
    events = UnicodeSetAttribute()
    description = UnicodeAttribute(null=True)
    status = UnicodeAttribute()  # active, paused, disabled
    why = UnicodeAttribute(null=True)  # it is disabled
    made = UnicodeAttribute()  # random: one of the same id after this has other secrets
    secret_version = NumberAttribute()
    previous_valid_until = Moment(null=True)
    created_at = Moment()
    version = NumberAttribute()
    failing_since = Moment(null=True)  # nothing arrived since
    heard_at = Moment(null=True)  # when it last ceased to fail
    rests_until = Moment(null=True)  # not called before
    slow_until = Moment(null=True)  # a few calls at once
    tested_at = Moment(null=True)


class Lane(Table):
    """`acme#lane#webhook#0` / `lane`: a call to a slow webhook, until it is over.

    Thousands may ask for one: that must not take the writes of the organisation's webhooks.
    """

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True, default="lane")
    busy_until = Moment()
    expires = TTLAttribute()


class ToldEvent(Table):
    """`acme#told#id` / `event`: what is sent, byte for byte, to every webhook that wants it."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True, default="event")
    body = BinaryAttribute(legacy_encoding=False)
    expires = TTLAttribute()


class Delivery(Table):
    """`acme#to#webhook#shard` / id: an event on its way to a webhook; 8 shards."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)  # its id: sorts by when it happened
    organization_id = UnicodeAttribute()
    webhook_id = UnicodeAttribute()
    made = UnicodeAttribute()  # of the webhook
    type = UnicodeAttribute()
    event_id = UnicodeAttribute()
    occurred_at = Moment()
    status = UnicodeAttribute()  # waiting, delivered, failed, held
    tries = NumberAttribute(default=0)  # since it was last set going
    attempts = NumberAttribute(default=0)  # in all
    claimed_until = Moment(null=True)  # by a worker
    next_at = Moment(null=True)
    queues_since = Moment(null=True)  # for a lane of its slow webhook
    last_status = NumberAttribute(null=True)
    why = UnicodeAttribute(null=True)  # the last attempt failed, or none is made
    delivered_at = Moment(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)
    expires = TTLAttribute()
    by_due = DeliveriesByDue()


class Attempt(Table):
    """`acme#tries#webhook#delivery` / number: one call, and what came of it."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    at = Moment()
    duration_milliseconds = NumberAttribute()
    status = NumberAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    excerpt = UnicodeAttribute(null=True)  # of the answer
    expires = TTLAttribute()
