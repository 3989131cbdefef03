"""Two tables: offers with every version, and the figures of tasks with the rankings made of them.

Figures are apart because payments write them all the time and offers hardly ever change. Access
patterns: docs/promoter-tasks.md.
"""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table

_FIGURES = settings.text("TASK_FIGURES_TABLE")


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


class Standing(Table):
    """What an offer counts in all, and what rankings need to know of it (D3)."""

    class Meta:
        table_name = _FIGURES

    key = UnicodeAttribute(hash_key=True)  # organisation # offers # shard of the offer
    item = UnicodeAttribute(range_key=True)  # offer
    transactions = NumberAttribute(default=0)  # attributed payments not wholly refunded
    promotions = NumberAttribute(default=0)  # shares to a channel
    visits = NumberAttribute(default=0)  # of people, not of bots
    merchant_id = UnicodeAttribute(null=True)
    product_type = UnicodeAttribute(null=True)
    tags = UnicodeSetAttribute(null=True)  # of its rules
    is_published = BooleanAttribute(null=True)
    starts_at = Moment(null=True)
    ends_at = Moment(null=True)


class OwnFigures(Table):
    """`offer#id`: what a promoter did with an offer."""

    class Meta:
        table_name = _FIGURES

    key = UnicodeAttribute(hash_key=True)  # organisation # promoter # member
    item = UnicodeAttribute(range_key=True)
    transactions = NumberAttribute(default=0)
    promotions = NumberAttribute(default=0)
    visits = NumberAttribute(default=0)


class PromoterTotal(Table):
    """What a promoter did in a period: `all`, or a month of the organisation's, as `2026-11`."""

    class Meta:
        table_name = _FIGURES

    key = UnicodeAttribute(hash_key=True)  # organisation # promoters # period # shard
    item = UnicodeAttribute(range_key=True)  # member
    transactions = NumberAttribute(default=0)
    promotions = NumberAttribute(default=0)
    visits = NumberAttribute(default=0)


class RankingsByDue(GlobalSecondaryIndex[Any]):
    """Organisations whose rankings are to be made anew, by when."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class RankingHead(Table):
    """`head`: which generation of an organisation's rankings is read."""

    class Meta:
        table_name = _FIGURES

    key = UnicodeAttribute(hash_key=True)  # organisation # rankings
    item = UnicodeAttribute(range_key=True)
    marks = NumberAttribute(default=0)  # changes that asked for a new one, ever
    generation = UnicodeAttribute(null=True)  # when it was made: milliseconds, 13 digits
    boards = UnicodeAttribute(null=True)  # JSON: of each period how many promoters, in how many
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)
    by_due = RankingsByDue()


class Chunk(Table):
    """Up to 100 places of a ranking, by its first one; or where promoters stand in a board."""

    class Meta:
        table_name = _FIGURES

    key = UnicodeAttribute(hash_key=True)  # organisation # tag, board or places # ... # generation
    item = UnicodeAttribute(range_key=True)  # place of the first; number of the bucket
    start = NumberAttribute(default=0)  # how many are before the first
    entries = UnicodeAttribute()  # JSON: [[id, coefficient], ...]
    expires = TTLAttribute()


class ListView(Table):
    """`view#id`: the own history that a list in a promoter's own order began with."""

    class Meta:
        table_name = _FIGURES

    key = UnicodeAttribute(hash_key=True)  # as OwnFigures
    item = UnicodeAttribute(range_key=True)
    entries = UnicodeAttribute()  # JSON
    expires = TTLAttribute()
