"""Offers as they go in and out (F3)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sluice.organizations.inputs import Tag
from sluice.promoters.rules import offers as rules
from sluice.promoters.rules.offers import Attribution, Offer
from sluice.promoters.store import figures
from sluice.promoters.store.publishing import Terms
from sluice.promoters.tables import Standing
from sluice.rewards.rules.money import exponent_of
from sluice.rewards.rules.programmes import MAX_BUDGET_MINOR, MAX_HOLD_SECONDS, Programme
from sluice.rewards.store import programmes
from sluice.shared import http
from sluice.shared.fields import AmountMinor, Currency, Name, Time, Title, WebUrl

Rate = Annotated[int, Meta(ge=1, le=rules.MILLION)]
Status = Literal["draft", "published", "paused", "ended"]


class ProductBody(http.Body):
    """What is sold; `type` is a path in a taxonomy, `price_minor` what it usually costs."""

    sku: Annotated[str, Meta(min_length=1, max_length=64)]
    name: Title
    type: Annotated[str, Meta(max_length=198, pattern=rules.PRODUCT_TYPE)]
    price_minor: AmountMinor
    description: Annotated[str, Meta(max_length=2000)] = ""
    url: WebUrl | None = None
    image_url: WebUrl | None = None


class TierBody(http.Body):
    """A reward from a number of the promoter's transactions with the offer on."""

    from_transactions: Annotated[int, Meta(ge=1, le=1_000_000)]
    amount_minor: AmountMinor | None = None
    rate_millionths: Rate | None = None


class RuleBody(http.Body):
    """What promoters with a tag get: a fixed amount, or millionths of the payment."""

    tag: Tag
    amount_minor: AmountMinor | None = None
    rate_millionths: Rate | None = None
    tiers: Annotated[tuple[TierBody, ...], Meta(max_length=rules.MAX_TIERS)] = ()
    cap_minor: AmountMinor | None = None


class AttributionBody(http.Body):
    """Which click counts, how long, and whether a coupon beats a link (D10)."""

    model: Literal["last_click", "first_click"] = "last_click"
    window_seconds: Annotated[int, Meta(ge=60, le=rules.MAX_WINDOW_SECONDS)] = (
        Attribution.window_seconds
    )
    coupon_beats_link: bool = True


class PutOffer(http.Body):
    """An offer; the merchant may be left out by a merchant. A budget of null has no limit."""

    product: ProductBody
    currency: Currency
    rules: Annotated[tuple[RuleBody, ...], Meta(min_length=1, max_length=rules.MAX_RULES)]
    starts_at: Time
    ends_at: Time
    merchant_id: Name | None = None
    attribution: AttributionBody = msgspec.field(default_factory=AttributionBody)
    budget_minor: Annotated[int, Meta(ge=0, le=MAX_BUDGET_MINOR)] | None = None
    hold_seconds: Annotated[int, Meta(ge=0, le=MAX_HOLD_SECONDS)] = 0
    status: Status = "draft"


class ProductView(http.View):
    """What is sold."""

    sku: str
    name: str
    type: str
    price_minor: int
    description: str
    url: str | None = None
    image_url: str | None = None


class TierView(http.View):
    """A reward from a number of transactions on."""

    from_transactions: int
    amount_minor: int | None = None
    rate_millionths: int | None = None


class RuleView(http.View):
    """What promoters with a tag get."""

    tag: str
    tiers: list[TierView]
    amount_minor: int | None = None
    rate_millionths: int | None = None
    cap_minor: int | None = None


class AttributionView(http.View):
    """Which click counts."""

    model: str
    window_seconds: int
    coupon_beats_link: bool


class FiguresView(http.View):
    """What an offer counts in all, a moment ago."""

    transactions: int
    promotions: int
    visits: int


class OfferView(http.Versioned):
    """An offer as it is now, or as it was in a version."""

    offer_id: str
    merchant_id: str
    product: ProductView
    currency: str
    currency_exponent: int
    rules: list[RuleView]
    starts_at: Time
    ends_at: Time
    attribution: AttributionView
    platform_fee_millionths: int
    programme: str
    status: str


class OfferListed(OfferView):
    """An offer with its figures."""

    figures: FiguresView


class OfferShown(OfferListed):
    """An offer with its terms, what was spent of its budget (left out: no limit), its figures."""

    spent_minor: int
    hold_seconds: int
    left_minor: int | None = None
    budget_minor: int | None = None


class OfferPage(http.View):
    """Offers by merchant and id."""

    items: list[OfferListed]
    next_cursor: str | None = None


def offer_of(offer_id: str, merchant_id: str, given: PutOffer) -> Offer:
    """Return an offer as the rules take it; fee and programme are settled where it is stored."""
    names = ("product", "currency", "rules", "starts_at", "ends_at", "attribution", "status")
    parts = {name: getattr(given, name) for name in names}
    facts = msgspec.to_builtins(parts, builtin_types=(datetime,))
    named = {"offer_id": offer_id, "merchant_id": merchant_id, "programme": ""}
    return msgspec.convert(facts | named, Offer)


def terms_of(given: PutOffer) -> Terms:
    """Return what of an offer the ledger keeps."""
    return Terms(given.budget_minor, given.hold_seconds)


def view_of(offer: Offer) -> OfferView:
    """Return an offer as callers see it."""
    return msgspec.convert(_facts(offer), OfferView)


def show(organization_id: str, offer: Offer) -> OfferShown:
    """Return an offer with its terms, budget and figures: two reads and one query."""
    standing = figures.standing(organization_id, offer.offer_id)
    budgets = programmes.budgets_of(organization_id, offer.programme)
    spent = budgets.get(offer.currency, programmes.Budgeted(0, None))
    terms = programmes.find_programme(organization_id, offer.programme) or Programme()
    money = {
        "spent_minor": spent.spent_minor,
        "left_minor": spent.left_minor,
        "budget_minor": terms.budget.get(offer.currency),
        "hold_seconds": terms.hold_seconds,
    }
    return msgspec.convert(_facts(offer) | money | _counted(standing), OfferShown)


def list_of(organization_id: str, found: Iterable[Offer]) -> list[OfferListed]:
    """Return offers with their figures: a request for each 100."""
    offers = list(found)
    standings = figures.standings(organization_id, [offer.offer_id for offer in offers])
    return [
        msgspec.convert(_facts(offer) | _counted(standings.get(offer.offer_id)), OfferListed)
        for offer in offers
    ]


def _counted(standing: Standing | None) -> dict[str, object]:
    names = ("transactions", "promotions", "visits")
    return {"figures": {name: int(getattr(standing, name)) if standing else 0 for name in names}}


def _facts(offer: Offer) -> dict[str, object]:
    facts: dict[str, object] = msgspec.to_builtins(offer, builtin_types=(datetime,))
    return facts | {"currency_exponent": exponent_of(offer.currency)}
