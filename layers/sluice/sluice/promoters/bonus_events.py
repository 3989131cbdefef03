"""Reading what bonus tasks count from the events of shares and payments (D6)."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.promoters.rules.bonuses import PROMOTIONS, TRANSACTIONS
from sluice.promoters.store.bonus_counting import Happening
from sluice.promoters.store.bonuses import Share
from sluice.shared.outbox import Event

_Id = Annotated[str, Meta(min_length=1, max_length=256)]


class _Shared(msgspec.Struct):
    """What is read of a share."""

    share_id: _Id
    offer_id: str
    member_id: str
    channel_type: str


class _Paid(msgspec.Struct):
    """What is read of a payment; one that is nobody's has no promoter."""

    order_id: _Id
    offer_id: str | None = None
    member_id: str | None = None
    paid_at: datetime | None = None
    is_whole: bool = False  # of a refund: all of the payment has gone back
    is_held: bool = False  # a check wants a person to look at it


def of_event(event: Event) -> tuple[Happening | None, Share | None]:
    """Return what counts of an event, and the share that may bring a task about."""
    if event.type == "task.shared.v1":
        shared = msgspec.convert(event.data, _Shared)
        share = Share(shared.member_id, shared.offer_id, shared.channel_type, event.occurred_at)
        happening = Happening(
            PROMOTIONS,
            shared.share_id,
            shared.member_id,
            shared.offer_id,
            event.occurred_at,
            shared.channel_type,
        )
        return happening, share
    paid = msgspec.convert(event.data, _Paid)
    is_refund = event.type == "payment.refunded.v1"
    if paid.member_id is None or paid.offer_id is None or (is_refund and not paid.is_whole):
        return None, None
    at = paid.paid_at or event.occurred_at
    happening = Happening(
        *(TRANSACTIONS, paid.order_id, paid.member_id, paid.offer_id, at),
        is_back=is_refund,
        is_held=paid.is_held,
    )
    return happening, None
