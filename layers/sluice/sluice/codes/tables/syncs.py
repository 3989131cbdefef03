"""The table of syncs with provider accounts (A9): when they are due, and what they found."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class SyncsByDue(GlobalSecondaryIndex[Any]):
    """What waits for its time: accounts for their next sync, syncs for their next round."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class SyncItem(Table):
    """What all items of the table share; every item is of one of the classes below."""

    class Meta:
        table_name = settings.text("SYNCS_TABLE")

    organization_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    expires = TTLAttribute(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)
    sweep_failures = NumberAttribute(null=True)
    by_due = SyncsByDue()


class Sync(SyncItem):
    """`sync#account#id`: one sync, where it stands and its report.

    It is due until it has ended: else it was lost on the way.
    """

    sync_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    cause = UnicodeAttribute()  # operator, provider or schedule
    customers = BooleanAttribute()  # whether those of each channel are compared too
    status = UnicodeAttribute()  # wanted, running, waiting, done or failed
    wanted_at = Moment()  # a loss that it finds is of this time
    ended_at = Moment(null=True)
    round = NumberAttribute()  # which event carries it on
    version = NumberAttribute()  # of two runs of a round the later goes on
    phase = UnicodeAttribute()  # channels, then customers
    cursor = UnicodeAttribute(null=True)  # the last channel whose customers are compared
    counts = JSONAttribute()
    listed = JSONAttribute()  # the first hundred of each kind
    failure = UnicodeAttribute(null=True)


class SyncSchedule(SyncItem):
    """`schedule#account`: when an account is due, and since when it was asked for last."""

    account_id = UnicodeAttribute()
    calm_until = Moment()  # one sync in some seconds
    customers_day = UnicodeAttribute(null=True)  # the local day of the last nightly one


class Later(SyncItem):
    """`later#account#event`: an event that waits until the provider can be asked again.

    It may hold a person's id at the provider; it is deleted in the transaction that tells it.
    """

    event_id = UnicodeAttribute()  # of when it was told first
    type = UnicodeAttribute()
    occurred_at = Moment()
    event_version = NumberAttribute()
    data = UnicodeAttribute()  # JSON
    tries = NumberAttribute()


class ChannelDifferences(SyncItem):
    """`channel#sync#channel`: how a channel's customers differed from the provider's."""

    channel_id = UnicodeAttribute()
    outside_before = NumberAttribute()
    outside = NumberAttribute()
    lost = NumberAttribute()
    lost_assignments = JSONAttribute()  # the first hundred
