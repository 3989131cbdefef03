"""Payments as they go in and out (D5)."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.promoters import buyers
from sluice.promoters.payment_tables import Payment
from sluice.promoters.rules.bonuses import COUPON  # as a link's code is made
from sluice.promoters.rules.offers import OFFER_ID
from sluice.promoters.store import payments
from sluice.promoters.store.attributing import Paid
from sluice.shared import clock, http
from sluice.shared.claims import hash_of
from sluice.shared.fields import AmountMinor, Currency, Name, Time

MAX_BUYERS = 5


class BuyerIdentity(http.Body):
    """Something by which the shop knows the buyer, such as a phone number; it is not kept."""

    kind: Annotated[str, Meta(pattern=buyers.KIND)]
    value: Annotated[str, Meta(min_length=1, max_length=256)]


class RecordPayment(http.Body):
    """What was paid with an order, and whatever names who brought the buyer."""

    order_id: Name
    offer_id: Annotated[str, Meta(pattern=OFFER_ID)]
    amount_minor: AmountMinor
    currency: Currency
    paid_at: Time
    visitor_token: Annotated[str, Meta(max_length=1000)] | None = None
    promoter_code: Annotated[str, Meta(pattern=COUPON)] | None = None
    coupon: Annotated[str, Meta(pattern=COUPON)] | None = None
    buyer: Annotated[list[BuyerIdentity], Meta(max_length=MAX_BUYERS)] = msgspec.field(
        default_factory=list
    )


class PaymentView(http.View):
    """A payment, its parts, and who is credited; `refunded_minor` was taken back of the parts.

    `reason`: by what the promoter is credited, or why nobody is. `unpaid`: why they get nothing.
    `others`: why others are not credited, by member. Of an `expected` one only refunds are known.
    """

    order_id: str
    state: str
    refunded_minor: int
    refund_due_minor: int = 0
    offer_id: str | None = None
    offer_version: int | None = None
    member_id: str | None = None
    merchant_id: str | None = None
    tag: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    promoter_minor: int | None = None
    merchant_minor: int | None = None
    platform_minor: int | None = None
    paid_at: datetime | None = None
    reason: str | None = None
    unpaid: str | None = None
    coupon: str | None = None
    rewards: dict[str, str] | None = None
    others: dict[str, str] | None = None


def paid_in(organization_id: str, given: RecordPayment) -> Paid:
    """Return what is told of a payment; who the buyer is only as keys."""
    identities = [(each.kind, each.value) for each in given.buyer]
    return Paid(
        given.order_id,
        given.offer_id,
        given.amount_minor,
        given.currency,
        clock.whole(given.paid_at),
        hash_of(msgspec.json.encode(given)),
        given.visitor_token,
        given.promoter_code,
        given.coupon,
        buyers.keys_of(organization_id, identities) if identities else frozenset(),
    )


def view_of(payment: Payment, *, with_others: bool = False) -> PaymentView:
    """Return a payment as it is shown; others who promoted it are only the operators' to know."""
    if not payments.is_settled(payment):
        return PaymentView(order_id=payment.order_id, state=payment.state, refunded_minor=0)
    return PaymentView(
        order_id=payment.order_id,
        state=payment.state,
        refunded_minor=int(payment.refunded_minor),
        refund_due_minor=payments.to_refund(payment) - int(payment.refunded_minor),
        offer_id=payment.offer_id,
        offer_version=int(payment.offer_version) if payment.offer_version else None,
        member_id=payment.member_id,
        merchant_id=payment.merchant_id,
        tag=payment.tag,
        amount_minor=int(payment.amount_minor),
        currency=payment.currency,
        promoter_minor=int(payment.promoter_minor),
        merchant_minor=int(payment.merchant_minor),
        platform_minor=int(payment.platform_minor),
        paid_at=payment.paid_at,
        reason=payment.reason,
        unpaid=payment.unpaid,
        coupon=payment.coupon,
        rewards=payment.rewards,
        others=payment.others if with_others else None,
    )
