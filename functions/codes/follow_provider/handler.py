"""Event provider.changed.v1: bring in line what depends on an account that was put (A7, A9).

Only of accounts whose channels have ways. What was put off is told again (a query, a transaction
of 2 items each), each channel whose way is not in line is told as changed (a query of the index, a
transaction for each 50), and a sync is asked for: from then on the account has its schedule.
"""

import msgspec

from sluice.codes import providers
from sluice.codes.store import following
from sluice.shared import clock, events, telemetry


class Changed(msgspec.Struct, frozen=True):
    """Which account."""

    account_id: str
    type: str


@events.consumer
def handler(event: events.Event) -> None:
    """Bring in line what depends on the account."""
    given = msgspec.convert(event.data, Changed)
    if given.type in providers.WITH_WAYS:
        followed = following.follow(event.organization_id, given.account_id, event.id, clock.now())
        telemetry.note(**followed._asdict())
