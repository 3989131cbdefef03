"""Two tables: offers with every version, and the figures of tasks with the rankings made of them.

Figures are apart because payments write them all the time and offers hardly ever change. Access
patterns: docs/promoter-tasks.md.
"""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class OffersByMerchant(GlobalSecondaryIndex[Any]):
    """An organisation's offers, by merchant and id; versions are not in it."""

    class Meta:
        index_name = "by_merchant"
        projection = AllProjection()

    organization_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)  # merchant # offer


class OfferItem(Table):
    """`offer`: an offer as it is now; `version#n`: as it was in that version."""

    class Meta:
        table_name = settings.text("OFFERS_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # offer
    item = UnicodeAttribute(range_key=True)
    definition = UnicodeAttribute()  # JSON of rules.offers.Offer
    merchant_id = UnicodeAttribute()
    status = UnicodeAttribute()
    version = NumberAttribute()
    changed_at = Moment()
    organization_id = UnicodeAttribute(null=True)  # of `offer` only
    place = UnicodeAttribute(null=True)
    by_merchant = OffersByMerchant()


class RankingsByDue(GlobalSecondaryIndex[Any]):
    """Organisations whose rankings are to be made anew, by when."""

    class Meta:
        index_name = "by_due"
        projection = IncludeProjection(["kind"])

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class TaskItem(Table):
    """What all items of the table share; every item is of one of the classes below."""

    class Meta:
        table_name = settings.text("TASK_FIGURES_TABLE")

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    due_bucket = UnicodeAttribute(null=True)  # of a head alone
    due_at = Moment(null=True)
    expires = TTLAttribute(null=True)
    by_due = RankingsByDue()


class RankingHead(TaskItem, discriminator="head"):
    """`organisation # rankings`, `head`: which of its rankings are read, and the next due."""

    marks = NumberAttribute(default=0)  # how often a new one was asked for, ever
    taken = NumberAttribute(default=0)  # of these, when one was last begun
    generation = UnicodeAttribute(null=True)  # when it was made: milliseconds, 13 digits
    boards = UnicodeAttribute(null=True)  # JSON: how many promoters are in each board


class Standing(TaskItem, discriminator="standing"):
    """`organisation # offers # shard`, `offer`: what an offer counts in all, and is (D3)."""

    transactions = NumberAttribute(default=0)  # attributed payments not wholly refunded
    promotions = NumberAttribute(default=0)  # shares to a channel
    visits = NumberAttribute(default=0)  # of people, not of bots
    merchant_id = UnicodeAttribute(null=True)
    product_type = UnicodeAttribute(null=True)
    tags = UnicodeSetAttribute(null=True)  # of its rules
    is_published = BooleanAttribute(null=True)
    starts_at = Moment(null=True)
    ends_at = Moment(null=True)


class OwnFigures(TaskItem, discriminator="own"):
    """`organisation # promoter # member`, `offer # id`: what a promoter did with an offer."""

    transactions = NumberAttribute(default=0)
    promotions = NumberAttribute(default=0)
    visits = NumberAttribute(default=0)


class PromoterTotal(TaskItem, discriminator="total"):
    """`organisation # promoters # period # shard`, `member`: what a promoter did in a period.

    That is `all`, or a month of the organisation's calendar, such as `2026-11`.
    """

    transactions = NumberAttribute(default=0)
    promotions = NumberAttribute(default=0)
    visits = NumberAttribute(default=0)


class Chunk(TaskItem, discriminator="chunk"):
    """`organisation # ranking # name # generation`, `first place`: up to 100 places of a ranking.

    Or, by the number of a bucket, where promoters stand in a board.
    """

    start = NumberAttribute(default=0)  # how many are before the first
    entries = UnicodeAttribute()  # JSON: [[id, coefficient], ...]


class ListView(TaskItem, discriminator="view"):
    """`organisation # promoter # member`, `view # id`: the own history that a list began with."""

    entries = UnicodeAttribute()  # JSON
