"""The tables of what is known through providers. Access patterns: docs/codes.md."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class ChannelRef(Table):
    """`organisation # ref # account # hash`: which channels have had a provider's reference.

    Beside the aliases of customers. Who reads it looks at the channels too: one of these may have
    another reference by now.
    """

    class Meta:
        table_name = settings.text("CUSTOMERS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    channel_ids = UnicodeSetAttribute()


class OutsideContact(Table):
    """A person in a channel whom no request of ours is known to have brought.

    `outside` of the channel is how many of these are connected: both change in one transaction.
    For review are those of whom the provider told. Their id at the provider is here and nowhere
    else: erasure takes it out, and what stays is a hash and times.
    """

    class Meta:
        table_name = settings.text("OUTSIDE_CONTACTS_TABLE")

    channel = UnicodeAttribute(hash_key=True)  # organisation # channel
    person = UnicodeAttribute(range_key=True)  # a keyed hash of who they are there
    customer_ref = UnicodeAttribute(null=True)  # None: known from the provider's list alone
    status = UnicodeAttribute()  # connected, lost, or matched: has a seat by now
    connected_at = Moment(null=True)
    lost_at = Moment(null=True)
    lost_by = UnicodeAttribute(null=True)
    erased_at = Moment(null=True)  # their id went then, and comes back only if they do
    version = NumberAttribute()
