"""What the API takes and shows of bonus tasks, their settings and hints (D6 to D9)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, convert

from sluice.promoters.bonus_tables import HintItem, TaskItem
from sluice.promoters.rules import bonuses as limits
from sluice.promoters.rules.bonuses import BonusRule, BonusRules, Telling
from sluice.promoters.rules.hints import MAX_PAIRS, MIN_INTERVAL_SECONDS, HintRules
from sluice.promoters.rules.offers import MILLION, PRODUCT_TYPE
from sluice.promoters.store import bonuses
from sluice.rewards.rules import PROGRAMME
from sluice.shared import http
from sluice.shared.fields import AmountMinor, Currency, Name, WebUrl

Seconds = Annotated[int, Meta(ge=limits.MIN_SECONDS, le=limits.MAX_SECONDS)]
Count = Annotated[int, Meta(ge=0, le=limits.MAX_QUOTA)]
Text = Annotated[str, Meta(min_length=1, max_length=2000)]
ShortText = Annotated[str, Meta(min_length=1, max_length=200)]
Millionths = Annotated[int, Meta(ge=0, le=MILLION)]
ProductType = Annotated[str, Meta(max_length=200, pattern=PRODUCT_TYPE)]


class BonusMessage(http.Body):
    """What is told; `{product}` and `{missing}` are filled in."""

    title: ShortText
    body: Text
    link: WebUrl | None = None


class BonusCoupon(http.Body):
    """What visitors get while fewer than `below_transactions` transactions are missing (D8)."""

    below_transactions: Annotated[int, Meta(ge=1, le=limits.MAX_QUOTA)]
    amount_minor: AmountMinor
    valid_seconds: Seconds
    max_count: Annotated[int, Meta(ge=1, le=limits.MAX_COUPONS)]


class BonusRuleBody(http.Body):
    """The bonus task of a channel type."""

    channel_type: Annotated[str, Meta(pattern=limits.CHANNEL_TYPE)]
    deadline_seconds: Seconds
    amount_minor: AmountMinor
    currency: Currency
    transactions: Count = 0
    promotions: Count = 0
    reminder_seconds: Annotated[int, Meta(ge=0, le=limits.MAX_SECONDS)] = 0
    coupon: BonusCoupon | None = None
    max_episodes: Annotated[int, Meta(ge=1, le=limits.MAX_EPISODES)] = 1


class BonusTelling(http.Body):
    """By which strategy promoters are told, and what."""

    strategy_id: Name
    offered: BonusMessage | None = None
    reminder: BonusMessage | None = None


class TypePair(http.Body):
    """How near two product types are, instead of what their paths say."""

    one: ProductType
    other: ProductType
    millionths: Millionths


class HintRulesBody(http.Body):
    """When merchants are told (D9)."""

    interval_seconds: Annotated[int, Meta(ge=MIN_INTERVAL_SECONDS, le=limits.MAX_SECONDS)] = 86_400
    min_age_seconds: Annotated[int, Meta(ge=0, le=limits.MAX_SECONDS)] = 7 * 86_400
    few_transactions: Count | None = None
    few_promotions: Count | None = None
    correlation_millionths: Annotated[int, Meta(ge=1, le=MILLION)] | None = None
    over_transactions: Count = 0
    pairs: Annotated[tuple[TypePair, ...], Meta(max_length=MAX_PAIRS)] = ()
    strategy_id: Name | None = None
    title: Annotated[str, Meta(max_length=200)] = ""
    body: Annotated[str, Meta(max_length=2000)] = ""
    link: WebUrl | None = None


class PutBonusRules(http.Body):
    """All settings; `hints` are the organisation's, never an offer's."""

    rules: Annotated[tuple[BonusRuleBody, ...], Meta(max_length=limits.MAX_RULES)] = ()
    programme: Annotated[str, Meta(pattern=PROGRAMME)] = limits.PROGRAMME
    telling: BonusTelling | None = None
    hints: HintRulesBody | None = None


class BonusRulesView(http.Versioned):
    """Settings as they are stored."""

    rules: tuple[BonusRule, ...]
    programme: str
    telling: Telling | None = None
    hints: HintRules | None = None


class BonusTaskView(http.View):
    """A bonus task, and how far it is."""

    offer_id: str
    channel_type: str
    episode: int
    state: str
    quota: dict[str, int]
    counted: dict[str, int]
    missing: dict[str, int]
    amount_minor: int
    currency: str
    offered_at: datetime
    accepted_at: datetime | None = None
    deadline_at: datetime | None = None
    reminded_at: datetime | None = None
    completed_at: datetime | None = None
    reward_id: str | None = None
    reason: str | None = None
    coupons: int = 0


class BonusTaskPage(http.View):
    """A promoter's bonus tasks, by offer and channel type."""

    items: list[BonusTaskView]
    next_cursor: str | None = None


class HintView(http.View):
    """What a merchant is told of an offer, or of a promoter with it."""

    hint: str
    offer_id: str
    is_open: bool
    episode: int
    transactions: int
    promotions: int
    since: datetime
    member_id: str | None = None
    ended_at: datetime | None = None


class HintPage(http.View):
    """A merchant's hints, by kind and offer; those that ended too."""

    items: list[HintView]
    next_cursor: str | None = None


class CouponView(http.View):
    """What takes an amount off a purchase of the offer, once (D8)."""

    code: str
    amount_minor: int
    currency: str
    expires_at: datetime
    state: str | None = None  # usable, used, expired, or over as the offer is: of its own page


def rules_of(given: PutBonusRules) -> BonusRules:
    """Return settings as they came."""
    return convert(given, BonusRules, from_attributes=True)


def rules_view(stored: BonusRules) -> BonusRulesView:
    """Return settings as they are shown."""
    return convert(stored, BonusRulesView, from_attributes=True)


def task_view(item: TaskItem) -> BonusTaskView:
    """Return a bonus task as it is shown."""
    task = bonuses.task_of(item)
    rule = task.rule
    return BonusTaskView(
        offer_id=task.offer_id,
        channel_type=rule.channel_type,
        episode=task.episode,
        state=task.state,
        quota={"transactions": rule.transactions, "promotions": rule.promotions},
        counted={"transactions": task.transactions, "promotions": task.promotions},
        missing=dict(task.missing),
        amount_minor=rule.amount_minor,
        currency=rule.currency,
        offered_at=item.offered_at,
        accepted_at=task.accepted_at,
        deadline_at=task.deadline_at,
        reminded_at=task.reminded_at,
        completed_at=item.completed_at,
        reward_id=item.reward_id,
        reason=item.reason,
        coupons=int(item.coupons),
    )


def hint_view(item: HintItem) -> HintView:
    """Return a hint as it is shown."""
    return HintView(
        hint=item.hint,
        offer_id=item.offer_id,
        member_id=item.member_id,
        is_open=bool(item.is_open),
        episode=int(item.episode),
        transactions=int(item.transactions),
        promotions=int(item.promotions),
        since=item.since,
        ended_at=item.ended_at,
    )
