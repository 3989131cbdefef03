"""A payment settled: promoter, merchant and platform get their parts in one transaction (D5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sluice.organizations import store as organizations
from sluice.promoters import buyers
from sluice.promoters.payment_tables import Payment
from sluice.promoters.refusals import (
    CouponNotUsable,
    CurrencyDiffers,
    PaymentDiffers,
    PaymentMoved,
)
from sluice.promoters.store import attributing, coupons, payments
from sluice.promoters.store.attributing import Case, Paid
from sluice.promoters.store.parts import SALES, facts_of, grants_of, new_payment
from sluice.rewards.refusals import BudgetExhausted, CapReached, Outdated, ProgrammeClosed
from sluice.rewards.rules import checks
from sluice.rewards.rules.checks import NO_CHECKS, PASSED, Facts, Verdict
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import facts, grants, limits, programmes
from sluice.shared import guard, ids, outbox
from sluice.shared.claims import Claim
from sluice.shared.guard import Transaction

MAX_TRIES = 5
ATTEMPTS = 8  # at a transaction: a merchant's balance is one item
SETTLED = "payment.settled.v1"


@dataclass(frozen=True)
class _Terms:
    """The settings that a payment is granted by, and what its owners are found to owe."""

    offer: Programme | None
    sales: Programme | None
    owed: Mapping[tuple[str, str], int]


def settle(organization_id: str, paid: Paid, claim: Claim | None, now: datetime) -> Payment:
    """Settle a payment once per order, and return it; the same again returns it as it stands.

    A read of the order, those of `attributing.decide`, two of programmes and those of the checks.
    One transaction: the payment, its event, the claim; for each of up to three parts a reward, two
    entries, a balance and an event, and the two programmes' accounts and limits: 21 items, 42
    write units for three parts with a budget. All again, 5 times at most, where something changed
    meanwhile. Raises PaymentDiffers, CurrencyDiffers, AlreadyClaimed, Contention.
    """
    before = payments.find(organization_id, paid.order_id)
    case: Case | None = None
    unpaid: str | None = None
    owed: Mapping[tuple[str, str], int] = {}
    for _ in guard.attempts(MAX_TRIES):
        if before is not None and payments.is_settled(before):
            return _again(before, paid)
        case = case or _decide(organization_id, paid)
        terms = _terms(organization_id, case, owed)
        transaction = Transaction()
        try:
            item = _compose(transaction, organization_id, before, case, terms, unpaid, claim, now)
            transaction.commit(ATTEMPTS)
        except PaymentMoved as refusal:
            before = refusal.current
        except CouponNotUsable:  # used with another order at this moment
            case, unpaid = None, None
        except Outdated as refusal:
            owed = {**owed, **grants.debt_in(refusal)}
        except (BudgetExhausted, CapReached, ProgrammeClosed) as refusal:
            if isinstance(refusal, BudgetExhausted) and limits.is_outdated(refusal, terms.offer):
                continue
            unpaid, case = refusal.slug, attributing.without_commission(case)
        else:
            return item
    raise AssertionError  # the loop ends in Contention


def _again(found: Payment, paid: Paid) -> Payment:
    if found.input_hash != paid.input_hash:
        raise PaymentDiffers
    return found


def _decide(organization_id: str, paid: Paid) -> Case:
    case = attributing.decide(organization_id, paid)
    if case.offer is not None and case.offer.currency != paid.currency:
        raise CurrencyDiffers(f"The offer is sold in {case.offer.currency}.")
    return case


def _terms(organization_id: str, case: Case, owed: Mapping[tuple[str, str], int]) -> _Terms:
    """Return the settings as they are now; of the sales' only the hold period counts."""
    if case.offer is None:
        return _Terms(None, None, owed)
    offer = None
    if case.promoter_id is not None:
        offer = programmes.find_programme(organization_id, case.offer.programme)
    sales = programmes.find_programme(organization_id, SALES)
    if sales is not None:
        sales = Programme(SALES, hold_seconds=sales.hold_seconds, version=sales.version)
    return _Terms(offer, sales, owed)


def _compose(  # noqa: PLR0917 - what a payment is made of
    transaction: Transaction,
    organization_id: str,
    before: Payment | None,
    case: Case,
    terms: _Terms,
    unpaid: str | None,
    claim: Claim | None,
    now: datetime,
) -> Payment:
    if claim is not None:
        claim.take(transaction, now)
    item = new_payment(organization_id, before, case, unpaid, now)
    unchanged = Payment.version == before.version if before else Payment.key.does_not_exist()
    transaction.put(item, unchanged, PaymentMoved())
    paid = case.paid
    if case.coupon is not None:
        coupons.add_redemption(
            transaction,
            organization_id,
            case.coupon,
            offer_id=paid.offer_id,
            order_id=paid.order_id,
            at=paid.paid_at,
        )
    verdict = _judge(organization_id, case, terms.offer, now)
    own, others = grants_of(case)
    for given, programme, found in ((own, terms.offer, verdict), (others, terms.sales, PASSED)):
        if given:
            verdicts = [found] * len(given)
            grants.add_grants(
                *(transaction, organization_id, given, programme, verdicts),
                now=now,
                owed=terms.owed,
            )
    _emit(transaction, organization_id, item, case, verdict, now)
    return item


def _judge(organization_id: str, case: Case, programme: Programme | None, now: datetime) -> Verdict:
    """Make the offer's checks; a blacklist is not ours to read, so where it is asked for it holds.

    Self-purchase is the ledger's self-referral: the buyer is the promoter. They are made also
    where there is no commission to hold: bonus tasks count the payment.
    """
    owner_id = case.promoter_id
    if owner_id is None or programme is None or programme.checks == NO_CHECKS:
        return PASSED
    member = organizations.find_member(organization_id, owner_id)
    identities = buyers.of_member(organization_id, member) if member else frozenset()
    found: Facts = facts.gather(
        organization_id,
        programme,
        owner_id,
        now,
        identities=identities or None,
        other_identities=case.paid.buyers or None,
    )
    return checks.judge(programme.checks, owner_id, found)


def _emit(  # noqa: PLR0917 - what is told of
    transaction: Transaction,
    organization_id: str,
    item: Payment,
    case: Case,
    verdict: Verdict,
    now: datetime,
) -> None:
    data: dict[str, Any] = facts_of(item) | {
        "amount_minor": case.paid.amount_minor,
        "currency": case.paid.currency,
        "promoter_minor": case.split.promoter_minor,
        "is_held": not verdict.is_passed,
    }
    event = outbox.Event(
        id=ids.sortable(now),
        type=SETTLED,
        organization_id=organization_id,
        occurred_at=now,
        version=int(item.version),
        data=data,
    )
    outbox.emit(transaction, event)
