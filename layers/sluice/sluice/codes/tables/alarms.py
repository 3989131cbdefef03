"""The table of alarms. Access patterns: docs/codes.md."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class AlarmItem(Table):
    """An alarm of an organisation: its present or last episode."""

    class Meta:
        table_name = settings.text("ALARMS_TABLE")

    organization_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(range_key=True)  # kind # subject
    kind = UnicodeAttribute()
    subject = UnicodeAttribute()
    status = UnicodeAttribute()  # open or cleared
    episode = NumberAttribute()
    facts = JSONAttribute()
    raised_at = Moment()
    cleared_at = Moment(null=True)
    expires = TTLAttribute(null=True)  # of a cleared one
