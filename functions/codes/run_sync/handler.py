"""Event sync.wanted.v1: compare a provider's channels and customers with ours (A9).

A round of at most four minutes; the next one is another event. Channels: a query of the index, a
request of the provider's, and for 25 channels that differ a transaction. Customers: for each
channel a read, a query of its list, and a read for each customer; a transaction where it differs.
An event that comes again finds its round over, or takes it from a run that has died.
"""

import time

import msgspec

from sluice.codes.store import syncing
from sluice.shared import events, telemetry

ROUND_SECONDS = 240  # the function has a minute more, to end what it has begun


class _Wanted(msgspec.Struct):
    account_id: str
    sync_id: str
    round: int


@events.consumer
def handler(event: events.Event) -> None:
    """Carry the sync on."""
    data = msgspec.convert(event.data, _Wanted)
    until = time.monotonic() + ROUND_SECONDS
    stands = syncing.run_round(
        event.organization_id, data.account_id, data.sync_id, data.round, until
    )
    telemetry.note(sync_id=data.sync_id, round=data.round, stands=stands)
