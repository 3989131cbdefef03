"""What a promoter gets of a payment, and who gets the rest (D1, D2, D5).

Rates are rounded down to a whole minor unit; what is left of a payment is the merchant's, so the
parts always add up to it.
"""

from collections.abc import Collection
from typing import NamedTuple

from sluice.promoters.rules.offers import MILLION, Offer, RewardRule, Tier


class Reward(NamedTuple):
    """The best rule of an offer for somebody, and what it gives for the product's price."""

    tag: str
    rule: RewardRule
    amount_minor: int


class Split(NamedTuple):
    """The parts of a payment; their sum is the payment."""

    promoter_minor: int
    merchant_minor: int
    platform_minor: int


def part_of(rule: RewardRule, transactions: int = 0) -> RewardRule | Tier:
    """Return what holds of a rule after so many of the promoter's transactions with the offer."""
    reached = [tier for tier in rule.tiers if transactions >= tier.from_transactions]
    return reached[-1] if reached else rule


def commission(rule: RewardRule, amount_minor: int, transactions: int = 0) -> int:
    """Return what a rule gives of a payment in minor units: at most its cap, and the payment."""
    part = part_of(rule, transactions)
    if part.amount_minor is not None:
        given = part.amount_minor
    else:
        given = amount_minor * (part.rate_millionths or 0) // MILLION
    capped = given if rule.cap_minor is None else min(given, rule.cap_minor)
    return min(capped, amount_minor)


def split(offer: Offer, rule: RewardRule | None, amount_minor: int, transactions: int = 0) -> Split:
    """Return the parts of a payment for an offer; without a rule nobody promoted it.

    The platform's fee comes first, then the promoter's commission as far as there is something
    left; the merchant gets the rest.
    """
    platform = amount_minor * offer.platform_fee_millionths // MILLION
    wanted = 0 if rule is None else commission(rule, amount_minor, transactions)
    promoter = min(wanted, amount_minor - platform)
    return Split(promoter, amount_minor - platform - promoter, platform)


def rewards_for(offer: Offer, tags: Collection[str], transactions: int = 0) -> list[Reward]:
    """Return what somebody would earn with an offer by each of their tags, the best first.

    The best gives most for the product's price, after so many transactions of theirs with the
    offer; of equal ones it is the tag that is first by name.
    """
    found = [
        Reward(rule.tag, rule, split(offer, rule, offer.product.price_minor, transactions)[0])
        for rule in offer.rules
        if rule.tag in tags
    ]
    return sorted(found, key=lambda reward: (-reward.amount_minor, reward.tag))


def reward_for(offer: Offer, tags: Collection[str], transactions: int = 0) -> Reward | None:
    """Return the best that somebody with these tags would earn, or None: it is not for them."""
    return next(iter(rewards_for(offer, tags, transactions)), None)


def rule_of(offer: Offer, tag: str) -> RewardRule | None:
    """Return an offer's rule for a tag, such as the one frozen at an attribution, or None."""
    return next((rule for rule in offer.rules if rule.tag == tag), None)
