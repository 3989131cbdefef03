"""An operator's desk on a busy day: channels, a code, customers who came, an alarm; on moto.

Names are written as somebody would who tries to break into a page: EVIL stands in each of them.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sluice.codes.rules.seats import Contact
from sluice.codes.store import alarms, contacts, pool
from sluice.organizations import store
from sluice.shared import clock
from tests.support.codes import CODE, issue_code, join, open_channel
from tests.support.events import ORGANIZATION
from tests.support.seat_stream import SeatStream
from tests.support.staff import found_organization

EVIL = '"><script>alert(1)</script>'


class Desk(NamedTuple):
    """What was made: the day it is, and assignments."""

    now: datetime
    connected: str  # of `anna`, in channel `front`
    lost: str  # of `ben`
    reserved: str  # of `cleo`


def busy() -> Desk:
    """Make it: `front` is full, `shop` has room, `old` is closed; three customers came."""
    now = clock.now()
    found_organization(now)
    zoe = {"name": f"Zoe {EVIL}", "roles": {"member"}, "email": "zoe@acme.example"}
    store.put_member(ORGANIZATION, "zoe", zoe, now)
    open_channel("front", cap=1, name=f"Front {EVIL}", owner_id="zoe", weight=1000)
    open_channel("shop", cap=8, name="Shop", kind="group")
    open_channel("old", cap=5, name="Old shop", status="closed")
    issue_code(referrer_id="lin", waiting={"hours": 1, "called_seconds": 300})
    anna, ben, cleo = (_came(name, now) for name in ("anna", "ben", "cleo"))
    seats = SeatStream()
    seats.catch_up()
    _tell("connected", anna, "wx-anna", now)
    _tell("connected", ben, "wx-ben", now)
    _tell("lost", ben, "wx-ben", now + timedelta(seconds=1))
    seats.catch_up()
    alarms.raise_alarm(ORGANIZATION, "no-connections", CODE, {"views": "60"}, now)
    alarms.raise_alarm(ORGANIZATION, "channel-closed", "old", {"reason": f"gone {EVIL}"}, now)
    pool.forget()
    return Desk(now, anna, ben, cleo)


def _came(customer_id: str, now: datetime) -> str:
    pool.forget()
    return join(customer_id, now=now).assignment.assignment_id


def _tell(kind: str, assignment_id: str, reference: str, at: datetime) -> None:
    contact = Contact(kind, assignment_id, at, reference)  # type: ignore[arg-type]
    contacts.tell(ORGANIZATION, "sandbox", contact, at)
