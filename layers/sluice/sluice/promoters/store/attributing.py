"""Who brought the buyer of a payment, by what is stored of clicks, links and coupons (D10)."""

from dataclasses import dataclass, replace
from datetime import datetime

from sluice.promoters import visiting
from sluice.promoters.refusals import NoSuchPromoter
from sluice.promoters.rules import commissions
from sluice.promoters.rules.attribution import CODE, COUPON, Attributed, Candidate, attribute
from sluice.promoters.rules.commissions import Split
from sluice.promoters.rules.offers import Offer, is_running
from sluice.promoters.store import coupons, figures, links, offers
from sluice.promoters.store.coupons import Coupon
from sluice.shared.errors import NotFound


@dataclass(frozen=True)
class Paid:
    """What the shop tells of a payment; `buyers` are keys of the buyer's identities."""

    order_id: str
    offer_id: str
    amount_minor: int
    currency: str
    paid_at: datetime
    input_hash: str
    visitor_token: str | None = None
    promoter_code: str | None = None
    coupon: str | None = None
    buyers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """A payment, who is credited with it, and by which version and tag it is split."""

    paid: Paid
    offer: Offer | None
    attributed: Attributed
    split: Split
    version: int = 0
    transactions: int = 0
    coupon: str | None = None  # to be used with it

    @property
    def promoter_id(self) -> str | None:
        """Return who is credited, if anybody."""
        return self.attributed.winner.member_id if self.attributed.winner else None


def decide(organization_id: str, paid: Paid) -> Case:
    """Return who is credited with a payment and how it is split, by the offer when was paid.

    A read of the offer, where it has changed since a query too; of the visitor's clicks; for a code
    4 reads and for a coupon 3; where somebody is credited one of their figures and one of the
    offer's version.
    """
    offer = offers.find_at(organization_id, paid.offer_id, paid.paid_at)
    nobody = Split(0, paid.amount_minor, 0)
    if offer is None:
        return Case(paid, None, Attributed(None, "no-such-offer", {}), Split(0, 0, 0))
    coupon = _usable(organization_id, paid)
    used = coupon.code if coupon else None
    candidates = _candidates(organization_id, offer, paid, coupon)
    found = attribute(offer.attribution, candidates, paid.paid_at, offer.merchant_id)
    winner = found.winner
    if winner is None:
        return Case(paid, offer, _said(found, paid), nobody, offer.version, coupon=used)
    frozen = offer
    if winner.version != offer.version:
        frozen = offers.find(organization_id, paid.offer_id, winner.version) or offer
    own = figures.own(organization_id, winner.member_id, paid.offer_id)
    transactions = int(own.transactions) if own else 0
    parts = commissions.split(
        frozen, commissions.rule_of(frozen, winner.tag), paid.amount_minor, transactions
    )
    return Case(paid, offer, found, parts, frozen.version, transactions, used)


def without_commission(case: Case) -> Case:
    """Return a case whose promoter gets nothing: what they would have got is the merchant's."""
    promoter, merchant, platform = case.split
    return replace(case, split=Split(0, merchant + promoter, platform))


def _said(found: Attributed, paid: Paid) -> Attributed:
    """Say of a payment that is nobody's whether the shop had named anybody."""
    was_named = paid.visitor_token or paid.promoter_code or paid.coupon
    if found.others or not was_named:
        return found
    return replace(found, reason="named-in-vain")


def _candidates(
    organization_id: str, offer: Offer, paid: Paid, coupon: Coupon | None
) -> list[Candidate]:
    found: list[Candidate] = []
    if paid.visitor_token:
        visitor_key = visiting.visitor_in(paid.visitor_token, organization_id)
        if visitor_key is not None:
            found += links.find_clicks(organization_id, visitor_key, offer.offer_id)
    if paid.promoter_code:
        found += _by_code(organization_id, offer, paid, paid.promoter_code)
    if coupon is not None:
        found += _named(organization_id, offer, paid, coupon.member_id, COUPON)
    return found


def _by_code(organization_id: str, offer: Offer, paid: Paid, code: str) -> list[Candidate]:
    try:
        link = links.load(code)
    except NotFound:
        return []
    if (link.organization_id, link.offer_id) != (organization_id, offer.offer_id):
        return []
    return _named(organization_id, offer, paid, link.member_id, CODE)


def _usable(organization_id: str, paid: Paid) -> Coupon | None:
    """Return the coupon that may be used with a payment, or None."""
    coupon = coupons.find(organization_id, paid.coupon) if paid.coupon else None
    if coupon is None or coupon.offer_id != paid.offer_id or coupon.expires_at < paid.paid_at:
        return None
    return coupon if coupon.order_id in {None, paid.order_id} else None


def _named(
    organization_id: str, offer: Offer, paid: Paid, member_id: str, kind: str
) -> list[Candidate]:
    """Return who was named at the checkout, if this is a task of theirs."""
    if not is_running(offer, paid.paid_at):
        return []
    try:
        task = links.task_of(organization_id, offer, member_id)
    except NoSuchPromoter:
        return []
    if task is None:
        return []
    return [Candidate(member_id, paid.paid_at, offer.version, task.reward.tag, kind)]
