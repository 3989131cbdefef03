"""Promotions as they go in and out (F3)."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sluice.invitations.rules import promotions as rules
from sluice.invitations.rules.promotions import Amount, Message, Promotion
from sluice.rewards.rules import PROGRAMME
from sluice.shared import http
from sluice.shared.fields import AmountMinor, Currency, Name, Time, Title, WebUrl

Days = Annotated[int, Meta(ge=1, le=rules.MAX_DAYS)]
Text = Annotated[str, Meta(max_length=2000)]
Attribution = Literal["first_targeted_then_first_open", "first_of_all", "last_of_all"]


class AmountBody(http.Body):
    """What one side gets: whole minor units of a currency, or points (PTS)."""

    amount_minor: AmountMinor
    currency: Currency


class MessageBody(http.Body):
    """What customers are told in app 2, and by which strategy of the push chain."""

    strategy_id: Name
    title: Title
    body: Annotated[str, Meta(min_length=1, max_length=2000)]
    link: WebUrl | None = None


class PutPromotion(http.Body):
    """A promotion: whom it is for, what both sides get, how long an invitation counts.

    `programme` is the ledger's, whose budget and caps hold for both rewards. `segment_id`: left
    out, it is for every existing customer. `open_to_all`: following an open invitation is enough
    to be expected; otherwise only who was invited by name can be a newcomer.
    """

    name: Title
    app_link: WebUrl
    programme: Annotated[str, Meta(pattern=PROGRAMME)]
    inviter_reward: AmountBody
    newcomer_reward: AmountBody
    starts_at: Time
    ends_at: Time
    introduction: Text = ""
    segment_id: Annotated[str, Meta(pattern=rules.PROMOTION_ID)] | None = None
    message: MessageBody | None = None
    attribution: Attribution = "first_targeted_then_first_open"
    window_days: Days = 30
    expires_days: Days = 30
    max_invitations: Annotated[int, Meta(ge=1, le=rules.MAX_INVITATIONS)] = 20
    needs_activity: bool = True
    open_to_all: bool = False
    status: Literal["open", "closed"] = "open"


class AmountView(http.View):
    """What one side gets."""

    amount_minor: int
    currency: str


class MessageView(http.View):
    """What customers are told."""

    strategy_id: str
    title: str
    body: str
    link: str | None = None


class PromotionView(http.Versioned):
    """A promotion as it is now."""

    promotion_id: str
    name: str
    introduction: str
    app_link: str
    programme: str
    inviter_reward: AmountView
    newcomer_reward: AmountView
    starts_at: Time
    ends_at: Time
    attribution: str
    window_days: int
    expires_days: int
    max_invitations: int
    needs_activity: bool
    open_to_all: bool
    status: str
    segment_id: str | None = None
    message: MessageView | None = None


class PromotionPage(http.View):
    """Promotions by id."""

    items: list[PromotionView]
    next_cursor: str | None = None


def promotion_of(promotion_id: str, given: PutPromotion) -> Promotion:
    """Return a promotion as the rules take it."""
    return Promotion(
        promotion_id=promotion_id,
        name=given.name,
        introduction=given.introduction,
        app_link=given.app_link,
        programme=given.programme,
        inviter_reward=_amount(given.inviter_reward),
        newcomer_reward=_amount(given.newcomer_reward),
        starts_at=given.starts_at,
        ends_at=given.ends_at,
        segment_id=given.segment_id,
        message=_message(given.message),
        attribution=given.attribution,
        window_days=given.window_days,
        expires_days=given.expires_days,
        max_invitations=given.max_invitations,
        needs_activity=given.needs_activity,
        open_to_all=given.open_to_all,
        is_open=given.status == "open",
    )


def view_of(promotion: Promotion) -> PromotionView:
    """Return a promotion as callers see it."""
    facts = msgspec.to_builtins(promotion, builtin_types=(datetime,))
    status = "open" if promotion.is_open else "closed"
    return msgspec.convert(facts | {"status": status}, PromotionView)


def _amount(given: AmountBody) -> Amount:
    return Amount(given.amount_minor, given.currency)


def _message(given: MessageBody | None) -> Message | None:
    if given is None:
        return None
    return Message(given.strategy_id, given.title, given.body, given.link)
