"""The tables of codes and channels. Access patterns: docs/codes.md."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    MapAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    IncludeProjection,
    KeysOnlyProjection,
)

from sluice.codes.attributes import SeatAttribute, ShiftsAttribute, SuccessorAttribute
from sluice.shared import settings
from sluice.shared.table import Moment, Table

OPEN, CLOSED, REMOVED = "open", "closed", "removed"  # statuses of a channel
SIGNUP = "signup"  # where scans of a campaign's codes lead, instead of to a channel


class ChannelsByOrganization(GlobalSecondaryIndex[Any]):
    """What a choice needs of each channel. `held` is not in it: it would be written every join."""

    class Meta:
        index_name = "by_organization"
        projection = IncludeProjection(
            [
                *("kind", "name", "provider", "provider_type", "provider_ref", "owner_id"),
                *("status", "full", "full_day", "backup", "weight", "cap", "daily_cap"),
                *("details", "service_area", "shifts", "outside", "way_for", "way_url"),
                *("follow_at", "successor_id"),
            ]
        )

    organization_id = UnicodeAttribute(hash_key=True)
    channel_id = UnicodeAttribute(range_key=True)


class Channel(Table):
    """A channel and its counters, each channel under a partition key of its own.

    `held` = reserved + connected + outside (customers the provider has that we did not bring).
    """

    class Meta:
        table_name = settings.text("CHANNELS_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # channel
    organization_id = UnicodeAttribute()
    channel_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    name = UnicodeAttribute()
    provider = UnicodeAttribute()  # an account id
    provider_type = UnicodeAttribute()
    provider_ref = UnicodeAttribute()
    cap = NumberAttribute()
    daily_cap = NumberAttribute(null=True)
    weight = NumberAttribute()
    owner_id = UnicodeAttribute(null=True)
    details = BooleanAttribute(null=True)  # whether some of the three below are, in ChannelDetails
    service_area = JSONAttribute(null=True)
    shifts = ShiftsAttribute(null=True)
    successor = SuccessorAttribute(null=True)
    backup = BooleanAttribute()
    status = UnicodeAttribute()  # open, closed or removed
    gone_at = Moment(null=True)  # closed by a sync: the provider has it no longer
    full = BooleanAttribute(null=True)  # a hint for choices; the condition on `held` decides
    full_day = UnicodeAttribute(null=True)  # the same of a day: 2026-03-05, the daily cap reached
    held = NumberAttribute()
    outside = NumberAttribute()
    turns = NumberAttribute(null=True)  # assignments ever given
    start_turns = NumberAttribute(null=True)  # head starts: added where figures are compared
    start_held = NumberAttribute(null=True)
    days: MapAttribute[Any, Any] = MapAttribute()  # joins by local day, such as d20260305
    follow_at = NumberAttribute(null=True)  # seats held, from which the next group is made
    successor_id = UnicodeAttribute(null=True)  # the channel that was
    series = UnicodeAttribute(null=True)  # of a group that follows: the first one's id
    number = NumberAttribute(null=True)  # and which one it is
    version = NumberAttribute()
    way_id = UnicodeAttribute(null=True)  # at the provider, or the way can never be changed
    way_account = UnicodeAttribute(null=True)
    way_url = UnicodeAttribute(null=True)
    way_for = UnicodeAttribute(null=True)  # `channels.way_for` when it was brought in line
    way_version = NumberAttribute(null=True)  # the channel's version then
    created_at = Moment()
    by_organization = ChannelsByOrganization()


class CodesByOrganization(GlobalSecondaryIndex[Any]):
    """Codes of an organisation by the time they were issued."""

    class Meta:
        index_name = "by_organization"
        projection = AllProjection()

    organization_id = UnicodeAttribute(hash_key=True)
    issued = UnicodeAttribute(range_key=True)


class ChannelDetails(Table):
    """`organisation # channel # details`: what is large, and what no join may pay for writing.

    In the index its rows come before those of channels, `#` being before all that names begin with.
    """

    class Meta:
        table_name = settings.text("CHANNELS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    organization_id = UnicodeAttribute(null=True)  # none: out of the index, nothing is set
    channel_id = UnicodeAttribute()  # with a `#` before it
    service_area = JSONAttribute(null=True)
    shifts = ShiftsAttribute(null=True)
    successor = SuccessorAttribute(null=True)
    by_organization = ChannelsByOrganization()


class Code(Table):
    """A public code. Looked up by itself alone, so the organisation is in the item, not the key."""

    class Meta:
        table_name = settings.text("CODES_TABLE")

    code = UnicodeAttribute(hash_key=True)
    organization_id = UnicodeAttribute()
    referrer_id = UnicodeAttribute(null=True)
    campaign_id = UnicodeAttribute(null=True)
    rule = JSONAttribute()
    batch_id = UnicodeAttribute(null=True)
    lands_on = UnicodeAttribute(null=True)  # signup, or nothing
    status = UnicodeAttribute()  # active or retired
    expires_at = Moment(null=True)
    created_at = Moment()
    issued = UnicodeAttribute()  # created_at # code
    by_organization = CodesByOrganization()


class SeatsByExpiry(GlobalSecondaryIndex[Any]):
    """Reservations by expiry, in 16 buckets so that no partition takes every join."""

    class Meta:
        index_name = "by_expiry"
        projection = KeysOnlyProjection()

    expiry_bucket = UnicodeAttribute(hash_key=True)
    expires_at = Moment(range_key=True)


class SeatItem(Table):
    """The slot of a customer in a scope; its stream feeds statistics and events."""

    class Meta:
        table_name = settings.text("SEATS_TABLE")

    customer = UnicodeAttribute(hash_key=True)  # organisation # customer
    scope = UnicodeAttribute(range_key=True)
    seat = SeatAttribute()
    version = NumberAttribute()
    expiry_bucket = UnicodeAttribute(null=True)  # only while reserved
    expires_at = Moment(null=True)
    by_expiry = SeatsByExpiry()


class Alias(Table):
    """`organisation # alias # kind # hash`: an outside identity of a customer (A6)."""

    class Meta:
        table_name = settings.text("CUSTOMERS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    customer_id = UnicodeAttribute()
    channel_id = UnicodeAttribute(null=True)
    customer_ref = UnicodeAttribute(null=True)  # the provider's id: erasure deletes the item
    connected_at = Moment(null=True)  # the last time, as the provider told; none in older items


class Customer(Table):
    """`organisation # customer # id`: who brought this customer, for ever (A8)."""

    class Meta:
        table_name = settings.text("CUSTOMERS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    customer_id = UnicodeAttribute()
    referrer_id = UnicodeAttribute(null=True)
    code = UnicodeAttribute(null=True)
    aliases = UnicodeSetAttribute(null=True)  # keys of alias items
    merged_into = UnicodeAttribute(null=True)
    created_at = Moment(null=True)


class Visit(Table):
    """A visitor's views of a code on a day; its stream feeds statistics."""

    class Meta:
        table_name = settings.text("VISITS_TABLE")

    visitor = UnicodeAttribute(hash_key=True)  # organisation # code # visitor
    day = UnicodeAttribute(range_key=True)
    views = NumberAttribute()
    expires = TTLAttribute()


class FirstView(Table):
    """`organisation # visitor # hash`: which view of a code was a visitor's first.

    Beside the claims, not the visits, whose stream would bring it back to be counted.
    """

    class Meta:
        table_name = settings.text("CLAIMS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    view = UnicodeAttribute()  # the name under which that view is counted
    expires = TTLAttribute()


class StatisticsRow(Table):
    """Counters of a channel, referrer or code, for a day or in all (A8)."""

    class Meta:
        table_name = settings.text("STATISTICS_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # dimension # shard
    row = UnicodeAttribute(range_key=True)  # day # id, or total # id
    views = NumberAttribute(null=True)
    visitors = NumberAttribute(null=True)
    joins = NumberAttribute(null=True)
    connections = NumberAttribute(null=True)
    losses = NumberAttribute(null=True)
    losses_by_customer = NumberAttribute(null=True)
    losses_by_member = NumberAttribute(null=True)
    lost_within_1 = NumberAttribute(null=True)  # of a day's connections; not of all
    lost_within_7 = NumberAttribute(null=True)
    lost_within_30 = NumberAttribute(null=True)
    releases = NumberAttribute(null=True)
    customers = NumberAttribute(null=True)
    reserved = NumberAttribute(null=True)
