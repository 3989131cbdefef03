"""What a payment becomes: its item, and what each side is granted of it (D5)."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sluice.promoters.payment_tables import Payment
from sluice.promoters.rules.payments import Refunds
from sluice.promoters.store import payments
from sluice.promoters.store.attributing import Case
from sluice.rewards.rules import Grant
from sluice.rewards.store import grants
from sluice.shared import ids

SALES = "sales"  # the ledger's programme of what merchants and the platform get
PROMOTER, MERCHANT, PLATFORM = "promoter", "merchant", "platform"
PLATFORM_ACCOUNTS = 16  # of the platform's fees: one would meet every payment. May grow only


def new_payment(
    organization_id: str, before: Payment | None, case: Case, unpaid: str | None, now: datetime
) -> Payment:
    """Return the item of a payment that is settled now, with what is told of its refunds."""
    paid, winner = case.paid, case.attributed.winner
    own, others = grants_of(case)
    sides = {each.natural_key.rsplit(":", 1)[1]: each for each in [*own, *others]}
    item = Payment(
        payments.key_of(organization_id, paid.order_id),
        payments.PAYMENT,
        state=payments.SETTLED,
        version=int(before.version) + 1 if before else 1,
        order_id=paid.order_id,
        input_hash=paid.input_hash,
        offer_id=paid.offer_id,
        offer_version=case.version or None,
        tag=winner.tag if winner else None,
        transactions=case.transactions if winner else None,
        amount_minor=paid.amount_minor,
        currency=paid.currency,
        promoter_minor=case.split.promoter_minor,
        merchant_minor=case.split.merchant_minor,
        platform_minor=case.split.platform_minor,
        rewards={
            side: grants.reward_id_of(organization_id, each.programme, each.natural_key)
            for side, each in sides.items()
        },
        reason=case.attributed.reason,
        unpaid=unpaid,
        others=dict(case.attributed.others) or None,
        coupon=case.coupon,
        paid_at=paid.paid_at,
        settled_at=now,
        place=ids.key(Payment.paid_at.serialize(paid.paid_at), paid.order_id),
    )
    _list(item, organization_id, case)
    _refund(item, payments.refunds_of(before), now)
    return item


def _list(item: Payment, organization_id: str, case: Case) -> None:
    """Put a payment where its promoter and its merchant find it."""
    if case.promoter_id is not None:
        item.member_id = case.promoter_id
        item.promoter_key = ids.key(organization_id, case.promoter_id)
    if case.offer is not None:
        item.merchant_id = case.offer.merchant_id
        item.merchant_key = ids.key(organization_id, case.offer.merchant_id)


def _refund(item: Payment, refunds: Refunds, now: datetime) -> None:
    """Take over what was told of refunds before; then something of it is due at once."""
    item.parts_minor, item.total_minor = refunds.parts_minor, refunds.total_minor
    item.is_whole = refunds.is_whole
    if payments.is_due(item):
        item.due_bucket, item.due_at = payments.DUE.bucket_of(item.order_id), now


def grants_of(case: Case) -> tuple[list[Grant], list[Grant]]:
    """Return the promoter's part, and those of merchant and platform; parts of nothing are none."""
    paid, offer, promoter_id = case.paid, case.offer, case.promoter_id
    if offer is None:
        return [], []

    def given(side: str, owner_id: str, amount_minor: int, programme: str) -> list[Grant]:
        if not amount_minor:
            return []
        key, reason = f"{paid.order_id}:{side}", f"payment-{side}"
        return [Grant(key, owner_id, amount_minor, paid.currency, reason, programme)]

    own = given(PROMOTER, promoter_id or "", case.split.promoter_minor, offer.programme)
    fees = platform_account(paid.order_id)
    return own, [
        *given(MERCHANT, offer.merchant_id, case.split.merchant_minor, SALES),
        *given(PLATFORM, fees, case.split.platform_minor, SALES),
    ]


def platform_account(order_id: str) -> str:
    """Return the account that an order's fee goes to: one of 16."""
    return f"platform:{zlib.crc32(order_id.encode()) % PLATFORM_ACCOUNTS:02}"


def facts_of(item: Payment) -> dict[str, Any]:
    """Return what every event of a payment says."""
    names: Sequence[str] = ("order_id", "offer_id", "member_id", "merchant_id")
    return {name: getattr(item, name) for name in names} | {"paid_at": item.paid_at.isoformat()}
