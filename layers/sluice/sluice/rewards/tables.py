"""Two tables: accounts (balances and entries together), and rewards by natural key.

An account's key is organisation # account, and # shard where it is a system account: each shard
is a partition of its own, so that no key of an organisation meets all of its grants.
"""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table

_ACCOUNTS = settings.text("ACCOUNTS_TABLE")


class Balance(Table):
    """`balance#currency`: the sum of this account's (or shard's) entries in the currency."""

    class Meta:
        table_name = _ACCOUNTS

    account = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    currency = UnicodeAttribute()
    balance_minor = NumberAttribute()
    pending_minor = NumberAttribute(null=True)  # announced, and neither cleared nor void
    owed_minor = NumberAttribute(null=True)  # never above zero: the owner's debt


class Entry(Table):
    """`entry#currency#transfer id`: one side of a transfer. Never changed."""

    class Meta:
        table_name = _ACCOUNTS

    account = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)  # transfer ids sort by time
    transfer_id = UnicodeAttribute()
    currency = UnicodeAttribute()
    amount_minor = NumberAttribute()  # negative where the account was debited
    pending_minor = NumberAttribute(null=True)  # what it adds to the others of the balance
    owed_minor = NumberAttribute(null=True)
    kind = UnicodeAttribute()  # grant, hold, clearing, void, expiry, reversal or payout
    reason = UnicodeAttribute()
    programme = UnicodeAttribute()
    reward_id = UnicodeAttribute()
    posted_at = Moment()


class RewardsByDue(GlobalSecondaryIndex[Any]):
    """Rewards that something happens to by itself, by when; sparse: most are in no bucket."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class RewardsByOwner(GlobalSecondaryIndex[Any]):
    """An owner's rewards, by when they were granted."""

    class Meta:
        index_name = "by_owner"
        projection = AllProjection()

    owner_key = UnicodeAttribute(hash_key=True)  # organisation # owner
    transfer_id = UnicodeAttribute(range_key=True)


class RewardsByQueue(GlobalSecondaryIndex[Any]):
    """Rewards that wait for somebody: held ones for a decision, cleared ones for a payout.

    Sparse. Cleared ones are spread over the shards by owner, so that an owner's stand together.
    """

    class Meta:
        index_name = "by_queue"
        projection = AllProjection()

    queue = UnicodeAttribute(hash_key=True)  # organisation # held; organisation # cleared # shard
    queue_place = UnicodeAttribute(range_key=True)  # transfer id; owner # transfer id


class Reward(Table):
    """A reward; that it is there is the claim on its natural key."""

    class Meta:
        table_name = settings.text("REWARDS_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # reward # reward id
    reward_id = UnicodeAttribute()  # made from programme and natural key
    programme = UnicodeAttribute()
    natural_key = UnicodeAttribute()
    input_hash = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    owner_key = UnicodeAttribute(null=True)
    amount_minor = NumberAttribute()
    collected_minor = NumberAttribute(null=True)  # what of it went to the owner's debt
    reversed_minor = NumberAttribute(null=True)  # what of it was taken back
    currency = UnicodeAttribute()
    reason = UnicodeAttribute()
    reasons = JSONAttribute(null=True)  # why it was held
    state = UnicodeAttribute()
    queue = UnicodeAttribute(null=True)
    queue_place = UnicodeAttribute(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)
    transfer_id = UnicodeAttribute()
    granted_at = Moment()
    clears_at = Moment(null=True)
    counted = JSONAttribute(null=True)  # the budget and counters that it took from
    cleared_at = Moment(null=True)
    clearing_transfer_id = UnicodeAttribute(null=True)
    decision = UnicodeAttribute(null=True)  # approve, reject or reverse: the last one
    decided_by = UnicodeAttribute(null=True)
    decided_at = Moment(null=True)
    decision_reason = UnicodeAttribute(null=True)
    payout_id = UnicodeAttribute(null=True)  # the batch that claimed it last
    payout_transfer_id = UnicodeAttribute(null=True)
    paid_at = Moment(null=True)
    paid_minor = NumberAttribute(null=True)  # what was due of it then
    reversal_transfer_id = UnicodeAttribute(null=True)
    reversed_at = Moment(null=True)
    version = NumberAttribute()

    by_due = RewardsByDue()
    by_owner = RewardsByOwner()
    by_queue = RewardsByQueue()
