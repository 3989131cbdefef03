"""The table of the waiting list (A4): places, and the mark that there are any."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class TicketsByPlace(GlobalSecondaryIndex[Any]):
    """Those who wait, in the order of entering; four parts of each queue take a rush of entries."""

    class Meta:
        index_name = "by_place"
        projection = AllProjection()

    queue = UnicodeAttribute(hash_key=True)  # organisation # contact, group or any # part
    place = UnicodeAttribute(range_key=True)  # time of entering # random


class WaitingByDue(GlobalSecondaryIndex[Any]):
    """What the sweeper looks at: places that expire, and lists to be served."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class Ticket(Table):
    """`organisation # code # customer`: a place on the waiting list, one at a time (A4)."""

    class Meta:
        table_name = settings.text("WAITING_TABLE")

    key = UnicodeAttribute(hash_key=True)
    ticket_id = UnicodeAttribute()  # of this place; who enters anew has another
    status = UnicodeAttribute()
    kind = UnicodeAttribute()  # the part of the list: contact, group or any
    where = UnicodeAttribute(null=True)  # JSON of a place, rounded
    link = UnicodeAttribute(null=True)  # where they come back
    entered_at = Moment()
    expires_at = Moment()
    ended_at = Moment(null=True)
    expires = TTLAttribute(null=True)  # of one that has ended
    queue = UnicodeAttribute(null=True)  # only while waiting, like what follows
    place = UnicodeAttribute(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)
    sweep_failures = NumberAttribute(null=True)  # of the sweeper in a row
    by_place = TicketsByPlace()
    by_due = WaitingByDue()


class WaitingMark(Table):
    """`organisation`: when somebody last entered each part of its list, while anybody waits."""

    class Meta:
        table_name = settings.text("WAITING_TABLE")

    key = UnicodeAttribute(hash_key=True)
    any_at = Moment(null=True)
    contact_at = Moment(null=True)
    group_at = Moment(null=True)
    due_bucket = UnicodeAttribute()
    due_at = Moment()  # when the sweeper serves the list, should nothing else make it
    looked_to = UnicodeAttribute(
        null=True
    )  # the place where a run ended that met many it must skip
    turn_ends_at = Moment(null=True)  # of the run that serves the list
    is_wanted = BooleanAttribute(null=True)  # another run came meanwhile: look again
    by_place = TicketsByPlace()  # no mark is in it: two models of a table declare the same
    by_due = WaitingByDue()
