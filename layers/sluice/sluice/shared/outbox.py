"""The outbox: what must happen after a write is written with it, and carried out from there.

An event is an item in the transaction of its cause; the table's stream brings it to EventBridge
and the relay then deletes it, so that at rest the outbox is empty. Consumers claim
(event id, version), because everything may be delivered twice.
"""

from datetime import datetime
from typing import Any

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from sluice.shared import ids, settings, telemetry
from sluice.shared.guard import Transaction
from sluice.shared.table import Moment, Table


class OutboxItem(Table):
    """An event on its way out."""

    class Meta:
        table_name = settings.text("OUTBOX_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # event id
    type = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    version = NumberAttribute()
    occurred_at = Moment()
    data = UnicodeAttribute()  # JSON
    correlation_id = UnicodeAttribute(null=True)  # none in older items


class Event(msgspec.Struct, kw_only=True):
    """What consumers and webhooks see. `version` is the aggregate's: order is lost on the way."""

    id: str
    type: str  # for example assignment.connected.v1
    organization_id: str
    occurred_at: datetime
    version: int
    data: dict[str, Any]
    correlation_id: str = ""  # of the story that it is a part of; for logs, it decides nothing


def emit(transaction: Transaction, event: Event) -> None:
    """Add an event to the transaction of its cause."""
    transaction.put(item_of(event))


def item_of(event: Event) -> OutboxItem:
    """Return the item that sends an event once it is written."""
    return OutboxItem(
        ids.key(event.organization_id, event.id),
        type=event.type,
        organization_id=event.organization_id,
        version=event.version,
        occurred_at=event.occurred_at,
        data=msgspec.json.encode(event.data).decode(),
        correlation_id=event.correlation_id or telemetry.correlation_id() or None,
    )


def event_of(item: OutboxItem) -> Event:
    """Read an event back from its item."""
    return Event(
        id=item.key.split("#", 1)[1],
        type=item.type,
        organization_id=item.organization_id,
        occurred_at=item.occurred_at,
        version=int(item.version),
        data=msgspec.json.decode(item.data),
        correlation_id=item.correlation_id or "",
    )
