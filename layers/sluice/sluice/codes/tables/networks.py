"""The table of what source networks do. Access patterns: docs/codes.md."""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from sluice.shared import settings
from sluice.shared.table import Table


class NetworkJoins(Table):
    """Joins of one network through a code in a window, while its pool is mostly unconfirmed.

    The network and the window are only in a keyed hash: no address is stored, and what one
    network does in two windows or two codes cannot be put together.
    """

    class Meta:
        table_name = settings.text("NETWORK_JOINS_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # code # hash
    joins = NumberAttribute()
    expires = TTLAttribute()
