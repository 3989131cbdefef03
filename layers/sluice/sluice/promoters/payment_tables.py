"""The table of payments and their refunds (D5). Access patterns: docs/promoter-payments.md."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table

_NAME = settings.text("PAYMENTS_TABLE")


class PaymentsByPromoter(GlobalSecondaryIndex[Any]):
    """Payments that a promoter brought, by when was paid."""

    class Meta:
        index_name = "by_promoter"
        projection = AllProjection()

    promoter_key = UnicodeAttribute(hash_key=True)  # organisation # promoter
    place = UnicodeAttribute(range_key=True)  # when was paid # order


class PaymentsByMerchant(GlobalSecondaryIndex[Any]):
    """Payments for a merchant's offers, by when was paid."""

    class Meta:
        index_name = "by_merchant"
        projection = AllProjection()

    merchant_key = UnicodeAttribute(hash_key=True)  # organisation # merchant
    place = UnicodeAttribute(range_key=True)


class PaymentsByDue(GlobalSecondaryIndex[Any]):
    """Payments of which more is refunded than was taken back so far; sparse."""

    class Meta:
        index_name = "by_due"
        projection = IncludeProjection(["kind"])  # by which pynamodb knows the items

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class PaymentItem(Table):
    """What all items of the table share; every item is of one of the classes below."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)  # organisation # order
    item = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    promoter_key = UnicodeAttribute(null=True)
    merchant_key = UnicodeAttribute(null=True)
    place = UnicodeAttribute(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)

    by_promoter = PaymentsByPromoter()
    by_merchant = PaymentsByMerchant()
    by_due = PaymentsByDue()


class Payment(PaymentItem, discriminator="payment"):
    """`payment`: what was paid with an order, to whom it goes, and what is told of refunds.

    Where a refund is told of first it is `expected`, and what is told of the payment is not there.
    """

    state = UnicodeAttribute()  # expected or settled
    version = NumberAttribute()
    order_id = UnicodeAttribute()
    input_hash = UnicodeAttribute(null=True)
    offer_id = UnicodeAttribute(null=True)
    offer_version = NumberAttribute(null=True)  # by which it was split
    merchant_id = UnicodeAttribute(null=True)  # None: there is no such offer
    member_id = UnicodeAttribute(null=True)  # the promoter; None: nobody's
    tag = UnicodeAttribute(null=True)
    transactions = NumberAttribute(null=True)  # of the promoter before, by which tiers went
    amount_minor = NumberAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    promoter_minor = NumberAttribute(null=True)
    merchant_minor = NumberAttribute(null=True)
    platform_minor = NumberAttribute(null=True)
    rewards = JSONAttribute(null=True)  # ids of the ledger's rewards by side
    reason = UnicodeAttribute(null=True)  # by what the promoter is credited, or why nobody
    unpaid = UnicodeAttribute(null=True)  # why the promoter gets nothing
    others = JSONAttribute(null=True)  # why others are not credited, by member
    coupon = UnicodeAttribute(null=True)
    paid_at = Moment(null=True)
    settled_at = Moment(null=True)
    parts_minor = NumberAttribute(default=0)  # told of refunds: rules.payments.Refunds
    total_minor = NumberAttribute(default=0)
    is_whole = BooleanAttribute(default=False)
    refunded_minor = NumberAttribute(default=0)  # what was taken back


class RefundItem(PaymentItem, discriminator="refund"):
    """`refund#id`: a refund or chargeback as it was told of."""

    cause = UnicodeAttribute()  # refund or chargeback
    amount_minor = NumberAttribute(null=True)
    total_minor = NumberAttribute(null=True)
    refunded_at = Moment()
    input_hash = UnicodeAttribute()
    told_at = Moment()
