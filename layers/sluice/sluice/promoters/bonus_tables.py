"""One table: bonus tasks with what they counted, their settings, coupons and merchants' hints.

What a promoter's tasks count stands with them, in the promoter's partition. Access patterns:
docs/promoter-bonus.md.
"""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class BonusesByDue(GlobalSecondaryIndex[Any]):
    """Tasks by when something happens to them, and organisations by when hints are looked for."""

    class Meta:
        index_name = "by_due"
        projection = IncludeProjection(["kind"])  # pynamodb filters by it

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class BonusItem(Table):
    """What all items of the table share; every item is of one of the classes below."""

    class Meta:
        table_name = settings.text("BONUSES_TABLE")

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)
    expires = TTLAttribute(null=True)
    by_due = BonusesByDue()


class RulesItem(BonusItem, discriminator="rules"):
    """`organisation # bonus`, `rules` or `rules # offer`: settings as they are now."""

    definition = UnicodeAttribute()  # JSON of rules.bonuses.BonusRules
    version = NumberAttribute()
    changed_at = Moment()


class TaskItem(BonusItem, discriminator="task"):
    """`organisation # promoter # member`, `task # offer # channel type # episode`."""

    task_id = UnicodeAttribute()
    member_id = UnicodeAttribute()
    offer_id = UnicodeAttribute()
    episode = NumberAttribute()
    rule = UnicodeAttribute()  # JSON of the BonusRule that it was made by
    programme = UnicodeAttribute()
    telling = UnicodeAttribute(null=True)  # JSON: how the promoter is told
    product = UnicodeAttribute()  # what is sold, for messages
    state = UnicodeAttribute()
    transactions = NumberAttribute(default=0)
    promotions = NumberAttribute(default=0)
    coupons = NumberAttribute(default=0)  # that were given
    offered_at = Moment()
    accepted_at = Moment(null=True)
    deadline_at = Moment(null=True)
    reminded_at = Moment(null=True)
    is_doubtful = BooleanAttribute(null=True)  # it counted a payment that is held for review
    completed_at = Moment(null=True)
    completions = NumberAttribute(default=0)
    reward_id = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)  # why there is no reward
    version = NumberAttribute()


class CountedItem(BonusItem, discriminator="counted"):
    """The promoter's partition, `counted # task id # what`: counted once, and taken back once."""

    is_back = BooleanAttribute()  # taken back; also where that was told first


class CouponItem(BonusItem, discriminator="coupon"):
    """`organisation # coupon # code`, `coupon`."""

    offer_id = UnicodeAttribute()
    member_id = UnicodeAttribute()
    task_id = UnicodeAttribute()
    amount_minor = NumberAttribute()
    currency = UnicodeAttribute()
    given_at = Moment()
    expires_at = Moment()
    order_id = UnicodeAttribute(null=True)  # that it was redeemed with
    redeemed_at = Moment(null=True)


class GivenCoupon(BonusItem, discriminator="given"):
    """The promoter's partition, `given # task id # visitor`: a visitor has one coupon of a task."""

    code = UnicodeAttribute()


class HintItem(BonusItem, discriminator="hint"):
    """`organisation # hints # merchant`, `hint # kind # offer # member or -`."""

    hint = UnicodeAttribute()
    offer_id = UnicodeAttribute()
    member_id = UnicodeAttribute(null=True)
    is_open = BooleanAttribute()
    episode = NumberAttribute()
    transactions = NumberAttribute()
    promotions = NumberAttribute()
    since = Moment()
    ended_at = Moment(null=True)


class HintRound(BonusItem, discriminator="round"):
    """`organisation # bonus`, `round`: how far the search for hints has come."""

    phase = UnicodeAttribute(null=True)  # offers or promoters, and the shard; None: not under way
    after = UnicodeAttribute(null=True)  # the last item of its partition that was looked at
    version = NumberAttribute()
