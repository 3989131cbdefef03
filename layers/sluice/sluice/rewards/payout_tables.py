"""Payout batches and their rows, in the table of programmes."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table

_PROGRAMMES = settings.text("PROGRAMMES_TABLE")


class PayoutsByDue(GlobalSecondaryIndex[Any]):
    """Batches that a worker brings on, by when that should long be done; sparse."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class Payout(Table):
    """`batch#id`: what a batch takes, how far it is, and the sums of its rows; ids sort by time."""

    class Meta:
        table_name = _PROGRAMMES

    key = UnicodeAttribute(hash_key=True)  # organisation # payouts
    item = UnicodeAttribute(range_key=True)
    organization_id = UnicodeAttribute()
    payout_id = UnicodeAttribute()
    status = UnicodeAttribute()
    currency = UnicodeAttribute()
    minimum_minor = NumberAttribute()  # of an owner
    programme = UnicodeAttribute(null=True)
    owner_id = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    created_at = Moment()
    created_by = UnicodeAttribute()
    ready_at = Moment(null=True)
    ended_at = Moment(null=True)  # when it was cancelled
    version = NumberAttribute()
    slice = NumberAttribute()  # one more with each event that sets the worker going
    shard = NumberAttribute()  # of the queue of cleared rewards
    place = UnicodeAttribute()  # in it, or among the rows: what sorts before is done
    place_rows = NumberAttribute()  # taken of the owner who is not done yet
    below_minimum = NumberAttribute()  # owners
    rewards = NumberAttribute()
    rows = NumberAttribute()
    amount_minor = NumberAttribute()
    paid_rows = NumberAttribute()
    paid_minor = NumberAttribute()
    failed_rows = NumberAttribute()
    failed_minor = NumberAttribute()
    released_rows = NumberAttribute()
    released_minor = NumberAttribute()
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)  # when its worker is set going again, unless it is done by then
    by_due = PayoutsByDue()


class PayoutRow(Table):
    """`row#owner#01`: at most 25 rewards of one owner, to be paid together."""

    class Meta:
        table_name = _PROGRAMMES

    key = UnicodeAttribute(hash_key=True)  # organisation # payout # its id
    item = UnicodeAttribute(range_key=True)
    payout_id = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    row = NumberAttribute()  # from 1
    state = UnicodeAttribute()
    currency = UnicodeAttribute()
    amount_minor = NumberAttribute()
    reward_ids = JSONAttribute()
    claimed_at = Moment()
    reason = UnicodeAttribute(null=True)  # why it was not paid
    settled_at = Moment(null=True)
    settled_by = UnicodeAttribute(null=True)
