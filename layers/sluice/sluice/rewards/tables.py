"""Two tables: accounts (balances and entries together), and rewards by natural key.

An account's key is organisation # account, and # shard where it is a system account: each shard
is a partition of its own, so that no key of an organisation meets all of its grants.
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

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


class Entry(Table):
    """`entry#currency#transfer id`: one side of a transfer. Never changed."""

    class Meta:
        table_name = _ACCOUNTS

    account = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)  # transfer ids sort by time
    transfer_id = UnicodeAttribute()
    currency = UnicodeAttribute()
    amount_minor = NumberAttribute()  # negative where the account was debited
    kind = UnicodeAttribute()  # grant or reversal
    reason = UnicodeAttribute()
    programme = UnicodeAttribute()
    reward_id = UnicodeAttribute()
    posted_at = Moment()


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
    amount_minor = NumberAttribute()
    currency = UnicodeAttribute()
    reason = UnicodeAttribute()
    state = UnicodeAttribute()
    transfer_id = UnicodeAttribute()
    granted_at = Moment()
    reversal_transfer_id = UnicodeAttribute(null=True)
    reversed_at = Moment(null=True)
    version = NumberAttribute()
