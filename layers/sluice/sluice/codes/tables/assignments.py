"""The table of assignments by channel, a projection of the seats (docs/codes.md)."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class AssignmentRow(Table):
    """An assignment as its seat said last; `moves` and `version` tell which word was the last."""

    class Meta:
        table_name = settings.text("ASSIGNMENTS_TABLE")

    channel = UnicodeAttribute(hash_key=True)  # organisation # channel
    place = UnicodeAttribute(range_key=True)  # the assignment's id, its time first
    assignment_id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    status = UnicodeAttribute()
    provider = UnicodeAttribute()
    code = UnicodeAttribute()
    referrer_id = UnicodeAttribute(null=True)
    why = UnicodeAttribute(null=True)
    reserved_at = Moment()
    expires_at = Moment(null=True)  # only while reserved
    connected_at = Moment(null=True)  # the latest connection, and the latest loss
    lost_at = Moment(null=True)
    lost_by = UnicodeAttribute(null=True)
    evidence = UnicodeAttribute(null=True)  # of the loss: reconciled, where nobody told of it
    late = BooleanAttribute()
    moves = NumberAttribute()  # from customer to customer, by merges
    version = NumberAttribute()  # the seat's
    expires = TTLAttribute(null=True)  # only of what was released
