"""Stream of the outbox: bring each event to EventBridge, then delete it.

An event leaves at least once: a crash between the two steps sends it again. Ten events make one
PutEvents call, and one delete each.
"""

from collections.abc import Sequence

from sluice.shared import events, outbox, relay


@events.changes
def handler(changes: Sequence[events.Change]) -> None:
    """Relay the items that were inserted."""
    items = [outbox.OutboxItem.from_raw_data(change.new) for change in changes if change.new]
    relay.send([outbox.event_of(item) for item in items])
    for item in items:
        item.delete()
