"""What webhooks tell of each kind of event: only what stands here, and none of it personal."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

Id = Annotated[str, Meta(max_length=200)]
Word = Annotated[str, Meta(max_length=200)]
Minor = Annotated[int, Meta(description="in minor units of the currency")]


class Facts(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """The base of every event's `data`; a field that is not known of an event is left out."""


class AssignmentFacts(Facts, frozen=True):
    """A customer's seat in a channel; `customer_id` is the suite's own, opaque id."""

    assignment_id: Id
    customer_id: Id
    channel_id: Id
    code: Id
    scope: Word
    reserved_at: datetime
    referrer_id: Id | None = None
    late: bool = False
    is_first: bool = False


class BonusTaskFacts(Facts, frozen=True):
    """A promoter's bonus task for sharing to a type of channel."""

    task_id: Id
    member_id: Id
    offer_id: Id
    channel_type: Word
    episode: int
    transactions: int
    promotions: int
    reward_id: Id | None = None


class CampaignFacts(Facts, frozen=True):
    """A campaign's version."""

    campaign_id: Id
    status: Word
    version: int


class ChannelFacts(Facts, frozen=True):
    """A channel: read it to see what it is now."""

    channel_id: Id


class MemberFacts(Facts, frozen=True):
    """A member: read them to see what they are now."""

    member_id: Id


class OfferFacts(Facts, frozen=True):
    """An offer's version."""

    offer_id: Id
    merchant_id: Id
    status: Word
    version: int


class ParticipationFacts(Facts, frozen=True):
    """A participation in a promotion."""

    promotion_id: Id
    participation_id: Id


class PaymentFacts(Facts, frozen=True):
    """A payment of a customer; nobody's link or coupon led to one without `member_id`."""

    order_id: Id
    offer_id: Id
    paid_at: datetime
    member_id: Id | None = None
    merchant_id: Id | None = None
    amount_minor: Minor | None = None
    currency: Word | None = None
    promoter_minor: Minor | None = None
    refunded_minor: Minor | None = None
    is_held: bool | None = None
    is_whole: bool | None = None


class PayoutFacts(Facts, frozen=True):
    """A batch of payouts."""

    payout_id: Id


class PayoutRowFacts(Facts, frozen=True):
    """What one owner is paid by a batch."""

    payout_id: Id
    owner_id: Id
    row: int
    amount_minor: Minor
    currency: Word
    rewards: int
    reason: Word | None = None


class ExportFacts(Facts, frozen=True):
    """An export of all that an organisation has."""

    export_id: Id
    parts: int
    rows: int


class ImportFacts(Facts, frozen=True):
    """An import of people; onto no list where it was of what is known of them alone."""

    import_id: Id
    stored: int
    list: Word | None = None


class VisitFacts(Facts, frozen=True):
    """A first visit of a promoter's link."""

    visit_id: Id
    offer_id: Id
    member_id: Id


class ProviderFacts(Facts, frozen=True):
    """An account at a messaging provider."""

    account_id: Id
    type: Word


class ProblemFacts(Facts, frozen=True):
    """What is wrong with an account, or with one channel of it."""

    account_id: Id
    problem: Word
    code: int
    channel_id: Id | None = None


class PushFacts(Facts, frozen=True):
    """A push; of one that reached its user the message that did."""

    push_id: Id
    strategy_id: Id | None = None
    strategy_version: int | None = None
    position: int | None = None
    channel: Word | None = None
    level: Word | None = None
    evidence: Word | None = None
    withheld_by: Word | None = None


class RecipientFacts(Facts, frozen=True):
    """A user by the id that the organisation's own system gave them."""

    user_id: Id
    purpose: Word | None = None
    source: Word | None = None


class RewardFacts(Facts, frozen=True):
    """A reward as it stands after the event."""

    reward_id: Id
    programme: Word
    owner_id: Id
    amount_minor: Minor
    currency: Word
    state: Word
    granted_at: datetime
    clears_at: datetime | None = None
    collected_minor: Minor = 0
    reversed_minor: Minor = 0


class RunFacts(Facts, frozen=True):
    """A push to many."""

    run_id: Id
    strategy_id: Id
    generation: int


class SignupFacts(Facts, frozen=True):
    """A customer's signup with a campaign; not what they answered."""

    campaign_id: Id
    customer_id: Id
    member_id: Id
    salesperson_id: Id | None = None
    assignment_id: Id | None = None
    outcome: Word | None = None
    before: Word | None = None
    reward_id: Id | None = None


class ShareFacts(Facts, frozen=True):
    """A promoter's share of an offer."""

    share_id: Id
    offer_id: Id
    member_id: Id
    channel_type: Word


class WebhookFacts(Facts, frozen=True):
    """A webhook of this organisation."""

    webhook_id: Id
    reason: Word | None = None
