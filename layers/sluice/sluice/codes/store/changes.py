"""What is written beside a channel when it changes: where a callback finds it, and the event.

Whoever hears `channel.changed.v1` reads the channel as it is then: events come twice and late.
"""

from datetime import datetime

from sluice.codes.identities import channel_ref_key
from sluice.codes.providers import WITH_WAYS
from sluice.codes.tables.contacts import ChannelRef
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event, emit

TYPE = "channel.changed.v1"
YES, NO, PERHAPS = "yes", "no", "perhaps"  # whether the channel has or needs a way


def point(
    transaction: Transaction,
    organization_id: str,
    channel_id: str,
    account_id: str,
    provider_ref: str,
) -> None:
    """Let callbacks find the channel by its reference at the provider: 2 write units."""
    key = channel_ref_key(organization_id, account_id, provider_ref)
    transaction.upsert(ChannelRef(key), [ChannelRef.channel_ids.add({channel_id})])


def tell(
    transaction: Transaction,
    organization_id: str,
    channel_id: str,
    now: datetime,
    provider_type: str | None = None,
) -> None:
    """Add the event of a change to its transaction: 2 write units; no type is any provider's."""
    ways = PERHAPS if provider_type is None else YES if provider_type in WITH_WAYS else NO
    emit(
        transaction,
        Event(
            id=f"channel.{ids.sortable(now)}",
            type=TYPE,
            organization_id=organization_id,
            occurred_at=now,
            version=1,
            data={"channel_id": channel_id, "ways": ways},
        ),
    )
