"""The audit log: organisation id, then by time. Apart, since customers' functions start without."""

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from sluice.shared import settings
from sluice.shared.table import Table


class AuditEntry(Table):
    """A call of staff that may have changed something; without `status` how it ended is unknown."""

    class Meta:
        table_name = settings.text("AUDIT_TABLE")

    organization_id = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)  # sortable: by when the call came
    member_id = UnicodeAttribute()
    roles = UnicodeSetAttribute(null=True)
    operation = UnicodeAttribute()  # the route, with its parameters in braces
    about = UnicodeSetAttribute(null=True)  # the things it names, each `channel_id:front-desk`
    given = UnicodeAttribute(null=True)  # audit_rules.GivenField of each field that came, as JSON
    body_bytes = NumberAttribute()
    correlation_id = UnicodeAttribute()
    status = NumberAttribute(null=True)  # as answered
    expires = TTLAttribute()
