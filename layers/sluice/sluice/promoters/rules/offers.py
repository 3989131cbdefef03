"""What an offer is: a product, and what each kind of promoter gets for selling it (D1)."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

OFFER_ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$(?!\n)"
PRODUCT_TYPE = r"^[a-z0-9][a-z0-9-]{0,31}(/[a-z0-9][a-z0-9-]{0,31}){0,5}$(?!\n)"
MILLION = 1_000_000
MAX_RULES = 20
MAX_TIERS = 10
MAX_WINDOW_SECONDS = 366 * 86_400
MAX_LENGTH = timedelta(days=3660)
FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # when an offer may begin: other times cannot be stored

DRAFT, PUBLISHED, PAUSED, ENDED = "draft", "published", "paused", "ended"
FOLLOWING = {
    DRAFT: {DRAFT, PUBLISHED, ENDED},
    PUBLISHED: {PUBLISHED, PAUSED, ENDED},
    PAUSED: {PAUSED, PUBLISHED, ENDED},
    ENDED: {ENDED},
}


@dataclass(frozen=True)
class Product:
    """What is sold. `type` is a path in a taxonomy, such as `food/fruit`.

    `price_minor` is what it usually costs: by it a fixed reward and a percentage are compared.
    """

    sku: str
    name: str
    type: str
    price_minor: int
    description: str = ""
    url: str | None = None
    image_url: str | None = None


@dataclass(frozen=True)
class Tier:
    """A reward from a number of the promoter's transactions with this offer on: one of the two."""

    from_transactions: int
    amount_minor: int | None = None
    rate_millionths: int | None = None


@dataclass(frozen=True)
class RewardRule:
    """What promoters with a tag get for a payment: a fixed amount or a rate of it, not both.

    A tier holds instead as soon as the promoter has so many transactions with the offer before.
    `cap_minor`: at most so much of one payment.
    """

    tag: str
    amount_minor: int | None = None
    rate_millionths: int | None = None
    tiers: tuple[Tier, ...] = ()
    cap_minor: int | None = None


@dataclass(frozen=True)
class Attribution:
    """Whose click a payment is put down to, and how long a click counts (D10)."""

    model: str = "last_click"  # or first_click
    window_seconds: int = 7 * 86_400
    coupon_beats_link: bool = True


@dataclass(frozen=True)
class Offer:
    """An offer; `version` counts its changes from 1, and each version is kept.

    `programme` is the ledger's, which carries budget, hold period and checks of what promoters
    get. The platform's fee is the organisation's when the version was written.
    """

    offer_id: str
    merchant_id: str
    product: Product
    currency: str
    rules: tuple[RewardRule, ...]
    starts_at: datetime
    ends_at: datetime
    programme: str
    attribution: Attribution = Attribution()
    platform_fee_millionths: int = 0
    status: str = DRAFT
    version: int = 0


def faults(offer: Offer, now: datetime) -> list[tuple[str, str]]:
    """Return what is wrong with an offer, as (field, reason)."""
    found = []
    if not FIRST <= offer.starts_at <= now + MAX_LENGTH:
        found.append(("starts_at", "from 2000 on, within ten years"))
    elif not offer.starts_at < offer.ends_at <= offer.starts_at + MAX_LENGTH:
        found.append(("ends_at", "after starts_at, at most ten years"))
    elif offer.status == PUBLISHED and offer.ends_at <= now:
        found.append(("ends_at", "over"))
    if [tag for tag, n in Counter(rule.tag for rule in offer.rules).items() if n > 1]:
        found.append(("rules", "two rules of one tag"))
    for rule in offer.rules:
        found += [("rules", f"{rule.tag}: {reason}") for reason in _faults_of(rule, offer)]
    return found


def _faults_of(rule: RewardRule, offer: Offer) -> list[str]:
    found = []
    steps = [tier.from_transactions for tier in rule.tiers]
    if steps != sorted(set(steps)):
        found.append("tiers begin one after another")
    parts: list[RewardRule | Tier] = [rule, *rule.tiers]
    return found + [reason for part in parts for reason in _faults_of_part(part, rule, offer)]


def _faults_of_part(part: RewardRule | Tier, rule: RewardRule, offer: Offer) -> list[str]:
    price, fee = offer.product.price_minor, offer.platform_fee_millionths
    if (part.amount_minor is None) == (part.rate_millionths is None):
        return ["a fixed amount or a rate, one of them"]
    if part.amount_minor is not None:
        most = (
            part.amount_minor if rule.cap_minor is None else min(part.amount_minor, rule.cap_minor)
        )
        fits = most + price * fee // MILLION <= price
        return [] if fits else ["reward and platform fee are more than the price"]
    fits = (part.rate_millionths or 0) + fee <= MILLION
    return [] if fits else ["reward and platform fee are more than the payment"]


def may_follow(before: Offer, after: Offer) -> bool:
    """Tell whether a change is one that an offer may have.

    Its merchant and currency stay; what was published never is a draft again, what has ended never
    changes.
    """
    same = (before.merchant_id, before.currency) == (after.merchant_id, after.currency)
    if before.status == ENDED:
        return replace(after, version=before.version) == before
    return same and after.status in FOLLOWING[before.status]


def is_running(offer: Offer, moment: datetime) -> bool:
    """Tell whether an offer can be promoted: published, and the moment is in its time."""
    return offer.status == PUBLISHED and offer.starts_at <= moment < offer.ends_at
