"""The table of links: promoters' links, who followed them, and shares to a channel (D4).

Access patterns: docs/promoter-payments.md.
"""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from sluice.shared import settings
from sluice.shared.table import Moment, Table

_NAME = settings.text("TASK_LINKS_TABLE")


class TaskLink(Table):
    """`link#code`, `link`: where a link leads. It stays for ever: it may be printed."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    organization_id = UnicodeAttribute()
    offer_id = UnicodeAttribute()
    member_id = UnicodeAttribute()
    created_at = Moment()


class OwnLink(Table):
    """`link#offer`: the one link that a promoter has for a task."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)  # organisation # promoter # member
    item = UnicodeAttribute(range_key=True)
    code = UnicodeAttribute()


class Clicks(Table):
    """Which links of an offer a visitor followed, and what was frozen then (D10)."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)  # organisation # visitor # visitor key
    item = UnicodeAttribute(range_key=True)  # offer
    clicks = UnicodeAttribute()  # JSON of rules.attribution.Candidate, 20 at most
    version = NumberAttribute()
    expires = TTLAttribute()  # decides nothing: windows do


class Share(Table):
    """`share#id`: a task that was shared to a promotion channel."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)  # organisation # promoter # member
    item = UnicodeAttribute(range_key=True)
    offer_id = UnicodeAttribute()
    channel_type = UnicodeAttribute()
    push_id = UnicodeAttribute(null=True)  # None: the promoter copied the link
    shared_at = Moment()


class ShareCount(Table):
    """`shares#day`: how often a promoter shared on a day, UTC."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)  # organisation # promoter # member
    item = UnicodeAttribute(range_key=True)
    shares = NumberAttribute()
    expires = TTLAttribute()
