"""Hints to merchants: raise a promoter's reward, too few transactions, too few promotions (D9)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sluice.promoters.rules.offers import MILLION

MAX_PAIRS = 200
MIN_INTERVAL_SECONDS = 3600


class Kind(StrEnum):
    """What a hint says."""

    RAISE_REWARD = "raise-reward"  # of one promoter, who sells it though it is not their kind
    FEW_TRANSACTIONS = "few-transactions"
    FEW_PROMOTIONS = "few-promotions"


@dataclass(frozen=True)
class Pair:
    """How near two product types are, where their distance in the taxonomy says it wrong."""

    one: str
    other: str
    millionths: int


@dataclass(frozen=True)
class HintRules:
    """When merchants are told; a threshold of None: never.

    An offer is looked at from `min_age_seconds` after its start on: before, few is no news.
    """

    interval_seconds: int = 86_400
    min_age_seconds: int = 7 * 86_400
    few_transactions: int | None = None  # fewer than so many
    few_promotions: int | None = None
    correlation_millionths: int | None = None  # less than so much
    over_transactions: int = 0  # and more transactions of the promoter than so many
    pairs: tuple[Pair, ...] = ()
    strategy_id: str | None = None  # of the push chain
    title: str = ""  # `{product}`, `{hint}`, `{promoter}` are filled in
    body: str = ""
    link: str | None = None


@dataclass(frozen=True)
class OfferFigures:
    """What hints need to know of an offer."""

    offer_id: str
    merchant_id: str
    product_type: str
    transactions: int
    promotions: int
    is_published: bool
    starts_at: datetime
    ends_at: datetime


def correlation(one: str, other: str, pairs: Iterable[Pair] = ()) -> int:
    """Return how near two product types are, in millionths.

    What the configuration says of the pair; else the steps that their paths have in common from
    the root on, of those of the longer path: `food/fruit` and `food/milk` are one half.
    """
    for pair in pairs:
        if {pair.one, pair.other} == {one, other}:
            return pair.millionths
    first, second = one.split("/"), other.split("/")
    common = 0
    for mine, theirs in zip(first, second, strict=False):
        if mine != theirs:
            break
        common += 1
    return common * MILLION // max(len(first), len(second))


def best_type(sold: Iterable[tuple[str, int]]) -> str | None:
    """Return the product type with most transactions; of equal ones the first by name."""
    total: Counter[str] = Counter()
    for product_type, transactions in sold:
        total[product_type] += transactions
    found = [(-number, name) for name, number in total.items() if number > 0]
    return min(found)[1] if found else None


def of_offer(rules: HintRules, offer: OfferFigures, now: datetime) -> Mapping[Kind, bool]:
    """Return which hints on an offer as a whole hold now."""
    old_enough = offer.starts_at + timedelta(seconds=rules.min_age_seconds) <= now
    looked_at = offer.is_published and old_enough and now < offer.ends_at
    few, seldom = rules.few_transactions, rules.few_promotions
    return {
        Kind.FEW_TRANSACTIONS: looked_at and few is not None and offer.transactions < few,
        Kind.FEW_PROMOTIONS: looked_at and seldom is not None and offer.promotions < seldom,
    }


def is_to_raise(
    rules: HintRules, best: str | None, offer: OfferFigures, transactions: int, now: datetime
) -> bool:
    """Tell whether a promoter's reward should rise: they sell much that is not their kind."""
    if rules.correlation_millionths is None or best is None:
        return False
    if not offer.is_published or not offer.starts_at <= now < offer.ends_at:
        return False
    near = correlation(best, offer.product_type, rules.pairs)
    return near < rules.correlation_millionths and transactions > rules.over_transactions
