"""POST /partners/{organization_id}/refunds: a payment goes back, in part or whole (D5).

At POST /partners/{organization_id}/chargebacks what a bank took back. Kept first, once per id, also
before the payment is told of; then taken back of each part by formula, so that all refunds together
end at zero. Where a part cannot be taken back yet, as while a payout has it, it follows later. A
query and 6 reads; a transaction of 3 items, and one of 20 for three parts. Refuses: refund-differs,
idempotency-key-reused.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.organizations import access
from sluice.promoters.payment_views import PaymentView, view_of
from sluice.promoters.refusals import RefundDiffers
from sluice.promoters.rules.payments import CHARGEBACK, REFUND, Refund
from sluice.promoters.store import refunding
from sluice.promoters.store.refunding import Told
from sluice.shared import clock, errors, http
from sluice.shared.claims import AlreadyClaimed, KeyReused, hash_of
from sluice.shared.fields import AmountMinor, Name, Time, check_past


class RecordRefund(http.Body):
    """One refund, or what is refunded in all by now; without either the whole payment."""

    order_id: Name
    refund_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$(?!\n)")]
    refunded_at: Time
    amount_minor: AmountMinor | None = None
    refunded_total_minor: AmountMinor | None = None


@http.operation(
    access.partner("POST /partners/{organization_id}/refunds", "payment.refunded.v1"),
    access.partner("POST /partners/{organization_id}/chargebacks", "payment.charged_back.v1"),
    body=RecordRefund,
    answers={202: PaymentView},
    refusals=(RefundDiffers, KeyReused),
)
def handler(call: http.Call[RecordRefund, http.NoBody]) -> http.Answer:
    """Keep the refund in the body, and take back what can be."""
    given, organization_id = call.body, call.organization_id
    check_past(given.refunded_at, "refunded_at", call.now)
    if given.amount_minor is not None and given.refunded_total_minor is not None:
        field = "refunded_total_minor"
        raise errors.Invalid("One amount, or a total.", [(field, "not with amount_minor")])
    cause = CHARGEBACK if call.request.event["resource"].endswith("chargebacks") else REFUND
    refund = Refund(given.amount_minor, given.refunded_total_minor)
    hashed = hash_of(cause, msgspec.json.encode(given))
    at = clock.whole(given.refunded_at)
    told = Told(given.order_id, given.refund_id, cause, refund, at, hashed)
    try:
        payment = refunding.record(organization_id, told, call.claim, call.now)
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        call.claim.replay(claimed)
        payment = refunding.follow_up(organization_id, given.order_id, call.now)
    return http.Answer(202, view_of(payment))
