"""POST /partners/{organization_id}/payments: a payment in a shop, and who brought the buyer (D5).

Puts it down to a promoter by the offer's attribution as it was when was paid, splits it by the rule
frozen then, and grants promoter, merchant and platform their parts in one transaction: 21 items, 42
write units for three parts with a budget; a query, two where the offer has changed since, and 6 to
12 reads. A payment that is nobody's, or whose commission the budget does not cover, is kept all the
same, and the answer says why. Once per order. Refunds told of before are then taken back. Refuses:
payment-differs, currency-differs, idempotency-key-reused.
"""

from sluice.organizations import access
from sluice.promoters.payment_views import PaymentView, RecordPayment, paid_in, view_of
from sluice.promoters.refusals import CurrencyDiffers, PaymentDiffers
from sluice.promoters.store import paying, payments, refunding
from sluice.shared import http, telemetry
from sluice.shared.claims import AlreadyClaimed, KeyReused
from sluice.shared.fields import check_past


@http.operation(
    access.partner("POST /partners/{organization_id}/payments", "payment.settled.v1"),
    body=RecordPayment,
    answers={202: PaymentView},
    refusals=(PaymentDiffers, CurrencyDiffers, KeyReused),
)
def handler(call: http.Call[RecordPayment, http.NoBody]) -> http.Answer:
    """Settle the payment in the body."""
    organization_id = call.organization_id
    check_past(call.body.paid_at, "paid_at", call.now)
    paid = paid_in(organization_id, call.body)
    try:
        payment = paying.settle(organization_id, paid, call.claim, call.now)
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        call.claim.replay(claimed)
        payment = payments.load(organization_id, paid.order_id)
    if payments.is_due(payment):
        payment = refunding.follow_up(organization_id, paid.order_id, call.now)
    telemetry.note(attributed=payment.member_id is not None, reason=payment.reason)
    return http.Answer(202, view_of(payment))
