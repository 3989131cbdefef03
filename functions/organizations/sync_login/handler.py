"""Event member.changed.v1: make the user pool say what the member item says (F4).

Reads the member as it is now, so that events may come late, twice or out of order. Creates,
changes or disables the pool user; every step may be repeated.
"""

from sluice.organizations import logins, store
from sluice.shared import events


@events.consumer
def handler(event: events.Event) -> None:
    """Bring the login in line with the member named by the event."""
    member = store.find_member(event.organization_id, str(event.data["member_id"]))
    if member is not None:
        logins.sync(event.organization_id, member)
