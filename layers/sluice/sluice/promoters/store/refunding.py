"""Refunds and chargebacks: kept as they are told of, then taken back of each part (D5).

What is told of is stored first, also before its payment. Taking back follows at once, and by the
sweep where it cannot be done yet, such as while a payout has a part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from sluice.promoters.payment_tables import Payment, PaymentItem, RefundItem
from sluice.promoters.refusals import PaymentMoved, RefundDiffers
from sluice.promoters.rules.payments import Refund, shares, with_refund
from sluice.promoters.store import payments
from sluice.promoters.store.parts import facts_of
from sluice.rewards.refusals import BalanceTooLow, RewardNotReversible
from sluice.rewards.rules import Standing
from sluice.rewards.rules.reversals import Reversal
from sluice.rewards.store import reversals
from sluice.rewards.store.reversals import Why
from sluice.shared import guard, ids, outbox, sweeping, telemetry
from sluice.shared.claims import Claim
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction
from sluice.shared.sweeping import FAILURES

MAX_TRIES = 5
REFUNDED = "payment.refunded.v1"


@dataclass(frozen=True)
class Told:
    """A refund or a chargeback, as the shop tells of it."""

    order_id: str
    refund_id: str
    cause: str
    refund: Refund
    refunded_at: datetime
    input_hash: str


def record(organization_id: str, told: Told, claim: Claim | None, now: datetime) -> Payment:
    """Keep a refund, once per id, and take back what can be by now; return the payment.

    A read and a transaction of 2 items and the claim, again, 5 times at most, where the payment
    changed meanwhile; then as `apply`. Raises RefundDiffers, AlreadyClaimed, Contention.
    """
    for _ in guard.attempts(MAX_TRIES):
        payment = payments.find(organization_id, told.order_id)
        transaction = Transaction()
        if claim is not None:
            claim.take(transaction, now)
        transaction.put(
            _refund(organization_id, told, now), RefundItem.key.does_not_exist(), RefundDiffers()
        )
        _tell(transaction, organization_id, payment, told, now)
        try:
            transaction.commit()
        except PaymentMoved:
            continue
        except RefundDiffers as refusal:
            if refusal.current.input_hash != told.input_hash:
                raise
        break
    return follow_up(organization_id, told.order_id, now)


def follow_up(organization_id: str, order_id: str, now: datetime) -> Payment:
    """Take back what can be by now, and leave the rest to the sweep; return the payment.

    As `apply`. What is told of is stored, so whoever told of it is not asked to tell again. Raises
    NotFound.
    """
    try:
        apply(organization_id, order_id, now)
    except (RewardNotReversible, BalanceTooLow, Contention) as refusal:
        telemetry.logger.warning("refund_waits", extra={"reason": refusal.slug})
    return payments.load(organization_id, order_id)


def apply(organization_id: str, order_id: str, now: datetime) -> bool:
    """Take back of each part what is refunded by now; tells whether there was anything to do.

    One read of the payment and one of each reward; a transaction: the payment, its event, and for
    each part a reward, two entries, a balance and an event. Raises RewardNotReversible,
    BalanceTooLow, Contention.
    """
    for _ in guard.attempts(MAX_TRIES):
        payment = payments.find(organization_id, order_id)
        if payment is None or not payments.is_due(payment):
            return False
        try:
            _take_back(organization_id, payment, now)
        except PaymentMoved:
            continue
        return True
    raise AssertionError  # the loop ends in Contention


def sweep(now: datetime, until: float) -> None:
    """Take back what could not be when it was told of; `until` is on the monotonic clock."""

    def work(found: PaymentItem) -> str:
        organization_id, order_id = found.key.split("#")
        return "taken_back" if apply(organization_id, order_id, now) else "moved"

    sweeping.sweep(payments.DUE, work, now, until)


def _refund(organization_id: str, told: Told, now: datetime) -> RefundItem:
    return RefundItem(
        payments.key_of(organization_id, told.order_id),
        ids.key(payments.REFUND, told.refund_id),
        cause=told.cause,
        amount_minor=told.refund.amount_minor,
        total_minor=told.refund.total_minor,
        refunded_at=told.refunded_at,
        input_hash=told.input_hash,
        told_at=now,
    )


def _tell(
    transaction: Transaction,
    organization_id: str,
    payment: Payment | None,
    told: Told,
    now: datetime,
) -> None:
    """Add to what is told of a payment's refunds; a payment not told of yet is expected."""
    after = with_refund(payments.refunds_of(payment), told.refund)
    item = Payment(payments.key_of(organization_id, told.order_id), payments.PAYMENT)
    if payment is None:
        item.state, item.version, item.order_id = payments.EXPECTED, 1, told.order_id
        item.parts_minor, item.total_minor = after.parts_minor, after.total_minor
        item.is_whole = after.is_whole
        transaction.put(item, Payment.key.does_not_exist(), PaymentMoved())
        return
    actions: list[Action] = [
        Payment.parts_minor.set(after.parts_minor),
        Payment.total_minor.set(after.total_minor),
        Payment.is_whole.set(after.is_whole),
        Payment.version.add(1),
    ]
    paid_minor = int(payment.amount_minor or 0)
    if payments.is_settled(payment) and after.refunded(paid_minor) > payment.refunded_minor:
        actions += [
            Payment.due_bucket.set(payments.DUE.bucket_of(told.order_id)),
            Payment.due_at.set(now),
            Path(FAILURES).remove(),
        ]
    same = Payment.version == payment.version
    transaction.update(item, actions, condition=same, otherwise=PaymentMoved())


def _take_back(organization_id: str, payment: Payment, now: datetime) -> None:
    refunded_minor = payments.to_refund(payment)
    parts = shares(int(payment.amount_minor), int(payment.platform_minor), refunded_minor)
    wanted = [
        Reversal(reward_id, share.refunded_minor, share.base_minor, rounds_up=share.rounds_up)
        for side, reward_id in payment.rewards.items()
        for share in [parts[side]]
    ]

    def compose(transaction: Transaction, _: Sequence[Standing] = ()) -> None:
        _move(transaction, organization_id, payment, refunded_minor, now)

    if wanted:
        reversals.reverse_together(organization_id, wanted, Why("refund"), now, compose)
        return
    transaction = Transaction()
    compose(transaction)
    transaction.commit()


def _move(
    transaction: Transaction,
    organization_id: str,
    payment: Payment,
    refunded_minor: int,
    now: datetime,
) -> None:
    transaction.update(
        Payment(payment.key, payment.item),
        [
            Payment.refunded_minor.set(refunded_minor),
            Payment.version.add(1),
            Payment.due_bucket.remove(),
            Payment.due_at.remove(),
            Path(FAILURES).remove(),
        ],
        condition=Payment.version == payment.version,
        otherwise=PaymentMoved(),
    )
    event = outbox.Event(
        id=ids.sortable(now),
        type=REFUNDED,
        organization_id=organization_id,
        occurred_at=now,
        version=int(payment.version) + 1,
        data=facts_of(payment)
        | {"refunded_minor": refunded_minor, "is_whole": refunded_minor == payment.amount_minor},
    )
    outbox.emit(transaction, event)
