"""Schedule, every five minutes: alarm operators once an episode, follow groups that fill (A10).

For each organisation that is due a few queries of what is counted, and a transaction of 1 item (2
write units and 1 of the index); for an alarm that begins two reads and a transaction of an item and
one for each operator, for one that is over 2 write units; for a group that is followed by the next
of its series a batch read and a transaction of 5 items; for a webhook that is disabled a read. An
organisation that fails is put off. Begins nothing in the last 15 seconds of its time.
"""

from sluice.codes.rules.alarms import WEBHOOK_DISABLED
from sluice.codes.store import checks
from sluice.shared import clock, events, settings, telemetry
from sluice.webhooks.store import webhooks

_MENDED = {WEBHOOK_DISABLED: webhooks.is_mended}
SCANS = settings.number("SCANS_WITHOUT_CONNECTION", 1, 1_000_000)


@events.scheduled
def handler(until: float) -> None:
    """Look after what is due."""
    telemetry.note(checked=checks.check_due(SCANS, clock.now(), until, _MENDED))
